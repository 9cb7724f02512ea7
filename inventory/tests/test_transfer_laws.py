"""Whatever is sent, received, lost, found or called off: no unit appears or vanishes."""

import contextlib
import itertools

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.errors import DomainError
from inventory.models import BinKind, StockLevel, StockMovement, Transfer, TransferLine
from inventory.services.checking import check_stock
from inventory.services.ledger import Move, move
from inventory.services.transfer_checking import check_transfers
from inventory.services.transfer_shipping import Load, load_units, send_transfer, unload_units
from inventory.services.transfers import cancel_transfer, close_transfer, count_received, create_transfer
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

STOCK, ASKED = 20, 12
WALKS = itertools.count(1)


def booked(ref: str, reason: str) -> int:
    rows = StockMovement.objects.filter(document=ref, reason=reason)
    return int(rows.aggregate(units=Sum("quantity", default=0))["units"])


steps = st.lists(
    st.tuples(
        st.sampled_from(["load", "load", "unload", "send", "receive", "receive", "close", "cancel"]),
        st.integers(1, 8),
    ),
    max_size=10,
)


def act(near: Floor, far: Floor, product: int, ref: str, step: str, units: int) -> None:
    load = Load(product, near.shelves[0], units)
    match step:
        case "load":
            load_units(ref, [load], by=TESTER, now=NOW)
        case "unload":
            unload_units(ref, load, by=TESTER, now=NOW)
        case "send":
            send_transfer(ref, by=TESTER, now=NOW)
        case "close":
            close_transfer(ref, by=TESTER, now=NOW)
        case "cancel":
            cancel_transfer(ref, by=TESTER, now=NOW)
        case "receive":
            into = Move(
                product,
                units,
                far.bins[BinKind.TRANSIT],
                far.bins[BinKind.RECEIVING],
                "transfer_in",
                document=ref,
            )
            with transaction.atomic():
                count_received(Transfer.objects.get(ref=ref).pk, {(product, ""): units}, by=TESTER, now=NOW)
                move([into], by=TESTER, now=NOW)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_units_are_conserved_over_both_warehouses_the_way_and_what_is_lost(
    db: None, taken: list[tuple[str, int]]
) -> None:
    number = next(WALKS)
    near, far = build_floor(f"NEAR-{number}"), build_floor(f"FAR-{number}")
    (product,) = make_products(1, start=number)
    near.receive(product, STOCK)
    ref = create_transfer(
        source_id=near.warehouse_id, target_id=far.warehouse_id, lines=[(product, ASKED)], by=TESTER, now=NOW
    )
    for step, units in taken:
        # Refused: nothing may have changed, which the sums below show.
        with contextlib.suppress(DomainError):
            act(near, far, product, ref, step, units)
        line = TransferLine.objects.get(transfer__ref=ref)
        there = dict(StockLevel.objects.filter(product_id=product).values_list("warehouse_id", "on_hand"))
        # What a dock counts beyond what was sent has come from somewhere: the ledger says how much.
        strangers, given_up = booked(ref, "found"), booked(ref, "lost")
        on_the_way = line.shipped - line.received - line.lost
        assert sum(there.values()) + on_the_way + given_up - strangers == STOCK
        assert there[near.warehouse_id] + line.shipped == STOCK
        assert min(line.shipped, line.received, line.lost, on_the_way) >= 0
        assert line.shipped <= ASKED
        assert check_transfers() == []
    assert check_stock(by=TESTER, now=NOW) == []
