"""This app's part of ``/api/v1``."""

from django.urls import URLPattern, URLResolver, path

from shipping.api import requests, views
from shipping.api.last_orders import LastOrderDatesView
from shipping.api.replacements import ReplacementsView

urlpatterns: list[URLPattern | URLResolver] = [
    path("orders/<str:ref>/shipments/", views.OrderShipmentsView.as_view(), name="api-order-shipments"),
    path("orders/<str:ref>/replacements/", ReplacementsView.as_view(), name="api-order-replacements"),
    path("fulfillment-requests/", requests.RequestsView.as_view(), name="api-requests"),
    path("fulfillment-requests/<int:request_id>/", requests.RequestView.as_view(), name="api-request"),
    path("fulfillment-requests/<int:request_id>/accept/", requests.AcceptView.as_view(), name="api-request-accept"),
    path("fulfillment-requests/<int:request_id>/reject/", requests.RejectView.as_view(), name="api-request-reject"),
    path("fulfillment-requests/<int:request_id>/ship/", requests.ShipView.as_view(), name="api-request-ship"),
    path("shipments/", views.ShipmentsView.as_view(), name="api-shipments"),
    path("shipments/<str:ref>/", views.ShipmentView.as_view(), name="api-shipment"),
    path("shipments/<str:ref>/lost/", views.LostView.as_view(), name="api-shipment-lost"),
    path("shipping/rates/", views.RatesView.as_view(), name="api-rates"),
    path("shipping/last-order-dates/", LastOrderDatesView.as_view(), name="api-last-order-dates"),
    path("carriers/<str:code>/tracking/", views.CarrierTrackingView.as_view(), name="api-carrier-tracking"),
]
