"""Close cases about returns whose cause is over although nothing said so."""

from collections.abc import Collection, Sequence
from datetime import datetime

from core.attention.selectors import CaseFact, every_open_case
from core.attention.services import close_cases, close_cases_about
from core.kernel.actors import Actor
from returns.models import Reception, Return
from returns.states import ReceptionOutcome, ReturnStatus

OVER = frozenset(
    {
        ReturnStatus.REJECTED,
        ReturnStatus.RESOLVED,
        ReturnStatus.CLOSED,
        ReturnStatus.CANCELLED,
        ReturnStatus.EXPIRED,
    }
)
OF_A_RETURN = ("return_short", "return_unexpected_item", "return_without_sale", "return_not_approved")


def clear_cases(*, by: Actor, now: datetime) -> int:
    """Close what is over: returns that were decided, and parcels that found their return.

    Returns how many were closed. Safe to run twice at once and to stop anywhere.
    """
    closed = 0
    for kind in OF_A_RETURN:
        cases = every_open_case(kind)
        done = _decided(cases, wait_for_approval=kind == "return_not_approved")
        closed += _close(
            [(case, f"{kind}:{case.detail.get('return_ref', '')}") for case in cases if case.id in done], by=by, now=now
        )
    asked = every_open_case("return_without_rma")
    found = _asked_since(asked)
    closed += _close(
        [(case, f"return_without_rma:{case.timeline}") for case in asked if case.id in found], by=by, now=now
    )
    lost = every_open_case("return_unknown_parcel")
    known = _known_since(lost)
    closed += _close(
        [(case, f"return_unknown_parcel:{case.detail.get('code', '')}") for case in lost if case.id in known],
        by=by,
        now=now,
    )
    back = every_open_case("parcel_coming_back")
    settled = _settled(back)
    for case in back:
        if case.id in settled:
            closed += close_cases_about(case.timeline, kinds=("parcel_coming_back",), resolution="over", by=by, now=now)
    return closed


def _close(cases: Sequence[tuple[CaseFact, str]], *, by: Actor, now: datetime) -> int:
    return sum(close_cases(dedupe_key=key, resolution="over", by=by, now=now) for _case, key in cases)


def _decided(cases: Sequence[CaseFact], *, wait_for_approval: bool) -> Collection[int]:
    status = dict(Return.objects.filter(pk__in=[case.subject_id for case in cases]).values_list("pk", "status"))
    over = OVER | {ReturnStatus.APPROVED, ReturnStatus.RECEIVED} if wait_for_approval else OVER
    return {case.id for case in cases if status.get(case.subject_id or 0) in over}


def _asked_since(cases: Sequence[CaseFact]) -> Collection[int]:
    """Parcels of orders for which a return was opened meanwhile."""
    newest: dict[str, datetime] = {}
    rows = Return.objects.filter(order_ref__in=[case.timeline for case in cases])
    for ref, at in rows.values_list("order_ref", "requested_at"):
        newest[ref] = max(at, newest.get(ref, at))
    return {case.id for case in cases if newest.get(case.timeline, case.opened_at) > case.opened_at}


def _known_since(cases: Sequence[CaseFact]) -> Collection[int]:
    """Parcels whose code was scanned again and then had a return."""
    newest: dict[str, datetime] = {}
    rows = Reception.objects.filter(code__in=[str(case.detail.get("code", "")) for case in cases])
    for code, at in rows.exclude(outcome=ReceptionOutcome.UNKNOWN).values_list("code", "at"):
        newest[code] = max(at, newest.get(code, at))
    return {case.id for case in cases if newest.get(str(case.detail.get("code", "")), case.opened_at) > case.opened_at}


def _settled(cases: Sequence[CaseFact]) -> Collection[int]:
    """Orders none of whose returns is open any more."""
    still = set(
        Return.objects.filter(order_ref__in=[case.timeline for case in cases])
        .exclude(status__in=OVER)
        .values_list("order_ref", flat=True)
    )
    return {case.id for case in cases if case.timeline not in still}
