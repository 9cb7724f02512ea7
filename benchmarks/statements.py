"""How many statements a use case costs. The tests assert these; here they stand in the table."""

import json
import uuid

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.intake import three_lines
from benchmarks.report import Result


def count_statements(key: str, *, warehouse_id: int) -> list[Result]:
    """Statements of an intake of three lines and of a list page, authentication and idempotency included."""
    client = Client(headers={"authorization": f"Bearer {key}", "host": "127.0.0.1"})

    def intake() -> None:
        answer = client.post(
            "/api/v1/orders/",
            json.dumps(three_lines()),
            content_type="application/json",
            headers={"idempotency-key": uuid.uuid4().hex},
        )
        if answer.status_code != 201:
            raise RuntimeError(f"The order was answered with {answer.status_code}: {answer.content[:300]!r}")

    def page() -> None:
        client.get("/api/v1/orders/?limit=50")

    results = []
    for name, act, most in (("intake of three lines", intake, 12), ("list page of orders", page, 7)):
        act()  # once to warm caches that a running server has
        with CaptureQueriesContext(connection) as seen:
            act()
        count = sum(1 for query in seen.captured_queries if not _is_frame(query["sql"]))
        results.append(Result(f"statements: {name}", str(count), must=f"≤ {most}", met=count <= most))
    return results


def _is_frame(sql: str) -> bool:
    return sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK"))
