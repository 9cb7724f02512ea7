"""Routes of the floor: full-screen work by scanner."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.dashboard.views import inspect, pack, pick, putaway, receive, return_page, returns, ship

urlpatterns: list[URLPattern | URLResolver] = [
    path("inspect", inspect.inspect, name="inspect"),
    path("inspect/scan", inspect.inspect_scan, name="inspect_scan"),
    path("inspect/<int:inspection_id>", inspect.inspection, name="inspection"),
    path("inspect/<int:inspection_id>/scan", inspect.inspection_scan, name="inspection_scan"),
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
    path("returns", returns.returns, name="returns"),
    path("returns/scan", returns.returns_scan, name="returns_scan"),
    path("returns/<str:ref>", return_page.return_page, name="return"),
    path("returns/<str:ref>/approve", return_page.approve, name="approve_return"),
    path("returns/<str:ref>/reject", return_page.reject, name="reject_return"),
    path("returns/<str:ref>/items/<int:item_id>", return_page.decide, name="decide_return_item"),
    path("ship", ship.ship, name="ship"),
    path("ship/scan", ship.ship_scan, name="ship_scan"),
]
