"""Send again what a parcel lost: by the fastest service, at no charge."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from core.attention.selectors import is_open
from core.attention.services import close_cases
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import Invalid
from core.kernel.locks import lock_one
from inventory.selectors import products_by_id
from orders.selectors.facts import OrderFact
from orders.selectors.orders import access_order, order_by_id
from orders.selectors.public import is_sent_again
from orders.services.replacing import place_replacement
from shipping.errors import NotReplaceable
from shipping.models import Parcel
from shipping.selectors.parcels import access_parcel
from shipping.selectors.tariffs import fastest_method
from shipping.services.handover import AWAY
from shipping.services.tracking import open_loss
from shipping.states import ParcelStatus

REASONS = ("lost", "damaged", "missing", "wrong_item", "returned", "other")


@command
def replace_parcel(
    parcel_ref: str,
    units: Mapping[int, int] | None = None,
    *,
    reason: str,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> OrderFact:
    """Send again what was in a parcel that left the house: all of it, or {order_line_id: units} of it.

    ``expected_version`` is that of its order. Closes its case. Raises NotReplaceable while the parcel is in the house,
    AlreadyReplaced, NotFound, StaleVersion, Invalid.
    """
    parcel = access_parcel(parcel_ref, channel_id=channel_id)
    if parcel.status not in AWAY:
        raise NotReplaceable(
            _("%(ref)s has not left the house. Pack it again, or change the order.") % {"ref": parcel.ref}
        )
    held: dict[int, int] = {}
    for item in parcel.items:
        held[item.order_line_id] = held.get(item.order_line_id, 0) + item.quantity
    placed = replace_units(
        parcel.order_ref,
        held if units is None else units,
        source=parcel.ref,
        at_most=held,
        reason=reason,
        channel_id=channel_id,
        expected_version=expected_version,
        by=by,
        now=now,
    )
    close_cases(dedupe_key=f"delivery:{parcel.id}", resolution=f"sent again: {placed.ref}", by=by, now=now)
    return placed


@command
def follow_cancelled(order_id: int, *, by: Actor, now: datetime) -> bool:
    """A replacement was cancelled: of a parcel that is lost all the same somebody has to hear again; whether so.

    Doing it again changes nothing; of any other order neither.
    """
    order = order_by_id(order_id)
    if order.replaces_id is None or order.kind != "replacement" or order.status != "cancelled":
        return False
    source = order.external_id.rpartition("-R")[0]
    pk = Parcel.objects.filter(ref=source, status=ParcelStatus.LOST).values_list("pk", flat=True).first()
    if pk is None:
        return False
    parcel = lock_one(Parcel.objects.all(), pk=pk)
    if (
        parcel.status != ParcelStatus.LOST
        or is_open(f"delivery:{pk}")
        or is_sent_again(order.replaces_id, source, since=now)
    ):
        return False
    open_loss(parcel, by=by, now=now)
    return True


@command
def replace_lines(
    order_ref: str,
    units: Mapping[int, int],
    *,
    reason: str,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> OrderFact:
    """Send {order_line_id: units} of an order again, whatever parcel they were in. Raises as ``replace_parcel``."""
    order = access_order(order_ref, channel_id=channel_id)
    shipped = {line.id: line.shipped for line in order.lines}
    return replace_units(
        order.ref,
        units,
        source=order.ref,
        at_most=shipped,
        reason=reason,
        channel_id=channel_id,
        expected_version=expected_version,
        by=by,
        now=now,
    )


@command
def replace_units(
    order_ref: str,
    units: Mapping[int, int],
    *,
    source: str,
    at_most: Mapping[int, int],
    reason: str,
    channel_id: int | None = None,
    expected_version: int | None = None,
    by: Actor,
    now: datetime,
) -> OrderFact:
    """Place the replacement, by the fastest service there is; see ``orders.services.replacing``."""
    if reason not in REASONS:
        raise Invalid(
            _("There is no such reason."),
            errors=[{"pointer": "/reason", "code": "unknown_reason", "detail": ", ".join(REASONS)}],
        )
    order = access_order(order_ref, channel_id=channel_id)
    return place_replacement(
        order_ref,
        units,
        source=source,
        at_most=at_most,
        method=_fastest(order, units),
        reason=reason,
        channel_id=channel_id,
        expected_version=expected_version,
        by=by,
        now=now,
    )


def _fastest(order: OrderFact, units: Mapping[int, int]) -> str:
    """The fastest service that takes so much there."""
    lines = [line for line in order.lines if units.get(line.id, 0) > 0]
    products = products_by_id(line.product_id for line in lines)
    weights = (products[line.product_id].weight_g * units[line.id] for line in lines if line.product_id in products)
    address = order.shipping_address
    return fastest_method(
        country=str(address.get("country", "")), postal_code=str(address.get("postal_code", "")), weight_g=sum(weights)
    )
