"""The door for ASGI servers. Sync views on ASGI open a connection a request; prefer WSGI (docs/operations.md)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fulfillment.settings")
application = get_asgi_application()
