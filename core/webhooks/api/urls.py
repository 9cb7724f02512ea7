"""This room's part of ``/api/v1``."""

from django.urls import URLPattern, URLResolver, path

from core.webhooks.api import views

_ONE = "webhooks/<int:endpoint_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/", views.WebhooksView.as_view(), name="api-webhooks"),
    path(_ONE, views.WebhookView.as_view(), name="api-webhook"),
    path(f"{_ONE}secret/", views.SecretView.as_view(), name="api-webhook-secret"),
    path(f"{_ONE}deliveries/", views.DeliveriesView.as_view(), name="api-webhook-deliveries"),
    path(f"{_ONE}deliveries/<int:delivery_id>/replay/", views.ReplayView.as_view(), name="api-webhook-replay"),
]
