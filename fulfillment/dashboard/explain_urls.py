"""Routes of the allocation page and of third parties."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.dashboard.views import allocation, partners

urlpatterns: list[URLPattern | URLResolver] = [
    path("orders/<str:ref>/allocation", allocation.allocation, name="order_allocation"),
    path("orders/<str:ref>/allocation/do", allocation.unblock, name="unblock_order"),
    path("partners", partners.partners, name="partners"),
    path("partners/<int:request_id>/accept", partners.accept, name="accept_request"),
    path("partners/<int:request_id>/reject", partners.reject, name="reject_request"),
    path("partners/<int:request_id>/ship", partners.ship, name="ship_request"),
]
