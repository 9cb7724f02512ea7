"""Whose key belongs to another channel or warehouse meets nothing of a shop, by the ids it really has."""

from typing import Any

import pytest

from tests.hostile.writes import House, Write, books, build_house, order_body, writes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ORDER = "POST orders/<str:ref>/"
PART = f"{ORDER}fulfillment-orders/<int:part_id>/"
LISTS = ("orders/", "customers/?email=ada@example.com", "shipments/", "returns/", "refunds/", "webhooks/")


@pytest.fixture
def house(db: None) -> House:
    return build_house()


def reads(table: dict[str, Write]) -> list[str]:
    """What can be read one by one of what the table's calls are about."""
    order = table["PATCH orders/<str:ref>/"].path
    customer = table["PATCH customers/<int:customer_id>/"].path
    endpoint = table["DELETE webhooks/<int:endpoint_id>/"].path
    views = ("", "timeline/", "allocation/", "combine/", "fulfillment-orders/", "shipments/")
    return [
        *(f"{order}{view}" for view in views),
        *(f"{customer}{view}" for view in ("", "data/")),
        *(f"{endpoint}{view}" for view in ("", "deliveries/")),
        table["POST returns/<str:ref>/cancel/"].path.removesuffix("cancel/"),
        table["POST refunds/<int:refund_id>/outcome/"].path.removesuffix("outcome/"),
        table["DELETE stock/reservations/<uuid:reservation_id>/"].path,
        f"returns/policy/?order={table['POST returns/'].body['order']}",
    ]


def test_a_stranger_meets_nothing_and_writes_nothing(house: House) -> None:
    table, found = writes(house), []
    before = books()
    for name, write in table.items():
        bearer = {"channel": house.stranger, "partner": house.other_partner}.get(write.owner or "")
        if bearer:
            answer = house.call(name.split(" ")[0], write.path, write.body, bearer=bearer)
            found.append((name, answer.status_code, answer.json()["code"]))
    assert len(found) > 20
    assert [one for one in found if one[1:] != (404, "not_found")] == []
    assert books() == before


def test_a_stranger_reads_nothing(house: House) -> None:
    table = writes(house)
    for where in reads(table):
        assert house.call("GET", where).status_code == 200, where
        assert house.call("GET", where, bearer=house.stranger).status_code == 404, where
    for where in LISTS:
        assert house.call("GET", where, bearer=house.stranger).json()["results"] == [], where
    request = table["POST fulfillment-requests/<int:request_id>/accept/"].path.removesuffix("accept/")
    assert house.call("GET", request, bearer=house.partner).status_code == 200
    assert house.call("GET", request, bearer=house.other_partner).status_code == 404
    assert house.call("GET", "fulfillment-requests/", bearer=house.other_partner).json()["results"] == []


def test_ids_of_another_shop_are_worth_nothing_in_an_order_of_ones_own(house: House) -> None:
    table = writes(house)
    made = house.call("POST", "orders/", order_body("MINE"), bearer=house.stranger)
    assert made.status_code == 201, made.content
    own = f"orders/{made.json()['ref']}/"
    theirs = table[f"{PART}split/"].path.split("/")
    ref, part = theirs[1], theirs[3]
    line = table[f"{PART}split/"].body["lines"]
    hold = table[f"{ORDER}holds/<int:hold_id>/release/"].path.split("/")[3]
    endpoint = house.call(
        "POST", "webhooks/", table["POST webhooks/"].body | {"event_types": ["order.held"]}, bearer=house.stranger
    )
    delivery = table["POST webhooks/<int:endpoint_id>/deliveries/<int:delivery_id>/replay/"].path.split("/")[3]
    cart = table["DELETE stock/reservations/<uuid:reservation_id>/"].path.split("/")[2]
    back = {"order": made.json()["ref"], "items": [{"line": line[0]["id"], "quantity": 1}]}
    calls: list[tuple[str, Any]] = [
        (f"{own}combine/", {"refs": [ref]}),
        (f"{own}fulfillment-orders/{part}/split/", {"lines": line}),
        (f"{own}fulfillment-orders/{part}/merge/", {"other": int(part)}),
        (f"{own}fulfillment-orders/{part}/move/", {"warehouse": "SIDE"}),
        (f"{own}holds/{hold}/release/", {}),
        (f"webhooks/{endpoint.json()['id']}/deliveries/{delivery}/replay/", {}),
        ("orders/", order_body("CART") | {"reservation_id": cart}),
        (f"{own}cancel/", {"lines": line}),
        (f"{own}replacements/", {"reason": "lost", "lines": line}),
        ("returns/", back),
    ]
    before = books()
    answers = [house.call("POST", where, body, bearer=house.stranger) for where, body in calls]
    answers.append(house.call("PATCH", own, {"lines": line}, bearer=house.stranger))
    codes = [answer.status_code for answer in answers]
    assert codes[:7] == [404] * 7, codes
    assert set(codes[7:]) <= {400, 404, 409}, codes
    assert books() == before
