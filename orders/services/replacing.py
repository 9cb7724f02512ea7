"""Send again what got lost or came broken: an order of its own, at no charge, that knows what it replaces."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid
from core.outbox.publish import NewEvent, publish
from orders.errors import AlreadyReplaced
from orders.events import ORDER_REPLACED
from orders.models import Customer, Order, OrderLine
from orders.selectors.facts import OrderFact
from orders.services.intake import place_order
from orders.services.locking import lock_order
from orders.services.requests import CustomerRequest, LineRequest, OrderRequest
from orders.states import OrderKind, PaymentStatus

TAG = "replacement"


@command
def place_replacement(
    ref: str,
    units: Mapping[int, int],
    *,
    source: str,
    at_most: Mapping[int, int],
    method: str,
    reason: str,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> OrderFact:
    """Place an order for {order_line_id: units} of an order once more, at no charge, to the same address.

    ``source`` is what is made good (the reference of a parcel, a return or the order) and ``at_most`` how many units
    of each line it held: of these, and of what was shipped at all, no unit is replaced twice, whoever asks at once.
    ``reason`` is a word such as ``lost``. Raises Invalid for lines that are not of the order, for one whose money was
    given back or whose buyer was erased, and for articles that are not sent as they were any more; AlreadyReplaced,
    NotFound, StaleVersion when the order is no longer of ``expected_version``, and what ``place_order`` raises.
    """
    order = lock_order(ref, channel_id=channel_id, expected_version=expected_version)
    lines = {line.pk: line for line in OrderLine.objects.filter(order=order).order_by("position")}
    wanted = {line_id: count for line_id, count in units.items() if count}
    errors = [
        {"pointer": f"/lines/{place}", "code": "unknown_line", "detail": _("The order has no such line.")}
        for place, line_id in enumerate(units)
        if line_id not in lines or units[line_id] < 0
    ]
    if errors or not wanted:
        raise Invalid(_("Say how many units of which lines are sent again."), errors=errors)
    if order.payment_status == PaymentStatus.REFUNDED:
        raise Invalid(_("The money for %(ref)s was given back. Place a new order instead.") % {"ref": order.ref})
    if Customer.objects.filter(pk=order.customer_id, erased_at__isnull=False).exists():
        raise Invalid(_("The buyer's data were erased: nobody knows any more where %(ref)s went.") % {"ref": order.ref})
    _refuse_twice(order, lines, wanted, source=source, at_most=at_most)
    earlier = Order.objects.filter(channel_id=order.channel_id, external_id__startswith=f"{source}-R").count()
    chosen = [line for line in lines.values() if line.pk in wanted]
    placed = place_order(
        order.channel_id,
        _request(order, chosen, wanted, f"{source}-R{earlier + 1}", method=method, now=now),
        by=by,
        now=now,
    )
    if placed.kits or not all(old.ships and new.ships for old, new in zip(chosen, placed.lines, strict=True)):
        raise Invalid(_("Something of it is not sent as it was any more. Place a new order instead."))
    for old, new in zip(chosen, placed.lines, strict=True):
        OrderLine.objects.filter(pk=new.id).update(instead_of=old)
    publish(
        NewEvent(
            type=ORDER_REPLACED,
            subject_type="order",
            subject_id=order.pk,
            timeline=order.ref,
            data={
                "replacement": placed.ref,
                "source": source,
                "reason": reason,
                "lines": [[line.pk, wanted[line.pk]] for line in chosen],
            },
        ),
        by=by,
        now=now,
    )
    return placed


def _refuse_twice(
    order: Order,
    lines: Mapping[int, OrderLine],
    wanted: Mapping[int, int],
    *,
    source: str,
    at_most: Mapping[int, int],
) -> None:
    """Raise AlreadyReplaced when units would be sent twice. The caller holds the order's row."""
    replaced: dict[int, int] = {}
    of_source: dict[int, int] = {}
    refs: dict[int, str] = {}
    mine = Q(instead_of__in=list(lines)) | Q(instead_of__instead_of__in=list(lines))
    for first, further, quantity, cancelled, ref, external_id in OrderLine.objects.filter(
        mine, order__replaces=order, order__kind=OrderKind.REPLACEMENT
    ).values_list(
        "instead_of_id", "instead_of__instead_of_id", "quantity", "cancelled", "order__ref", "order__external_id"
    ):
        # Of a replacement something else may have been sent instead: then it is that which makes the line good.
        line_id = first if first in lines else further or 0
        replaced[line_id] = replaced.get(line_id, 0) + quantity - cancelled
        if external_id.startswith(f"{source}-R"):
            of_source[line_id] = of_source.get(line_id, 0) + quantity - cancelled
        if quantity > cancelled:
            refs[line_id] = ref
    for line_id, count in wanted.items():
        line = lines[line_id]
        left = min(line.shipped - replaced.get(line_id, 0), at_most.get(line_id, 0) - of_source.get(line_id, 0))
        if count > left:
            raise AlreadyReplaced(line.name, left=max(left, 0), ref=refs.get(line_id, ""))


def _request(
    order: Order, lines: list[OrderLine], wanted: Mapping[int, int], external_id: str, *, method: str, now: datetime
) -> OrderRequest:
    return OrderRequest(
        external_id=external_id,
        placed_at=now,
        currency=order.currency,
        customer=CustomerRequest(
            email=order.email,
            name=order.customer_name,
            phone=order.phone,
            locale=order.locale,
            notify_by=tuple(order.notify_by),
        ),
        shipping_address=order.shipping_address,
        billing_address=order.billing_address,
        lines=tuple(
            LineRequest(
                sku=line.sku,
                quantity=wanted[line.pk],
                unit_price=Decimal("0.00"),
                external_id=line.external_id,
                note=line.note,
                properties=line.properties,
            )
            for line in lines
        ),
        shipping_method=method or order.shipping_method,
        note=order.note,
        gift=order.gift,
        tags=(TAG,),
        purchase_order_number=order.purchase_order_number,
        kind=OrderKind.REPLACEMENT,
        replaces_id=order.pk,
    )
