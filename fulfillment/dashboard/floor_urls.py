"""Routes of the floor: full-screen work by scanner."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.dashboard.views import pack, pick, putaway, receive, ship

urlpatterns: list[URLPattern | URLResolver] = [
    path("pack", pack.pack, name="pack"),
    path("pack/scan", pack.pack_scan, name="pack_scan"),
    path("pack/<str:ref>", pack.pack_parcel, name="pack_parcel"),
    path("pack/<str:ref>/scan", pack.pack_parcel_scan, name="pack_parcel_scan"),
    path("pick", pick.pick, name="pick"),
    path("pick/scan", pick.pick_scan, name="pick_scan"),
    path("pick/<str:ref>", pick.pick_list, name="pick_list"),
    path("pick/<str:ref>/scan", pick.pick_list_scan, name="pick_list_scan"),
    path("putaway", putaway.putaway, name="putaway"),
    path("putaway/scan", putaway.putaway_scan, name="putaway_scan"),
    path("receive", receive.receive, name="receive"),
    path("receive/scan", receive.receive_scan, name="receive_scan"),
    path("receive/<str:ref>", receive.receipt, name="receipt"),
    path("receive/<str:ref>/scan", receive.receipt_scan, name="receipt_scan"),
    path("ship", ship.ship, name="ship"),
    path("ship/scan", ship.ship_scan, name="ship_scan"),
]
