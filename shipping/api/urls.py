"""This app's part of ``/api/v1``."""

from django.urls import URLPattern, URLResolver, path

from shipping.api import views
from shipping.api.last_orders import LastOrderDatesView
from shipping.api.replacements import ReplacementsView

urlpatterns: list[URLPattern | URLResolver] = [
    path("orders/<str:ref>/shipments/", views.OrderShipmentsView.as_view(), name="api-order-shipments"),
    path("orders/<str:ref>/replacements/", ReplacementsView.as_view(), name="api-order-replacements"),
    path("shipments/", views.ShipmentsView.as_view(), name="api-shipments"),
    path("shipments/<str:ref>/", views.ShipmentView.as_view(), name="api-shipment"),
    path("shipping/rates/", views.RatesView.as_view(), name="api-rates"),
    path("shipping/last-order-dates/", LastOrderDatesView.as_view(), name="api-last-order-dates"),
    path("carriers/<str:code>/tracking/", views.CarrierTrackingView.as_view(), name="api-carrier-tracking"),
]
