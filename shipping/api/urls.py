"""This app's part of ``/api/v1``."""

from django.urls import URLPattern, URLResolver, path

from shipping.api import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("orders/<str:ref>/shipments/", views.OrderShipmentsView.as_view(), name="api-order-shipments"),
    path("shipments/", views.ShipmentsView.as_view(), name="api-shipments"),
    path("shipments/<str:ref>/", views.ShipmentView.as_view(), name="api-shipment"),
    path("shipping/rates/", views.RatesView.as_view(), name="api-rates"),
    path("carriers/<str:code>/tracking/", views.CarrierTrackingView.as_view(), name="api-carrier-tracking"),
]
