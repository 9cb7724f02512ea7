"""A shop in the middle of a day, and people of every role, for tests of desk screens."""

import uuid
from dataclasses import dataclass

from django.test import Client

from core.accounts.models import User
from core.accounts.roles import Role
from core.attention.services import open_case
from orders.selectors.facts import OrderFact
from shipping.selectors.floor import waves_page
from shipping.selectors.parcels import parcels_of_order
from shipping.tests.floor import NOW, Floor, build_floor


@dataclass(frozen=True)
class Day:
    """``shipped`` has left, ``waiting`` is on a pick list, ``short`` waits for stock, ``fresh`` is in stock."""

    floor: Floor
    shipped: OrderFact
    waiting: OrderFact
    short: OrderFact
    fresh: OrderFact
    wave_ref: str
    list_id: int
    parcel_ref: str
    case_id: int


def build_day() -> Day:
    """One order at each stage of its life."""
    floor = build_floor({"MUG": 20, "LAMP": 20, "VASE": 0})
    shipped = floor.order({"MUG": 2, "LAMP": 1})
    floor.ship(shipped)
    waiting = floor.order({"MUG": 1})
    (list_id,) = floor.release()
    short = floor.order({"VASE": 5})
    fresh = floor.order({"LAMP": 3})
    case_id = open_case(
        kind="short_pick",
        dedupe_key="short_pick:test",
        summary="A shelf held fewer units than expected. Count it.",
        subject_type="order",
        subject_id=waiting.id,
        timeline=waiting.ref,
        warehouse_id=floor.warehouse_id,
        detail={"product_id": floor.shop.products["MUG"], "bin_id": floor.shelves["A-02-1"].id, "missing": 2},
        now=NOW,
    )
    wave = waves_page((floor.warehouse_id,), open_only=True)[0]
    parcel = parcels_of_order(shipped.id)[0]
    return Day(floor, shipped, waiting, short, fresh, wave.ref, list_id, parcel.ref, case_id)


def person(*roles: str, warehouse_ids: list[int] | None = None) -> User:
    """A member of staff with those roles; no warehouses named means all."""
    name = f"{'-'.join(roles) or 'nobody'}-{uuid.uuid4().hex[:6]}"
    return User.objects.create(username=name, roles=list(roles), warehouse_ids=warehouse_ids or [])


def signed_in(*roles: str, warehouse_ids: list[int] | None = None) -> Client:
    """A browser with somebody of those roles signed in."""
    client = Client()
    client.force_login(person(*(roles or (Role.SUPERVISOR,)), warehouse_ids=warehouse_ids))
    return client


def action(**more: object) -> dict[str, object]:
    """Form values with an id for the act."""
    return {"action_id": str(uuid.uuid4()), **more}
