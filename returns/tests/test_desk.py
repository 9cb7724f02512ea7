"""The returns desk's tabs."""

from typing import Any

from orders.tests.shop import Shop
from returns.selectors import desk_counts, desk_rows
from returns.tests.goods import arrive, ask, inspect, inspection_of, received, shipped_order


def test_every_return_stands_in_the_tab_of_what_comes_next(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 6, "LAMP": 1})
    ask(order, {"MUG": 1})
    arrived = ask(order, {"MUG": 1})
    arrive(shop, arrived.ref)
    waiting = received(shop, order, {"MUG": 2})
    doubtful = received(shop, order, {"LAMP": 1})
    inspect(inspection_of(doubtful, "LAMP"), no=("identity",))
    done = received(shop, order, {"MUG": 1})
    inspect(inspection_of(done))
    counts = desk_counts([shop.warehouse_id])
    assert counts == {
        "announced": 1,
        "in_transit": 0,
        "arrived": 0,
        "to_inspect": 2,
        "needs_decision": 1,
        "done": 1,
    }
    rows = {row.ref: row for row in desk_rows("to_inspect", [shop.warehouse_id])}
    assert (rows[waiting.ref].units, rows[waiting.ref].open_inspections) == (2, 1)
    assert rows[waiting.ref].next_due_at is not None
    assert [row.ref for row in desk_rows("needs_decision")] == [doubtful.ref]
    assert desk_counts([shop.warehouse_id + 1])["to_inspect"] == 0


def test_the_desk_reads_a_fixed_number_of_times(shop: Shop, django_assert_num_queries: Any) -> None:
    order = shipped_order(shop, {"MUG": 4})
    for _ in range(4):
        received(shop, order, {"MUG": 1})
    with django_assert_num_queries(3):
        first = desk_rows("to_inspect", limit=3)
    last = first[-1]
    rest = desk_rows("to_inspect", before=(last.requested_at, last.id))
    assert len({row.ref for row in [*first, *rest]}) == 4
