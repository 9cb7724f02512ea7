"""Everything that is measured, in the order of the table."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

from django.db import connection
from django.utils import timezone

from benchmarks.effects import measure_memory, measure_relay
from benchmarks.floors import Pgbench
from benchmarks.house import BENCH, furnish, restock_hot
from benchmarks.intake import measure_bulk, measure_hot, measure_intake, measure_never_short
from benchmarks.lifecycle import measure_lifecycle
from benchmarks.lists import measure_lists
from benchmarks.report import Result
from benchmarks.statements import count_statements
from fulfillment.devtools.stack import Stack
from inventory.services.checking import check_stock


def run_suite(
    stack: Stack, folder: Path, *, rounds: int, seconds: float, say: Callable[[str], None]
) -> tuple[list[Result], bool]:
    """All results, and whether ledger and stock agree at the end."""
    say("Migrating and furnishing the house …")
    migrate = stack.manage("migrate", "migrate", "--noinput")
    migrate.start()
    if migrate.wait(120):
        raise RuntimeError(f"Migrating failed: see {migrate.log}")
    facts_file = folder / "bench.json"
    furnish(facts_file)
    facts = json.loads(facts_file.read_text())
    keys, warehouse_id = facts["keys"], facts["warehouse_id"]
    floor = Pgbench(stack.environment["DATABASE_URL"])
    connection.close()
    stack.start_apps()
    while not stack.is_ready():
        pass
    # Mails and backorders would compete for the two cores with what is measured first.
    for name in ("relay", "beat", "worker_mail", "worker_stock"):
        stack.children[name].kill()
    shop, market = keys["shop"], keys["market"]
    results = _Told(say)
    say("Statements …")
    results += count_statements(shop, warehouse_id=warehouse_id)
    connection.close()
    say("Intake …")
    results += measure_intake(floor, stack.base_url, shop, rounds=rounds, seconds=seconds)
    say("Hot article …")
    results.append(measure_hot(stack.base_url, market, stock=1000, restock=_and_close(restock_hot)))
    results.append(
        measure_never_short(
            floor, stack.base_url, shop, restock=_and_close(restock_hot), rounds=rounds, seconds=seconds
        )
    )
    say("Lists …")
    results += measure_lists(floor, stack.base_url, shop, rounds=rounds, seconds=min(seconds, 3))
    connection.close()
    say("Lifecycle …")
    results.append(
        measure_lifecycle(floor, stack.base_url, shop, warehouse_id=warehouse_id, rounds=rounds, seconds=seconds)
    )
    say("Relay and mails …")
    results += measure_relay(stack, stack.base_url, shop, orders=1000)
    results += measure_memory(stack)
    # Last: its tens of thousands of orders would stand in the way of every wave and mail before.
    for name in ("relay", "worker_mail", "worker_stock"):
        stack.children[name].kill()
    say("Bulk intake …")
    results.append(measure_bulk(floor, stack.base_url, shop, rounds=rounds, seconds=min(seconds, 3)))
    say("Checking the stock …")
    drifts = check_stock(by=BENCH, now=timezone.now())
    for drift in drifts[:5]:
        say(f"  {drift}")
    return results, not drifts


class _Told(list[Result]):
    """A list that tells each result as it comes: the whole takes minutes."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def append(self, one: Result) -> None:
        self._say(f"  {one.name}: {one.figure}" + (f" (floor {one.floor})" if one.floor else ""))
        super().append(one)

    def __iadd__(self, more: Iterable[Result]) -> Self:  # type: ignore[override,misc]
        for one in more:
            self.append(one)
        return self


def _and_close(act: Callable[[int], None]) -> Callable[[int], None]:
    def run(units: int) -> None:
        act(units)
        connection.close()  # the load generator forks, and forks must not share a connection

    return run
