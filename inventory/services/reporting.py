"""Keep the exceptions inbox in step with what the stock check found."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_noop

from core.attention.selectors import open_cases
from core.attention.services import assign_case, close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from inventory.ports import Drift

KEY = "stock_drift"
SHOWN = 20


@command
def report_drifts(drifts: Sequence[Drift], *, by: Actor, now: datetime) -> None:
    """Open the case of the drifts that are not repaired, bring it up to date, or close it when there are none.

    A case that says something else is closed and opened anew with the same owner, so that nobody works on a drift
    that is gone.
    """
    left = [drift for drift in drifts if not drift.repaired]
    if not left:
        close_cases(dedupe_key=KEY, resolution=gettext_noop("The books balance again."), by=by, now=now)
        return
    detail = {"count": len(left), "first": [_line(drift) for drift in left[:SHOWN]]}
    before = open_cases(KEY, limit=1)
    if before and dict(before[0].detail) != detail:
        close_cases(dedupe_key=KEY, resolution=gettext_noop("Replaced by what was found since."), by=by, now=now)
    case_id = open_case(
        kind=KEY,
        dedupe_key=KEY,
        summary=gettext_noop("The stock books do not balance."),
        subject_type="stock",
        detail=detail,
        now=now,
    )
    if before and before[0].owner_id:
        assign_case(case_id, owner_id=before[0].owner_id, by=by, now=now)


def _line(drift: Drift) -> str:
    return " ".join([f"{drift}.", *drift.because])
