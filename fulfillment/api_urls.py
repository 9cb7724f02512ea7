"""The REST API, version 1: each app's part of it."""

from django.urls import include, path

urlpatterns = [
    path("", include("inventory.api.urls")),
    path("", include("orders.api.urls")),
    path("", include("shipping.api.urls")),
    path("", include("returns.api.urls")),
]
