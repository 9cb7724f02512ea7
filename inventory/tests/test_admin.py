"""Every model of inventory in the admin; what services write can only be read."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from core.accounts.models import User
from inventory.models import Bin, Product, Warehouse
from inventory.tests.conftest import Floor

pytestmark = pytest.mark.django_db

MODELS = list(apps.get_app_config("inventory").get_models())
TO_READ = {"StockLevel", "BinStock", "StockMovement", "PurchaseOrder", "Receipt", "Reservation"}


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss", password="x"))
    return client


def registered(name: str) -> Any:
    return admin.site._registry[apps.get_model("inventory", name)]


@pytest.mark.parametrize("name", sorted(TO_READ | {"Product", "Warehouse", "Bin", "Zone", "Supplier"}))
def test_each_list_and_each_page_opens(boss: Client, floor: Floor, product: int, name: str) -> None:
    floor.receive(product, 3)
    where = f"admin:inventory_{name.lower()}"
    answer = boss.get(reverse(f"{where}_changelist"))
    assert answer.status_code == 200
    row = apps.get_model("inventory", name)._default_manager.first()
    if row is not None:
        assert boss.get(reverse(f"{where}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("name", sorted(TO_READ))
def test_what_services_write_can_only_be_read(boss: Client, name: str) -> None:
    page = registered(name)
    request: Any = None
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
    assert boss.get(reverse(f"admin:inventory_{name.lower()}_add")).status_code == 403


def test_units_are_kept_back_from_sale_in_the_admin(boss: Client, floor: Floor, product: int) -> None:
    floor.receive(product, 5)
    url = reverse("admin:inventory_stocklevel_changelist")
    chosen = {"action": "keep_back", "_selected_action": [floor.level(product).pk]}
    assert b'name="units"' in boss.get(url).content
    boss.post(url, {**chosen, "units": "x"})
    assert floor.level(product).safety_stock == 0
    boss.post(url, {**chosen, "units": "3"})
    assert (floor.level(product).safety_stock, floor.level(product).available) == (3, 2)


NEW_WAREHOUSE = {
    "code": "NEW",
    "name": "New",
    "time_zone": "Europe/London",
    "country": "GB",
    "kind": "own",
    "address": "{}",
    "cut_off": "15:00",
    "handling_days": "0",
    "working_weekdays": "0,1,2",
    "closed_days": "",
    "parcel_cost": "1.25",
    "daily_capacity": "400",
    "latitude": "53.8",
    "longitude": "-1.55",
    "active": "on",
}


@pytest.mark.parametrize(("field", "value"), [("daily_capacity", "0"), ("time_zone", "Leeds"), ("time_zone", "utc ")])
def test_a_warehouse_by_which_nothing_could_be_promised_is_not_made(boss: Client, field: str, value: str) -> None:
    answer = boss.post(reverse("admin:inventory_warehouse_add"), {**NEW_WAREHOUSE, field: value})
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not Warehouse.objects.filter(code="NEW").exists()


def test_a_warehouse_and_a_bin_made_in_the_admin_are_whole(boss: Client) -> None:
    boss.post(reverse("admin:inventory_warehouse_add"), NEW_WAREHOUSE)
    warehouse = Warehouse.objects.get(code="NEW")
    assert (str(warehouse.parcel_cost), warehouse.daily_capacity) == ("1.25", 400)
    assert (str(warehouse.latitude), str(warehouse.longitude)) == ("53.80000", "-1.55000")
    assert warehouse.bins.filter(kind="supplier").count() == 1
    boss.post(
        reverse("admin:inventory_bin_add"),
        {"warehouse": warehouse.pk, "name": "B-01", "kind": "bulk", "pick_sequence": "5", "active": "on"},
    )
    assert Bin.objects.get(name="B-01").code.startswith("L")


def test_a_product_made_in_the_admin_is_stamped(boss: Client) -> None:
    lines = {
        f"{name}-{part}": "0"
        for name in ("barcodes", "components", "substitutes")
        for part in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")
    }
    answer = boss.post(
        reverse("admin:inventory_product_add"),
        {
            "sku": "HAND",
            "name": "By hand",
            "weight_g": "1",
            "length_mm": "1",
            "width_mm": "1",
            "height_mm": "1",
            "tracking": "none",
            "removal": "fewest_bins",
            "kit_kind": "none",
            "attributes": "{}",
            "active": "on",
            **{key: "1000" if key.endswith("MAX") else value for key, value in lines.items()},
        },
    )
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert Product.objects.get(sku="HAND").created_at is not None
