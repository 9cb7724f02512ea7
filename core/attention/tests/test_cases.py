"""What needs a person: one open case for each cause."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.accounts.models import User
from core.attention import selectors, services
from core.attention.errors import CaseClosed
from core.attention.models import ExceptionCase
from core.kernel.actors import SYSTEM
from core.kernel.errors import NotFound
from core.outbox.tests.contention import at_once

pytestmark = pytest.mark.slow

NOW = datetime(2024, 11, 20, 9, 0, tzinfo=UTC)


def open_one(key: str = "label:1", **more: Any) -> int:
    values: dict[str, Any] = {
        "kind": "label_failed",
        "summary": "The carrier did not answer.",
        "subject_type": "parcel",
        "subject_id": 1,
        "timeline": "ORD-TEST",
        "now": NOW,
        **more,
    }
    return services.open_case(dedupe_key=key, **values)


@pytest.mark.django_db
def test_a_cause_has_one_open_case_until_it_is_closed() -> None:
    case_id = open_one()
    assert open_one(now=NOW + timedelta(hours=1)) == case_id
    assert services.close_cases(dedupe_key="label:1", resolution="bought", by=SYSTEM, now=NOW) == 1
    assert services.close_cases(dedupe_key="label:1", resolution="bought", by=SYSTEM, now=NOW) == 0
    assert open_one() != case_id
    assert ExceptionCase.objects.count() == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_who_notice_the_same_thing_open_one_case() -> None:
    ids = at_once(*[open_one] * 8)
    assert len(set(ids)) == 1
    assert ExceptionCase.objects.count() == 1


@pytest.mark.django_db
def test_open_cases_are_listed_oldest_first_and_page_by_page() -> None:
    ids = [open_one(f"label:{n}", now=NOW + timedelta(minutes=n)) for n in range(5)]
    first = selectors.open_cases(limit=2)
    assert [case.id for case in first] == ids[:2]
    last = first[-1]
    assert [case.id for case in selectors.open_cases(after=(last.opened_at, last.id))] == ids[2:]


@pytest.mark.django_db
@pytest.mark.parametrize("page", [1, 2, 5, 6])
def test_a_sweep_sees_every_open_case_of_its_kinds(page: int) -> None:
    ids = [open_one(f"label:{n}", now=NOW + timedelta(minutes=n // 2)) for n in range(5)]
    kind = selectors.open_cases(limit=1)[0].kind
    assert [case.id for case in selectors.every_open_case(kind, "no such kind", page=page)] == ids
    assert selectors.every_open_case("no such kind", page=page) == []


@pytest.mark.django_db
def test_cases_are_narrowed_by_kind_warehouse_owner_and_sleep() -> None:
    owner = User.objects.create_user("ann", password="correct horse battery")
    here = open_one("a", warehouse_id=1)
    there = open_one("b", warehouse_id=2)
    nowhere = open_one("c", kind="dead_letter")
    services.assign_case(here, owner_id=owner.pk, by=SYSTEM, now=NOW)
    services.snooze_case(there, until=NOW + timedelta(hours=1), by=SYSTEM, now=NOW)
    assert [case.id for case in selectors.open_cases("dead_letter")] == [nowhere]
    assert [case.id for case in selectors.open_cases(warehouse_ids=[1])] == [here, nowhere]
    assert [(case.id, case.owner_name) for case in selectors.open_cases(owner_id=owner.pk)] == [(here, "ann")]
    assert [case.id for case in selectors.open_cases(awake_at=NOW)] == [here, nowhere]
    assert len(selectors.open_cases(awake_at=NOW + timedelta(hours=2))) == 3
    assert selectors.counts_by_kind() == {"dead_letter": 1, "label_failed": 2}
    assert selectors.counts_by_kind(warehouse_ids=[2]) == {"dead_letter": 1, "label_failed": 1}


@pytest.mark.django_db
def test_a_resolved_case_says_how_it_ended_and_takes_no_more_work() -> None:
    case_id = open_one()
    services.resolve_case(case_id, resolution="Bought by hand.", by=SYSTEM, now=NOW)
    (fact,) = selectors.cases_of("ORD-TEST")
    assert (fact.closed_at, fact.closed_by, fact.resolution) == (NOW, "system", "Bought by hand.")
    with pytest.raises(CaseClosed):
        services.assign_case(case_id, owner_id=None, by=SYSTEM, now=NOW)
    with pytest.raises(NotFound):
        services.resolve_case(0, resolution="", by=SYSTEM, now=NOW)
