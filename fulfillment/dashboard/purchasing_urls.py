"""Routes of purchasing."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.dashboard.views import cover, peaks, purchase_orders, purchasing, stock_plan

urlpatterns: list[URLPattern | URLResolver] = [
    path("purchasing", purchasing.purchasing, name="purchasing"),
    path("purchasing/cover", cover.cover, name="cover"),
    path("purchasing/decide", purchasing.decide, name="decide_proposals"),
    path("purchasing/orders", purchase_orders.purchase_orders, name="purchase_orders"),
    path("purchasing/orders/<str:ref>", purchase_orders.purchase_order, name="purchase_order"),
    path("purchasing/orders/<str:ref>/cancel", purchase_orders.cancel, name="cancel_purchase_order"),
    # A SKU may hold a slash.
    path("purchasing/products/<path:sku>", stock_plan.stock_plan, name="stock_plan"),
    path("purchasing/seasons", peaks.peaks, name="peaks"),
    path("purchasing/seasons/<int:plan_id>", peaks.peak, name="peak"),
    path("purchasing/seasons/<int:plan_id>/forget", peaks.forget, name="forget_peak"),
    path("purchasing/seasons/<int:plan_id>.csv", peaks.peak_csv, name="peak_csv"),
]
