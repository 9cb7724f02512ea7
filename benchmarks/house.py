"""A shop big enough to measure: 10,000 articles that never run out, one that does, and keys without limits."""

import json
from pathlib import Path

from django.utils import timezone

from core.accounts.models import User
from core.accounts.scopes import ALL_SCOPES
from core.accounts.services import issue_api_key
from core.kernel.actors import system
from fulfillment.devtools.demo.catalogue import Article
from fulfillment.devtools.demo.inbound import deliver_goods
from fulfillment.devtools.demo.seed import seed_house, seed_products
from orders.models import Channel

BENCH = system("benchmark")
ARTICLES = 10_000
PLENTY = 1_000_000
HOT = "HOT-1"


def furnish(path: Path) -> None:
    """Set up warehouse, channels, articles, stock and staff; writes the keys to ``path``."""
    now = timezone.now()
    warehouse_id = seed_house(now=now)
    names = [f"SKU-{number:05}" for number in range(1, ARTICLES + 1)]
    products = seed_products([Article(sku) for sku in [*names, HOT]], warehouse_id=warehouse_id, now=now)
    deliver_goods({products[sku]: PLENTY for sku in names}, warehouse_id=warehouse_id, by=BENCH, now=now)
    for role in ("picker", "packer", "supervisor"):
        User.objects.get_or_create(username=role, defaults={"roles": [role]})
    keys = {}
    for channel in Channel.objects.all():
        _client, keys[channel.code] = issue_api_key(
            name=f"Benchmark {channel.code}",
            scopes=ALL_SCOPES,
            channel_id=channel.pk,
            requests_per_minute=None,
            now=now,
        )
    path.write_text(json.dumps({"keys": keys, "warehouse_id": warehouse_id, "hot": products[HOT]}))


def restock_hot(units: int) -> None:
    """Receive more of the hot article."""
    facts_now = timezone.now()
    warehouse_id = seed_house(now=facts_now)
    products = seed_products([], warehouse_id=warehouse_id, now=facts_now)
    deliver_goods({products[HOT]: units}, warehouse_id=warehouse_id, by=BENCH, now=facts_now)
