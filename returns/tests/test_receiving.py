"""Goods come back to the desk."""

import uuid

import pytest

from core.attention.selectors import open_cases
from core.kernel.errors import Invalid
from core.outbox.selectors import timeline
from inventory.selectors.ledger import ledger_page
from orders.tests.shop import Shop
from returns.models import Inspection, Reception
from returns.planning import Arrived
from returns.selectors.reads import return_by_ref
from returns.tests.goods import (
    arrive,
    ask,
    in_bin,
    inspect,
    inspection_of,
    level,
    received,
    shipped_order,
    work_through,
)


def kinds_of_cases() -> list[str]:
    return sorted(case.kind for case in open_cases())


def test_what_arrives_lies_in_quality_control_and_nothing_becomes_available(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 3})
    before = level(shop, "MUG")
    rma = ask(order, {"MUG": 2})
    assert level(shop, "MUG") == before, "a promise to return moves nothing"
    fact = arrive(shop, rma.ref)
    assert (fact.outcome, fact.units, fact.return_ref) == ("received", 2, rma.ref)
    after = level(shop, "MUG")
    assert after["available"] == before["available"]
    assert after["quality_control"] == 2
    assert after["on_hand"] == before["on_hand"] + 2
    assert in_bin(shop, "MUG", "returns") == {"quality_control": 2}
    assert return_by_ref(rma.ref).status == "received"


def test_the_order_on_the_parcel_finds_its_return_too(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1})
    rma = ask(order, {"MUG": 1})
    assert arrive(shop, order.ref.lower()).return_ref == rma.ref


def test_reception_queues_one_inspection_for_each_item_with_a_deadline(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 2, "LAMP": 1})
    rma = received(shop, order, {"MUG": 2, "LAMP": 1})
    work_through()
    rows = Inspection.objects.filter(return_ref=rma.ref).order_by("pk")
    assert [(row.item.sku, row.quantity, len(row.checklist)) for row in rows] == [("MUG", 2, 6), ("LAMP", 1, 6)]
    assert all(row.due_at > row.queued_at for row in rows)
    assert rma.status == "inspecting"
    assert [entry.type for entry in timeline(order.ref)].count("inspection.deadline") == 2


def test_the_same_scan_sent_twice_is_received_once(shop: Shop) -> None:
    rma = ask(shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    action = uuid.uuid4()
    first = arrive(shop, rma.ref, action_id=action)
    assert arrive(shop, rma.ref, action_id=action) == first
    assert level(shop, "MUG")["quality_control"] == 1
    assert Reception.objects.count() == 1


def test_a_second_scan_of_a_return_that_arrived_says_so(shop: Shop) -> None:
    rma = ask(shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    arrive(shop, rma.ref)
    again = arrive(shop, rma.ref)
    assert (again.outcome, again.units) == ("already", 0)
    assert level(shop, "MUG")["quality_control"] == 1


def test_a_parcel_nobody_knows_opens_a_case_and_creates_no_stock(shop: Shop) -> None:
    before = ledger_page()
    fact = arrive(shop, "JJD0009123")
    assert (fact.outcome, fact.return_ref, fact.units) == ("unknown", "", 0)
    assert kinds_of_cases() == ["return_unknown_parcel"]
    arrive(shop, "JJD0009123")
    assert kinds_of_cases() == ["return_unknown_parcel"], "one case for one parcel"
    assert ledger_page() == before


def test_a_parcel_nobody_announced_opens_a_case_and_creates_no_stock(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1})
    before = level(shop, "MUG")
    fact = arrive(shop, order.ref)
    assert (fact.outcome, fact.order_ref) == ("without_rma", order.ref)
    assert kinds_of_cases() == ["return_without_rma"]
    assert level(shop, "MUG") == before


def test_goods_of_a_return_that_waits_for_approval_create_no_stock(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1}, shipping_address={"name": "Ada", "country": "GB"})
    rma = ask(order, {"MUG": 1}, now=order.placed_at.replace(year=2027))
    assert rma.status == "requested"
    assert arrive(shop, rma.ref).outcome == "not_approved"
    assert "return_not_approved" in kinds_of_cases()
    assert level(shop, "MUG")["quality_control"] == 0


