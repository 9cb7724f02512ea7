"""This app's part of ``/api/v1``."""

from django.urls import URLPattern, URLResolver, path

from inventory.api.places import BinsView, BinView, FitsView
from inventory.api.views import (
    AdjustmentsView,
    MovementsView,
    ProductsView,
    ProductView,
    ReservationsView,
    ReservationView,
    StockView,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("bins/", BinsView.as_view()),
    path("bins/<str:code>/", BinView.as_view()),
    path("stock/fits/", FitsView.as_view()),
    path("products/", ProductsView.as_view()),
    # A SKU may hold a slash.
    path("products/<path:sku>/", ProductView.as_view()),
    path("stock/", StockView.as_view()),
    path("stock/adjustments/", AdjustmentsView.as_view()),
    path("stock/movements/", MovementsView.as_view()),
    path("stock/reservations/", ReservationsView.as_view()),
    path("stock/reservations/<uuid:reservation_id>/", ReservationView.as_view()),
]
