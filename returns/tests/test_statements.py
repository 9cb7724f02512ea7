"""How much the database is asked: the same for one item as for many."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.tests.shop import TESTER, Shop
from returns.selectors.reads import ReturnFact
from returns.services.deciding import decide_inspection
from returns.services.inspection import queue_inspections, record_check, start_inspection
from returns.tests.goods import LATER, arrive, ask, inspection_of, inspector_id, shipped_order

ONE = {"MUG": 1}
MANY = {"MUG": 1, "LAMP": 1, "VASE": 1}


def statements(act: Callable[[], Any]) -> int:
    """How many statements an act takes."""
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


@pytest.mark.parametrize("units", [ONE, MANY])
def test_a_return_takes_a_bounded_number_of_statements_from_request_to_decision(
    shop: Shop, units: dict[str, int]
) -> None:
    order = shipped_order(shop, {"MUG": 4, "LAMP": 4, "VASE": 4})
    opened: list[ReturnFact] = []
    assert statements(lambda: opened.append(ask(order, units))) <= 21
    rma = opened[0]
    # One of them asks in which lot the units had left.
    assert statements(lambda: arrive(shop, rma.ref)) <= 19
    assert statements(lambda: queue_inspections(rma.id, by=TESTER, now=LATER)) <= 10
    inspection, who = inspection_of(rma, "MUG"), inspector_id()
    taken = start_inspection(inspection, inspector_id=who, by=TESTER, now=LATER)
    for question in taken.questions:
        answer = (inspection, question.check, True)
        assert statements(lambda given=answer: record_check(*given, inspector_id=who, now=LATER)) <= 6  # type: ignore[misc]
    decided = statements(lambda: decide_inspection(inspection, inspector_id=who, by=TESTER, now=LATER))
    # The last decision of a return resolves it and instructs the refund.
    assert decided <= (27 if units is MANY else 46)
