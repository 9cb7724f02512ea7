"""Public pages: tracking and returns."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.portal.views import address, choice, last_orders, lookup, returns, tracking

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    path("a/<str:token>", address.address, name="address"),
    path("c/<str:token>", choice.choice, name="choice"),
    path("last-orders/<str:code>", last_orders.last_order_dates, name="last_orders"),
    path("t", lookup.lookup, name="find"),
    path("t/<str:token>", tracking.tracking, name="tracking"),
    path("r", lookup.lookup, name="lookup"),
    path("r/<str:token>", returns.start, name="return"),
    path("r/<str:token>/review", returns.review, name="return_review"),
    path("r/<str:token>/send", returns.send, name="return_send"),
    path("r/<str:token>/<str:ref>", returns.status, name="return_status"),
    path("r/<str:token>/<str:ref>/calendar.ics", returns.calendar, name="return_calendar"),
    path("r/<str:token>/<str:ref>/cancel", returns.cancel, name="return_cancel"),
]
