"""Make good: when every item is judged, the return is resolved and the shop is told what to pay back."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import IllegalTransition, Invalid, NotFound
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from core.outbox.publish import NewEvent, publish
from core.rest.currencies import decimals_of
from core.rest.etags import refuse_stale
from returns import policy
from returns.events import REFUND_CREATED
from returns.models import RefundInstruction, Return, ReturnItem
from returns.selectors.offers import paid_back
from returns.selectors.reads import RefundFact, refund_fact
from returns.selectors.sources import SourceOrder, order_source
from returns.services.claims import give_back
from returns.services.steps import lock_return_by_id, step
from returns.states import (
    AWAITED_ITEM,
    NEEDS_PERSON_TO_PLACE,
    AcceptanceStatus,
    RefundStatus,
    Resolution,
    ReturnKind,
    ReturnStatus,
)

# Of our own making: the same return always gives the same key, so a shop told twice pays once.
NAMESPACE = uuid.UUID("5f3b9c56-6d0f-5f0c-9a43-0d8f6a0f6d21")
PAYS_BACK = (Resolution.REFUND, Resolution.PARTIAL_REFUND)


def is_done(item: ReturnItem) -> bool:
    """Whether nothing is left to receive, inspect or decide of the item."""
    return (
        item.reception_status not in AWAITED_ITEM
        and item.decided == item.received
        and item.acceptance_status not in (AcceptanceStatus.PENDING, AcceptanceStatus.NEEDS_DECISION)
    )


def resolve_if_done(rma: Return, *, by: Actor, now: datetime) -> bool:
    """Resolve the locked return when every item of it is done; whether it was. Inner.

    Units that never came are free to be asked for again. What is to be paid back becomes a refund instruction, what a
    person has to place an exception case; a return that needs neither is closed at once.
    """
    items = list(rma.items.order_by("pk"))
    if rma.status not in (ReturnStatus.INSPECTING, ReturnStatus.RECEIVED) or not all(map(is_done, items)):
        return False
    step(rma, ReturnStatus.RESOLVED, by=by, now=now, resolved_at=now)
    if rma.kind == ReturnKind.PUT_BACK:
        step(rma, ReturnStatus.CLOSED, by=by, now=now, closed_at=now)
        return True
    absent: dict[int, int] = {}
    for item in items:
        if item.order_line_id is not None and item.received < item.quantity:
            absent[item.order_line_id] = absent.get(item.order_line_id, 0) + item.quantity - item.received
    give_back(absent)
    to_place = sorted(
        {_resolution(rma, item) for item in items if item.accepted} & {str(one) for one in NEEDS_PERSON_TO_PLACE}
    )
    if to_place:
        open_case(
            kind="exchange_to_place",
            dedupe_key=f"exchange_to_place:{rma.ref}",
            summary=gettext_noop("A return is settled with goods or credit instead of money. Place it in the shop."),
            subject_type="return",
            subject_id=rma.pk,
            timeline=rma.order_ref,
            warehouse_id=rma.warehouse_id,
            detail={
                "return_ref": rma.ref,
                "resolutions": to_place,
                "items": [[item.pk, item.accepted] for item in items if item.accepted],
            },
            fixes=[{"label": gettext_noop("Open the return"), "url": f"/returns/{rma.ref}"}],
            now=now,
        )
    if _instruct_refund(rma, items, by=by, now=now) is None and not to_place:
        step(rma, ReturnStatus.CLOSED, by=by, now=now, closed_at=now)
    return True


@command
def close_return(ref: str, *, by: Actor, now: datetime) -> None:
    """Close a resolved return whose exchange or credit was placed by hand. Raises NotFound, IllegalTransition."""
    rma = lock_one(Return.objects.all(), ref=ref)
    step(rma, ReturnStatus.CLOSED, by=by, now=now, closed_at=now)
    close_cases(dedupe_key=f"exchange_to_place:{rma.ref}", resolution="placed", by=by, now=now)


@command
def record_outcome(
    refund_id: int,
    *,
    succeeded: bool,
    by: Actor,
    now: datetime,
    failure: str = "",
    channel_id: int | None = None,
    expected_version: int | None = None,
) -> RefundFact:
    """What the shop's payment system made of an instruction. The same report twice changes nothing.

    Success closes the return; a failure opens an exception case, and may be followed by a success. Raises NotFound,
    StaleVersion, IllegalTransition when the refund was settled otherwise.
    """
    scope = {} if channel_id is None else {"channel_id": channel_id}
    known = RefundInstruction.objects.filter(pk=refund_id, **scope).values_list("rma_id", flat=True).first()
    if known is None:
        raise NotFound(_("There is no such refund."))
    rma = lock_return_by_id(known)
    refund = lock_one(RefundInstruction.objects.all(), pk=refund_id)
    refuse_stale(refund_fact(refund, rma.ref).version, expected_version)
    outcome = RefundStatus.SUCCEEDED if succeeded else RefundStatus.FAILED
    if refund.status == outcome:
        return refund_fact(refund, rma.ref)
    if refund.status == RefundStatus.FAILED and succeeded:
        # The shop tried again by itself and it worked.
        advance(refund, RefundStatus.REQUESTED, by=by, now=now, data={"return_ref": rma.ref, "again": True})
    if refund.status != RefundStatus.REQUESTED:
        raise IllegalTransition(_("This refund is settled already."))
    advance(
        refund,
        outcome,
        by=by,
        now=now,
        data={"return_ref": rma.ref},
        settled_at=now,
        failure="" if succeeded else failure.strip()[:200],
    )
    if succeeded:
        close_cases(dedupe_key=f"refund_failed:{refund.pk}", resolution="succeeded", by=by, now=now)
        if rma.status == ReturnStatus.RESOLVED and not _still_to_place(rma):
            step(rma, ReturnStatus.CLOSED, by=by, now=now, closed_at=now)
    else:
        open_case(
            kind="refund_failed",
            dedupe_key=f"refund_failed:{refund.pk}",
            summary=gettext_noop("The shop could not pay a refund. Check the payment there, then ask for it again."),
            subject_type="refund",
            subject_id=refund.pk,
            timeline=rma.order_ref,
            detail={"return_ref": rma.ref},
            fixes=[{"label": gettext_noop("Open the return"), "url": f"/returns/{rma.ref}"}],
            now=now,
        )
    return refund_fact(refund, rma.ref)


@command
def request_refund_again(refund_id: int, *, by: Actor, now: datetime) -> RefundFact:
    """Tell the shop once more about a refund that failed, under the same key. Raises NotFound, IllegalTransition."""
    refund = lock_one(RefundInstruction.objects.select_related("rma"), pk=refund_id)
    if refund.status != RefundStatus.FAILED:
        raise IllegalTransition(_("Only a refund that failed can be asked for again."))
    advance(
        refund,
        RefundStatus.REQUESTED,
        by=by,
        now=now,
        data={"return_ref": refund.rma.ref, "again": True},
        requested_at=now,
        settled_at=None,
        failure="",
    )
    close_cases(dedupe_key=f"refund_failed:{refund.pk}", resolution="asked again", by=by, now=now)
    return refund_fact(refund, refund.rma.ref)


def waiting_for(rma: Return) -> list[tuple[ReturnItem, str]]:
    """Accepted items that a person has to place, each with how it is made good."""
    found = [(item, _resolution(rma, item)) for item in rma.items.filter(accepted__gt=0).order_by("pk")]
    return [(item, resolution) for item, resolution in found if resolution in NEEDS_PERSON_TO_PLACE]


def _still_to_place(rma: Return) -> bool:
    return any(_resolution(rma, item) in NEEDS_PERSON_TO_PLACE for item in rma.items.filter(accepted__gt=0))


def _worth(source: SourceOrder, items: Sequence[ReturnItem]) -> dict[int, Decimal]:
    """{item id: what its accepted units cost}: of a kit's parts, their share after what was paid back before."""
    lines = {line.id: line for line in source.lines}
    before = paid_back(line.id for line in source.lines if line.kit)
    worth: dict[int, Decimal] = {}
    for item in items:
        line = lines.get(item.order_line_id or 0)
        if line is None or line.kit is None:
            worth[item.pk] = item.unit_price * item.accepted
            continue
        worth[item.pk] = line.worth(item.accepted, before=before.get(line.id, 0))
        before[line.id] = before.get(line.id, 0) + item.accepted
    return worth


