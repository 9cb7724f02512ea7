"""Customers who order without a pause, note every answer, and ask again when they got none."""

import http.client
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.chaos.shop import Client, Reply, Shop, any_order

# Between two orders of one buyer, in seconds, while nobody is in a rush.
PAUSE = (0.4, 1.2)
# A refusal that says "not now": the outcome is not known, or known to be none.
AGAIN = frozenset({502, 503, 504})


@dataclass
class Purchase:
    """One order as its buyer knows it. ``unknown`` counts the attempts that ended without an answer."""

    external_id: str
    with_key: bool
    ref: str = ""
    attempts: int = 0
    unknown: int = 0
    replayed: bool = False
    statuses: list[int] = field(default_factory=list)


class Buyers:
    """A few threads that buy until told to stop; the log is theirs alone and lives outside the system."""

    def __init__(self, shop: Shop, skus: list[str], *, seed: int, count: int = 4) -> None:
        self.log: list[Purchase] = []
        self.failures: list[str] = []
        self._shop = shop
        self._skus = skus
        self._stop = threading.Event()
        self._rush = threading.Event()
        self._threads = [
            threading.Thread(target=self._buy, args=(number, random.Random(f"{seed} buyer {number}")), daemon=True)
            for number in range(count)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """No new orders; those under way are asked after until they are answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=120)
        assert not any(thread.is_alive() for thread in self._threads), "a buyer never got an answer"

    @contextmanager
    def rush(self) -> Iterator[None]:
        """No pauses between orders, so that whatever is killed now is killed in the middle of something."""
        self._rush.set()
        try:
            yield
        finally:
            self._rush.clear()

    @property
    def served(self) -> int:
        """How many orders have been acknowledged."""
        return sum(bool(one.ref) for one in list(self.log))

    @property
    def unanswered(self) -> int:
        """How many attempts ended without an answer."""
        return sum(one.unknown for one in list(self.log))

    def _buy(self, number: int, dice: random.Random) -> None:
        client = self._shop.client(timeout=20)
        turn = 0
        while not self._stop.is_set():
            turn += 1
            purchase = Purchase(f"C{number}-{turn}", with_key=bool(dice.randrange(4)))
            self.log.append(purchase)
            try:
                self._insist(client, purchase, dice)
            except Exception as error:
                self.failures.append(f"{purchase.external_id}: {error!r}")
            if not self._rush.is_set():
                self._stop.wait(dice.uniform(*PAUSE))

    def _insist(self, client: Client, purchase: Purchase, dice: random.Random) -> None:
        """Ask until there is an answer: with the same key, or leaning on the order's number alone."""
        body = any_order(dice, self._skus, external_id=purchase.external_id)
        deadline = time.monotonic() + 100
        while time.monotonic() < deadline:
            purchase.attempts += 1
            try:
                reply = client.call(
                    "POST", "/orders/", body, key=f"key-{purchase.external_id}" if purchase.with_key else ""
                )
            except (OSError, http.client.HTTPException):
                purchase.unknown += 1
            else:
                purchase.statuses.append(reply.status)
                if self._settled(purchase, reply):
                    return
            time.sleep(dice.uniform(0.1, 0.4))
        raise AssertionError(f"no answer in {purchase.attempts} attempts, {purchase.statuses}")

    def _settled(self, purchase: Purchase, reply: Reply) -> bool:
        if reply.status in AGAIN:
            return False
        answer = reply.json
        if reply.status == 409 and answer["code"] == "idempotency_key_in_progress":
            return False
        if reply.status == 409 and answer["code"] == "duplicate_external_id" and purchase.attempts > 1:
            purchase.ref, purchase.replayed = answer["ref"], True
            return True
        assert reply.status == 201, (reply.status, reply.content[:500])
        purchase.ref = answer["ref"]
        purchase.replayed = reply.headers.get("Idempotent-Replayed") == "true"
        return True
