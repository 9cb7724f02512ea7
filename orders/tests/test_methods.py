"""A shipping method the shop does not know: taken at intake and held, refused where somebody chooses it."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.kernel.errors import Invalid
from orders import ports
from orders.errors import UnknownMethod, UnknownNames
from orders.models import Channel, Hold, Order, TransitTime
from orders.planning.checks import look_at_method
from orders.selectors.calendars import forget_book
from orders.selectors.methods import forget_methods, is_unknown, known_methods
from orders.selectors.work import releasable
from orders.services.bulk import place_orders
from orders.services.editing import OrderChanges, edit_order
from orders.services.holds import release_hold
from orders.services.methods import change_method
from orders.services.rules import create_rule
from orders.tests.shop import NOW, TESTER, Shop, request_for
from orders.tests.test_api import Call, body, caller


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the rooms above offer; change the list to configure the shop."""
    methods = ["standard", "express"]
    monkeypatch.setattr(ports, "offered_methods", [lambda: [(one, one) for one in methods]])
    forget_methods()
    return methods


def codes(ref: str) -> list[str]:
    return list(Hold.objects.filter(order__ref=ref, released_at=None).order_by("pk").values_list("code", flat=True))


def set_method_rule(method: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    act = {"do": "method", "value": method}
    return {"name": "By", "event": "order.placed", "conditions": list(conditions), "actions": [act]}


@pytest.mark.parametrize("word", ["standard", "express", "pigeon"])
def test_a_shop_that_configured_nothing_takes_any_word(shop: Shop, offered: list[str], word: str) -> None:
    offered.clear()
    order = shop.order({"MUG": 1}, shipping_method=word)
    assert (order.shipping_method, order.holds) == (word, ())
    assert edit_order(order.ref, OrderChanges(shipping_method="drone"), by=TESTER, now=NOW).holds == ()
    create_rule(set_method_rule("balloon"), by=TESTER, now=NOW)


def test_a_method_the_shop_has_is_not_held(shop: Shop, offered: list[str]) -> None:
    assert shop.order({"MUG": 1}, shipping_method="express").holds == ()


def test_an_order_of_which_nobody_said_how_it_goes_is_not_held(shop: Shop, offered: list[str]) -> None:
    offered.remove("standard")
    assert shop.order({"MUG": 1}).holds == ()


def test_an_unknown_method_is_taken_and_held_until_it_is_set(shop: Shop, offered: list[str]) -> None:
    order = shop.order({"MUG": 1}, shipping_method="Express")
    (hold,) = order.holds
    assert (hold.type, hold.code, hold.detail["found"], hold.detail["suggested"]) == (
        "custom",
        "method.unknown",
        "Express",
        "express",
    )
    assert releasable(shop.warehouse_id) == []

    edit_order(order.ref, OrderChanges(note="Ring twice"), by=TESTER, now=NOW)
    assert codes(order.ref) == ["method.unknown"]
    edit_order(order.ref, OrderChanges(shipping_method="express"), by=TESTER, now=NOW)
    assert codes(order.ref) == []
    assert [one.order_ref for one in releasable(shop.warehouse_id)] == [order.ref]


def test_sending_it_another_way_ends_the_hold_too(shop: Shop, offered: list[str]) -> None:
    from_desk = shop.order({"MUG": 1}, shipping_method="pigeon")
    offered.append("courier")

    with transaction.atomic():
        change_method(from_desk.ref, "courier", upgraded_from="", by=TESTER, now=NOW)

    assert codes(from_desk.ref) == []
    assert Order.objects.get().open_holds == 0


def test_what_a_person_let_go_by_an_unknown_method_stays_free(shop: Shop, offered: list[str]) -> None:
    order = shop.order({"MUG": 1}, shipping_method="pigeon")
    release_hold(order.ref, order.holds[0].id, by=TESTER, now=NOW)
    edit_order(order.ref, OrderChanges(note="It is fine"), by=TESTER, now=NOW)
    assert codes(order.ref) == []


def test_a_method_that_only_the_calendar_names_is_known(shop: Shop, offered: list[str]) -> None:
    TransitTime.objects.create(method="pigeon", fewest=1, most=2)
    forget_book()
    assert shop.order({"MUG": 1}, shipping_method="pigeon").holds == ()


def test_the_calendar_alone_configures_no_methods(shop: Shop, offered: list[str]) -> None:
    offered.clear()
    TransitTime.objects.create(method="express", fewest=1, most=1)
    forget_book()
    assert shop.order({"MUG": 1}).holds == ()


def test_a_rule_may_put_a_known_method_in_the_place_of_an_unknown_one(shop: Shop, offered: list[str]) -> None:
    condition = {"field": "method", "is": "is", "value": "next-day"}
    create_rule(set_method_rule("express", condition), by=TESTER, now=NOW)
    order = shop.order({"MUG": 1}, shipping_method="next-day")
    assert (order.shipping_method, order.holds) == ("express", ())


def test_a_rule_that_sets_an_unknown_method_is_not_accepted(shop: Shop, offered: list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        create_rule(set_method_rule("pigeon"), by=TESTER, now=NOW)
    assert [(one["pointer"], one["code"]) for one in refusal.value.errors] == [("/actions/0/value", "unknown_method")]


def test_a_rule_and_a_change_refuse_an_unknown_method_with_the_same_words(shop: Shop, offered: list[str]) -> None:
    order = shop.order({"MUG": 1})
    with pytest.raises(UnknownMethod) as of_change:
        edit_order(order.ref, OrderChanges(shipping_method="pigeon"), by=TESTER, now=NOW)
    with pytest.raises(UnknownNames) as of_rule:
        create_rule(set_method_rule("pigeon"), by=TESTER, now=NOW)
    said = [
        (kind.value.status, one["code"], one["detail"]) for kind in (of_change, of_rule) for one in kind.value.errors
    ]
    assert said[0] == said[1] and said[0][:2] == (422, "unknown_method")
    assert "express" in said[0][2]


def test_a_change_to_an_unknown_method_is_refused_and_changes_nothing(shop: Shop, offered: list[str]) -> None:
    order = shop.order({"MUG": 1})
    with pytest.raises(UnknownMethod):
        edit_order(order.ref, OrderChanges(shipping_method="pigeon", note="x"), by=TESTER, now=NOW)
    row = Order.objects.get()
    assert (row.shipping_method, row.note, row.version) == ("standard", "", 1)


def test_naming_the_unknown_method_it_has_is_no_change(shop: Shop, offered: list[str]) -> None:
    order = shop.order({"MUG": 1}, shipping_method="pigeon")
    changed = edit_order(order.ref, OrderChanges(shipping_method="pigeon", note="x"), by=TESTER, now=NOW)
    assert (changed.note, codes(order.ref)) == ("x", ["method.unknown"])


def test_over_rest_an_order_is_taken_and_a_change_is_refused_with_422(shop: Shop, offered: list[str]) -> None:
    call: Call = caller(shop.channel_id)
    taken = call("POST", "orders/", {**body(), "shipping_method": "pigeon"})
    assert taken.status_code == 201, taken.content
    assert [one["code"] for one in taken.json()["holds"]] == ["method.unknown"]
    refused = call("PATCH", f"orders/{taken.json()['ref']}/", {"shipping_method": "drone"})
    found = refused.json()
    assert (refused.status_code, found["code"], found["errors"][0]["pointer"]) == (
        422,
        "unknown_method",
        "/shipping_method",
    )
    assert "express, standard" in found["errors"][0]["detail"]


def test_orders_by_known_methods_cost_no_statement_more(shop: Shop, offered: list[str]) -> None:
    Channel.objects.update(checks=[])
    shop.order({"MUG": 1})
    with CaptureQueriesContext(connection) as queries:
        shop.order({"MUG": 1}, shipping_method="express")
    assert len([q for q in queries.captured_queries if "SAVEPOINT" not in q["sql"]]) == 5


def test_many_at_once_by_an_unknown_method_are_each_held(shop: Shop, offered: list[str]) -> None:
    requests = [request_for({"MUG": 1}, shipping_method="pigeon") for _number in range(3)]
    fates = place_orders(shop.channel_id, requests, by=TESTER, now=NOW)
    assert [codes(fate.ref) for fate in fates] == [["method.unknown"]] * 3


def test_what_was_just_configured_is_known_at_once(shop: Shop, offered: list[str]) -> None:
    assert is_unknown("courier")
    offered.append("courier")
    assert not is_unknown("courier")
    assert "courier" in known_methods()


@pytest.mark.parametrize(
    ("method", "found"),
    [("express", []), ("Express", [("Express", "express")]), ("rocket", [("rocket", "")])],
)
def test_a_word_in_other_letters_is_suggested(method: str, found: list[tuple[str, str]]) -> None:
    seen = look_at_method(method, {"express", "standard"})
    assert [(one.found, one.suggested) for one in seen] == found
