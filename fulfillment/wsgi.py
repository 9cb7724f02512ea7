"""The door for WSGI servers: all there is to load is loaded here, once, so that workers forked off it share it."""

import ctypes
import gc
import os

from django.apps import apps
from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from core.kernel.countries import is_country
from core.rest.health import known_migrations

# What is thrown away while loading leaves holes that each worker would fill with pages of its own.
gc.disable()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fulfillment.settings")
application = get_wsgi_application()
# Left to itself, Django reads the URLs, and with them every view, at the first request, and works out what a model is
# related to at the first query: in each worker for itself.
reverse("login")
for model in apps.get_models():
    model._meta.get_fields()
known_migrations()
# And Babel reads what it knows of all languages when it is first asked about one.
is_country("")
# What loading took and gave back goes back to the system, or each worker would fill it anew (glibc has the call).
if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
    trim(0)
# Frozen, the collector never touches what lives as long as the process: its pages stay shared (gunicorn's --preload).
gc.freeze()
# Of a request, view, context and answer hold each other, with all that a page of orders was made of, until the
# collector has gone through everything. With the rest frozen that is little, so it can come ten times as often.
gc.set_threshold(700, 5, 2)
gc.enable()
