"""What an API key may be allowed to do. One scope for reading and one for writing each part of the API."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """The scopes an API client may carry; views name them as plain strings."""

    PRODUCTS_READ = "products:read", _("Read products")
    PRODUCTS_WRITE = "products:write", _("Change products")
    STOCK_READ = "stock:read", _("Read stock")
    STOCK_WRITE = "stock:write", _("Adjust and reserve stock")
    ORDERS_READ = "orders:read", _("Read orders")
    ORDERS_WRITE = "orders:write", _("Place and change orders")
    CUSTOMERS_READ = "customers:read", _("Read customers and what is kept of them")
    CUSTOMERS_WRITE = "customers:write", _("Change customers and erase their data")
    FULFILLMENT_READ = "fulfillment:read", _("Read what a third party is asked to ship")
    FULFILLMENT_WRITE = "fulfillment:write", _("Answer for a third party and report its parcels")
    SHIPMENTS_READ = "shipments:read", _("Read shipments and rates")
    SHIPMENTS_WRITE = "shipments:write", _("Change shipments")
    RETURNS_READ = "returns:read", _("Read returns")
    RETURNS_WRITE = "returns:write", _("Request and change returns and refunds")
    WEBHOOKS_READ = "webhooks:read", _("Read webhooks")
    WEBHOOKS_WRITE = "webhooks:write", _("Change webhooks")


ALL_SCOPES: tuple[str, ...] = tuple(Scope.values)

PARTNERS = "fulfillment:"
"""How the scopes of a key begin that belongs to a third party's warehouse: it may have no others."""
