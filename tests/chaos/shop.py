"""A small shop in a running system: its keys, a few articles with stock, and a client that orders over HTTP."""

import http.client
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg2

from tests.chaos.kit import System

WAREHOUSE = "LEEDS"
# The demo's house is furnished from an invoice file; one line of one is enough for a house.
_INVOICES = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "1,10001,MUG,1,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
)
ADDRESS = {"name": "Ada Byron", "line1": "12 Mill Lane", "city": "Leeds", "postal_code": "LS1 4AP", "country": "GB"}


@dataclass(frozen=True)
class Reply:
    """What came back. ``content`` is the body as bytes, ``json`` its value (None when there is none)."""

    status: int
    content: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.content) if self.content else None


class Client:
    """One storefront with its key and one kept-open connection; for one thread at a time.

    A call raises OSError or http.client.HTTPException when its outcome is unknown; nothing is sent a second time.
    """

    def __init__(self, base_url: str, key: str, *, timeout: float = 60) -> None:
        where = urlsplit(base_url)
        self._key = key
        self._connection = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=timeout)

    def connect(self) -> None:
        """Open the connection before the race begins."""
        self._connection.connect()

    def call(self, method: str, path: str, body: Any = None, *, key: str = "") -> Reply:
        """One request under /api/v1; ``key`` is its Idempotency-Key."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        content = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, f"/api/v1{path}", content, headers)
            answer = self._connection.getresponse()
            return Reply(answer.status, answer.read(), dict(answer.headers))
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise


@dataclass(frozen=True)
class Shop:
    """The system with two keys: of a channel that refuses what is short, and of one that backorders it."""

    system: System
    key: str
    backorder_key: str

    def client(self, *, backorder: bool = False, timeout: float = 60) -> Client:
        return Client(self.system.base_url, self.backorder_key if backorder else self.key, timeout=timeout)

    def stock(self, wanted: Mapping[str, int]) -> None:
        """Articles of those SKUs with so many units on the shelf."""
        client = self.client()
        for sku, quantity in wanted.items():
            made = client.call("POST", "/products/", {"sku": sku, "name": f"Article {sku}"})
            assert made.status == 201, made.content
            found = {"sku": sku, "warehouse": WAREHOUSE, "reason": "found", "delta": quantity}
            put = client.call("POST", "/stock/adjustments/", found)
            assert put.status == 201, put.content

    def level(self, sku: str) -> dict[str, Any]:
        """The one row of ``GET /stock/`` for the article."""
        (row,) = self.client().call("GET", f"/stock/?sku={sku}").json["results"]
        return dict(row)

    def query(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement on the system's own database, over a connection of its own, committed."""
        connection = psycopg2.connect(self.system.environment["DATABASE_URL"], connect_timeout=5)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def number(self, statement: str, values: Sequence[Any] = ()) -> int:
        """The one number a statement answers."""
        return int(self.query(statement, values)[0][0])


def open_shop(system: System) -> Shop:
    """Furnish the house of a system that was started unseeded."""
    credentials, invoices = system.stack.folder / "credentials.json", system.stack.folder / "invoices.csv"
    invoices.write_text(_INVOICES, encoding="utf-8")
    system.manage("seed_demo", "--credentials", str(credentials), "--csv", str(invoices), "--without-orders")
    keys = json.loads(credentials.read_text(encoding="utf-8"))
    return Shop(system, keys["api_key_reject"], keys["api_key"])


def order_for(lines: Sequence[tuple[str, int]], *, external_id: str, email: str = "ada@example.com") -> dict[str, Any]:
    """The body of an order for (SKU, units) lines."""
    return {
        "external_id": external_id,
        "currency": "GBP",
        "customer": {"name": "Ada Byron", "email": email},
        "shipping_address": ADDRESS,
        "lines": [{"sku": sku, "quantity": quantity, "unit_price": "2.50"} for sku, quantity in lines],
    }


def any_order(dice: random.Random, skus: Sequence[str], *, external_id: str) -> dict[str, Any]:
    """The body of an order for one to three of the SKUs, one to three units each."""
    lines = [(sku, dice.randint(1, 3)) for sku in dice.sample(list(skus), dice.randint(1, 3))]
    return order_for(lines, external_id=external_id, email=f"{external_id.lower()}@example.com")
