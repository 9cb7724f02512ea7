"""Routes of shipping rules, packing slips, and how an order is sent."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.dashboard.views import order_shipping, shipping_rules, slips

urlpatterns: list[URLPattern | URLResolver] = [
    path("orders/<str:ref>/method", order_shipping.change_method, name="change_method"),
    path("orders/<str:ref>/slip.pdf", slips.order_slip, name="order_slip"),
    path("parcels/<str:ref>/again", order_shipping.send_again, name="send_again"),
    path("parcels/<str:ref>/lost", order_shipping.give_up, name="give_up_parcel"),
    path("parcels/<str:ref>/slip.pdf", slips.slip, name="slip"),
    path("returns/<str:ref>/again", order_shipping.send_returned_again, name="send_returned_again"),
    path("shipping-rules", shipping_rules.shipping_rules, name="shipping_rules"),
    path("shipping-rules/budgets/<int:budget_id>", shipping_rules.switch, name="switch_budget"),
    path("shipping-rules/free-from", shipping_rules.save_free_from, name="save_free_from"),
    path("slips.pdf", slips.order_slips, name="order_slips"),
]
