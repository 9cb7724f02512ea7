"""The bench: every unit proved, the scale heard, the label on the right box."""

import pytest

from core.accounts.models import User
from core.attention.selectors import open_cases
from orders.services.holds import place_hold
from orders.tests.shop import lines_of
from shipping.errors import NotPackable, NotPacked, WeightOff
from shipping.models import Parcel, ParcelItem, PickTote
from shipping.selectors.pack_jobs import pack_job
from shipping.services.labels import purchase_label
from shipping.services.pack_scans import leave_out, scan_pack, weigh_parcel
from shipping.services.packing import choose_carton, finish_parcel, open_parcel, pack_all, set_weight, split_parcel
from shipping.services.picking import tote_is_free
from shipping.tests.books import assert_floor_balances, units_in
from shipping.tests.floor import NOW, TESTER, Floor

pytestmark = pytest.mark.slow


def opened(floor: Floor, lines: dict[str, int]) -> Parcel:
    order = floor.order(lines)
    floor.pick(order)
    fact = open_parcel(
        floor.tote_of(order), warehouse_id=floor.warehouse_id, user_id=floor.picker.pk, by=floor.by, now=NOW
    )
    return Parcel.objects.get(pk=fact.id)


def chosen_carton(parcel: Parcel) -> tuple[str, bool]:
    carton = pack_job(parcel.ref)["carton"]
    return carton["code"], carton["chosen"]


def test_three_units_take_five_scans_and_no_click(floor: Floor) -> None:
    parcel = opened(floor, {"ART01": 2, "ART02": 1})  # 1: the tote
    verdicts = [floor.pack_scan(parcel.ref, code) for code in ("EAN-ART01", "EAN-ART01", "EAN-ART02")]  # 2 to 4
    assert [one.verdict for one in verdicts] == ["ok", "line_done", "line_done"]
    assert verdicts[-1].next == "buy_label"
    label = purchase_label(parcel.ref, by=floor.by, now=NOW)
    assert label.formats == ("pdf", "zpl")
    assert floor.pack_scan(parcel.ref, label.tracking_number).verdict == "done"  # 5
    parcel.refresh_from_db()
    assert parcel.status == "ready_for_pickup"
    assert parcel.carton is not None and parcel.carton.code == "BOX-S"
    assert_floor_balances(floor)


def test_the_emptied_tote_is_free_for_the_next_order(floor: Floor) -> None:
    parcel = opened(floor, {"ART01": 1})
    assert parcel.tote_id is not None
    assert not tote_is_free(parcel.tote_id)
    floor.pack_scan(parcel.ref, "EAN-ART01")
    assert tote_is_free(parcel.tote_id)
    assert PickTote.objects.filter(released_at=None).count() == 0
    assert units_in(floor, "ART01", floor.shop.bins["staging"]) == {"sellable": 1}


def test_no_label_before_every_unit_is_verified(floor: Floor) -> None:
    parcel = opened(floor, {"ART01": 2})
    floor.pack_scan(parcel.ref, "EAN-ART01")
    with pytest.raises(NotPacked) as refusal:
        purchase_label(parcel.ref, by=floor.by, now=NOW)
    assert refusal.value.status == 422
    assert "Scan every unit into the box first" in str(refusal.value)
    with pytest.raises(NotPacked, match=r"1 × Article ART01 is not in the box yet. Scan it."):
        finish_parcel(parcel.pk, by=floor.by, now=NOW)


def test_wrong_surplus_and_unknown_scans_are_told_apart(floor: Floor) -> None:
    parcel = opened(floor, {"ART01": 1, "ART02": 1})
    floor.pack_scan(parcel.ref, "EAN-ART01")
    wrong, surplus, unknown = (floor.pack_scan(parcel.ref, code) for code in ("EAN-ART05", "EAN-ART01", "???"))
    assert (wrong.verdict, surplus.verdict, unknown.verdict) == ("wrong", "too_many", "unknown")
    assert "This is Article ART05" in wrong.message and "You need Article ART02" in wrong.message
    assert sum(ParcelItem.objects.values_list("scanned", flat=True)) == 1


