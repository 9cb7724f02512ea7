"""Orders with kits: exploded at intake, promised whole, changed and cancelled by the kit."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.kernel.errors import Invalid
from inventory.services.products import create_product, update_product
from orders.errors import NotCancellable, OutOfStock
from orders.models import FulfillmentOrder, Order, OrderKit
from orders.selectors.orders import access_order
from orders.services.allocation import allocate_backorders
from orders.services.bulk import place_orders
from orders.services.cancellation import cancel_order
from orders.services.checking import check_allocations
from orders.services.editing import OrderChanges, edit_order
from orders.services.giveup import give_up_allocations
from orders.services.line_changes import LineChange
from orders.tests.shop import NOW, TESTER, Shop, assert_books_balance, lines_of, request_for

SET = [("MUG", 2), ("LAMP", 1)]


def make_kit(shop: Shop, sku: str = "SET", parts: list[tuple[str, int]] | None = None, kind: str = "virtual") -> int:
    detail = create_product(sku=sku, name=f"Kit {sku}", kit=parts or SET, kit_kind=kind, by=TESTER, now=NOW)
    shop.products[sku] = detail.product.id
    return detail.product.id


@pytest.fixture
def kit_shop(shop: Shop) -> Shop:
    """Ten mugs, three lamps, no vases; a set is two mugs and a lamp."""
    make_kit(shop)
    return shop


@pytest.fixture
def strict_kit_shop(strict_shop: Shop) -> Shop:
    make_kit(strict_shop)
    return strict_shop


def test_a_kit_is_exploded_at_intake_and_keeps_its_price(kit_shop: Shop) -> None:
    order = kit_shop.order([("SET", 2), ("MUG", 1)])

    assert [(one.sku, one.quantity, one.allocated, one.unit_price) for one in order.bought] == [
        ("SET", 2, 2, Decimal("2.50")),
        ("MUG", 1, 1, Decimal("2.50")),
    ]
    kit = order.kits[0]
    assert [(part.sku, part.quantity, part.allocated, part.per_kit) for part in kit.components] == [
        ("MUG", 4, 4, 2),
        ("LAMP", 2, 2, 1),
    ]
    assert sum(part.kit_value or 0 for part in kit.components) == kit.unit_price
    assert order.goods_total == Decimal("7.50")
    assert access_order(order.ref) == order
    assert (kit_shop.available("MUG"), kit_shop.available("LAMP")) == (5, 1)
    assert_books_balance(kit_shop)


def test_a_kit_costs_intake_three_statements_and_other_orders_none(kit_shop: Shop) -> None:
    kit_shop.order({"SET": 1, "MUG": 1})
    counts = []
    for lines in ({"MUG": 1}, {"SET": 1}):
        with CaptureQueriesContext(connection) as queries:
            kit_shop.order(lines)
        counts.append(len([one for one in queries.captured_queries if "SAVEPOINT" not in one["sql"]]))

    assert counts == [5, 8]


def test_the_same_product_alone_and_in_two_kits_is_summed_before_it_is_judged(strict_kit_shop: Shop) -> None:
    make_kit(strict_kit_shop, "PAIR", [("MUG", 2)])

    with pytest.raises(OutOfStock) as refused:
        strict_kit_shop.order([("PAIR", 3), ("SET", 2), ("MUG", 1)])

    assert [(error["pointer"], error["sku"]) for error in refused.value.errors] == [("/lines/2/quantity", "MUG")]
    assert not Order.objects.exists()
    strict_kit_shop.order([("PAIR", 3), ("SET", 2)])
    assert strict_kit_shop.available("MUG") == 0


def test_a_short_kit_names_the_line_and_the_component(strict_kit_shop: Shop) -> None:
    with pytest.raises(OutOfStock) as refused:
        strict_kit_shop.order({"SET": 4})

    (error,) = refused.value.errors
    assert (error["pointer"], error["sku"], error["quantity"], error["available"]) == ("/lines/0/quantity", "SET", 4, 3)
    assert error["components"] == [{"sku": "LAMP", "wanted": 4, "available": 3}]
    assert "LAMP" in error["detail"]


def test_no_half_kit_keeps_units_from_others(kit_shop: Shop) -> None:
    order = kit_shop.order({"SET": 5})

    assert (order.kits[0].allocated, order.kits[0].backordered) == (3, 2)
    assert lines_of(order.ref)["MUG"]["allocated"] == 6
    assert kit_shop.available("MUG") == 4
    kit_shop.order({"MUG": 4})
    assert_books_balance(kit_shop)


def test_waiting_kits_are_filled_whole(kit_shop: Shop) -> None:
    order = kit_shop.order({"SET": 6})
    kit_shop.receive("LAMP", 2)
    allocate_backorders(kit_shop.products["LAMP"], kit_shop.warehouse_id, by=TESTER, now=NOW)

    kit = access_order(order.ref).kits[0]
    assert (kit.allocated, kit.backordered) == (5, 1)
    kit_shop.receive("MUG", 8)
    allocate_backorders(kit_shop.products["MUG"], kit_shop.warehouse_id, by=TESTER, now=NOW)
    assert access_order(order.ref).kits[0].allocated == 5
    assert kit_shop.available("MUG") == 8
    assert_books_balance(kit_shop)


def test_kits_that_lack_another_component_cost_a_delivery_next_to_nothing(kit_shop: Shop) -> None:
    kit_shop.order({"LAMP": 3, "MUG": 10})
    for _nth in range(30):
        kit_shop.order({"SET": 1})
    kit_shop.receive("MUG", 5)
    last = kit_shop.order({"VASE": 1, "MUG": 1})

    with CaptureQueriesContext(connection) as queries:
        assert allocate_backorders(kit_shop.products["MUG"], kit_shop.warehouse_id, by=TESTER, now=NOW) == 0
    assert len(queries) < 10
    assert lines_of(last.ref)["MUG"]["allocated"] == 1


def test_a_lost_component_is_all_a_kit_waits_for(kit_shop: Shop) -> None:
    order = kit_shop.order({"SET": 3})
    with transaction.atomic():
        give_up_allocations(kit_shop.products["LAMP"], kit_shop.warehouse_id, 1, by=TESTER, now=NOW, reason="lost")

    kit = access_order(order.ref).kits[0]
    assert (kit.allocated, kit.backordered) == (2, 1)
    assert lines_of(order.ref)["MUG"]["allocated"] == 6
    kit_shop.receive("LAMP", 1)
    allocate_backorders(kit_shop.products["LAMP"], kit_shop.warehouse_id, by=TESTER, now=NOW)
    assert access_order(order.ref).kits[0].allocated == 3
    assert_books_balance(kit_shop)


def test_kits_are_cancelled_whole(kit_shop: Shop) -> None:
    order = kit_shop.order({"SET": 5, "MUG": 1})
    kit = order.kits[0]

    cancelled = cancel_order(order.ref, reason="", lines=[(kit.id, 3)], by=TESTER, now=NOW)

    after = cancelled.kits[0]
    assert (after.allocated, after.backordered, after.cancelled) == (2, 0, 3)
    assert kit_shop.available("LAMP") == 1
    with pytest.raises(NotCancellable):
        cancel_order(order.ref, reason="", lines=[(kit.id, 3)], by=TESTER, now=NOW)
    cancel_order(order.ref, reason="", by=TESTER, now=NOW)
    assert Order.objects.get().status == "cancelled"
    assert kit_shop.available("MUG") == 10
    assert_books_balance(kit_shop)


def test_kits_are_changed_by_their_own_id_and_the_total_follows(kit_shop: Shop) -> None:
    order = kit_shop.order({"SET": 2})
    kit = order.kits[0]
    change = LineChange(quantity=4, id=kit.id)

    more = edit_order(order.ref, OrderChanges(lines=[change]), by=TESTER, now=NOW)
    assert (more.kits[0].quantity, more.kits[0].allocated, more.kits[0].backordered) == (4, 3, 1)
    assert more.goods_total == Decimal("10.00")
    less = edit_order(order.ref, OrderChanges(lines=[LineChange(quantity=1, id=kit.id)]), by=TESTER, now=NOW)
    assert (less.kits[0].allocated, less.kits[0].cancelled, less.goods_total) == (1, 3, Decimal("2.50"))
    with pytest.raises(Invalid):
        edit_order(order.ref, OrderChanges(lines=[LineChange(quantity=1, id=kit.components[0].id)]), by=TESTER, now=NOW)
    added = LineChange(quantity=2, sku="set", unit_price=Decimal("9.99"))
    both = edit_order(order.ref, OrderChanges(lines=[added]), by=TESTER, now=NOW)
    assert [(one.quantity, one.allocated) for one in both.kits] == [(4, 1), (2, 2)]
    assert both.goods_total == Decimal("22.48")
    assert_books_balance(kit_shop)


def test_another_recipe_leaves_placed_orders_alone(kit_shop: Shop) -> None:
    order = kit_shop.order({"SET": 1})

    update_product("SET", changes={}, kit=[("VASE", 1)], by=TESTER, now=NOW)

    assert access_order(order.ref) == order
    later = kit_shop.order({"SET": 1})
    assert [part.sku for part in later.kits[0].components] == ["VASE"]


def test_a_kit_without_components_cannot_be_ordered(kit_shop: Shop) -> None:
    with transaction.atomic():
        connection.cursor().execute("DELETE FROM inventory_kitcomponent")

    with pytest.raises(Invalid) as refused:
        kit_shop.order({"SET": 1})

    assert refused.value.errors[0]["code"] == "kit_without_components"


def test_an_order_of_kits_is_completed_when_its_parts_have_left(kit_shop: Shop) -> None:
    order = kit_shop.order({"SET": 1})
    kit_shop.fulfil(FulfillmentOrder.objects.get().pk)

    done = access_order(order.ref)
    assert (done.status, done.fulfillment_status) == ("completed", "fulfilled")
    assert done.kits[0].shipped == 1
    assert check_allocations(repair=False, by=TESTER, now=NOW) == []


def test_an_assembled_kit_is_sold_from_its_own_stock(shop: Shop) -> None:
    make_kit(shop, kind="assembled")
    shop.receive("SET", 1)

    order = shop.order({"SET": 2})

    assert not order.kits
    assert (order.lines[0].allocated, order.lines[0].backordered) == (1, 1)
    assert shop.available("MUG") == 10


def test_many_orders_at_once_share_what_their_kits_are_made_of(kit_shop: Shop) -> None:
    fates = place_orders(
        kit_shop.channel_id,
        [request_for({"SET": 2}), request_for({"NO": 1}), request_for({"SET": 2, "LAMP": 1})],
        by=TESTER,
        now=NOW,
    )

    assert [fate.status for fate in fates] == ["created", "rejected", "created"]
    kits = [access_order(fate.ref).kits[0] for fate in (fates[0], fates[2])]
    assert [(kit.allocated, kit.backordered) for kit in kits] == [(2, 0), (1, 1)]
    assert OrderKit.objects.count() == 2
    assert_books_balance(kit_shop)
