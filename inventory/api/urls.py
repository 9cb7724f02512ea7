"""This app's part of ``/api/v1``."""

from django.urls import URLPattern, URLResolver, path

from inventory.api.availability import AvailabilityView, ChangesView, CountsView, PromisableView, SafetyView
from inventory.api.counting import CountTasksView, CountView
from inventory.api.history import MovementsView
from inventory.api.lots import LotRecallView, LotsView, LotTraceView
from inventory.api.places import BinsView, BinView, FitsView
from inventory.api.receiving import (
    PurchaseOrdersView,
    PurchaseOrderView,
    ReceiptsView,
    ReceiptView,
    ShipNoticesView,
    ShipNoticeView,
)
from inventory.api.replenishing import ForecastsView, ProposalsView
from inventory.api.transfers import (
    TransferCancelView,
    TransferCloseView,
    TransferShipView,
    TransfersView,
    TransferView,
)
from inventory.api.views import (
    AdjustmentsView,
    ProductsView,
    ProductView,
    ReservationExtendView,
    ReservationsView,
    ReservationView,
    StockView,
)
from inventory.api.work_orders import (
    WorkOrderCancelView,
    WorkOrderCompleteView,
    WorkOrderReleaseView,
    WorkOrdersView,
    WorkOrderView,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("bins/", BinsView.as_view()),
    path("bins/<str:code>/", BinView.as_view()),
    path("counts/", CountTasksView.as_view()),
    path("counts/<str:ref>/", CountView.as_view()),
    path("forecasts/", ForecastsView.as_view()),
    path("purchase-proposals/", ProposalsView.as_view()),
    path("stock/fits/", FitsView.as_view()),
    path("lots/", LotsView.as_view()),
    path("lots/<path:sku>/<path:number>/trace/", LotTraceView.as_view()),
    path("lots/<path:sku>/<path:number>/recall/", LotRecallView.as_view()),
    path("products/", ProductsView.as_view()),
    # A SKU may hold a slash.
    path("products/<path:sku>/", ProductView.as_view()),
    path("purchase-orders/", PurchaseOrdersView.as_view()),
    path("purchase-orders/<str:ref>/", PurchaseOrderView.as_view()),
    path("receipts/", ReceiptsView.as_view()),
    path("receipts/<str:ref>/", ReceiptView.as_view()),
    path("ship-notices/", ShipNoticesView.as_view()),
    path("ship-notices/<str:ref>/", ShipNoticeView.as_view()),
    path("stock/", StockView.as_view()),
    path("stock/availability/", AvailabilityView.as_view()),
    path("stock/promisable/", PromisableView.as_view()),
    path("stock/changes/", ChangesView.as_view()),
    path("stock/safety/", SafetyView.as_view()),
    path("stock/adjustments/", AdjustmentsView.as_view()),
    path("stock/adjustments/bulk/", CountsView.as_view()),
    path("stock/movements/", MovementsView.as_view()),
    path("stock/reservations/", ReservationsView.as_view()),
    path("stock/reservations/<uuid:reservation_id>/", ReservationView.as_view()),
    path("stock/reservations/<uuid:reservation_id>/extend/", ReservationExtendView.as_view()),
    path("transfers/", TransfersView.as_view()),
    path("transfers/<str:ref>/", TransferView.as_view()),
    path("transfers/<str:ref>/cancel/", TransferCancelView.as_view()),
    path("transfers/<str:ref>/close/", TransferCloseView.as_view()),
    path("transfers/<str:ref>/ship/", TransferShipView.as_view()),
    path("work-orders/", WorkOrdersView.as_view()),
    path("work-orders/<str:ref>/", WorkOrderView.as_view()),
    path("work-orders/<str:ref>/cancel/", WorkOrderCancelView.as_view()),
    path("work-orders/<str:ref>/complete/", WorkOrderCompleteView.as_view()),
    path("work-orders/<str:ref>/release/", WorkOrderReleaseView.as_view()),
]
