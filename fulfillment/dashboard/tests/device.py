"""A handheld for tests: posts what a floor screen posts, and reads what it answers."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

_SCAN_URL = re.compile(r'id="job"[^>]*data-scan-url="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What the server said: ``status`` of HTTP, ``verdict`` and ``message`` of the contract, ``queries`` it took."""

    status: int
    body: dict[str, Any]
    queries: int

    @property
    def verdict(self) -> str:
        return str(self.body.get("verdict"))

    @property
    def message(self) -> str:
        return str(self.body.get("message"))

    @property
    def html(self) -> str:
        return str(self.body.get("html", ""))


def _statements(queries: CaptureQueriesContext) -> int:
    """What went to the database, without the borders of transactions, which differ between a test and the floor."""
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for query in queries)


class Device:
    """One device with somebody signed in, at one screen. A fresh ``#job`` moves it on, as in the browser."""

    def __init__(self, client: Client, path: str) -> None:
        self.client = client
        page = client.get(path, follow=True)
        assert page.status_code == 200, page.status_code
        self.html = page.content.decode()
        self.url = self._scan_url(self.html)

    def scan(self, code: str, *, scan_id: str = "", url: str = "", **more: Any) -> Answer:
        """Scan a code; ``scan_id`` sends one again."""
        return self.post({"code": code, **more}, scan_id=scan_id, url=url)

    def press(self, action: str, *, scan_id: str = "", **values: Any) -> Answer:
        """Press a button with its values."""
        return self.post({"action": action, **values}, scan_id=scan_id)

    def post(self, body: dict[str, Any], *, scan_id: str = "", url: str = "") -> Answer:
        with CaptureQueriesContext(connection) as queries:
            response = self.client.post(
                url or self.url, {"id": scan_id or str(uuid.uuid4()), **body}, content_type="application/json"
            )
        answer = Answer(response.status_code, response.json(), _statements(queries))
        if answer.html:
            self.html = answer.html
            self.url = self._scan_url(answer.html)
        return answer

    @staticmethod
    def _scan_url(html: str) -> str:
        found = _SCAN_URL.search(html)
        return found.group(1).replace("&amp;", "&") if found else ""
