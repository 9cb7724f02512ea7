"""Say what became of the stock: changed, low, out, back again. Once each, as soon as it is committed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.outbox.listeners import is_heard
from core.outbox.publish import NewEvent, publish
from inventory.events import STOCK_BACK, STOCK_CHANGED, STOCK_LOW, STOCK_OUT
from inventory.models import StockAlert
from inventory.planning.alerting import LOW, OUT, QUIET, Verdict, judge
from inventory.selectors.changes import ChangedLevel
from inventory.selectors.sellable import kits_of
from inventory.services.feeding import follow, is_reader

READER = "alerts"
LONG_AGO = timedelta(days=1)
_EVENTS = {LOW: STOCK_LOW, OUT: STOCK_OUT, "back_in_stock": STOCK_BACK}


def watch_stock(*, by: Actor, now: datetime) -> int:
    """Publish what changed since the last look, and look again at what was not said for being too soon.

    Returns the number of levels looked at. Safe to run twice at once and to stop anywhere.
    """
    levels = follow(READER, lambda rows: _say(rows, by=by, now=now))
    if _unsaid(now):
        levels += _look_again(by=by, now=now)
    return levels


def _say(rows: Sequence[ChangedLevel], *, by: Actor, now: datetime) -> None:
    if not rows:
        return
    if is_heard(STOCK_CHANGED):
        publish(*_changed(rows), by=by, now=now)
    judge_levels([row.level_id for row in rows], by=by, now=now)


def _changed(rows: Sequence[ChangedLevel]) -> list[NewEvent]:
    told = [(row.level_id, row.product_id, row.warehouse_id, row.available) for row in rows]
    level_of = {(row.product_id, row.warehouse_id): row.level_id for row in rows}
    for (kit, warehouse), (component, available) in kits_of(level_of).items():
        told.append((level_of[component, warehouse], kit, warehouse, available))
    return [
        NewEvent(
            type=STOCK_CHANGED,
            subject_type="stock_level",
            subject_id=level_id,
            data={"product_id": product_id, "warehouse_id": warehouse_id, "available": available},
        )
        for level_id, product_id, warehouse_id, available in told
    ]


def _unsaid(now: datetime) -> list[int]:
    """Levels that are out, which was too soon to say when they went out, and is not any more."""
    rows = StockAlert.objects.filter(since__gt=now - 10 * QUIET, since__lte=now - QUIET, level__available__lte=0)
    return list(rows.exclude(state=OUT).values_list("level_id", flat=True))


@command
def _look_again(*, by: Actor, now: datetime) -> int:
    if not is_reader(READER):
        return 0
    due = _unsaid(now)
    judge_levels(due, by=by, now=now)
    return len(due)


@dataclass(frozen=True, slots=True)
class _Seen:
    level_id: int
    product_id: int
    sku: str
    warehouse_id: int
    warehouse: str
    available: int
    reorder_point: int | None
    said: str | None
    since: datetime | None


_LEVELS = """
SELECT level.id, product.id, product.sku, warehouse.id, warehouse.code, level.available,
       CASE WHEN product.active THEN coalesce(policy.reorder_point, product.reorder_point) END, alert.state, alert.since
FROM inventory_stocklevel level
JOIN inventory_product product ON product.id = level.product_id
JOIN inventory_warehouse warehouse ON warehouse.id = level.warehouse_id
LEFT JOIN inventory_stockpolicy policy
    ON policy.product_id = level.product_id AND policy.warehouse_id = level.warehouse_id
LEFT JOIN inventory_stockalert alert ON alert.level_id = level.id
WHERE level.id = ANY (%s)
ORDER BY level.id
"""


def judge_levels(level_ids: Iterable[int], *, by: Actor, now: datetime) -> None:
    """Say of each level that it is low, out or back if it is and was not said to be (planning.alerting has the rules).

    Writes what was said beside the events, in the caller's transaction. An exception case is open for each level that
    is low or out, and closes when it is neither. A level without a reorder point gets none.
    """
    wanted = sorted(set(level_ids))
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LEVELS, [wanted])
        seen = [_Seen(*row) for row in cursor.fetchall()]
    verdicts = {
        one: judge(one.said, one.since, available=one.available, reorder_point=one.reorder_point, now=now)
        for one in seen
    }
    changed = {one: verdict for one, verdict in verdicts.items() if verdict.turned or verdict.state != one.said}
    _remember(changed, now=now)
    publish(*(_event(one, verdict) for one, verdict in changed.items() if verdict.event), by=by, now=now)
    _tell_people(changed, by=by, now=now)


def _remember(verdicts: Mapping[_Seen, Verdict], *, now: datetime) -> None:
    StockAlert.objects.bulk_create(
        [
            # A level seen for the first time did not turn lately: it may be said to be out at once.
            StockAlert(
                level_id=one.level_id,
                state=verdict.state,
                since=now if verdict.turned else one.since or now - LONG_AGO,
            )
            for one, verdict in verdicts.items()
        ],
        update_conflicts=True,
        unique_fields=["level"],
        update_fields=["state", "since"],
    )


def _event(one: _Seen, verdict: Verdict) -> NewEvent:
    data: dict[str, int | None] = {
        "product_id": one.product_id,
        "warehouse_id": one.warehouse_id,
        "available": one.available,
    }
    if verdict.event == LOW:
        data["reorder_point"] = one.reorder_point
    return NewEvent(_EVENTS[verdict.event], "stock_level", one.level_id, data=data)


def _tell_people(verdicts: Mapping[_Seen, Verdict], *, by: Actor, now: datetime) -> None:
    for one, verdict in verdicts.items():
        key = f"stock_low:{one.level_id}"
        if verdict.state in (LOW, OUT) and one.reorder_point is not None:
            open_case(
                kind="stock_low",
                dedupe_key=key,
                summary=gettext_noop("The stock is down to its reorder point."),
                subject_type="stock_level",
                subject_id=one.level_id,
                warehouse_id=one.warehouse_id,
                detail={
                    "product_id": one.product_id,
                    "warehouse": one.warehouse,
                    "available": one.available,
                    "reorder_point": one.reorder_point,
                },
                fixes=[
                    {"label": gettext_noop("See the stock"), "url": f"/stock?q={one.sku}"},
                    {"label": gettext_noop("Order more"), "url": "/purchasing"},
                ],
                now=now,
            )
        elif one.said in (LOW, OUT):
            close_cases(dedupe_key=key, resolution="replenished", by=by, now=now)
