"""A house in which every call of the API that writes has something to write, and a good body for each of them."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from core.accounts.scopes import ALL_SCOPES, PARTNERS
from core.accounts.services import issue_api_key
from core.webhooks.models import WebhookDelivery
from inventory.services.lots import NewLot, note_lots
from inventory.services.products import create_product, create_supplier
from orders.models import FulfillmentOrder
from orders.services.holds import place_hold
from orders.services.third_party import accept_request
from orders.tests.places import another_warehouse
from orders.tests.shop import ADDRESS, NOW, TESTER, Shop, build_shop
from orders.tests.test_third_party import ask, foreign
from returns.tests.goods import ask as ask_return
from returns.tests.goods import inspect, inspection_of, received, shipped_order

WRITES = ("post", "put", "patch", "delete")
MANY_KEYS = "rest_idempotencyrecord"


@dataclass(frozen=True)
class Write:
    """A call that is accepted: ``other`` is another good body for the same address, None where there is only one.

    ``owner`` is whose it is: of a ``channel``, of the ``house`` or of a ``partner``; None when it makes something new
    out of nothing. ``asks`` is a question that had to be posted.
    """

    path: str
    body: Any
    other: Any = None
    owner: str | None = "channel"
    asks: bool = False


@dataclass
class House:
    """``key`` is the shop's, ``partner`` the third party's; strangers have keys of another channel and warehouse."""

    shop: Shop
    place: int
    key: str = ""
    partner: str = ""
    stranger: str = ""
    other_partner: str = ""
    browser: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def call(self, method: str, where: str, body: Any = None, *, bearer: str = "", **headers: str) -> Any:
        return self.send(method, where, b"" if body is None else json.dumps(body).encode(), bearer=bearer, **headers)

    def send(self, method: str, where: str, content: bytes, *, bearer: str = "", **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.browser.generic(
            method,
            f"/api/v1/{where}",
            content,
            content_type="application/json",
            headers={"authorization": f"Bearer {bearer or self.key}", **sent},
        )

    def made(self, where: str, body: Any) -> Any:
        """What a POST that has to be a 201 answers."""
        answer = self.call("POST", where, body)
        assert answer.status_code == 201, (where, answer.content)
        return answer.json()


def routes(methods: Iterable[str] = WRITES) -> Iterator[tuple[str, str, Any]]:
    """(method, route below ``/api/v1/``, view class) of every call that writes, or by those methods."""

    def patterns(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from patterns(entry, route)
            elif route.startswith("api/v1/"):
                yield route.removeprefix("api/v1/"), entry

    for route, pattern in patterns(get_resolver(), ""):
        view = getattr(pattern.callback, "view_class", None)
        for method in methods:
            if view is not None and hasattr(view, method):
                yield method.upper(), route, view


def books() -> Mapping[str, str]:
    """{table: what is in it}, without the kept answers: two readings are equal when nothing was written in between."""
    tables = [one for one in connection.introspection.table_names() if one != MANY_KEYS]
    whole = " UNION ALL ".join(
        f"SELECT '{one}', md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), '')) FROM \"{one}\" AS row"
        for one in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(whole)
        return dict(cursor.fetchall())


def build_house() -> House:
    """A shop with a second warehouse, a third party and keys; beside it a shop that has nothing to do with it."""
    shop = build_shop({"MUG": 100, "LAMP": 10, "VASE": 0})
    another_warehouse(shop, {"MUG": 20})
    place = foreign(shop, "PARTNER", {"VASE": 9})
    elsewhere = build_shop({}, code="OTHER")
    house = House(shop, place)
    ours = [scope for scope in ALL_SCOPES if not scope.startswith(PARTNERS)]
    theirs = [scope for scope in ALL_SCOPES if scope.startswith(PARTNERS)]

    def key(scopes: list[str], **whose: Any) -> str:
        return issue_api_key(name="k", scopes=scopes, requests_per_minute=None, now=timezone.now(), **whose)[1]

    house.key = key(ours, channel_id=shop.channel_id)
    house.stranger = key(ours, channel_id=elsewhere.channel_id)
    house.partner = key(theirs, warehouse_id=place)
    house.other_partner = key(theirs, warehouse_id=elsewhere.warehouse_id)
    return house


def order_body(external_id: str) -> dict[str, Any]:
    """An order that can be placed."""
    return {
        "external_id": external_id,
        "currency": "GBP",
        "customer": {"email": "ada@example.com"},
        "shipping_address": ADDRESS,
        "lines": [{"sku": "MUG", "quantity": 1, "unit_price": "2.50"}],
    }


def writes(house: House) -> dict[str, Write]:
    """{"POST orders/": a call of it that is accepted}: everything they need is made here."""
    # Stock last: its bodies name quantities as they are then.
    return {**_of_orders(house), **_of_returns(house), **_of_partners(house), **_of_webhooks(house), **_of_stock(house)}


def _of_stock(house: House) -> dict[str, Write]:
    create_supplier(code="ACME", name="Acme")
    create_product(sku="GIFT", name="Gift", kit=[("MUG", 1)], kit_kind="assembled", by=TESTER, now=NOW)
    milk = create_product(sku="MILK", name="Milk", tracking="lot", by=TESTER, now=NOW).product.id
    with transaction.atomic():
        note_lots([NewLot(milk, "L1", date(2027, 1, 1))], now=NOW)
    one = [{"sku": "MUG", "quantity": 1}]
    cart = {"warehouse": "MAIN", "items": one}
    carts = f"stock/reservations/{house.made('stock/reservations/', cart)['id']}/"
    move = {"source": "MAIN", "target": "SIDE", "lines": one}
    transfer, sent = (f"transfers/{house.made('transfers/', move)['ref']}/" for _number in range(2))
    assert house.call("POST", f"{sent}ship/", {"complete": True}).status_code == 200
    gift = {"sku": "GIFT", "warehouse": "MAIN", "quantity": 2}
    work = f"work-orders/{house.made('work-orders/', gift)['ref']}/"
    draft = f"work-orders/{house.made('work-orders/', gift | {'release': False})['ref']}/"
    (there,) = house.call("GET", "stock/?sku=MUG&warehouse=MAIN").json()["results"]
    mug, held = {"sku": "MUG", "warehouse": "MAIN"}, there["on_hand"]
    counted = mug | {"quantity": held + 1, "expected_quantity": held}
    bought = {"supplier": "ACME", "warehouse": "MAIN", "lines": one}
    house_s: dict[str, Any] = {"owner": "house"}
    return {
        "POST counts/": Write("counts/", {"warehouse": "MAIN", "bins": ["A-01-1"]}, {"warehouse": "SIDE", "zone": "A"},
                              **house_s),
        "POST lots/<path:sku>/<path:number>/recall/": Write("lots/MILK/L1/recall/", {"reason": "a"}, {"reason": "b"},
                                                            **house_s),
        "POST products/": Write("products/", {"sku": "A/B c", "name": "New"}, {"sku": "CUP", "name": "Cup"}, None),
        "PATCH products/<path:sku>/": Write("products/MUG/", {"name": "Big mug"}, **house_s),
        "POST purchase-orders/": Write("purchase-orders/", bought, bought | {"note": "n"}, None),
        "POST ship-notices/": Write("ship-notices/", bought | {"number": "D1"}, bought | {"number": "D2"}, None),
        "POST stock/availability/": Write("stock/availability/", {"skus": ["MUG"]}, asks=True, owner=None),
        "POST stock/safety/": Write("stock/safety/", mug | {"units": 3}, mug | {"units": 4}, **house_s),
        "POST stock/adjustments/": Write("stock/adjustments/", mug | {"reason": "found", "delta": 1},
                                         mug | {"reason": "found", "delta": 2}, **house_s),
        "POST stock/adjustments/bulk/": Write("stock/adjustments/bulk/", {"items": [counted]},
                                              {"items": [counted | {"note": "n"}]}, **house_s),
        "POST stock/reservations/": Write("stock/reservations/", cart, cart | {"expires_in_s": 60}, None),
        "POST stock/reservations/<uuid:reservation_id>/extend/": Write(f"{carts}extend/", {"expires_in_s": 99},
                                                                       {"expires_in_s": 98}),
        "DELETE stock/reservations/<uuid:reservation_id>/": Write(carts, None),
        "POST transfers/": Write("transfers/", move, move | {"note": "n"}, None),
        "POST transfers/<str:ref>/cancel/": Write(f"{transfer}cancel/", {}, **house_s),
        "POST transfers/<str:ref>/close/": Write(f"{sent}close/", {}, **house_s),
        "POST transfers/<str:ref>/ship/": Write(f"{transfer}ship/", {}, {"complete": False}, **house_s),
        "POST work-orders/": Write("work-orders/", gift, gift | {"release": False}, None),
        "POST work-orders/<str:ref>/cancel/": Write(f"{work}cancel/", {}, **house_s),
        "POST work-orders/<str:ref>/complete/": Write(f"{work}complete/", {"quantity": 1, "bin": "A-01-1"},
                                                      {"quantity": 2, "bin": "A-01-1"}, **house_s),
        "POST work-orders/<str:ref>/release/": Write(f"{draft}release/", {}, **house_s),
    }  # fmt: skip


def _of_orders(house: House) -> dict[str, Write]:
    shop = house.shop
    companion, order = shop.order({"LAMP": 1}), shop.order({"MUG": 4})
    hold = place_hold(order.ref, type="operator", reason="Ask them", by=TESTER, now=NOW)
    line = {"id": order.lines[0].id, "quantity": 1}
    part = FulfillmentOrder.objects.get(order=order.id).pk
    here = f"orders/{order.ref}/"
    parts = f"{here}fulfillment-orders/{part}/"
    done = house.call("POST", f"{parts}split/", {"lines": [line]})
    rest = done.json()["results"][1]["id"]
    gone, gone_line = shipped(house, "gone@example.com")
    quiet, _line = shipped(house, "quiet@example.com")
    rate = {"weight_g": 500, "destination": {"country": "GB"}}
    address, one = "orders/<str:ref>/", {"lines": [line]}
    acts = f"{address}fulfillment-orders/<int:part_id>/"
    again = {"reason": "lost", "lines": [{"id": gone_line, "quantity": 1}]}
    customers = "customers/<int:customer_id>/"
    return {
        "PATCH stock/buffers/": Write("stock/buffers/", {"units": 2}, owner=None),
        f"PATCH {customers}": Write(f"customers/{order.customer_id}/", {"name": "Ada"}),
        f"POST {customers}erase/": Write(f"customers/{quiet.customer_id}/erase/", {}),
        "POST orders/": Write("orders/", order_body("A"), order_body("B"), None),
        "POST orders/bulk/": Write("orders/bulk/", {"orders": [order_body("C")]}, {"orders": [order_body("D")]}, None),
        f"PATCH {address}": Write(here, {"note": "Ring twice", "lines": [{"sku": "LAMP", "quantity": 1}]}),
        f"POST {address}combine/": Write(f"{here}combine/", {"refs": [companion.ref]}, {"refs": [gone.ref]}),
        f"POST {acts}split/": Write(f"{parts}split/", one, {"lines": [line | {"quantity": 2}]}),
        f"POST {acts}merge/": Write(f"{parts}merge/", {"other": rest}, {"other": part}),
        f"POST {acts}move/": Write(f"{parts}move/", {"warehouse": "SIDE"}, {"warehouse": "SIDE"} | one),
        f"POST {address}edit-preview/": Write(f"{here}edit-preview/", {"note": "a"}, {"note": "b"}, asks=True),
        f"POST {address}cancel/": Write(f"{here}cancel/", one, {}),
        f"POST {address}holds/": Write(f"{here}holds/", {"type": "fraud"}, {"type": "operator"}),
        f"POST {address}holds/<int:hold_id>/release/": Write(f"{here}holds/{hold.id}/release/", {}),
        f"POST {address}payment/": Write(f"{here}payment/", {"payment_status": "failed"}, {"payment_status": "paid"}),
        f"POST {address}replacements/": Write(f"orders/{gone.ref}/replacements/", again, again | {"reason": "damaged"}),
        "POST shipping/rates/": Write("shipping/rates/", rate, rate | {"weight_g": 1}, None, asks=True),
    }


def shipped(house: House, email: str) -> tuple[Any, int]:
    """An order of that buyer that left the house, and its line."""
    order = shipped_order(house.shop, {"MUG": 3}, email=email)
    return order, order.lines[0].id


def _of_returns(house: House) -> dict[str, Write]:
    order, line = shipped(house, "back@example.com")
    body = {"order": order.ref, "items": [{"line": line, "quantity": 1, "reason": "damaged"}]}
    asked = ask_return(shipped(house, "asked@example.com")[0], {"MUG": 1})
    rma = received(house.shop, shipped(house, "paid@example.com")[0], {"MUG": 1})
    inspect(inspection_of(rma))
    refund = house.call("GET", f"returns/{rma.ref}/").json()["refund"]["id"]
    told: dict[str, Any] = {"outcome": "succeeded"}
    return {
        "POST returns/": Write("returns/", body, body | {"resolution": "exchange"}),
        "POST returns/<str:ref>/cancel/": Write(f"returns/{asked.ref}/cancel/", {}),
        "POST refunds/<int:refund_id>/outcome/": Write(f"refunds/{refund}/outcome/", told, {"outcome": "failed"}),
    }


def _of_partners(house: House) -> dict[str, Write]:
    asked, taken, gone = (ask(house.shop, 2) for _number in range(3))
    for one in (taken, gone):
        accept_request(one.pk, external_ref="", warehouse_id=house.place, by=TESTER, now=NOW)
    route, base = "POST fulfillment-requests/<int:request_id>/", "fulfillment-requests/"

    def parcel(number: str) -> dict[str, Any]:
        return {"parcels": [{"carrier": "pp", "tracking_number": number}]}

    sent = house.call("POST", f"{base}{gone.pk}/ship/", parcel("T0"), bearer=house.partner).json()["parcels"][0]
    return {
        "POST shipments/<str:ref>/lost/": Write(f"shipments/{sent}/lost/", {}),
        f"{route}accept/": Write(f"{base}{asked.pk}/accept/", {"reference": "P"}, {"reference": "Q"}, "partner"),
        f"{route}reject/": Write(f"{base}{asked.pk}/reject/", {"reason": "a"}, {"reason": "b"}, "partner"),
        f"{route}ship/": Write(f"{base}{taken.pk}/ship/", parcel("T1"), parcel("T2"), "partner"),
    }


def _of_webhooks(house: House) -> dict[str, Write]:
    body = {"url": f"https://shop.example.com/{uuid.uuid4().hex}", "event_types": ["order.placed"]}
    endpoint = house.made("webhooks/", body)["id"]
    delivery = WebhookDelivery.objects.create(
        endpoint_id=endpoint, event_id=1, type="order.placed", body=b"{}", status="failed", created_at=NOW
    )
    one, route = f"webhooks/{endpoint}/", "webhooks/<int:endpoint_id>/"
    return {
        "POST webhooks/": Write("webhooks/", body, body | {"event_types": ["parcel.*"]}, None),
        f"DELETE {route}": Write(one, None),
        f"POST {route}secret/": Write(f"{one}secret/", {}),
        f"POST {route}deliveries/<int:delivery_id>/replay/": Write(f"{one}deliveries/{delivery.pk}/replay/", {}),
    }
