"""Every URL of the system."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

urlpatterns = [
    path("login", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("fulfillment.api_urls")),
    path("", include("fulfillment.portal.urls")),
    path("", include("fulfillment.dashboard.urls")),
]
