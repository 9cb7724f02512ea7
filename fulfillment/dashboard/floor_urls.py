"""Routes of the floor: full-screen work by scanner."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.dashboard.views import pick

urlpatterns: list[URLPattern | URLResolver] = [
    path("pick", pick.pick, name="pick"),
    path("pick/scan", pick.pick_scan, name="pick_scan"),
    path("pick/<str:ref>", pick.pick_list, name="pick_list"),
    path("pick/<str:ref>/scan", pick.pick_list_scan, name="pick_list_scan"),
]
