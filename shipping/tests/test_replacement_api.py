"""Replacements and rates over REST."""

import uuid

import pytest

from orders.selectors.orders import order_by_id
from shipping.models import CarrierService, RateBand, ShippingZone
from shipping.tests.floor import Floor
from shipping.tests.test_api import caller

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_parcel_is_sent_again_once_for_one_key(floor: Floor) -> None:
    order = floor.order({"ART01": 2})
    parcel = floor.ship(order)
    call = caller(floor.shop.channel_id, ["orders:write"])
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"parcel": parcel.ref, "reason": "lost"}
    first = call("POST", f"orders/{order.ref}/replacements/", body, **key)
    again = call("POST", f"orders/{order.ref}/replacements/", body, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["ref"] == again.json()["ref"] != order.ref
    assert (first.json()["kind"], first.json()["totals"]["total"]) == ("replacement", "0.00")
    other = call("POST", f"orders/{order.ref}/replacements/", body, **{"Idempotency-Key": str(uuid.uuid4())})
    assert (other.status_code, other.json()["code"]) == (409, "already_replaced")


def test_lines_are_sent_again_and_nonsense_is_refused(floor: Floor) -> None:
    order = floor.order({"ART01": 2})
    (line,) = order_by_id(order.id).lines
    call = caller(floor.shop.channel_id, ["orders:write"])
    where = f"orders/{order.ref}/replacements/"
    one = {"lines": [{"id": line.id, "quantity": 1}], "reason": "damaged"}
    assert call("POST", where, one).status_code == 409  # nothing has left the house
    floor.ship(order)
    assert call("POST", where, one).status_code == 201
    twice = {"lines": [one["lines"][0], one["lines"][0]], "reason": "damaged"}
    for body in ({"reason": "lost"}, {"lines": [], "reason": "lost"}, {**one, "reason": "mood"}, twice):
        assert call("POST", where, body).status_code == 400
    assert call("POST", where, {"parcel": "SHP-NOBODY", "reason": "lost"}).status_code == 404
    foreign = floor.ship(floor.order({"ART02": 1}))
    assert call("POST", where, {"parcel": foreign.ref, "reason": "lost"}).status_code == 404
    assert caller(floor.shop.channel_id, ["orders:read"])("POST", where, one).status_code == 403


def test_nothing_is_sent_again_of_an_order_that_changed_since_it_was_read(floor: Floor) -> None:
    order = floor.order({"ART01": 2})
    parcel = floor.ship(order)
    now = order_by_id(order.id)
    call = caller(floor.shop.channel_id, ["orders:write"])
    where = f"orders/{order.ref}/replacements/"
    for body in ({"parcel": parcel.ref}, {"lines": [{"id": now.lines[0].id, "quantity": 1}]}):
        stale = call("POST", where, {**body, "reason": "lost"}, **{"If-Match": f'"{now.version - 1}"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
        fresh = call("POST", where, {**body, "reason": "lost"}, **{"If-Match": f'"{now.version}"'})
        assert fresh.status_code in (201, 409), fresh.content


def test_the_id_of_a_line_is_a_number(floor: Floor) -> None:
    order = floor.order({"ART01": 2})
    floor.ship(order)
    (line,) = order_by_id(order.id).lines
    where = f"orders/{order.ref}/replacements/"
    for wrong in (str(line.id), float(line.id), 2**63):
        body = {"lines": [{"id": wrong, "quantity": 1}], "reason": "lost"}
        answer = caller(floor.shop.channel_id, ["orders:write"])("POST", where, body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/lines/0/id")


def test_rates_know_zones_and_say_what_is_missing_to_free_shipping(floor: Floor) -> None:
    CarrierService.objects.filter(method="standard").update(free_from="50.00", price="4.95")
    zone = ShippingZone.objects.create(code="HIGH", name="Highlands", countries=["GB"], postal_prefixes=["IV"])
    service = CarrierService.objects.get(method="standard")
    RateBand.objects.create(service=service, zone=zone, weight_to_g=2000, price="9.95", free_from="90.00")
    call = caller(floor.shop.channel_id)

    def rate(postal_code: str, weight: int = 500) -> list[tuple[str, str, str]]:
        to = {"country": "GB", "postal_code": postal_code}
        body = {"weight_g": weight, "destination": to, "value": "40.00"}
        found = call("POST", "shipping/rates/", body).json()["rates"]
        return [(one["price"], one["free_from"], one["to_free"]) for one in found]

    assert rate("LS1 4AP") == [("4.95", "50.00", "10.00")]
    assert rate("IV2 3BY") == [("9.95", "90.00", "50.00")]
    assert rate("IV2 3BY", 2001) == []
