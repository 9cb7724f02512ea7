"""Ask third parties and suppliers to ship the parts of orders that lie with them.

A part of an order in a warehouse that somebody else runs never goes to our floor. It is requested while it is ``open``,
and once accepted, and ready, it is ``released``: then the work is theirs. What they declined they are never asked for
again; it is looked for elsewhere, and waits for stock when it is nowhere.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command, refuse_outside_transaction
from core.kernel.errors import NotFound
from core.kernel.locks import lock_one
from core.kernel.sweeps import each
from core.kernel.transitions import advance, advance_many
from core.outbox.publish import NewEvent, publish
from core.rest.etags import refuse_stale
from inventory.selectors import warehouses
from orders.errors import RequestNotOpen, WorkStopped
from orders.events import (
    FULFILLMENT_ORDER_ACCEPTED,
    FULFILLMENT_ORDER_REJECTED,
    FULFILLMENT_ORDER_REQUEST_CANCELLED,
    FULFILLMENT_ORDER_REQUESTED,
)
from orders.models import Allocation, FulfillmentOrder, Order
from orders.selectors.requests import RequestFact, request_by_id
from orders.selectors.work import stops_of
from orders.services.locking import CLOSED, lock_order
from orders.services.readiness import BEFORE_THE_FLOOR, settle_readiness
from orders.services.resourcing import source_elsewhere
from orders.states import OPEN_ALLOCATION, OrderStatus, RequestStatus

ANSWER_WITHIN = timedelta(hours=24)
"""After that long without an answer somebody calls them."""

UNSHIPPED = ("open", "scheduled", "allocated", "released")
"""The states of a part that a third party has not shipped all of."""

ASKED = (RequestStatus.REQUESTED, RequestStatus.ACCEPTED)

HOLDS_UNITS = Exists(Allocation.objects.filter(fulfillment_order=OuterRef("pk"), status__in=OPEN_ALLOCATION))


def unanswered_key(fulfillment_order_id: int) -> str:
    """The dedupe key of the case of a request nobody answered."""
    return f"unanswered:{fulfillment_order_id}"


def request_third_parties(*, by: Actor, now: datetime, limit: int = 500) -> int:
    """Bring the requests at third parties in line with their orders; returns the orders looked at.

    One transaction an order. Safe to run twice at once, late, and to stop anywhere. One statement when there is nothing
    to do, and none but reading the warehouses when all are our own.
    """
    foreign = [one.id for one in warehouses() if not one.is_own]
    if not foreign:
        return 0
    never_asked = Q(request_status="", order__open_holds=0, status__in=BEFORE_THE_FLOOR)
    taken_on = Q(request_status=RequestStatus.ACCEPTED, status="allocated")
    due = (
        FulfillmentOrder.objects.filter(
            never_asked | taken_on,
            HOLDS_UNITS,
            warehouse__in=foreign,
            status__in=UNSHIPPED,
            order__status=OrderStatus.CONFIRMED,
        )
        .order_by("order_id")
        .values_list("order__ref", flat=True)
        .distinct()[:limit]
    )
    refs = list(due)
    each(refs, lambda ref: settle_requests(ref, by=by, now=now))
    return len(refs)


@command
def settle_requests(
    ref: str, *, changed: Collection[int] = (), since: datetime | None = None, by: Actor, now: datetime
) -> None:
    """Ask for what is not asked for yet, take back what must stop, release what is accepted and ready.

    Of the parts ``changed`` others are wanted ``since`` then (fewer units, another day): what was asked before is taken
    back and asked anew. Doing it again changes nothing. Raises NotFound.
    """
    settle_requests_of(lock_order(ref), changed=changed, since=since, by=by, now=now)


@command
def ask_anew(ref: str, *, since: datetime, by: Actor, now: datetime) -> None:
    """Take back and ask for again what was asked before ``since``: where or how it goes has changed.

    Doing it again changes nothing. One statement for an order that lies with no third party. Raises NotFound.
    """
    asked = Q(order_ref=ref, request_status__in=ASKED, status__in=UNSHIPPED, requested_at__lt=since)
    if FulfillmentOrder.objects.filter(asked).exists():
        order = lock_order(ref)
        changed = list(FulfillmentOrder.objects.filter(asked).values_list("pk", flat=True))
        settle_requests_of(order, changed=changed, since=since, by=by, now=now)


def settle_requests_of(
    order: Order, *, changed: Collection[int] = (), since: datetime | None = None, by: Actor, now: datetime
) -> None:
    """The same inside the transaction of whoever holds the order's row; without ``since`` whenever it was asked."""
    refuse_outside_transaction()
    rows = list(
        FulfillmentOrder.objects.select_related("order")
        .filter(order=order)
        .exclude(warehouse__kind="own")
        .annotate(has_content=HOLDS_UNITS)
        .order_by("pk")
    )
    if not rows:
        return
    stopped = order.open_holds > 0 or order.status in CLOSED
    for row in rows:
        asked = row.request_status in ASKED
        old = row.pk in changed and (since is None or (row.requested_at is not None and row.requested_at < since))
        if asked and (row.status == "cancelled" or ((stopped or old) and row.status in UNSHIPPED)):
            _take_back(row, by=by, now=now)
        if not stopped and not row.request_status and row.status in BEFORE_THE_FLOOR and row.has_content:
            _ask(row, by=by, now=now)
    settle_readiness(order, by=by, now=now)
    _release_accepted(order, by=by, now=now)