def test_fewer_units_than_announced_are_short_and_none_is_missing(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 3, "LAMP": 1})
    rma = ask(order, {"MUG": 3, "LAMP": 1})
    arrive(shop, rma.ref, arrived=[Arrived(shop.products["MUG"], 2)])
    items = {item.sku: item for item in return_by_ref(rma.ref).items}
    assert (items["MUG"].reception_status, items["MUG"].received) == ("short", 2)
    assert (items["LAMP"].reception_status, items["LAMP"].acceptance_status) == ("missing", "rejected")
    assert kinds_of_cases() == ["return_short"]


def test_a_return_in_two_parcels_is_received_in_two_scans(shop: Shop) -> None:
    rma = ask(shipped_order(shop, {"MUG": 3}), {"MUG": 3})
    first = arrive(shop, rma.ref, arrived=[Arrived(shop.products["MUG"], 1)], more_to_come=True)
    assert first.outcome == "partly"
    assert return_by_ref(rma.ref).status == "partially_received"
    work_through()
    arrive(shop, rma.ref, arrived=[Arrived(shop.products["MUG"], 2)])
    work_through()
    fact = return_by_ref(rma.ref)
    assert (fact.items[0].received, fact.items[0].reception_status) == (3, "received")
    assert level(shop, "MUG")["quality_control"] == 3
    assert kinds_of_cases() == []


def test_what_nobody_announced_becomes_an_item_of_its_own(shop: Shop) -> None:
    rma = ask(shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    arrive(shop, rma.ref, arrived=[Arrived(shop.products["MUG"], 1), Arrived(shop.products["VASE"], 2)])
    item = return_by_ref(rma.ref).items[-1]
    assert (item.sku, item.received, item.reception_status, item.order_line_id) == ("VASE", 2, "unexpected", None)
    assert in_bin(shop, "VASE", "returns") == {"quality_control": 2}
    assert kinds_of_cases() == ["return_unexpected_item"]


def test_another_article_in_place_of_the_announced_one_is_a_wrong_item(shop: Shop) -> None:
    rma = ask(shipped_order(shop, {"MUG": 1}), {"MUG": 1})
    mug = rma.items[0].id
    arrive(shop, rma.ref, arrived=[Arrived(shop.products["VASE"], 1, instead_of=mug)])
    items = {item.sku: item.reception_status for item in return_by_ref(rma.ref).items}
    assert items == {"MUG": "wrong_item", "VASE": "unexpected"}


def test_a_parcel_with_nothing_of_it_inside_ends_the_return(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 1})
    rma = ask(order, {"MUG": 1})
    arrive(shop, rma.ref, arrived=[])
    fact = return_by_ref(rma.ref)
    assert (fact.status, fact.items[0].reception_status, fact.refund) == ("closed", "missing", None)
    assert kinds_of_cases() == ["return_short"]
    assert ask(order, {"MUG": 1}).status == "approved"


def test_a_rest_that_will_not_come_ends_the_return(shop: Shop) -> None:
    rma = ask(shipped_order(shop, {"MUG": 2}), {"MUG": 2})
    arrive(shop, rma.ref, arrived=[Arrived(shop.products["MUG"], 1)], more_to_come=True)
    work_through()
    inspect(inspection_of(rma))
    assert return_by_ref(rma.ref).status == "inspecting"
    arrive(shop, rma.ref, arrived=[])
    fact = return_by_ref(rma.ref)
    assert (fact.status, fact.items[0].reception_status) == ("resolved", "short")
    assert fact.refund is not None
    assert str(fact.refund.amount) == "2.50"


@pytest.mark.parametrize("code", ["", "   "])
def test_an_empty_scan_is_refused(shop: Shop, code: str) -> None:
    with pytest.raises(Invalid):
        arrive(shop, code)
