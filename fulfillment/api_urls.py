"""The REST API, version 1: each app's part of it."""

from django.urls import include, path

from core.rest.documents import openapi

urlpatterns = [
    # Tried from the top for every call, so what is asked most comes first.
    path("", include("orders.api.urls")),
    path("schema/", openapi, name="openapi"),
    path("", include("core.webhooks.api.urls")),
    path("", include("inventory.api.urls")),
    path("", include("shipping.api.urls")),
    path("", include("returns.api.urls")),
]
