"""The demo's buffer, safety stock and low article."""

from collections import Counter

import pytest
from django.db import transaction
from django.utils import timezone

from core.attention.selectors import open_cases
from core.kernel.actors import system
from fulfillment.devtools.demo.catalogue import articles_of
from fulfillment.devtools.demo.inbound import deliver_goods
from fulfillment.devtools.demo.invoices import SLICE, read_invoices
from fulfillment.devtools.demo.keeping import keep_some_back
from fulfillment.devtools.demo.seed import seed_house, seed_products
from inventory.models import StockLevel
from inventory.services.alerting import judge_levels
from orders.models import Channel
from orders.selectors.buffers import units_kept

pytestmark = pytest.mark.django_db


def test_one_channel_leaves_some_some_are_kept_back_and_one_article_is_low() -> None:
    by, now = system("demo"), timezone.now()
    warehouse_id = seed_house(now=now)
    articles = articles_of(read_invoices(SLICE, last_day=now.date(), counts=Counter()))
    best = dict(sorted(articles.items(), key=lambda one: (-one[1].demand, one[0]))[:3])
    products = seed_products(best.values(), warehouse_id=warehouse_id, now=now)
    deliver_goods(dict.fromkeys(products.values(), 9), warehouse_id=warehouse_id, by=by, now=now)
    for _time in range(2):
        keep_some_back(best, products, warehouse_id=warehouse_id, by=by, now=now)
    market = Channel.objects.get(code="market").pk
    assert list(units_kept(market, products.values()).values()) == [2]
    assert sorted(StockLevel.objects.values_list("available", flat=True)) == [7, 9, 9]
    with transaction.atomic():
        judge_levels(StockLevel.objects.values_list("pk", flat=True), by=by, now=now)
    assert len(open_cases("stock_low")) == 1
