"""This app's part of ``/api/v1``."""

from django.urls import URLPattern, URLResolver, path

from orders.api import parts, views
from orders.api.allocation import AllocationView
from orders.api.backorders import BackordersView
from orders.api.buffers import BuffersView
from orders.api.customers import CustomerDataView, CustomerErasureView, CustomersView, CustomerView
from orders.api.previews import EditPreviewView
from orders.api.rules import RulesView

urlpatterns: list[URLPattern | URLResolver] = [
    path("orders/", views.OrdersView.as_view(), name="api-orders"),
    path("orders/bulk/", views.BulkView.as_view(), name="api-orders-bulk"),
    path("backorders/", BackordersView.as_view(), name="api-backorders"),
    path("rules/", RulesView.as_view(), name="api-rules"),
    path("stock/buffers/", BuffersView.as_view(), name="api-stock-buffers"),
    path("customers/", CustomersView.as_view(), name="api-customers"),
    path("customers/<int:customer_id>/", CustomerView.as_view(), name="api-customer"),
    path("customers/<int:customer_id>/data/", CustomerDataView.as_view(), name="api-customer-data"),
    path("customers/<int:customer_id>/erase/", CustomerErasureView.as_view(), name="api-customer-erase"),
    path("orders/<str:ref>/", views.OrderView.as_view(), name="api-order"),
    path("orders/<str:ref>/allocation/", AllocationView.as_view(), name="api-order-allocation"),
    path("orders/<str:ref>/timeline/", views.TimelineView.as_view(), name="api-order-timeline"),
    path("orders/<str:ref>/combine/", parts.CombineView.as_view(), name="api-order-combine"),
    path("orders/<str:ref>/fulfillment-orders/", parts.PartsView.as_view(), name="api-order-parts"),
    path("orders/<str:ref>/fulfillment-orders/<int:part_id>/split/", parts.SplitView.as_view(), name="api-order-split"),
    path("orders/<str:ref>/fulfillment-orders/<int:part_id>/merge/", parts.MergeView.as_view(), name="api-order-merge"),
    path("orders/<str:ref>/fulfillment-orders/<int:part_id>/move/", parts.MoveView.as_view(), name="api-order-move"),
    path("orders/<str:ref>/edit-preview/", EditPreviewView.as_view(), name="api-order-edit-preview"),
    path("orders/<str:ref>/cancel/", views.CancelView.as_view(), name="api-order-cancel"),
    path("orders/<str:ref>/holds/", views.HoldsView.as_view(), name="api-order-holds"),
    path("orders/<str:ref>/holds/<int:hold_id>/release/", views.HoldReleaseView.as_view(), name="api-order-release"),
    path("orders/<str:ref>/payment/", views.PaymentView.as_view(), name="api-order-payment"),
]
