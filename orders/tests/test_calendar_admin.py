"""What promises rest on is set in the admin, and counts at once."""

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from orders.models import CapacityDay, Season, ServiceCutOff, TransitTime
from orders.selectors.calendars import book
from orders.tests.shop import Shop
from orders.tests.test_admin import admin as admin


@pytest.mark.parametrize("model", [CapacityDay, Season, ServiceCutOff, TransitTime])
def test_lists_and_forms_open(shop: Shop, admin: Client, model: type) -> None:
    name = model._meta.model_name  # type: ignore[attr-defined]
    assert admin.get(f"/admin/orders/{name}/").status_code == 200
    assert admin.get(f"/admin/orders/{name}/add/").status_code == 200


def test_a_transit_time_counts_at_once_and_its_help_says_what_it_decides(
    shop: Shop, admin: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    assert "no promise is made from them" in admin.get("/admin/orders/transittime/add/").content.decode()
    book()
    values = {"method": "standard", "origin": "", "destination": "se", "fewest": 1, "most": 2}
    with django_capture_on_commit_callbacks(execute=True):
        response = admin.post(
            "/admin/orders/transittime/add/", {**values, "working_weekdays": "0,1,2,3,4,5", "closed_days": ""}
        )
    assert response.status_code == 302, response.content
    found = book().transit_for("standard", origin="GB", destination="SE")
    assert (found.fewest, found.most, len(found.working_weekdays)) == (1, 2, 6)
    refused = admin.post("/admin/orders/transittime/add/", {**values, "working_weekdays": "9", "closed_days": ""})
    assert "Sunday is 6" in refused.content.decode()
