"""What looks wrong with a new order holds it; a person's word lets it go on for good."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.kernel.errors import Invalid
from core.outbox.models import Event
from inventory.tests.threads import together
from orders.models import Channel, Hold, Order, OrderLine
from orders.planning.checks import Goods
from orders.selectors import usual
from orders.selectors.facts import OrderFact
from orders.selectors.usual import bought_lately
from orders.selectors.work import releasable
from orders.services import examining
from orders.services.bulk import place_orders
from orders.services.cancellation import cancel_order
from orders.services.examining import reexamine
from orders.services.holds import release_hold
from orders.services.intake import place_order
from orders.services.requests import ChargeRequest, CustomerRequest, LineRequest
from orders.tests.shop import ADDRESS, NOW, TESTER, Shop, assert_books_balance, build_shop, request_for
from orders.tests.test_kits import make_kit
from orders.tests.test_races import deadlocks

ALL = ["address", "phone", "quantity", "price", "total", "duplicate"]


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    usual.forget()
    yield
    usual.forget()


@pytest.fixture
def careful(shop: Shop) -> Shop:
    """The shop, with every check on."""
    Channel.objects.update(checks=ALL)
    return shop


def codes(ref: str) -> list[str]:
    """Of the open holds."""
    return list(Hold.objects.filter(order__ref=ref, released_at=None).order_by("pk").values_list("code", flat=True))


def line(sku: str = "MUG", quantity: int = 1, price: str = "2.50") -> LineRequest:
    return LineRequest(sku=sku, quantity=quantity, unit_price=Decimal(price))


def bought(shop: Shop, *lines: LineRequest, now: datetime = NOW, **more: Any) -> OrderFact:
    """Place an order of just these lines."""
    return place_order(shop.channel_id, replace(request_for({}, **more), lines=lines), by=TESTER, now=now)


def look_again(ref: str, **columns: Any) -> None:
    """Change the order's row and look at it again, as an edit does."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(ref=ref)
        for name, value in columns.items():
            setattr(order, name, value)
        order.save(update_fields=list(columns))
        reexamine(order, by=TESTER, now=NOW)


def test_a_good_order_is_not_held_with_every_check_on(careful: Shop) -> None:
    order = careful.order({"MUG": 2}, total=Decimal("5.00"))
    assert order.holds == ()
    assert [one.order_ref for one in releasable(careful.warehouse_id)] == [order.ref]


def test_without_checks_nothing_is_looked_at(shop: Shop) -> None:
    order = shop.order({"MUG": 2}, total=Decimal("99.00"), shipping_address={**ADDRESS, "line1": "asdf"})
    assert order.holds == ()


def test_a_wrong_address_is_taken_in_and_held_with_what_may_be_meant(careful: Shop) -> None:
    order = careful.order({"MUG": 2}, shipping_address={**ADDRESS, "country": "US"})
    (hold,) = order.holds
    assert (hold.type, hold.code) == ("address", "address.country")
    assert (hold.detail["field"], hold.detail["found"], hold.detail["suggested"]) == ("country", "US", "GB")
    assert hold.detail["also"] == {"postal_code": "LS1 4AP"}
    assert hold.reason == "The postal code belongs to another country."
    assert releasable(careful.warehouse_id) == []
    assert_books_balance(careful)


def test_what_people_wrote_stands_in_the_hold_and_in_no_event(careful: Shop) -> None:
    order = careful.order({"MUG": 2}, shipping_address={**ADDRESS, "postal_code": "Secret Place"})
    assert order.holds[0].detail["found"] == "Secret Place"
    told = [str(event.data) for event in Event.objects.filter(timeline=order.ref)]
    assert told
    assert not [data for data in told if "Secret" in data]


