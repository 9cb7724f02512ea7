"""The shop's side of the demo: it knows the REST API and its key, nothing else."""

import http.client
import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from fulfillment.devtools.demo.invoices import Cancellation, Goods, Sale
from fulfillment.devtools.demo.people import address_of, customer_of

_POSTAGE = {"POST", "DOT"}


class Storefront:
    """One shop with its key and one kept-open connection. ``counts`` is told of everything it does."""

    def __init__(self, base_url: str, key: str, counts: Counter[str]) -> None:
        where = urlsplit(base_url)
        self._address = (where.hostname or "127.0.0.1", where.port or 80)
        self._key = key
        self._counts = counts
        self._connection = http.client.HTTPConnection(*self._address, timeout=60)

    def call(self, method: str, path: str, body: Any = None, *, key: str = "") -> tuple[int, Any]:
        """Status and answer of one call; ``key`` is the Idempotency-Key, which makes the repeat after a cut safe."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        content = None if body is None else json.dumps(body)
        try:
            return self._ask(method, path, content, headers)
        except (http.client.HTTPException, OSError):
            self._connection.close()
            self._connection = http.client.HTTPConnection(*self._address, timeout=60)
            return self._ask(method, path, content, headers)

    def _ask(self, method: str, path: str, content: str | None, headers: dict[str, str]) -> tuple[int, Any]:
        self._connection.request(method, f"/api/v1{path}", content, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def place(self, sale: Sale, *, now: datetime) -> None:
        """Place the order of one invoice."""
        status, answer = self.call("POST", "/orders/", order_of(sale, now=now), key=f"invoice-{sale.external_id}")
        if status == 201:
            self._counts["orders"] += 1
            self._counts["order lines"] += len(answer["lines"])
            self._counts["units ordered"] += sum(line["quantity"] for line in answer["lines"])
            self._counts["units backordered at first"] += sum(line["backordered"] for line in answer["lines"])
        else:
            self._counts[f"orders refused: {answer.get('code', status)}"] += 1

    def take_back(self, cancellation: Cancellation) -> list[Goods]:
        """Turn a cancellation into what it is today: a return of what was shipped, or a cancellation of what was not.

        The rule: each line is matched with the same customer's earlier orders, newest first, by SKU. Units that were
        shipped and not yet returned become a return request; units that have not left become a cancellation of that
        part of the line. What is left over matches no sale: it is returned, and creates no stock.
        """
        if not cancellation.goods:
            self._counts["cancellations without goods"] += 1
            return []
        skus = {line.sku for line in cancellation.goods}
        orders = self._orders_of(cancellation.customer, skus) if cancellation.customer else []
        unmatched: list[Goods] = []
        for line in cancellation.goods:
            left = line.quantity
            for order in orders:
                if left:
                    left -= self._give_back(order, line, left, cancellation)
            if left:
                unmatched.append(Goods(line.sku, line.description, left, line.price))
        for order in orders:
            self._send(order, cancellation)
        self._counts["cancelled lines that match no sale"] += len(unmatched)
        self._counts["cancelled units that match no sale"] += sum(line.quantity for line in unmatched)
        return unmatched

    def pay_refund(self, refund_id: int) -> None:
        """The shop's payment system has given the money back: report it."""
        body = {"outcome": "succeeded"}
        status, answer = self.call("POST", f"/refunds/{refund_id}/outcome/", body, key=f"refund-{refund_id}")
        self._counts["refunds paid" if status == 200 else f"refunds refused: {answer.get('code', status)}"] += 1

    def _orders_of(self, customer: str, skus: set[str]) -> list[dict[str, Any]]:
        """The customer's newest orders that hold one of the SKUs, newest first, with what may be returned of each."""
        email = quote(customer_of(customer, "")["email"])
        _status, page = self.call("GET", f"/orders/?email={email}&limit=200")
        orders = []
        for order in page["results"]:
            if not any(line["sku"] in skus for line in order["lines"]):
                continue
            _status, policy = self.call("GET", f"/returns/policy/?order={order['ref']}")
            returnable = {line["line"]: line["returnable_quantity"] for line in policy["lines"]}
            orders.append({**order, "returnable": returnable, "to_return": {}, "to_cancel": {}})
        return orders

    def _give_back(self, order: dict[str, Any], line: Goods, wanted: int, cancellation: Cancellation) -> int:
        """Put up to ``wanted`` units of the SKU on the order's lists of things to return and to cancel."""
        given = 0
        for row in order["lines"]:
            if row["sku"] != line.sku:
                continue
            back = min(wanted - given, order["returnable"].get(row["id"], 0) - order["to_return"].get(row["id"], 0))
            if back > 0:
                order["to_return"][row["id"]] = order["to_return"].get(row["id"], 0) + back
                given += back
            unsent = row["quantity"] - row["shipped"] - row["cancelled"] - order["to_cancel"].get(row["id"], 0)
            drop = min(wanted - given, unsent)
            if drop > 0:
                order["to_cancel"][row["id"]] = order["to_cancel"].get(row["id"], 0) + drop
                given += drop
        return given

    def _send(self, order: dict[str, Any], cancellation: Cancellation) -> None:
        key = f"cancellation-{cancellation.number}-{order['ref']}"
        if order["to_return"]:
            items = [
                {"line": line, "quantity": quantity, "reason": "no_longer_wanted"}
                for line, quantity in order["to_return"].items()
            ]
            body = {"order": order["ref"], "items": items, "resolution": "refund"}
            status, answer = self.call("POST", "/returns/", body, key=f"{key}-return")
            self._counts["returns" if status == 201 else f"returns refused: {answer.get('code', status)}"] += 1
        if order["to_cancel"]:
            lines = [{"id": line, "quantity": quantity} for line, quantity in order["to_cancel"].items()]
            body = {"reason": f"Cancelled by the customer ({cancellation.number})", "lines": lines}
            status, answer = self.call("POST", f"/orders/{order['ref']}/cancel/", body, key=f"{key}-cancel")
            name = "cancellations before shipping"
            self._counts[name if status == 200 else f"{name} refused: {answer.get('code', status)}"] += 1


def order_of(sale: Sale, *, now: datetime) -> dict[str, Any]:
    """The order of an invoice as the REST API takes it; postage goes into ``shipping_price``, the rest into charges."""
    who = sale.customer or f"guest-{sale.external_id}"
    postage = sum((charge.amount for charge in sale.charges if charge.code in _POSTAGE), Decimal(0))
    return {
        "external_id": sale.external_id,
        "placed_at": min(sale.placed_at.astimezone(UTC), now).isoformat().replace("+00:00", "Z"),
        "currency": "GBP",
        "customer": customer_of(who, sale.country),
        "shipping_address": address_of(who, sale.country),
        "lines": [
            {
                "external_id": str(place),
                "sku": line.sku,
                "quantity": line.quantity,
                "unit_price": f"{line.price.quantize(Decimal('0.01'))}",
            }
            for place, line in enumerate(sale.goods, start=1)
        ],
        "shipping_method": "standard",
        "shipping_price": f"{max(postage, Decimal(0)):.2f}",
        "charges": [
            {"code": charge.code, "description": charge.description, "amount": f"{charge.amount:.2f}"}
            for charge in sale.charges
            if charge.code not in _POSTAGE
        ],
        "payment_status": "paid",
    }