def test_a_number_counts_many_units_of_one_scan(floor: Floor) -> None:
    parcel = opened(floor, {"ART01": 12})
    assert scan_pack(parcel.ref, "EAN-ART01", quantity=13, by=floor.by, now=NOW).verdict == "too_many"
    assert scan_pack(parcel.ref, "EAN-ART01", quantity=12, by=floor.by, now=NOW).next == "buy_label"


def test_another_carton_is_chosen_by_scan_or_key(floor: Floor) -> None:
    parcel = opened(floor, {"ART01": 1, "ART02": 1})
    assert chosen_carton(parcel) == ("BOX-S", False)
    assert floor.pack_scan(parcel.ref, "box-l").verdict == "ok"
    assert chosen_carton(parcel) == ("BOX-L", True)
    assert floor.pack_scan(parcel.ref, "1").verdict == "ok"
    assert chosen_carton(parcel) == ("BOX-S", True)
    choose_carton(parcel.pk, "BOX-L", by=floor.by, now=NOW)
    assert pack_job(parcel.ref)["expected_weight_g"] == 2 * 200 + 400


def test_the_scale_names_the_article_that_is_likely_too_much(floor: Floor) -> None:
    parcel = opened(floor, {"ART01": 1, "ART02": 1})
    with pytest.raises(WeightOff, match=r"190 g too heavy. That is about 1 × Article ART01 \(200 g\) too many."):
        set_weight(parcel.pk, 650, by=floor.by, now=NOW)
    assert set_weight(parcel.pk, 480, by=floor.by, now=NOW).weight_g == 480
    assert set_weight(parcel.pk, 650, override="gift wrap", by=floor.by, now=NOW).weight_g == 650


def test_a_cancelled_box_is_stopped_at_the_scale_as_at_a_scan(floor: Floor) -> None:
    parcel = opened(floor, {"ART01": 1})
    Parcel.objects.filter(pk=parcel.pk).update(status="cancelled")
    assert weigh_parcel(parcel.ref, 262, by=floor.by, now=NOW).title == "Cancelled"
    assert leave_out(parcel.ref, by=floor.by, now=NOW).verdict == "stop"
    assert scan_pack(parcel.ref, "EAN-ART01", by=floor.by, now=NOW).title == "Cancelled"


def test_a_bench_with_a_scale_waits_for_it(floor: Floor) -> None:
    parcel = opened(floor, {"ART01": 1})
    verdict = scan_pack(parcel.ref, "EAN-ART01", weigh=True, by=floor.by, now=NOW)
    assert verdict.next == "" and verdict.job["step"] == "weight"
    assert weigh_parcel(parcel.ref, 900, by=floor.by, now=NOW).verdict == "wrong"
    (case,) = open_cases("weight")
    assert (case.timeline, case.detail["grams"]) == (parcel.order_ref, 900)
    assert weigh_parcel(parcel.ref, 262, by=floor.by, now=NOW).next == "buy_label"
    assert open_cases("weight") == []
    parcel.refresh_from_db()
    assert (parcel.weight_g, parcel.expected_weight_g) == (262, 260)


