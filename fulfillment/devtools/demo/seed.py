"""Set up the demo's house: staff, channels with their keys, a warehouse with bins, cartons, services, products, stock.

Everything here is safe to run again: what is there already is left as it is.
"""

import json
import secrets
from collections.abc import Iterable
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.accounts.models import User
from core.accounts.roles import Role
from core.accounts.scopes import ALL_SCOPES
from core.accounts.services import issue_api_key
from core.kernel.actors import system
from fulfillment.devtools.demo.catalogue import Article
from inventory.models import Barcode, Bin, BinKind, Product, Supplier, Warehouse
from inventory.services.places import NewBin, create_bins, create_totes, create_warehouse
from orders.models import Channel
from orders.states import ShortagePolicy
from shipping.models import CarrierService, Carton

SEEDER = system("demo")
WAREHOUSE = "LEEDS"
TOTES = 400
AISLES = "ABCDEFGHJKMNPQRSTVWXYZ"
RACKS, LEVELS, PLACES = 20, 4, 2

CHANNELS = (
    ("shop", "Gift shop", ShortagePolicy.BACKORDER),
    ("market", "Market stall", ShortagePolicy.REJECT),
)

CARTONS = (
    ("BOXS", "Small box", 200, 150, 100, 60, 2000),
    ("BOXM", "Medium box", 300, 220, 150, 140, 8000),
    ("BOXL", "Large box", 450, 320, 250, 320, 20000),
    ("BOXXL", "Extra large box", 600, 450, 400, 650, 30000),
    ("BOXXXL", "Bulk box", 1000, 800, 800, 2500, 30000),
)

SERVICES = (
    ("standard", "Standard delivery", Decimal("4.95"), Decimal("50"), 1, 3),
    ("express", "Express delivery", Decimal("9.95"), None, 1, 1),
)


def seed_house(*, now: datetime) -> int:
    """The warehouse with totes, the channels, cartons and services; returns the warehouse's id."""
    warehouse = Warehouse.objects.filter(code=WAREHOUSE).first()
    if warehouse is None:
        fact = create_warehouse(
            code=WAREHOUSE,
            name="Leeds warehouse",
            country="GB",
            cut_off=time(16, 0),
            time_zone="Europe/London",
            address={"company": "Gift shop", "line1": "12 Mill Lane", "city": "Leeds", "postal_code": "LS1 4AP"},
        )
        create_totes(fact.id, TOTES)
        warehouse = Warehouse.objects.get(pk=fact.id)
    for code, name, policy in CHANNELS:
        Channel.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "shortage_policy": policy,
                "warehouse": warehouse,
                "currency": "GBP",
                "support_email": "help@example.com",
            },
        )
    for code, name, length, width, height, weight, limit in CARTONS:
        Carton.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "length_mm": length,
                "width_mm": width,
                "height_mm": height,
                "weight_g": weight,
                "max_weight_g": limit,
            },
        )
    for method, name, price, free_from, fastest, slowest in SERVICES:
        CarrierService.objects.get_or_create(
            method=method,
            defaults={
                "carrier": "own_delivery",
                "service": method,
                "name": name,
                "price": price,
                "free_from": free_from,
                "max_weight_g": 30_000,
                "transit_days_min": fastest,
                "transit_days_max": slowest,
            },
        )
    return warehouse.pk


def seed_people(*, path: Path, now: datetime) -> None:
    """One member of staff for each role and a key for each channel; writes names, passwords and keys to ``path``.

    Passwords and keys are drawn anew on the first start and read from ``path`` ever after.
    """
    if path.exists() and User.objects.filter(username=Role.ADMIN).exists():
        return
    users: list[dict[str, str]] = []
    for role in Role:
        password = secrets.token_urlsafe(12)
        user, _made = User.objects.get_or_create(username=str(role))
        user.roles = [str(role)]
        user.first_name = str(role.label)
        user.is_staff = user.is_superuser = role == Role.ADMIN
        user.set_password(password)
        user.save()
        users.append({"role": str(role), "username": str(role), "password": password})
    keys: dict[str, Any] = {}
    for code, _name, policy in CHANNELS:
        channel = Channel.objects.get(code=code)
        _client, key = issue_api_key(
            name=f"Demo storefront {code}",
            scopes=ALL_SCOPES,
            channel_id=channel.pk,
            requests_per_minute=None,
            now=now,
        )
        keys["api_key" if policy == ShortagePolicy.BACKORDER else "api_key_reject"] = key
    path.write_text(json.dumps({"users": users, **keys}, indent=2), encoding="utf-8")


def seed_products(articles: Iterable[Article], *, warehouse_id: int, now: datetime) -> dict[str, int]:
    """A product with a barcode and a pick face for each article not there yet; returns all product ids by SKU."""
    known = dict(Product.objects.values_list("sku", "pk"))
    new = [article for article in sorted(articles, key=lambda one: one.sku) if article.sku not in known]
    for start in range(0, len(new), 1000):
        chunk = new[start : start + 1000]
        rows = Product.objects.bulk_create([_product(article, now=now) for article in chunk])
        Barcode.objects.bulk_create(
            [Barcode(product=row, code=article.barcode) for row, article in zip(rows, chunk, strict=True)],
            ignore_conflicts=True,
        )
        known |= {row.sku: row.pk for row in rows}
    first = Bin.objects.filter(warehouse_id=warehouse_id, kind=BinKind.PICK_FACE).count()
    create_bins(warehouse_id, [_pick_face(number) for number in range(first, first + len(new))])
    return known


def _product(article: Article, *, now: datetime) -> Product:
    length, width, height = article.size_mm
    return Product(
        sku=article.sku,
        name=article.name[:200],
        weight_g=article.weight_g,
        length_mm=length,
        width_mm=width,
        height_mm=height,
        attributes={"price": str(article.price), "measured": False},
        created_at=now,
    )


def _pick_face(number: int) -> NewBin:
    """The n-th pick face: aisle by aisle, up one side and down the next, so that the walk is a serpentine."""
    aisle, within = divmod(number, RACKS * LEVELS * PLACES)
    rack, rest = divmod(within, LEVELS * PLACES)
    level, place = divmod(rest, PLACES)
    walked_rack = rack if aisle % 2 == 0 else RACKS - 1 - rack
    letter = AISLES[aisle % len(AISLES)] * (1 + aisle // len(AISLES))
    return NewBin(
        name=f"{letter}-{rack + 1:02}-{level + 1}-{'AB'[place]}",
        kind=BinKind.PICK_FACE,
        zone=letter,
        pick_sequence=aisle * 1000 + walked_rack * LEVELS * PLACES + rest,
    )


def demo_supplier() -> Supplier:
    """The one supplier of the demo."""
    supplier, _made = Supplier.objects.get_or_create(
        code="GIFTS", defaults={"name": "Gifts wholesale", "lead_time_days": 5}
    )
    return supplier
