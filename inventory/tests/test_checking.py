"""A drift injected by hand is found, named and repaired from the ledger; sound books stay as they are."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.attention.selectors import open_cases
from core.outbox.models import Event
from inventory import ports
from inventory.models import BinKind, BinStock, StockLevel, StockMovement, StockSnapshot
from inventory.services.checking import Drift, check_stock
from inventory.services.holding import reserve_items
from inventory.services.ledger import Move, move
from inventory.services.reservation import Want, give_back
from inventory.tests.conftest import NOW, TESTER, Floor, make_products

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(floor: Floor, product: int) -> Floor:
    """Ten units on two shelves, one damaged, two allocated, one held by a cart."""
    floor.receive(product, 6)
    floor.receive(product, 4, floor.shelves[1])
    move([Move(product, 1, floor.shelves[0], floor.shelves[0], "move", to_condition="damaged")], by=TESTER, now=NOW)
    floor.allocate(product, 2)
    reserve_items([(product, 1)], warehouse_id=floor.warehouse_id, expires_in=timedelta(hours=1), by=TESTER, now=NOW)
    return floor


@pytest.fixture(autouse=True)
def _no_ports_from_above() -> Iterator[None]:
    """Orders and shipping add checks and give-ups of their own; these tests are about inventory alone."""
    before = list(ports.extra_checks), ports.give_up_allocations, ports.give_up_picks
    ports.extra_checks[:] = []
    ports.give_up_allocations = lambda *_args, **_named: 0
    ports.give_up_picks = lambda *_args, **_named: 0
    yield
    ports.extra_checks[:], ports.give_up_allocations, ports.give_up_picks = before


def look() -> list[Drift]:
    return check_stock(by=TESTER, now=NOW)


def repair() -> list[Drift]:
    return check_stock(repair=True, by=TESTER, now=NOW)


def test_sound_books_have_no_drift_and_a_repair_changes_nothing(busy: Floor) -> None:
    assert look() == []
    before = list(StockLevel.objects.values()), list(BinStock.objects.values()), StockMovement.objects.count()
    assert repair() == []
    assert (list(StockLevel.objects.values()), list(BinStock.objects.values()), StockMovement.objects.count()) == before


def test_a_bin_that_says_more_than_its_movements_is_found_and_mended(busy: Floor, product: int) -> None:
    BinStock.objects.filter(bin_id=busy.shelves[1]).update(quantity=9)
    found = look()
    assert [(one.check, one.subject, one.stored, one.expected) for one in found] == [
        ("movements_make_bins", "P-001 in A-01-2", 9, 4),
        ("bins_make_level", f"P-001 in warehouse {busy.warehouse_id}, on_hand", 10, 15),
    ]
    assert all(one.repaired for one in repair())
    assert look() == []
    assert busy.in_bin(product, busy.shelves[1]) == {"sellable": 4}
    assert busy.level(product).on_hand == 10


def test_a_bin_row_that_vanished_is_made_again(busy: Floor, product: int) -> None:
    BinStock.objects.filter(bin_id=busy.shelves[1]).delete()
    assert len(look()) == 2
    repair()
    assert look() == []
    assert busy.in_bin(product, busy.shelves[1]) == {"sellable": 4}


@pytest.mark.parametrize(
    ("counter", "value"), [("on_hand", 11), ("quality_control", 2), ("quarantined", 1), ("damaged", 0), ("reserved", 3)]
)
def test_every_counter_of_a_level_is_checked_and_mended(busy: Floor, product: int, counter: str, value: int) -> None:
    expected = getattr(busy.level(product), counter)
    StockLevel.objects.update(**{counter: value})
    (drift,) = look()
    assert (drift.stored, drift.expected, drift.repaired) == (value, expected, False)
    (mended,) = repair()
    assert mended.repaired
    assert getattr(busy.level(product), counter) == expected
    assert look() == []


def test_a_level_that_vanished_is_made_again(busy: Floor, product: int) -> None:
    other = make_products(1, start=5)[0]
    busy.receive(other, 3)
    StockLevel.objects.filter(product_id=other).delete()
    repair()
    assert busy.level(other).on_hand == 3
    assert look() == []


def test_a_ledger_that_says_less_than_nothing_gets_a_movement_that_says_so(busy: Floor, product: int) -> None:
    StockMovement.objects.create(
        product_id=product,
        warehouse_id=busy.warehouse_id,
        quantity=5,
        from_bin_id=busy.shelves[2],
        to_bin_id=busy.bins[BinKind.CUSTOMER],
        reason="ship",
        actor_kind="system",
        actor_name="elsewhere",
        at=NOW,
    )
    (drift,) = look()
    assert (drift.stored, drift.expected) == (0, -5)
    repair()
    (added,) = StockMovement.objects.filter(reason="repair")
    assert (added.quantity, added.to_bin_id) == (5, busy.shelves[2])
    assert look() == []


def test_promises_beyond_the_mended_stock_are_given_up(busy: Floor, product: int) -> None:
    with connection.cursor() as cursor:  # units that never were: written past the ledger
        cursor.execute("UPDATE inventory_stocklevel SET on_hand = 20, allocated = 12")
    asked: list[int] = []

    def give_up(product_id: int, warehouse_id: int, quantity: int, **_named: object) -> int:
        asked.append(quantity)
        give_back([Want(product_id, warehouse_id, quantity)])
        return quantity

    ports.give_up_allocations = give_up
    repair()
    level = busy.level(product)
    assert (level.on_hand, level.allocated, level.reserved) == (10, 9, 0)
    assert asked == [3]  # 12 allocated of 9 sellable, once the cart had let go
    assert look() == []


def test_a_drift_that_cannot_be_mended_is_reported_as_such(busy: Floor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_stocklevel SET on_hand = 30, allocated = 25")
    assert not any(one.repaired for one in repair())
    assert look() != []


def test_each_repair_is_an_event_naming_what_was_found(busy: Floor, product: int) -> None:
    StockLevel.objects.update(on_hand=11)
    repair()
    (event,) = Event.objects.filter(type="stock.repaired")
    assert event.subject_type == "stock_level"
    assert event.data["stored"] == 11
    assert event.data["expected"] == 10
    assert event.data["counter"] == "on_hand"


def test_the_check_takes_as_many_statements_for_many_products_as_for_one(
    busy: Floor, django_assert_num_queries: object
) -> None:
    for one in make_products(30, start=50):
        busy.receive(one, 2)
    with django_assert_num_queries(11):  # type: ignore[operator]
        assert look() == []


def test_higher_rooms_add_checks_of_their_own(busy: Floor) -> None:
    ports.extra_checks.append(lambda **_named: [Drift("open_allocations", "P-001", 2, 3)])
    assert [one.check for one in look()] == ["open_allocations"]


def test_the_command_says_that_the_books_balance_or_exits_with_one(busy: Floor) -> None:
    out = StringIO()
    call_command("check_stock", stdout=out)
    assert out.getvalue() == "The books balance.\n"
    StockLevel.objects.update(on_hand=11)
    with pytest.raises(CommandError) as refusal:
        call_command("check_stock", stdout=StringIO())
    assert refusal.value.returncode == 1
    call_command("check_stock", "--repair", stdout=StringIO())
    call_command("check_stock", stdout=StringIO())


def test_a_counter_that_missed_a_movement_is_explained_by_it_and_mended_without_touching_the_ledger(
    busy: Floor, product: int
) -> None:
    ledger = list(StockMovement.objects.order_by("id").values())
    with connection.cursor() as cursor:  # the delivery of four is in the ledger, not in the counter
        cursor.execute("UPDATE inventory_stocklevel SET on_hand = on_hand - 4")
    (drift,) = look()
    delivery = StockMovement.objects.get(quantity=4)
    assert drift.detail["movements"] == [delivery.pk]
    named = f"Movement {delivery.pk}, 4 units by tester at 2026-11-21 09:00, receive"
    assert drift.because == (f"{named} is not in the figure.",)
    assert all(one.repaired and one.because == drift.because for one in repair())
    assert look() == []
    assert list(StockMovement.objects.order_by("id").values()) == ledger
    assert busy.level(product).on_hand == 10


def test_a_bin_that_took_a_movement_twice_is_explained_by_it(busy: Floor, product: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_binstock SET quantity = 8 WHERE bin_id = %s", [busy.shelves[1]])
        cursor.execute("UPDATE inventory_stocklevel SET on_hand = 14")
    (drift,) = [one for one in look() if one.check == "movements_make_bins"]
    assert drift.because[0].endswith("is in the figure twice.")
    ledger = StockMovement.objects.count()
    repair()
    assert look() == []
    assert StockMovement.objects.count() == ledger
    assert busy.in_bin(product, busy.shelves[1]) == {"sellable": 4}


def test_a_figure_changed_past_the_ledger_is_called_that_with_the_latest_movements(busy: Floor) -> None:
    BinStock.objects.filter(bin_id=busy.shelves[1]).update(quantity=999)
    drift = look()[0]
    assert "past the ledger" in drift.because[0]
    assert drift.because[1].startswith("Latest: Movement ")


def test_the_case_explains_the_drift_and_closes_when_it_is_gone(busy: Floor) -> None:
    StockLevel.objects.update(on_hand=6)
    with pytest.raises(CommandError):
        call_command("check_stock", stdout=StringIO())
    (case,) = open_cases("stock_drift")
    assert "is not in the figure" in case.detail["first"][0]
    StockLevel.objects.update(on_hand=7)
    with pytest.raises(CommandError):
        call_command("check_stock", stdout=StringIO())
    (newer,) = open_cases("stock_drift")
    assert newer.id != case.id
    out = StringIO()
    call_command("check_stock", "--repair", stdout=out)
    assert "Movement " in out.getvalue()
    assert open_cases("stock_drift") == []


def test_a_wrong_snapshot_is_reported_and_made_anew(busy: Floor, product: int) -> None:
    StockSnapshot.objects.create(product_id=product, at=NOW, contents=[[busy.shelves[0], "", "sellable", 77]])
    (drift,) = look()
    assert (drift.check, drift.stored, drift.expected, drift.repaired) == ("movements_make_snapshots", 77, 10, True)
    assert look() == []
