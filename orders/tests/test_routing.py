"""Orders of a channel that ships from several warehouses."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.outbox.models import Event
from inventory.services.holding import reserve_items
from orders.errors import OutOfStock
from orders.models import Allocation, Channel, FulfillmentOrder
from orders.planning.decisions import Decisions
from orders.services import intake
from orders.services.allocation import allocate_backorders, fill_overlooked
from orders.services.bulk import place_orders
from orders.tests.places import another_warehouse, set_facts
from orders.tests.shop import ADDRESS, NOW, TESTER, Shop, assert_books_balance, build_shop, lines_of, request_for
from orders.tests.test_kits import make_kit


@pytest.fixture
def side(shop: Shop) -> Shop:
    """The second warehouse of the shop: two mugs and five vases; the first has ten mugs and three lamps."""
    return another_warehouse(shop, {"MUG": 2, "VASE": 5})


def parts(ref: str) -> dict[int, dict[str, int]]:
    """{warehouse: {SKU: units}} of what an order got where."""
    found: dict[int, dict[str, int]] = {}
    rows = Allocation.objects.filter(fulfillment_order__order_ref=ref).exclude(status="released")
    for place, sku, units in rows.values_list("warehouse_id", "order_line__sku", "quantity"):
        own = found.setdefault(place, {})
        own[sku] = own.get(sku, 0) + units
    return found


def routed(ref: str) -> dict[str, Any]:
    return dict(Event.objects.get(type="order.routed", timeline=ref).data)


def statements(queries: CaptureQueriesContext) -> int:
    return len([query for query in queries.captured_queries if "SAVEPOINT" not in query["sql"]])


def test_what_one_warehouse_has_ships_from_one(shop: Shop, side: Shop) -> None:
    order = shop.order({"VASE": 2, "MUG": 1})

    assert parts(order.ref) == {side.warehouse_id: {"VASE": 2, "MUG": 1}}
    assert routed(order.ref)["warehouses"] == [side.warehouse_id]
    assert [(one["warehouse_id"], one["reason"]) for one in routed(order.ref)["considered"]] == [
        (side.warehouse_id, "covers_all"),
        (shop.warehouse_id, "fewer_units"),
    ]


def test_what_nobody_has_alone_ships_from_two(shop: Shop, side: Shop) -> None:
    order = shop.order({"LAMP": 1, "VASE": 2, "MUG": 2})

    assert parts(order.ref) == {shop.warehouse_id: {"LAMP": 1, "MUG": 2}, side.warehouse_id: {"VASE": 2}}
    assert set(FulfillmentOrder.objects.values_list("status", flat=True)) == {"allocated"}
    assert lines_of(order.ref)["MUG"]["backordered"] == 0
    for one in (shop, side):
        assert_books_balance(one)


def test_a_line_that_nobody_has_whole_is_divided(shop: Shop, side: Shop) -> None:
    order = shop.order({"MUG": 13})

    assert parts(order.ref) == {shop.warehouse_id: {"MUG": 10}, side.warehouse_id: {"MUG": 2}}
    assert lines_of(order.ref)["MUG"]["backordered"] == 1


def test_the_near_warehouse_is_preferred(shop: Shop) -> None:
    far = another_warehouse(shop, {"MUG": 10}, country="US", position=0)
    british = shop.order({"MUG": 1})
    american = shop.order({"MUG": 1}, shipping_address={**ADDRESS, "country": "US"})

    assert parts(british.ref) == {shop.warehouse_id: {"MUG": 1}}
    assert parts(american.ref) == {far.warehouse_id: {"MUG": 1}}
    assert routed(american.ref)["considered"][1]["reason"] == "farther"


def test_a_warehouse_whose_day_is_full_is_passed_over(shop: Shop, side: Shop) -> None:
    set_facts(shop, daily_capacity=1)
    first, second = shop.order({"MUG": 1}), shop.order({"MUG": 1})

    assert parts(first.ref) == {shop.warehouse_id: {"MUG": 1}}
    assert parts(second.ref) == {side.warehouse_id: {"MUG": 1}}
    assert routed(second.ref)["considered"][1]["reason"] == "full"


def test_a_closed_warehouse_ships_nothing(shop: Shop, side: Shop) -> None:
    set_facts(side, active=False)

    assert parts(shop.order({"VASE": 1}).ref) == {}


def test_an_order_that_ships_complete_goes_from_two_only_when_that_makes_it_whole(shop: Shop, side: Shop) -> None:
    whole = shop.order({"LAMP": 1, "VASE": 1}, ship_complete=True)
    short = shop.order({"LAMP": 5, "VASE": 1}, ship_complete=True)

    assert set(parts(whole.ref)) == {shop.warehouse_id, side.warehouse_id}
    assert set(FulfillmentOrder.objects.filter(order_ref=whole.ref).values_list("status", flat=True)) == {"allocated"}
    assert parts(short.ref) == {shop.warehouse_id: {"LAMP": 2}}
    assert set(FulfillmentOrder.objects.filter(order_ref=short.ref).values_list("status", flat=True)) == {"open"}


def test_a_kit_is_sent_from_where_all_its_parts_are(shop: Shop, side: Shop) -> None:
    make_kit(shop, "PAIR", [("MUG", 1), ("VASE", 1)])
    order = shop.order({"PAIR": 3})

    assert parts(order.ref) == {side.warehouse_id: {"MUG": 2, "VASE": 2}}
    assert [kit.backordered for kit in order.kits] == [1]


def test_each_warehouse_keeps_the_channels_buffer(shop: Shop, side: Shop) -> None:
    Channel.objects.update(stock_buffer=2)

    order = shop.order({"MUG": 12})

    assert parts(order.ref) == {shop.warehouse_id: {"MUG": 8}}


def test_a_channel_that_rejects_judges_by_what_all_its_warehouses_have(db: None) -> None:
    shop = build_shop({"MUG": 3}, policy="reject")
    side = another_warehouse(shop, {"MUG": 2})

    with pytest.raises(OutOfStock) as refused:
        shop.order({"MUG": 6})
    assert refused.value.errors[0]["available"] == 5
    order = shop.order({"MUG": 5})
    assert parts(order.ref) == {shop.warehouse_id: {"MUG": 3}, side.warehouse_id: {"MUG": 2}}


def test_a_rule_narrows_the_warehouses(shop: Shop, side: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "decide", lambda *_a, **_n: Decisions(warehouse_ids=(side.warehouse_id,)))
    order = shop.order({"MUG": 3})

    assert parts(order.ref) == {side.warehouse_id: {"MUG": 2}}
    assert routed(order.ref)["considered"][1]["reason"] == "not_allowed"


def test_a_cart_is_used_where_it_holds_and_given_back_where_it_is_not_needed(shop: Shop, side: Shop) -> None:
    cart = reserve_items(
        [(shop.products["MUG"], 10)],
        warehouse_id=shop.warehouse_id,
        expires_in=timedelta(minutes=5),
        channel_id=shop.channel_id,
        by=TESTER,
        now=NOW,
    )
    assert shop.available("MUG") == 0

    order = shop.order({"MUG": 11}, reservation_id=cart.id)

    assert parts(order.ref) == {shop.warehouse_id: {"MUG": 10}, side.warehouse_id: {"MUG": 1}}
    assert (shop.available("MUG"), side.available("MUG")) == (0, 1)


def test_many_orders_share_out_what_all_warehouses_have(shop: Shop, side: Shop) -> None:
    fates = place_orders(shop.channel_id, [request_for({"MUG": 3}) for _ in range(5)], by=TESTER, now=NOW)

    got = [parts(fate.ref) for fate in fates]
    assert got[:3] == [{shop.warehouse_id: {"MUG": 3}}] * 3
    assert sum(units for one in got for own in one.values() for units in own.values()) == 12
    for one in (shop, side):
        assert_books_balance(one)


@pytest.mark.parametrize(("capacity", "cost"), [(None, 5), (50, 6)])
def test_several_warehouses_cost_intake_one_statement_at_most(
    shop: Shop, side: Shop, capacity: int | None, cost: int
) -> None:
    set_facts(shop, daily_capacity=capacity)
    shop.order({"MUG": 1})

    with CaptureQueriesContext(connection) as queries:
        shop.order({"MUG": 1, "VASE": 1})

    assert statements(queries) == cost


def test_a_channel_with_one_warehouse_says_nothing_of_routing(shop: Shop) -> None:
    order = shop.order({"MUG": 1})

    assert not Event.objects.filter(type="order.routed", timeline=order.ref).exists()


def test_new_stock_in_any_of_its_warehouses_fills_what_waits(shop: Shop, side: Shop) -> None:
    order = shop.order({"LAMP": 5})
    side.receive("LAMP", 1)
    assert allocate_backorders(shop.products["LAMP"], side.warehouse_id, by=TESTER, now=NOW) == 1
    side.receive("LAMP", 1)
    assert fill_overlooked(by=TESTER, now=NOW) == 1

    assert parts(order.ref) == {shop.warehouse_id: {"LAMP": 3}, side.warehouse_id: {"LAMP": 2}}
    for one in (shop, side):
        assert_books_balance(one)