def test_an_order_is_split_over_two_boxes_each_with_its_own_content_and_label(floor: Floor) -> None:
    first = opened(floor, {"ART01": 3, "ART02": 1})
    floor.pack_scan(first.ref, "EAN-ART01")
    floor.pack_scan(first.ref, "EAN-ART01")
    following = split_parcel(first.pk, by=floor.by, now=NOW)
    finish_parcel(first.pk, by=floor.by, now=NOW)
    assert PickTote.objects.filter(released_at=None).count() == 1  # the tote still holds the rest
    floor.pack_scan(following.ref, "EAN-ART01")
    assert floor.pack_scan(following.ref, "EAN-ART02").next == "buy_label"
    parcels = [Parcel.objects.get(pk=first.pk), Parcel.objects.get(pk=following.id)]
    assert [sorted(p.items.values_list("product__sku", "quantity")) for p in parcels] == [
        [("ART01", 2)],
        [("ART01", 1), ("ART02", 1)],
    ]
    assert_floor_balances(floor)
    for parcel in parcels:
        number = purchase_label(parcel.ref, by=floor.by, now=NOW).tracking_number
        floor.pack_scan(parcel.ref, number)
        parcel.refresh_from_db()
        assert floor.hand_over(parcel).verdict == "ok"
    assert lines_of(first.order_ref)["ART01"]["shipped"] == 3
    assert_floor_balances(floor)


def test_the_label_of_another_box_is_refused(floor: Floor) -> None:
    parcels = []
    for sku in ("ART01", "ART02"):
        parcel = opened(floor, {sku: 1})
        floor.pack_scan(parcel.ref, f"EAN-{sku}")
        purchase_label(parcel.ref, by=floor.by, now=NOW)
        parcels.append(parcel)
    parcels[1].refresh_from_db()
    verdict = floor.pack_scan(parcels[0].ref, parcels[1].tracking_number)
    assert verdict.verdict == "wrong" and parcels[1].ref in verdict.message
    assert floor.pack_scan(parcels[0].ref, parcels[0].ref).verdict == "done"
    assert floor.pack_scan(parcels[0].ref, parcels[0].ref).verdict == "already"


def test_a_tote_still_being_picked_or_empty_says_so(floor: Floor) -> None:
    order = floor.order({"ART01": 1, "ART02": 1})
    floor.release()
    floor.claim()
    with pytest.raises(NotPackable, match="still being picked"):
        open_parcel(floor.totes[0].code, warehouse_id=floor.warehouse_id, user_id=None, by=TESTER, now=NOW)
    with pytest.raises(NotPackable, match="still being picked"):
        open_parcel(order.ref, warehouse_id=floor.warehouse_id, user_id=None, by=TESTER, now=NOW)
    with pytest.raises(NotPackable, match="No order is in"):
        open_parcel(floor.totes[1].code, warehouse_id=floor.warehouse_id, user_id=None, by=TESTER, now=NOW)


def test_a_second_packer_takes_the_parcel_over(floor: Floor) -> None:
    parcel = opened(floor, {"ART01": 1})
    other = User.objects.create(username="second", roles=["packer"])
    again = open_parcel(parcel.ref, warehouse_id=floor.warehouse_id, user_id=other.pk, by=TESTER, now=NOW)
    assert again.id == parcel.pk
    assert floor.pack_scan(parcel.ref, "EAN-ART01").verdict == "stop"
    assert Parcel.objects.count() == 1


def test_a_hold_stops_the_bench(floor: Floor) -> None:
    parcel = opened(floor, {"ART01": 1})
    place_hold(parcel.order_ref, type="fraud", reason="Wait", by=TESTER, now=NOW)
    assert floor.pack_scan(parcel.ref, "EAN-ART01").verdict == "stop"
    assert ParcelItem.objects.get().scanned == 0


def test_bulk_packing_does_what_scans_do(floor: Floor) -> None:
    order = floor.order({"ART01": 2, "ART02": 1})
    floor.pick(order)
    fact = pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW)
    assert (fact.status, fact.weight_g) == ("packed", 660)
    assert floor.status_of(order) == "packed"
    assert_floor_balances(floor)


@pytest.mark.parametrize("lines", [1, 10])
def test_the_pack_screen_takes_constant_statements(floor: Floor, django_assert_num_queries, lines: int) -> None:  # type: ignore[no-untyped-def]
    parcel = opened(floor, {f"ART{number:02}": 1 for number in range(1, lines + 1)})
    with django_assert_num_queries(5):
        pack_job(parcel.ref)
