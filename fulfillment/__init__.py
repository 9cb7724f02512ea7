"""The roof: settings, URLs, Celery, event routes, staff dashboard, customer portal, demo."""

from fulfillment.celery import app as celery_app

__all__ = ["celery_app"]
