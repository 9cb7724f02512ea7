"""Every URL of the system."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from core.rest.documents import developers, error_codes
from core.rest.health import healthz, readyz
from fulfillment.signing_in import SignIn

handler400 = "core.rest.errors.bad_request"
handler403 = "core.rest.errors.permission_denied"
handler404 = "core.rest.errors.page_not_found"
handler500 = "core.rest.errors.server_error"

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("login", SignIn.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("developers/", developers, name="developers"),
    path("developers/errors/", error_codes),
    path("api/v1/", include("fulfillment.api_urls")),
    path("", include("fulfillment.portal.urls")),
    path("", include("fulfillment.dashboard.urls")),
]