def test_a_phone_number_is_asked_for_where_the_channel_says_so(careful: Shop) -> None:
    assert codes(careful.order({"MUG": 1}).ref) == []
    Channel.objects.update(requires_phone=True)
    assert codes(careful.order({"LAMP": 1}).ref) == ["phone.missing"]
    phone = {**ADDRESS, "phone": "020 7946 0000"}
    assert codes(careful.order({"MUG": 2}, shipping_address=phone).ref) == []


def test_more_units_than_the_channel_sells_at_once_are_held(careful: Shop) -> None:
    Channel.objects.update(usual_units=5)
    assert codes(careful.order({"MUG": 5}).ref) == []
    assert codes(careful.order({"MUG": 6}).ref) == ["quantity.unusual"]


def test_far_more_units_and_odd_prices_than_the_past_are_held(careful: Shop) -> None:
    for number in range(8):
        careful.order({"MUG": 2}, email=f"{number}@example.com")
    later = NOW + timedelta(minutes=11)
    assert codes(careful.order({"MUG": 10}, email="a@example.com", now=later).ref) == []
    assert codes(careful.order({"MUG": 11}, email="b@example.com", now=later).ref) == ["quantity.unusual"]
    dear = bought(careful, line(price="10.01"), email="c@example.com", now=later)
    (hold,) = dear.holds
    assert (hold.code, hold.detail["suggested"]) == ("price.unusual", "2.50")
    fine = bought(careful, line(price="9.99"), email="d@example.com", now=later)
    assert fine.holds == ()
    yen = bought(careful, line(price="300"), currency="JPY", email="e@example.com", now=later)
    assert yen.holds == ()


def test_what_has_no_price_is_held(careful: Shop) -> None:
    order = bought(careful, line(price="0"), line("LAMP", price="0"))
    (hold,) = order.holds
    assert hold.code == "price.zero"
    assert [one["field"] for one in hold.detail["findings"]] == ["MUG", "LAMP"]


@pytest.mark.parametrize(("total", "held"), [("8.25", []), ("8.26", ["total.differs"]), ("5.00", ["total.differs"])])
def test_a_total_that_does_not_add_up_is_held(careful: Shop, total: str, held: list[str]) -> None:
    charges = (ChargeRequest("discount", Decimal("-0.25")),)
    order = careful.order({"MUG": 2}, total=Decimal(total), shipping_price=Decimal("3.50"), charges=charges)
    assert codes(order.ref) == held
    assert Order.objects.get(ref=order.ref).stated_total == Decimal(total)


def test_a_total_in_yen_is_compared_in_whole_yen(careful: Shop) -> None:
    order = bought(careful, line(price="500"), currency="JPY", total=Decimal("500.00"))
    assert codes(order.ref) == []


def test_the_same_goods_for_the_same_buyer_are_held_once_more(careful: Shop) -> None:
    first = careful.order([("MUG", 1), ("LAMP", 1)])
    other = careful.order([("MUG", 1)])
    twin = careful.order([("lamp", 1), ("MUG", 1)], email="ADA@example.com")
    assert (codes(first.ref), codes(other.ref), codes(twin.ref)) == ([], [], ["duplicate"])
    assert twin.holds[0].detail["found"] == first.ref
    assert first.ref in twin.holds[0].reason


def test_goods_bought_in_another_split_are_the_same_goods(careful: Shop) -> None:
    careful.order([("MUG", 3)])
    assert codes(careful.order([("MUG", 1), ("MUG", 2)]).ref) == ["duplicate"]


def test_a_cancelled_order_an_old_one_and_another_buyer_are_no_twins(careful: Shop) -> None:
    first = careful.order({"MUG": 1})
    assert codes(careful.order({"MUG": 1}, placed_at=NOW + timedelta(hours=25)).ref) == []
    assert codes(careful.order({"MUG": 1}, email="bob@example.com").ref) == []
    cancel_order(first.ref, reason="", by=TESTER, now=NOW)
    assert codes(careful.order({"MUG": 1}).ref) == []


