"""Staff screens."""

from django.urls import URLPattern, URLResolver, path

from fulfillment.dashboard import desk_urls, exchange_urls, explain_urls, floor_urls, purchasing_urls, shipping_urls
from fulfillment.dashboard.views import camera, styleguide

app_name = "dashboard"
urlpatterns: list[URLPattern | URLResolver] = [
    *desk_urls.urlpatterns,
    *exchange_urls.urlpatterns,
    *explain_urls.urlpatterns,
    *floor_urls.urlpatterns,
    *purchasing_urls.urlpatterns,
    *shipping_urls.urlpatterns,
    path("scan/frame", camera.decode_frame, name="decode_frame"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
    path("styleguide/floor", styleguide.scan_playground, name="styleguide_floor"),
    path("styleguide/scan", styleguide.playground_scan, name="styleguide_scan"),
]
