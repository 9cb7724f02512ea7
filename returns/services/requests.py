"""Ask to send goods back, and say yes or no to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor, system
from core.kernel.commands import TryAgain, command
from core.kernel.errors import IllegalTransition, Invalid, NotFound
from core.kernel.refs import new_ref
from core.outbox.publish import NewEvent, publish
from core.rest.etags import refuse_stale
from returns import policy
from returns.errors import NotCancellable
from returns.events import RETURN_REQUESTED
from returns.models import Return, ReturnItem
from returns.selectors.reads import ReturnFact, fact_of
from returns.selectors.sources import SourceLine, SourceOrder, order_source
from returns.services.claims import Claim, give_back_all, speak_for, spoken_for
from returns.services.steps import lock_return, step, told
from returns.states import ReceptionStatus, Resolution, ReturnKind, ReturnReason, ReturnStatus

MAX_ITEMS = 200


@dataclass(frozen=True, slots=True)
class ItemRequest:
    """Units of an order line that somebody wants to send back. An empty ``resolution`` means the return's."""

    order_line_id: int
    quantity: int
    reason: str = ReturnReason.OTHER
    comment: str = ""
    resolution: str = ""


@command
def request_return(
    order_ref: str,
    *,
    items: Sequence[ItemRequest],
    by: Actor,
    now: datetime,
    resolution: str = Resolution.REFUND,
    channel_id: int | None = None,
    source_key: str | None = None,
) -> ReturnFact:
    """Open a return for shipped units of an order; approved at once when the policy allows every item of it.

    An item that names a kit means all its components, so often as they are in one.

    What the policy does not allow by itself (window over, article excluded) stays ``requested`` with an exception case
    for a person. A repeat with the same ``source_key`` answers the first return. Raises NotFound for a stranger's
    order, Invalid for a line of another order, NotReturnable when units were not shipped or are coming back already.
    """
    if source_key:
        first = Return.objects.filter(source_key=source_key).first()
        if first is not None:
            return fact_of(first)
    source = order_source(order_ref)
    if source is None or (channel_id is not None and source.channel_id != channel_id):
        raise NotFound(_("There is no such order."))
    lines = _lines(source, items)
    items, places = _by_line(source, items)
    verdicts = _verdicts(source, lines.values(), now)
    rma = _insert(
        source,
        items,
        lines,
        kind=ReturnKind.CUSTOMER,
        status=ReturnStatus.REQUESTED,
        resolution=resolution,
        source_key=source_key,
        now=now,
    )
    speak_for(
        {line_id: Claim(units, lines[line_id].shipped) for line_id, units in summed(items).items()},
        pointers={line_id: f"/items/{index}/quantity" for line_id, index in places.items()},
    )
    announce_request(rma, units=sum(item.quantity for item in items), by=by, now=now)
    beyond = sorted({verdicts[item.order_line_id] for item in items} - {"ok"})
    if not beyond:
        _approve(rma, by=system("return policy"), now=now)
    else:
        open_case(
            kind="return_needs_approval",
            dedupe_key=f"return_needs_approval:{rma.ref}",
            summary=gettext_noop("A return is asked for beyond the policy. Approve or reject it."),
            subject_type="return",
            subject_id=rma.pk,
            timeline=rma.order_ref,
            warehouse_id=rma.warehouse_id,
            detail={"return_ref": rma.ref, "why": beyond},
            fixes=[{"label": gettext_noop("Open the return"), "url": f"/returns/{rma.ref}"}],
            now=now,
        )
    return fact_of(rma)


@command
def approve_return(ref: str, *, by: Actor, now: datetime) -> ReturnFact:
    """Say yes to a requested return. Raises NotFound, IllegalTransition."""
    rma = lock_return(ref)
    _approve(rma, by=by, now=now)
    _settle_case(rma, "approved", by=by, now=now)
    return fact_of(rma)


