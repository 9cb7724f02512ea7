"""The value a packaging rule asks for has a currency, and only orders in it are compared with it."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from core.accounts.models import User
from shipping.models import PackagingRule
from shipping.selectors.packagings import explained
from shipping.tests.floor import Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    """A shop that sells in pounds."""
    return build_floor({"ART01": 20})


@pytest.mark.parametrize(
    ("named", "currency", "material"),
    [("", "GBP", "silk"), ("", "JPY", ""), ("JPY", "JPY", "silk"), ("JPY", "GBP", "")],
)
def test_only_orders_in_the_currency_of_the_value_match(floor: Floor, named: str, currency: str, material: str) -> None:
    PackagingRule.objects.create(
        code="dear",
        name="Dear",
        channel_id=floor.shop.channel_id,
        min_value=Decimal(5),
        currency=named,
        material="silk",
    )
    found = explained(floor.shop.order({"ART01": 4}, currency=currency).id)
    assert found is not None
    assert found.packaging.material == material


def test_a_rule_for_all_channels_has_to_name_the_currency_of_its_value(floor: Floor) -> None:
    rule = PackagingRule(code="dear", name="Dear", min_value=Decimal(5))
    with pytest.raises(ValidationError) as refusal:
        rule.full_clean()
    assert list(refusal.value.message_dict) == ["currency"]
    rule.currency = "XXX"
    with pytest.raises(ValidationError):
        rule.full_clean()
    rule.currency = "sek"
    rule.full_clean()
    assert rule.currency == "SEK"
    PackagingRule(code="shop", name="Shop", min_value=Decimal(5), channel_id=floor.shop.channel_id).full_clean()
    PackagingRule(code="all", name="All").full_clean()


def test_the_admin_asks_for_the_currency(floor: Floor, client: Client) -> None:
    client.force_login(User.objects.create_superuser("root", "root@example.com", "a long password indeed"))
    url = reverse("admin:shipping_packagingrule_add")
    inlines = {"inserts-TOTAL_FORMS": "0", "inserts-INITIAL_FORMS": "0"}
    form = {"code": "dear", "name": "Dear", "position": "0", "min_value": "5", "note": "{}", "active": "on", **inlines}
    refused = client.post(url, form)
    assert (refused.status_code, PackagingRule.objects.count()) == (200, 0)
    assert "Say in which currency the values are" in refused.content.decode()
    assert client.post(url, {**form, "currency": "EUR"}).status_code == 302
    assert PackagingRule.objects.get().currency == "EUR"
