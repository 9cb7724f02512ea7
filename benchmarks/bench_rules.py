"""What rules cost: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_rules`

Intake with active rules beside intake without any, one order after the other in the same run.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks.report import Result, as_table  # noqa: E402
from orders.models import Rule  # noqa: E402
from orders.planning.rule_text import read  # noqa: E402
from orders.planning.rules import OrderFacts, compiled, decide  # noqa: E402
from orders.selectors.rule_facts import facts_of, newest_orders  # noqa: E402
from orders.services.rules import create_rule  # noqa: E402
from orders.tests.shop import NOW, TESTER, Shop, build_shop  # noqa: E402

MOST = 1.15


def documents(count: int) -> list[dict[str, Any]]:
    """So many rules of two conditions each, of which one in ten matches."""
    return [
        {
            "name": f"Rule {number}",
            "event": "order.placed",
            "conditions": [
                {"field": "value", "is": "at_least", "value": "1"},
                {"field": "any_line.sku", "is": "begins_with", "value": "MUG" if number % 10 == 0 else f"NO-{number}"},
            ],
            "actions": [{"do": "tag", "value": f"t{number}"}],
        }
        for number in range(count)
    ]


def milliseconds(act: Callable[[], Any]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def measure(rules: int, rounds: int) -> list[Result]:
    """The median of an order's intake with and without rules, in turn, and of deciding alone."""
    call_command("migrate", verbosity=0)
    shop: Shop = build_shop({"MUG": 100_000, "LAMP": 100_000}, code=f"R{time.time_ns() % 10**9}")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_rule SET active = false")
    for document in documents(rules):
        create_rule(document, by=TESTER, now=NOW)
    ids = list(Rule.objects.filter(active=True).values_list("pk", flat=True))
    books: dict[bool, list[float]] = {True: [], False: []}

    def switch(on: bool) -> None:
        """Every process would read the rules once after a change; that is not what is measured here."""
        with connection.cursor() as cursor:
            cursor.execute("UPDATE orders_rule SET active = %s WHERE id = ANY(%s)", [on, ids])
            cursor.execute("UPDATE orders_rulebook SET version = gen_random_uuid()")
        for _warm in range(3):
            shop.order({"MUG": 1, "LAMP": 1})

    for _round in range(rounds):
        for on in (True, False):
            switch(on)
            books[on] += [milliseconds(lambda: shop.order({"MUG": 1, "LAMP": 1})) for _order in range(10)]
    with_rules, without = median(books[True]), median(books[False])
    ready = [compiled(number, read(one)) for number, one in enumerate(documents(rules))]
    (asked,) = facts_of(newest_orders(1), past=False)
    facts = OrderFacts(asked.facts.values, asked.facts.lines)
    alone = median([milliseconds(lambda: decide(ready, facts, now=NOW)) for _once in range(rounds * 10)])
    return [
        Result(
            f"an order of two lines with {rules} rules",
            f"{with_rules:.2f} ms",
            f"{without:.2f} ms",
            ratio=without / with_rules,
            must=f"≤ {MOST} × without",
            met=with_rules <= MOST * without,
        ),
        Result(
            f"deciding alone by {rules} rules",
            f"{alone:.3f} ms",
            f"{without:.2f} ms",
            ratio=without / alone,
            must="≤ 0.05 × an order",
            met=alone <= 0.05 * without,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=10)
    chosen = parser.parse_args()
    print(as_table(measure(chosen.rules, chosen.rounds)))


if __name__ == "__main__":
    main()