@command
def reject_return(ref: str, *, reason: str, by: Actor, now: datetime) -> ReturnFact:
    """Say no to a requested return, with a sentence for the customer; its units are free again.

    Raises NotFound, IllegalTransition, Invalid without a reason.
    """
    if not reason.strip():
        raise Invalid(_("Write a reason that the customer will understand."))
    rma = lock_return(ref)
    step(rma, ReturnStatus.REJECTED, by=by, now=now, reject_reason=reason.strip()[:300])
    give_back_all(rma)
    _settle_case(rma, "rejected", by=by, now=now)
    return fact_of(rma)


@command
def cancel_return(
    ref: str, *, by: Actor, now: datetime, channel_id: int | None = None, version: int | None = None
) -> ReturnFact:
    """Call a return off while nothing of it has arrived; cancelling twice changes nothing.

    ``version`` refuses a stale caller (StaleVersion). Raises NotFound, NotCancellable.
    """
    rma = lock_return(ref, channel_id)
    refuse_stale(rma.version, version)
    if rma.status == ReturnStatus.CANCELLED:
        return fact_of(rma)
    if rma.kind != ReturnKind.CUSTOMER:
        raise NotCancellable(_("Only a return that a customer asked for can be cancelled."))
    try:
        step(rma, ReturnStatus.CANCELLED, by=by, now=now, closed_at=now)
    except IllegalTransition as error:
        raise NotCancellable(_("This return has arrived or is closed and can no longer be cancelled.")) from error
    give_back_all(rma)
    _settle_case(rma, "cancelled", by=by, now=now)
    return fact_of(rma)


@command
def expire_return(return_id: int, *, by: Actor, now: datetime) -> bool:
    """End a return whose goods never came, once its time is over; its units are free again. Whether it did."""
    rma = Return.objects.select_for_update(no_key=True).filter(pk=return_id).first()
    if rma is None or rma.expires_at is None or rma.expires_at > now:
        return False
    if rma.status not in (ReturnStatus.REQUESTED, ReturnStatus.APPROVED):
        return False
    step(rma, ReturnStatus.EXPIRED, by=by, now=now, closed_at=now)
    give_back_all(rma)
    rma.items.update(reception_status=ReceptionStatus.EXPIRED)
    _settle_case(rma, "expired", by=by, now=now)
    return True


def open_for_goods(
    source: SourceOrder,
    items: Sequence[ItemRequest],
    *,
    kind: str,
    status: str,
    resolution: str,
    source_key: str,
    now: datetime,
    warehouse_id: int | None = None,
    parcel_id: int | None = None,
) -> Return:
    """Open a return nobody has to ask for: goods the house itself put back, or a carrier brought back.

    Inner; publishes nothing. ``source_key`` is unique: the caller looks it up first.
    """
    return _insert(
        source,
        items,
        {line.id: line for line in source.lines},
        kind=kind,
        status=status,
        resolution=resolution,
        source_key=source_key,
        now=now,
        warehouse_id=warehouse_id,
        parcel_id=parcel_id,
    )


def announce_request(rma: Return, *, units: int, by: Actor, now: datetime) -> None:
    """Publish that a return was opened."""
    publish(
        NewEvent(
            type=RETURN_REQUESTED,
            subject_type="return",
            subject_id=rma.pk,
            timeline=rma.order_ref,
            data=told(rma, units=units),
        ),
        by=by,
        now=now,
    )


def summed(items: Iterable[ItemRequest]) -> dict[int, int]:
    """{order line id: units}: the same line twice is one claim."""
    units: dict[int, int] = {}
    for item in items:
        units[item.order_line_id] = units.get(item.order_line_id, 0) + item.quantity
    return units


