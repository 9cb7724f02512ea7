"""This app's part of ``/api/v1``."""

from django.urls import URLPattern, URLResolver, path

from returns.api import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("returns/", views.ReturnsView.as_view(), name="returns"),
    path("returns/policy/", views.PolicyView.as_view(), name="return-policy"),
    path("returns/<str:ref>/", views.ReturnView.as_view(), name="return"),
    path("returns/<str:ref>/cancel/", views.CancelView.as_view(), name="return-cancel"),
    path("refunds/", views.RefundsView.as_view(), name="refunds"),
    path("refunds/<int:refund_id>/", views.RefundView.as_view(), name="refund"),
    path("refunds/<int:refund_id>/outcome/", views.OutcomeView.as_view(), name="refund-outcome"),
]
