"""Cases of the floor close by themselves when their cause is over, and not before."""

from datetime import timedelta

from core.attention.selectors import open_cases
from core.attention.services import open_case
from inventory.models import CountTask
from inventory.services.counting import request_count
from shipping.models import Parcel
from shipping.services.clearing import clear_cases
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

LATER = NOW + timedelta(hours=1)


def case(kind: str, key: str, subject_id: int, **detail: object) -> None:
    open_case(
        kind=kind, dedupe_key=f"{key}:{subject_id}", summary="x", subject_type="x", subject_id=subject_id,
        detail=detail, now=NOW,
    )  # fmt: skip


def floor() -> Floor:
    return build_floor({"MUG": 9})


def test_a_short_shelf_is_over_once_it_was_counted(db: None) -> None:
    place = floor().shelves["A-02-1"].id
    case("short_pick", "short_pick", 7, bin_id=place)
    assert clear_cases(by=TESTER, now=LATER) == 0
    ref = request_count(place, cause="short_pick", by=TESTER, now=NOW)
    assert clear_cases(by=TESTER, now=LATER) == 0
    CountTask.objects.filter(ref=ref).update(counted_at=LATER)
    assert clear_cases(by=TESTER, now=LATER) == 1
    assert open_cases("short_pick") == []


def test_no_bin_to_pick_from_is_over_once_it_is_on_the_floor(db: None) -> None:
    made = floor()
    order = made.order({"MUG": 1})
    case("no_pickable_stock", "no_pickable_stock", made.fulfillment_order(order))
    assert clear_cases(by=TESTER, now=LATER) == 0
    made.release()
    clear_cases(by=TESTER, now=LATER)
    assert open_cases("no_pickable_stock") == []


def test_a_box_to_open_is_over_once_it_has_left_and_a_label_once_it_is_bought(db: None) -> None:
    made = floor()
    order = made.order({"MUG": 1})
    made.ship(order)
    parcel = Parcel.objects.get()
    Parcel.objects.update(status="packed")
    case("unpack", "unpack", parcel.pk)
    case("label_failed", "label", parcel.pk)
    open_before = len(open_cases("label_failed"))
    clear_cases(by=TESTER, now=LATER)
    assert len(open_cases("label_failed")) == open_before == 1
    Parcel.objects.update(status="shipped")
    clear_cases(by=TESTER, now=LATER)
    assert open_cases("unpack") == []
    assert open_cases("label_failed") == []


def test_a_weight_that_is_off_is_over_once_the_box_is_closed(db: None) -> None:
    made = floor()
    made.ship(made.order({"MUG": 1}))
    parcel = Parcel.objects.get()
    case("weight", "weight", parcel.pk)
    Parcel.objects.update(status="open")
    assert clear_cases(by=TESTER, now=LATER) == 0
    Parcel.objects.update(status="packed")
    assert clear_cases(by=TESTER, now=LATER) == 1
    assert open_cases("weight") == []
