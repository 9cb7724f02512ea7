"""The stock check knows what returns say."""

from orders.selectors.work import fulfillment_orders_of
from orders.services.cancellation import cancel_order
from orders.tests.shop import NOW, TESTER, Shop
from returns.models import ReturnItem, SpokenFor
from returns.planning import Arrived
from returns.services.checking import check_returns
from returns.services.requests import cancel_return
from returns.tests.goods import LATER, arrive, ask, inspect, inspection_of, received, shipped_order, work_through


def drifts() -> list[str]:
    return [drift.check for drift in check_returns(repair=False, by=TESTER, now=LATER)]


def test_every_path_of_a_return_leaves_the_books_in_order(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 9, "LAMP": 2})
    cancel_return(ask(order, {"MUG": 1}).ref, by=TESTER, now=LATER)
    ask(order, {"MUG": 1})
    assert drifts() == []
    short = ask(order, {"MUG": 3})
    arrive(shop, short.ref, arrived=[Arrived(shop.products["MUG"], 2), Arrived(shop.products["VASE"], 1)])
    work_through()
    assert drifts() == []
    inspect(inspection_of(short, "MUG"), no=("damage",))
    done = received(shop, order, {"MUG": 1, "LAMP": 2})
    inspect(inspection_of(done, "MUG"))
    assert drifts() == []
    inspect(inspection_of(done, "LAMP"), no=("function",), disposition="restock", reason="Works after all")
    cancelled = shop.order({"VASE": 2})
    shop.pick(fulfillment_orders_of(cancelled.ref)[0].id)
    cancel_order(cancelled.ref, reason="Changed my mind", by=TESTER, now=NOW)
    assert drifts() == []
    work_through()
    assert drifts() == []


def test_what_does_not_add_up_is_found(shop: Shop) -> None:
    order = shipped_order(shop, {"MUG": 3})
    rma = received(shop, order, {"MUG": 2})
    SpokenFor.objects.update(units=1)
    ReturnItem.objects.filter(rma=rma.id).update(received=1, decided=1)
    assert set(drifts()) == {"units_spoken_for", "units_returned"}
    ReturnItem.objects.filter(rma=rma.id).update(quantity=9, received=9, decided=0)
    assert "units_to_inspect" in drifts()