def destination_day(moment: datetime, time_zone: str) -> date:
    """The calendar day of a moment at the destination."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def _lines(source: SourceOrder, items: Sequence[ItemRequest]) -> dict[int, SourceLine]:
    if not items or len(items) > MAX_ITEMS:
        raise Invalid(_("Name 1 to %(max)d items.") % {"max": MAX_ITEMS})
    known = {line.id: line for line in source.lines}
    errors = [
        {
            "pointer": f"/items/{index}/line",
            "code": "unknown_line",
            "detail": _("This order has no such line."),
        }
        for index, item in enumerate(items)
        if not source.lines_of(item.order_line_id).keys() <= known.keys()
    ]
    if errors:
        raise Invalid(_("Some items are no lines of this order."), errors=errors)
    if any(item.quantity <= 0 for item in items):
        raise Invalid(_("A quantity is 1 or more."))
    wanted = {line_id for item in items for line_id in source.lines_of(item.order_line_id)}
    return {line_id: line for line_id, line in known.items() if line_id in wanted}


def _by_line(source: SourceOrder, items: Sequence[ItemRequest]) -> tuple[list[ItemRequest], dict[int, int]]:
    """The items with kits taken apart, and {order line id: number of the item that named it last}."""
    apart: list[ItemRequest] = []
    places: dict[int, int] = {}
    for index, item in enumerate(items):
        for line_id, units in source.lines_of(item.order_line_id).items():
            apart.append(replace(item, order_line_id=line_id, quantity=item.quantity * units))
            places[line_id] = index
    return apart, places


def _verdicts(source: SourceOrder, lines: Iterable[SourceLine], now: datetime) -> Mapping[int, str]:
    today = destination_day(now, source.time_zone)
    rows = list(lines)
    spoken = spoken_for([line.id for line in rows])
    return {
        line.id: policy.judge(
            line.to_judge(spoken.get(line.id, 0), source.time_zone), window_days=source.window_days, today=today
        ).code
        for line in rows
    }


def _insert(
    source: SourceOrder,
    items: Sequence[ItemRequest],
    lines: Mapping[int, SourceLine],
    *,
    kind: str,
    status: str,
    resolution: str,
    source_key: str | None,
    now: datetime,
    warehouse_id: int | None = None,
    parcel_id: int | None = None,
) -> Return:
    rma = Return(
        ref=new_ref("RMA"),
        kind=kind,
        order_id=source.id,
        order_ref=source.ref,
        channel_id=source.channel_id,
        warehouse_id=warehouse_id or source.return_warehouse_id(summed(items)),
        status=status,
        resolution=resolution,
        source_key=source_key,
        currency=source.currency,
        requested_at=now,
        expires_at=None if status != ReturnStatus.REQUESTED else now + timedelta(days=policy.DAYS_TO_SEND),
        parcel_id=parcel_id,
    )
    try:
        with transaction.atomic():
            rma.save(force_insert=True)
    except IntegrityError as error:
        # A twin with the same source key, or (once in 34 billion) the same reference: look again, or draw again.
        raise TryAgain from error
    reception = ReceptionStatus.IN_TRANSIT if status == ReturnStatus.IN_TRANSIT else ReceptionStatus.AWAITING
    ReturnItem.objects.bulk_create(
        ReturnItem(
            rma=rma,
            order_line_id=item.order_line_id,
            product_id=lines[item.order_line_id].product_id,
            sku=lines[item.order_line_id].sku,
            name=lines[item.order_line_id].name,
            unit_price=lines[item.order_line_id].unit_price,
            quantity=item.quantity,
            reason=item.reason,
            comment=item.comment,
            reception_status=reception,
            resolution=item.resolution,
        )
        for item in items
    )
    return rma


def _approve(rma: Return, *, by: Actor, now: datetime) -> None:
    step(
        rma,
        ReturnStatus.APPROVED,
        by=by,
        now=now,
        approved_at=now,
        expires_at=now + timedelta(days=policy.DAYS_TO_SEND),
    )


def _settle_case(rma: Return, resolution: str, *, by: Actor, now: datetime) -> None:
    close_cases(dedupe_key=f"return_needs_approval:{rma.ref}", resolution=resolution, by=by, now=now)
