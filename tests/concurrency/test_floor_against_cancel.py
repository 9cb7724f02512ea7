"""The customer cancels while the floor works: whoever is first wins, and no cancelled unit leaves the house.

The steps one by one, each with its control, stand in orders/tests/test_races.py and shipping/tests/test_races.py.
"""

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest

from core.accounts.models import User
from core.kernel.errors import DomainError
from core.outbox.models import Delivery
from core.outbox.services import run_due
from inventory.services.checking import check_stock
from inventory.tests.threads import together
from orders.errors import NotCancellable
from orders.models import Order, OrderLine
from orders.selectors.facts import OrderFact
from orders.services.cancellation import cancel_order
from returns.models import ReturnItem
from shipping.models import Parcel, PickLine
from shipping.services.facts import PickDone
from shipping.services.handover import hand_over_parcel
from shipping.services.labels import purchase_label
from shipping.services.packing import pack_all
from shipping.services.picking import claim_next_pick_list, confirm_picks, scan_pick
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ORDERS = 15
# What the floor has done of an order when its cancellation sets out, in turn.
STEPS = ("nothing", "picked", "packed", "labelled", "handed over")
EVENING = NOW + timedelta(hours=8)


@dataclass(frozen=True)
class Job:
    """One order with its pick list and its tote, and the doors the floor goes through with it."""

    order: OrderFact
    pick_list: int
    tote: int
    cancel_after: str
    doors: dict[str, threading.Event]


def work_through(floor: Floor, job: Job) -> str:
    """Pick, pack, label and hand over one order; the code of the refusal when somebody stops it."""
    try:
        job.doors["nothing"].set()
        lines = PickLine.objects.filter(pick_list=job.pick_list, status="pending")
        picks = [PickDone(line.pk, line.quantity) for line in lines]
        confirm_picks(job.pick_list, picks, totes={1: job.tote}, by=floor.by, now=NOW)
        job.doors["picked"].set()
        parcel = pack_all(floor.fulfillment_order(job.order), by=floor.by, now=NOW)
        job.doors["packed"].set()
        label = purchase_label(parcel.ref, by=floor.by, now=NOW)
        job.doors["labelled"].set()
        verdict = hand_over_parcel(label.tracking_number, warehouse_id=floor.warehouse_id, by=floor.by, now=NOW)
    except DomainError as stopped:
        return stopped.code
    finally:
        for door in job.doors.values():
            door.set()
    return verdict.verdict


def cancel(job: Job) -> str:
    """The customer's click, at the moment the job names."""
    job.doors[job.cancel_after].wait(timeout=60)
    try:
        cancel_order(job.order.ref, reason="changed my mind", by=TESTER, now=NOW)
    except NotCancellable:
        return "too late"
    return "cancelled"


@pytest.mark.parametrize("_round", range(2))
def test_a_cancellation_at_any_moment_of_the_work_ships_nothing_cancelled(_round: int) -> None:
    floor = build_floor({f"ART{number:02}": 60 for number in range(1, 6)}, totes=ORDERS)
    jobs: list[Job] = []
    for number in range(ORDERS):
        order = floor.order({f"ART{number % 5 + 1:02}": 2, f"ART{(number + 1) % 5 + 1:02}": 1})
        (pick_list,) = floor.release()
        doors = {name: threading.Event() for name in STEPS}
        jobs.append(Job(order, pick_list, floor.totes[number].id, STEPS[number % 5], doors))

    ended = together(
        lambda one: cancel(one[1]) if one[0] else work_through(floor, one[1]),
        [(customer, job) for job in jobs for customer in (False, True)],
    )
    assert not [one for one in ended if isinstance(one, Exception)], ended
    outcomes = Counter(zip(ended[::2], ended[1::2], strict=True))
    shipped = outcomes["ok", "too late"]
    assert shipped >= ORDERS // 5  # those that were cancelled after they had left
    assert sum(count for (_work, customer), count in outcomes.items() if customer == "cancelled") == ORDERS - shipped
    assert outcomes["ok", "cancelled"] == 0, outcomes

    run_due(now=EVENING, raise_errors=True)
    assert not Delivery.objects.filter(status="dead").exists()
    for line in OrderLine.objects.select_related("order"):
        assert (line.shipped, line.cancelled) in {(line.quantity, 0), (0, line.quantity)}, (line.order.ref, outcomes)
    assert Order.objects.filter(status="cancelled").count() == ORDERS - shipped
    assert Parcel.objects.filter(status="shipped").count() == shipped
    # What had been picked of cancelled orders waits for its inspection, and for nothing else.
    picked = sum(PickLine.objects.filter(order_ref__in=cancelled_refs()).values_list("picked", flat=True))
    assert sum(ReturnItem.objects.values_list("quantity", flat=True)) == picked
    assert_floor_balances(floor)
    assert check_stock(by=TESTER, now=EVENING) == []


def cancelled_refs() -> list[str]:
    return list(Order.objects.filter(status="cancelled").values_list("ref", flat=True))


def test_two_pickers_over_one_list_pick_every_unit_once() -> None:
    """Only one gets the list; the other's scans are refused, however alike the codes are."""
    floor = build_floor({"ART01": 40})
    floor.order({"ART01": 5})
    (pick_list,) = floor.release()
    shelf = next(iter(floor.shelves.values())).code
    pair = [User.objects.create(username=name, roles=["picker"]) for name in ("ann", "bob")]

    def walk(user: User) -> int:
        claimed = claim_next_pick_list(user.pk, floor.warehouse_id, by=TESTER, now=NOW)
        assert claimed is None or claimed.id == pick_list
        for code in [floor.totes[0].code, shelf, *["EAN-ART01"] * 5]:
            scan_pick(pick_list, code, user_id=user.pk, by=TESTER, now=NOW)
        return int(claimed is not None)

    ended = together(walk, pair)
    assert not [one for one in ended if isinstance(one, Exception)], ended
    assert sum(one for one in ended if isinstance(one, int)) == 1
    (line,) = PickLine.objects.all()
    assert (line.status, line.picked) == ("picked", 5)
    assert_floor_balances(floor)
    assert check_stock(by=TESTER, now=NOW) == []