@command
def accept_request(
    fulfillment_order_id: int,
    *,
    external_ref: str = "",
    warehouse_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> RequestFact:
    """The third party takes the work on; ``external_ref`` is its own number for it. Accepting again changes nothing.

    ``warehouse_id`` is whose requests the caller may see. Raises NotFound, RequestNotOpen, WorkStopped, StaleVersion.
    """
    order, row = _lock(fulfillment_order_id, warehouse_id, expected_version)
    if row.request_status == RequestStatus.ACCEPTED:
        return request_by_id(row.pk)
    _refuse_unasked(row)
    if stops := stops_of([row]):
        raise WorkStopped(stops, {row.pk: row.order_ref})
    _write(row, request_status=RequestStatus.ACCEPTED, external_ref=external_ref[:64], answered_at=now)
    _tell(row, FULFILLMENT_ORDER_ACCEPTED, by=by, now=now)
    close_cases(dedupe_key=unanswered_key(row.pk), resolution="accepted", by=by, now=now)
    settle_readiness(order, by=by, now=now)
    _release_accepted(order, by=by, now=now)
    return request_by_id(row.pk)


@command
def reject_request(
    fulfillment_order_id: int,
    *,
    reason: str,
    warehouse_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> RequestFact:
    """The third party declines the work: it is sourced elsewhere, else it waits for stock with a case for a person.

    Accepted work can still be declined while nothing of it has shipped. Rejecting again changes nothing. Raises
    NotFound, RequestNotOpen, StaleVersion.
    """
    order, row = _lock(fulfillment_order_id, warehouse_id, expected_version)
    if row.request_status == RequestStatus.REJECTED:
        return request_by_id(row.pk)
    if row.request_status != RequestStatus.ACCEPTED:
        _refuse_unasked(row)
    if row.status not in UNSHIPPED or row.allocations.filter(status="shipped").exists():
        raise RequestNotOpen(_("Something of it has shipped already, so it can no longer be declined."))
    _write(row, request_status=RequestStatus.REJECTED, request_note=reason[:300], answered_at=now)
    _tell(row, FULFILLMENT_ORDER_REJECTED, by=by, now=now)
    close_cases(dedupe_key=unanswered_key(row.pk), resolution="rejected", by=by, now=now)
    if order.status == OrderStatus.CONFIRMED:
        source_elsewhere(order, row, by=by, now=now)
    return request_by_id(row.pk)


@command
def cancel_request(fulfillment_order_id: int, *, by: Actor, now: datetime) -> RequestFact:
    """We want the part shipped from elsewhere: the request is taken back and the part sourced anew.

    Raises NotFound, RequestNotOpen once something of it has shipped.
    """
    order, row = _lock(fulfillment_order_id, None)
    if row.request_status not in ASKED:
        raise RequestNotOpen(_("There is no open request to take back."))
    if row.status not in UNSHIPPED or row.allocations.filter(status="shipped").exists():
        raise RequestNotOpen(_("Something of it has shipped already, so it can no longer be taken back."))
    _tell(row, FULFILLMENT_ORDER_REQUEST_CANCELLED, by=by, now=now)
    close_cases(dedupe_key=unanswered_key(row.pk), resolution="taken back", by=by, now=now)
    # Remembered like a refusal, or the same stock would bring the same request about again.
    _write(row, request_status=RequestStatus.REJECTED, request_note=gettext_noop("Taken back by us"), answered_at=now)
    if order.status == OrderStatus.CONFIRMED:
        source_elsewhere(order, row, by=by, now=now)
    return request_by_id(row.pk)


def chase_unanswered(*, by: Actor, now: datetime, limit: int = 500) -> int:
    """Open a case for each request that nobody answered in time; returns how many are overdue."""
    late = (
        FulfillmentOrder.objects.filter(
            request_status=RequestStatus.REQUESTED, requested_at__lte=now - ANSWER_WITHIN, status__in=UNSHIPPED
        )
        .order_by("requested_at")
        .values_list("pk", "order_id", "order_ref", "warehouse_id", "warehouse__name")[:limit]
    )
    overdue = list(late)
    for pk, order_id, ref, warehouse_id, name in overdue:
        open_case(
            kind="stuck",
            dedupe_key=unanswered_key(pk),
            summary=gettext_noop("A third party has not answered our request. Call them, or answer for them."),
            subject_type="fulfillment_order",
            subject_id=pk,
            timeline=ref,
            warehouse_id=warehouse_id,
            detail={"warehouse": name, "order_id": order_id},
            fixes=[{"label": gettext_noop("Answer for them"), "url": f"/partners?request={pk}"}],
            now=now,
        )
    return len(overdue)


def _lock(
    fulfillment_order_id: int, warehouse_id: int | None, expected_version: int | None = None
) -> tuple[Order, FulfillmentOrder]:
    """The order and its part, both locked; of another warehouse than the caller's it does not exist."""
    found = FulfillmentOrder.objects.filter(pk=fulfillment_order_id).exclude(warehouse__kind="own")
    if warehouse_id is not None:
        found = found.filter(warehouse=warehouse_id)
    ref = found.values_list("order_ref", flat=True).first()
    if ref is None:
        raise NotFound(_("There is no such request."))
    order = lock_order(ref)
    row = lock_one(FulfillmentOrder.objects.all(), pk=fulfillment_order_id)
    row.order = order
    if expected_version is not None:
        refuse_stale(request_by_id(row.pk).version, expected_version)
    return order, row


def _refuse_unasked(row: FulfillmentOrder) -> None:
    if row.request_status != RequestStatus.REQUESTED or row.status not in UNSHIPPED:
        raise RequestNotOpen(_("This request is not open: it was answered or taken back."))


def _ask(row: FulfillmentOrder, *, by: Actor, now: datetime) -> None:
    _write(row, request_status=RequestStatus.REQUESTED, requested_at=now, answered_at=None)
    _tell(row, FULFILLMENT_ORDER_REQUESTED, by=by, now=now)


def _take_back(row: FulfillmentOrder, *, by: Actor, now: datetime) -> None:
    """What the order's hold or cancellation stops; after a hold it is asked for again."""
    _write(row, request_status="", requested_at=None, answered_at=None)
    _tell(row, FULFILLMENT_ORDER_REQUEST_CANCELLED, by=by, now=now)
    close_cases(dedupe_key=unanswered_key(row.pk), resolution="taken back", by=by, now=now)
    if row.status == "released":
        advance(row, "open", by=by, now=now, released_at=None)


def _release_accepted(order: Order, *, by: Actor, now: datetime) -> None:
    rows = FulfillmentOrder.objects.select_related("order").filter(
        order=order, request_status=RequestStatus.ACCEPTED, status="allocated"
    )
    ready = list(rows.order_by("pk"))
    if ready:
        advance_many(ready, "released", by=by, now=now, released_at=now)


def _write(row: FulfillmentOrder, **columns: object) -> None:
    FulfillmentOrder.objects.filter(pk=row.pk).update(**columns)
    for name, value in columns.items():
        setattr(row, name, value)
    Order.objects.filter(pk=row.order_id).update(version=F("version") + 1)
    row.order.version += 1


def _tell(row: FulfillmentOrder, type: str, *, by: Actor, now: datetime) -> None:
    data: dict[str, object] = {"warehouse_id": row.warehouse_id, "order_id": row.order_id}
    publish(NewEvent(type, "fulfillment_order", row.pk, row.order_ref, data), by=by, now=now)
