"""The demo's zones, threshold, budget, gift and parcel sent again."""

import pytest
from django.utils import timezone

from core.kernel.actors import system
from fulfillment.devtools.demo.seed import seed_house
from fulfillment.devtools.demo.shipping_rules import GIFT, LOST, set_shipping_rules
from orders.models import Order
from shipping.models import CarrierService, Parcel, ParcelInsert, RateBand, UpgradeBudget
from shipping.selectors.packagings import explained
from shipping.services.rates import rates_for


@pytest.mark.django_db(transaction=True)
def test_every_rule_has_something_to_show() -> None:
    by, now = system("demo"), timezone.now()
    leeds = seed_house(now=now)
    for _time in range(2):
        set_shipping_rules(warehouse_id=leeds, by=by, now=now)
    assert (UpgradeBudget.objects.count(), RateBand.objects.count()) == (1, 7)
    assert CarrierService.objects.get(method="standard").free_from == 45
    prices = {
        code: rates_for(leeds, weight_g=500, country="GB", postal_code=code, now=now)[0].price
        for code in ("LS1 4AP", "IV2 3BY")
    }
    assert prices["LS1 4AP"] < prices["IV2 3BY"]
    told = explained(Order.objects.get(external_id=GIFT).pk)
    assert told is not None and told.packaging.hide_prices and told.packaging.note.startswith("Tack")
    assert {name for _insert, _sku, name, _rule in told.inserts} == {"Thank-you card", "Fox sticker"}
    lost = Order.objects.get(external_id=LOST)
    assert Parcel.objects.get(order=lost).status == "lost"
    assert lost.replacements.get().shipping_method == "express"
    assert ParcelInsert.objects.get().issued == 1
