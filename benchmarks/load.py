"""A closed-loop load generator of the standard library: every client waits for its answer before it asks again."""

import http.client
import json
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Step = Callable[[], str]
"""One operation; answers with a word that is counted, ``ok`` for success."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run saw. Latencies in milliseconds, of successful operations only."""

    seconds: float
    outcomes: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def succeeded(self) -> int:
        return self.outcomes["ok"]

    @property
    def rate(self) -> float:
        """Successful operations a second."""
        return self.succeeded / self.seconds

    @property
    def attempts_rate(self) -> float:
        """All operations a second, refused ones included."""
        return sum(self.outcomes.values()) / self.seconds

    def percentile(self, percent: float) -> float:
        if not self.latencies:
            return float("nan")
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def run(
    make: Callable[[int], Step], *, clients: int, seconds: float | None = None, each: int | None = None
) -> Measured:
    """Run ``clients`` processes, each with the step ``make(number)`` gives it, for a time or a count of operations."""
    context = multiprocessing.get_context("fork")
    ready, go, results = context.Barrier(clients + 1), context.Event(), context.Queue()
    workers = [
        context.Process(target=_client, args=(number, make, seconds, each, ready, go, results), daemon=True)
        for number in range(clients)
    ]
    for worker in workers:
        worker.start()
    ready.wait(60)
    began = time.perf_counter()
    go.set()
    outcomes: Counter[str] = Counter()
    latencies: list[float] = []
    for _ in workers:
        counted, seen = results.get(timeout=600)
        outcomes += counted
        latencies += seen
    elapsed = time.perf_counter() - began
    for worker in workers:
        worker.join()
    return Measured(elapsed, outcomes, latencies)


def _client(
    number: int,
    make: Callable[[int], Step],
    seconds: float | None,
    each: int | None,
    ready: Any,
    go: Any,
    results: Any,
) -> None:
    random.seed(number)
    step = make(number)
    outcomes: Counter[str] = Counter()
    latencies: list[float] = []
    ready.wait(60)
    go.wait()
    stop = time.perf_counter() + (seconds or 1e9)
    while (each is None or sum(outcomes.values()) < each) and (now := time.perf_counter()) < stop:
        outcome = step()
        outcomes[outcome] += 1
        if outcome == "ok":
            latencies.append((time.perf_counter() - now) * 1000)
    results.put((outcomes, latencies))


class Api:
    """One kept-open connection to the REST API with a key."""

    def __init__(self, base_url: str, key: str) -> None:
        where = urlsplit(base_url)
        self._address = (where.hostname or "127.0.0.1", where.port or 80)
        self._key = key
        self._connection = http.client.HTTPConnection(*self._address, timeout=60)

    def call(self, method: str, path: str, body: Any = None, *, idempotency_key: str | None = None) -> tuple[int, Any]:
        """Status and parsed answer. Reconnects once when the server has closed the idle connection."""
        headers = {"Authorization": f"Bearer {self._key}"}
        content = None
        if body is not None:
            content = json.dumps(body)
            headers["Content-Type"] = "application/json"
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        for attempt in (1, 2):
            try:
                self._connection.request(method, path, content, headers)
                answer = self._connection.getresponse()
                text = answer.read()
                break
            except (http.client.HTTPException, OSError):
                self._connection.close()
                self._connection = http.client.HTTPConnection(*self._address, timeout=60)
                if attempt == 2:
                    raise
        return answer.status, json.loads(text) if text else None
