"""Many at once. Each race has a control that takes the guard away and shows that the race then happens."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence

import pytest
from django.db import IntegrityError, transaction

from core.accounts.models import User
from core.kernel.errors import DomainError
from inventory.tests.threads import together
from orders.selectors.work import releasable
from orders.services.cancellation import cancel_order
from orders.tests.shop import lines_of
from shipping.carriers.own_delivery import OwnDelivery
from shipping.models import IssuedNumber, LabelRequest, Parcel, PickLine, PickList, PickTote
from shipping.services.facts import ScanVerdict
from shipping.services.handover import hand_over_parcel
from shipping.services.labels import label_order, purchase_label
from shipping.services.packing import open_parcel, pack_all
from shipping.services.picking import claim_next_pick_list, scan_pick
from shipping.services.waves import release_next_wave
from shipping.services.withdrawing import follow_order
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor() -> Floor:
    return build_floor({f"ART{number:02}": 40 for number in range(1, 6)})


def pickers(count: int) -> list[User]:
    return [User.objects.create(username=f"picker-{number}", roles=["picker"]) for number in range(count)]


def refused(ended: Sequence[object]) -> list[object]:
    """What ended in anything but an answer or a refusal with a name."""
    return [one for one in ended if isinstance(one, Exception) and not isinstance(one, DomainError)]


# --- two releases of one order ----------------------------------------------------------------------------------------


def test_waves_released_at_once_never_share_an_order(floor: Floor) -> None:
    for number in range(12):
        floor.order({f"ART{number % 5 + 1:02}": 1})
    ended = together(lambda _n: release_next_wave(floor.warehouse_id, limit=12, by=TESTER, now=NOW), range(4))
    assert refused(ended) == []
    assert PickTote.objects.filter(released_at=None).count() == 12
    assert PickLine.objects.count() == 12
    assert_floor_balances(floor)


def test_without_the_guard_two_waves_take_the_same_order(floor: Floor) -> None:
    floor.order({"ART01": 1})
    both_have_read = threading.Barrier(2)

    def release_carelessly(_number: int) -> int:
        (found,) = releasable(floor.warehouse_id)
        both_have_read.wait(timeout=10)
        return found.id

    ended = together(release_carelessly, range(2))
    assert len(set(ended)) == 1  # both took it for theirs; only the unique constraint tells them apart


# --- two pickers, one list --------------------------------------------------------------------------------------------


def test_ten_pickers_claim_ten_lists_and_nobody_waits_for_anybody(floor: Floor) -> None:
    for number in range(10):
        floor.order({f"ART{number % 5 + 1:02}": 1})
    floor.release()
    people = pickers(12)
    ended = together(lambda user: claim_next_pick_list(user.pk, floor.warehouse_id, by=TESTER, now=NOW), people)
    assert refused(ended) == []
    claimed = [one.id for one in ended if one is not None and not isinstance(one, Exception)]
    assert len(claimed) == len(set(claimed))
    assert PickList.objects.filter(picker__isnull=False).count() == len(claimed) == 10


def test_without_the_lock_two_pickers_claim_the_same_list(floor: Floor) -> None:
    floor.order({"ART01": 1})
    floor.release()
    both_have_read = threading.Barrier(2)

    def claim_carelessly(user: User) -> int:
        row = PickList.objects.filter(status="released", picker=None).order_by("pk").first()
        both_have_read.wait(timeout=10)
        assert row is not None
        PickList.objects.filter(pk=row.pk).update(picker=user)
        return row.pk

    ended = together(claim_carelessly, pickers(2))
    assert len(set(ended)) == 1


# --- pick against cancel ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("_round", range(5))
def test_a_pick_and_a_cancellation_at_once_leave_the_books_in_balance(floor: Floor, _round: int) -> None:
    order = floor.order({"ART01": 1, "ART02": 1})
    (pick_list,) = floor.release()
    floor.claim()
    floor.scan(pick_list, floor.right_code(pick_list))

    def act(what: str) -> object:
        if what == "pick":
            return scan_pick(pick_list, "EAN-ART01", user_id=floor.picker.pk, by=TESTER, now=NOW)
        return cancel_order(order.ref, reason="changed mind", by=TESTER, now=NOW)

    ended = together(act, ["pick", "cancel"])
    assert refused(ended) == []
    verdict = ended[0]
    assert isinstance(verdict, ScanVerdict)
    assert verdict.verdict in ("line_done", "stop")
    picked = sum(PickLine.objects.values_list("picked", flat=True))
    assert picked == (1 if verdict.verdict == "line_done" else 0)
    for _time in range(2):
        follow_order(order.ref, by=TESTER, now=NOW)
    assert_floor_balances(floor)
    assert lines_of(order.ref)["ART01"]["cancelled"] == 1
    assert not PickLine.objects.filter(status__in=["pending", "skipped"]).exists()


def test_without_the_stop_flag_a_unit_of_a_cancelled_order_would_be_picked(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.release()
    checked, cancelled = threading.Event(), threading.Event()

    def act(what: str) -> bool:
        if what == "pick":
            line = PickLine.objects.get()
            wanted = line.status == "pending"  # asked once, before, and not under a lock
            checked.set()
            cancelled.wait(timeout=10)
            return wanted
        checked.wait(timeout=10)
        cancel_order(order.ref, reason="", by=TESTER, now=NOW)
        cancelled.set()
        return True

    assert together(act, ["pick", "cancel"]) == [True, True]  # "go on" was answered for an order that is gone
    assert floor.status_of(order) == "cancelled"


# --- two packers, one tote --------------------------------------------------------------------------------------------


def test_two_packers_with_one_tote_open_one_parcel(floor: Floor) -> None:
    order = floor.order({"ART01": 2})
    floor.pick(order)
    tote = floor.tote_of(order)
    ended = together(
        lambda user: open_parcel(tote, warehouse_id=floor.warehouse_id, user_id=user.pk, by=TESTER, now=NOW),
        pickers(4),
    )
    assert refused(ended) == []
    assert Parcel.objects.count() == 1
    assert {getattr(one, "id", None) for one in ended} == {Parcel.objects.get().pk}


def test_packers_who_pack_the_same_order_at_once_pack_it_once(floor: Floor) -> None:
    order = floor.order({"ART01": 2, "ART02": 1})
    floor.pick(order)
    work = floor.fulfillment_order(order)
    ended = together(lambda _n: pack_all(work, by=TESTER, now=NOW), range(4))
    assert refused(ended) == []
    assert Parcel.objects.filter(status="packed").count() == 1
    assert_floor_balances(floor)


# --- a label bought twice ---------------------------------------------------------------------------------------------


def packed(floor: Floor) -> Parcel:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    return Parcel.objects.get(pk=pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW).id)


def test_eight_buyers_of_one_label_buy_one(floor: Floor) -> None:
    parcel = packed(floor)
    ended = together(lambda _n: purchase_label(parcel.ref, by=TESTER, now=NOW), range(8))
    assert refused(ended) == []
    assert LabelRequest.objects.filter(status="purchased").count() == 1
    assert IssuedNumber.objects.count() == 1


def test_without_the_intent_written_first_two_labels_are_bought(floor: Floor) -> None:
    parcel = packed(floor)

    def buy_carelessly(number: int) -> str:
        request = LabelRequest(parcel=parcel, service="standard", requested_at=NOW)
        request.idempotency_key = uuid.uuid4()
        return OwnDelivery().buy(label_order(request, parcel, "Standard")).tracking_number

    ended = together(buy_carelessly, range(2))
    assert len(set(ended)) == 2
    assert IssuedNumber.objects.count() == 2


def test_the_database_refuses_a_second_live_label(floor: Floor) -> None:
    parcel = packed(floor)
    purchase_label(parcel.ref, by=TESTER, now=NOW)
    live = LabelRequest.objects.get()
    live.pk, live.idempotency_key = None, uuid.uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        live.save()


# --- a parcel handed over twice ---------------------------------------------------------------------------------------


def test_a_parcel_scanned_at_two_gates_leaves_once(floor: Floor) -> None:
    order = floor.order({"ART01": 2})
    floor.pick(order)
    parcel = floor.pack(order)
    ended = together(
        lambda _n: hand_over_parcel(parcel.tracking_number, warehouse_id=floor.warehouse_id, by=TESTER, now=NOW),
        range(6),
    )
    assert refused(ended) == []
    assert Counter(getattr(one, "verdict", one) for one in ended) == {"ok": 1, "already": 5}
    assert lines_of(order.ref)["ART01"]["shipped"] == 2
    assert_floor_balances(floor)


def test_without_the_lock_both_gates_would_let_it_go(floor: Floor) -> None:
    order = floor.order({"ART01": 1})
    floor.pick(order)
    parcel = floor.pack(order)
    both_have_read = threading.Barrier(2)

    def look_carelessly(_gate: int) -> bool:
        ready = Parcel.objects.get(pk=parcel.pk).status == "ready_for_pickup"
        both_have_read.wait(timeout=10)
        time.sleep(0.01)
        return ready

    assert together(look_carelessly, range(2)) == [True, True]
