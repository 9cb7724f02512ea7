"""The admin shows shipping's rows and lets nobody write what services write."""

import pytest
from django.contrib.admin.sites import site
from django.test import Client
from django.urls import reverse

from core.accounts.models import User
from shipping.apps import ShippingConfig
from shipping.tests.floor import Floor

pytestmark = pytest.mark.slow

EDITABLE = {
    "carton",
    "carrierservice",
    "carrieraccount",
    "packagingrule",
    "shippingzone",
    "upgradebudget",
    "wavetemplate",
}
NAMES = sorted(model._meta.model_name or "" for model in site._registry if model._meta.app_label == ShippingConfig.name)


@pytest.mark.parametrize("name", NAMES)
def test_every_list_and_page_opens_and_only_settings_can_be_added(floor: Floor, client: Client, name: str) -> None:
    client.force_login(User.objects.create_superuser("root", "root@example.com", "a long password indeed"))
    floor.ship(floor.order({"ART01": 1}))
    assert client.get(reverse(f"admin:shipping_{name}_changelist")).status_code == 200
    added = client.get(reverse(f"admin:shipping_{name}_add")).status_code
    assert added == (200 if name in EDITABLE else 403)
    model = next(one for one in site._registry if one._meta.label_lower == f"shipping.{name}")
    row = model._default_manager.first()
    if row is not None:
        assert client.get(reverse(f"admin:shipping_{name}_change", args=[row.pk])).status_code == 200