def test_a_replacement_is_not_looked_at(careful: Shop) -> None:
    first = careful.order({"MUG": 1})
    again = bought(careful, line(price="0"), kind="replacement", replaces_id=first.id)
    assert again.holds == ()


def test_several_checks_hold_at_once_and_each_is_let_go_by_itself(careful: Shop) -> None:
    order = bought(careful, line(price="0"), shipping_address={**ADDRESS, "city": "xxx"})
    assert codes(order.ref) == ["address.placeholder", "price.zero"]
    release_hold(order.ref, order.holds[0].id, by=TESTER, now=NOW)
    assert codes(order.ref) == ["price.zero"]
    assert releasable(careful.warehouse_id) == []
    release_hold(order.ref, order.holds[1].id, by=TESTER, now=NOW)
    assert len(releasable(careful.warehouse_id)) == 1


def test_an_address_made_right_goes_on_and_one_made_wrong_stops(careful: Shop) -> None:
    order = careful.order({"MUG": 1}, shipping_address={**ADDRESS, "postal_code": "LS1"})
    look_again(order.ref, shipping_address=ADDRESS)
    assert codes(order.ref) == []
    look_again(order.ref, shipping_address={**ADDRESS, "postal_code": "LS1"})
    assert codes(order.ref) == ["address.postal_code"]
    look_again(order.ref, shipping_address={**ADDRESS, "postal_code": "LS2"})
    assert codes(order.ref) == ["address.postal_code"]
    assert Hold.objects.get(released_at=None).detail["found"] == "LS2"
    assert_books_balance(careful)


def test_what_a_person_let_go_as_it_is_does_not_stop_again(careful: Shop) -> None:
    odd = {**ADDRESS, "postal_code": "LS1"}
    order = careful.order({"MUG": 1}, shipping_address=odd)
    release_hold(order.ref, order.holds[0].id, by=TESTER, now=NOW)
    look_again(order.ref, note="Ring twice")
    look_again(order.ref, shipping_address={**odd, "line1": "14 Mill Lane"})
    assert codes(order.ref) == []
    look_again(order.ref, shipping_address={**odd, "postal_code": "LS3"})
    assert codes(order.ref) == ["address.postal_code"]


def test_units_put_right_in_an_edit_go_on(careful: Shop) -> None:
    Channel.objects.update(usual_units=5)
    order = careful.order({"MUG": 6})
    OrderLine.objects.filter(order__ref=order.ref).update(quantity=5, allocated=5)
    look_again(order.ref)
    assert codes(order.ref) == []


def test_days_of_delivery_that_are_over_are_refused(shop: Shop) -> None:
    with pytest.raises(Invalid) as refused:
        shop.order({"MUG": 1}, deliver_not_after=NOW.date() - timedelta(days=2))
    assert refused.value.errors[0]["pointer"] == "/deliver_not_after"
    shop.order({"MUG": 1}, deliver_not_after=NOW.date() + timedelta(days=20))


def test_the_checks_cost_one_statement(careful: Shop) -> None:
    def statements(**more: Any) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            careful.order({"MUG": 1}, **more)
        return len(found)

    careful.order({"MUG": 1})
    Channel.objects.update(checks=[])
    statements(email="0@example.com")
    without = statements(email="a@example.com")
    Channel.objects.update(checks=ALL)
    statements(email="b@example.com")
    assert statements(email="c@example.com") == without + 1
    assert statements(email="d@example.com", customer=CustomerRequest(email="d@example.com", phone="1")) <= without + 1


def test_twins_in_one_delivery_of_orders_see_each_other(careful: Shop) -> None:
    requests = [request_for({"MUG": 1}), request_for({"MUG": 1}), request_for({"MUG": 2}), request_for({"NOPE": 1})]
    fates = place_orders(careful.channel_id, requests, by=TESTER, now=NOW)
    assert [fate.status for fate in fates] == ["created", "created", "created", "rejected"]
    assert [error["pointer"] for error in fates[3].errors] == ["/lines/0/sku"]
    assert [codes(fate.ref) for fate in fates[:3]] == [[], ["duplicate"], []]
    assert Hold.objects.get().detail["found"] == fates[0].ref


