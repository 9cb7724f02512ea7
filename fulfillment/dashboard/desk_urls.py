"""Routes of the desk screens."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.dashboard.views import exceptions, go, home, label, order, orders, place, product, stock, waves

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("warehouse", home.choose_warehouse, name="choose_warehouse"),
    path("exceptions", exceptions.exceptions, name="exceptions"),
    path("exceptions/<int:case_id>/assign", exceptions.assign, name="assign_case"),
    path("exceptions/<int:case_id>/snooze", exceptions.snooze, name="snooze_case"),
    path("exceptions/<int:case_id>/resolve", exceptions.resolve, name="resolve_case"),
    path("go", go.go, name="go"),
    path("l/<str:code>", place.place, name="place"),
    path("orders", orders.orders, name="orders"),
    path("orders/hold", orders.hold_orders, name="hold_orders"),
    path("orders/release", orders.release_orders, name="release_orders"),
    path("orders/<str:ref>", order.order, name="order"),
    path("orders/<str:ref>/cancel", order.cancel, name="cancel_order"),
    path("orders/<str:ref>/hold", order.hold_order, name="hold_order"),
    path("orders/<str:ref>/holds/<int:hold_id>/release", order.release_hold, name="release_hold"),
    path("orders/<str:ref>/release", order.release_order, name="release_order"),
    path("parcels/<str:ref>/label.<str:format>", label.label, name="label"),
    path("products/<path:sku>", product.product, name="product"),
    path("stock", stock.stock, name="stock"),
    path("stock/adjust/<int:product_id>", product.adjust, name="adjust_stock"),
    path("waves", waves.waves, name="waves"),
    path("waves/new", waves.new_wave, name="new_wave"),
    path("waves/<str:ref>", waves.wave, name="wave"),
    path("waves/<str:ref>/cancel", waves.cancel, name="cancel_wave"),
    path("waves/<str:ref>/lists/<int:list_id>/cancel", waves.cancel_list, name="cancel_list"),
    path("waves/<str:ref>/pull", waves.pull, name="pull_order"),
]
