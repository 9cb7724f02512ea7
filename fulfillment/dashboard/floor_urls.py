"""Routes of the floor: full-screen work by scanner."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.dashboard.views import pack, pick, ship

urlpatterns: list[URLPattern | URLResolver] = [
    path("pack", pack.pack, name="pack"),
    path("pack/scan", pack.pack_scan, name="pack_scan"),
    path("pack/<str:ref>", pack.pack_parcel, name="pack_parcel"),
    path("pack/<str:ref>/scan", pack.pack_parcel_scan, name="pack_parcel_scan"),
    path("pick", pick.pick, name="pick"),
    path("pick/scan", pick.pick_scan, name="pick_scan"),
    path("pick/<str:ref>", pick.pick_list, name="pick_list"),
    path("pick/<str:ref>/scan", pick.pick_list_scan, name="pick_list_scan"),
    path("ship", ship.ship, name="ship"),
    path("ship/scan", ship.ship_scan, name="ship_scan"),
]
