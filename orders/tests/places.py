"""More warehouses for the shops of the tests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Any

from django.db import connection

from inventory.selectors import default_bins
from inventory.services.places import NewBin, create_bins, create_totes, create_warehouse
from orders.models import ChannelWarehouse
from orders.tests.shop import Shop


def another_warehouse(
    shop: Shop, stock: Mapping[str, int], *, code: str = "SIDE", country: str = "GB", position: int = 1, **facts: Any
) -> Shop:
    """The same shop seen from another warehouse of its channel, which has those units; ``facts`` are its columns."""
    place = create_warehouse(code=code, name=code.title(), country=country, cut_off=time(15, 0), time_zone="UTC")
    create_bins(place.id, [NewBin(name="B-01-1", pick_sequence=10)])
    totes = [tote.id for tote in create_totes(place.id, 3)]
    ChannelWarehouse.objects.create(channel_id=shop.channel_id, warehouse_id=place.id, position=position)
    there = replace(shop, warehouse_id=place.id, bins=default_bins(place.id), totes=totes)
    for sku, quantity in stock.items():
        there.receive(sku, quantity)
    set_facts(there, **facts)
    return there


def set_facts(shop: Shop, **facts: Any) -> None:
    """Change columns of the shop's warehouse."""
    for column, value in facts.items():
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE inventory_warehouse SET {column} = %s WHERE id = %s",
                [value, shop.warehouse_id],
            )