def test_twins_of_many_orders_are_looked_for_in_one_statement(careful: Shop) -> None:
    Channel.objects.update(checks=["duplicate"])
    first = careful.order({"MUG": 1}, email="twin@example.com")

    def statements(orders: int) -> int:
        requests = [request_for({"MUG": 1}, email=f"{orders}.{number}@example.com") for number in range(orders)]
        requests.append(request_for({"MUG": 1}, email="TWIN@example.com"))
        with CaptureQueriesContext(connection) as found:
            fates = place_orders(careful.channel_id, requests, by=TESTER, now=NOW)
        assert [codes(fate.ref) for fate in fates] == [*([[]] * orders), ["duplicate"]]
        return len(found)

    statements(1)
    assert statements(2) == statements(7)
    assert first.ref in {hold.detail["found"] for hold in Hold.objects.all()}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("many", [False, True])
def test_twins_at_the_same_moment_are_all_taken_in_and_all_but_one_held(many: bool) -> None:
    shop = build_shop({"MUG": 20}, code="TWINS")
    Channel.objects.update(checks=["duplicate"])

    def place(number: int) -> str:
        if many:
            return place_orders(shop.channel_id, [request_for({"MUG": 1})], by=TESTER, now=NOW)[0].ref
        return shop.order({"MUG": 1}).ref

    ended = together(place, range(8))

    assert all(isinstance(ref, str) for ref in ended), ended
    assert Hold.objects.filter(code="duplicate").count() == 7
    assert codes(shop.order({"MUG": 1}).ref) == ["duplicate"]
    assert_books_balance(shop)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_twins_at_the_same_moment_pass_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = build_shop({"MUG": 20}, code="TWINS")
    Channel.objects.update(checks=["duplicate"])
    shop.order({"MUG": 9})
    everybody_has_read = threading.Barrier(4)
    monkeypatch.setattr(usual._LATELY, "_first", "")

    def read_unguarded(*asked: Any, **more: Any) -> list[list[tuple[str, Goods]]]:
        found = bought_lately(*asked, **more)
        everybody_has_read.wait(timeout=10)
        return found

    monkeypatch.setattr(examining, "bought_lately", read_unguarded)
    together(lambda _n: shop.order({"MUG": 1}).ref, range(4))

    assert not Hold.objects.filter(code="duplicate").exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_batches_of_the_same_buyers_never_wait_for_each_other_in_a_circle() -> None:
    shop = build_shop({"MUG": 400}, code="TWINS")
    Channel.objects.update(checks=["duplicate"])
    before = deadlocks()
    buyers = [f"buyer{number}@example.com" for number in range(12)]

    def place(number: int) -> int:
        turned = buyers if number % 2 else buyers[::-1]
        requests = [request_for({"MUG": 1}, email=email) for email in turned]
        return len(place_orders(shop.channel_id, requests, by=TESTER, now=NOW))

    ended = together(place, range(6))

    assert ended == [12] * 6
    assert Hold.objects.filter(code="duplicate").count() == 5 * 12
    assert deadlocks() == before


def test_a_set_of_which_fewer_are_wanted_by_now_goes_on(careful: Shop) -> None:
    Channel.objects.update(usual_units=3)
    make_kit(careful)
    order = careful.order({"SET": 4})
    assert codes(order.ref) == ["quantity.unusual"]
    parts = [(part.id, 1 if part.sku == "LAMP" else 2) for part in order.lines]
    cancel_order(order.ref, reason="", lines=parts, by=TESTER, now=NOW)
    look_again(order.ref, note="three will do")
    assert codes(order.ref) == []
