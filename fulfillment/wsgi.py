"""The door for WSGI servers."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fulfillment.settings")
application = get_wsgi_application()

# What is loaded by now lives as long as the process: frozen, the collector never touches it, and with gunicorn's
# --preload the workers go on sharing its pages.
gc.collect()
gc.freeze()