def _resolution(rma: Return, item: ReturnItem) -> str:
    return str(item.resolution or rma.resolution)


def _instruct_refund(rma: Return, items: Sequence[ReturnItem], *, by: Actor, now: datetime) -> RefundInstruction | None:
    """The instruction for the accepted units that are paid back; None when there is nothing to pay."""
    source = order_source(rma.order_ref)
    if source is None:
        raise Invalid(_("There is no such order."))
    paid = [
        item
        for item in items
        if item.accepted and item.order_line_id is not None and _resolution(rma, item) in PAYS_BACK
    ]
    back: dict[int, int] = {}
    for item in paid:
        if item.order_line_id is not None:
            back[item.order_line_id] = back.get(item.order_line_id, 0) + item.accepted
    worth = _worth(source, paid)
    total = policy.refund_of(
        [policy.AcceptedUnits(worth[item.pk], item.reason) for item in paid],
        goods_total=source.goods_total,
        charges_total=source.charges_total,
        whole_order=bool(back) and all(back.get(line.id, 0) == line.quantity - line.cancelled for line in source.lines),
        decimals=decimals_of(rma.currency),
    )
    if total.amount <= Decimal(0):
        return None
    for item in paid:
        item.refund_amount = worth[item.pk]
    ReturnItem.objects.bulk_update(paid, ["refund_amount"], batch_size=200)
    refund = RefundInstruction.objects.create(
        rma=rma,
        order_ref=rma.order_ref,
        channel_id=rma.channel_id,
        goods_amount=total.goods,
        charges_amount=total.charges,
        amount=total.amount,
        currency=rma.currency,
        idempotency_key=uuid.uuid5(NAMESPACE, rma.ref),
        created_at=now,
    )
    publish(
        NewEvent(
            type=REFUND_CREATED,
            subject_type="refund",
            subject_id=refund.pk,
            timeline=rma.order_ref,
            data={"return_ref": rma.ref, "amount": str(total.amount), "currency": rma.currency},
        ),
        by=by,
        now=now,
    )
    advance(
        refund,
        RefundStatus.REQUESTED,
        by=by,
        now=now,
        data={"return_ref": rma.ref, "amount": str(total.amount), "currency": rma.currency},
        requested_at=now,
    )
    return refund
