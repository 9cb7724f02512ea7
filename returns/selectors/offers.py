"""What an order's customer may send back, until when, at whose cost: for the API and the portal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from core.rest.currencies import decimals_of
from returns import policy
from returns.models import ReturnItem, SpokenFor
from returns.selectors.sources import SourceLine, SourceOrder, order_source
from returns.states import Resolution, ReturnReason


@dataclass(frozen=True, slots=True)
class LineOffer:
    """What may be returned of a line: ``units`` until ``until``. ``code`` is ``ok`` or the policy's reason why not."""

    order_line_id: int
    product_id: int
    sku: str
    name: str
    unit_price: Decimal
    ordered: int
    shipped: int
    units: int
    until: date | None
    code: str
    line: SourceLine
    paid_back: int
    """Units of it that were paid back before."""

    @property
    def kit_name(self) -> str:
        """The kit it is part of, empty when it is none's."""
        return self.line.kit.name if self.line.kit else ""

    def worth(self, units: int) -> Decimal:
        """What would be paid back for so many units."""
        return self.line.worth(units, before=self.paid_back)

    @property
    def returnable(self) -> bool:
        return self.code == "ok"


@dataclass(frozen=True, slots=True)
class Offer:
    """The policy as it applies to one order. Days are those of ``time_zone``, the destination's."""

    order_id: int
    order_ref: str
    channel_id: int
    currency: str
    window_days: int
    time_zone: str
    today: date
    goods_total: Decimal
    charges_total: Decimal
    lines: tuple[LineOffer, ...]

    @property
    def returnable(self) -> tuple[LineOffer, ...]:
        return tuple(line for line in self.lines if line.returnable)

    @property
    def others(self) -> tuple[LineOffer, ...]:
        return tuple(line for line in self.lines if not line.returnable)


def return_offer(order_ref: str, *, now: datetime, channel_id: int | None = None) -> Offer:
    """What may be returned of the order now; with ``channel_id`` only that channel's. Raises NotFound."""
    source = order_source(order_ref)
    if source is None or (channel_id is not None and source.channel_id != channel_id):
        raise NotFound(_("There is no such order."))
    return offer_of(source, now=now)


def offer_of(source: SourceOrder, *, now: datetime) -> Offer:
    """The same for an order already read. One query, two with kits."""
    today = now.astimezone(ZoneInfo(source.time_zone)).date()
    spoken = dict(
        SpokenFor.objects.filter(pk__in=[line.id for line in source.lines]).values_list("order_line_id", "units")
    )
    paid = paid_back(line.id for line in source.lines if line.kit)
    lines = []
    for line in source.lines:
        verdict = policy.judge(
            line.to_judge(spoken.get(line.id, 0), source.time_zone), window_days=source.window_days, today=today
        )
        lines.append(
            LineOffer(
                order_line_id=line.id,
                product_id=line.product_id,
                sku=line.sku,
                name=line.name,
                unit_price=line.unit_price,
                ordered=line.quantity - line.cancelled,
                shipped=line.shipped,
                units=verdict.units if verdict.within else 0,
                until=verdict.until,
                code=verdict.code,
                line=line,
                paid_back=paid.get(line.id, 0),
            )
        )
    return Offer(
        order_id=source.id,
        order_ref=source.ref,
        channel_id=source.channel_id,
        currency=source.currency,
        window_days=source.window_days,
        time_zone=source.time_zone,
        today=today,
        goods_total=source.goods_total,
        charges_total=source.charges_total,
        lines=tuple(lines),
    )


def paid_back(line_ids: Iterable[int]) -> dict[int, int]:
    """{order line id: units paid back so far}; one query, none without lines."""
    wanted = list(line_ids)
    if not wanted:
        return {}
    rows = ReturnItem.objects.filter(order_line_id__in=wanted, refund_amount__gt=0).order_by()
    return dict(rows.values_list("order_line_id").annotate(units=Sum("accepted")))


def estimate(offer: Offer, wanted: Sequence[tuple[int, int, str]]) -> policy.RefundSum:
    """What would be paid back for [(order line id, units, reason)] if all of it passes inspection."""
    lines = {line.order_line_id: line for line in offer.lines}
    units: dict[int, int] = {}
    for line_id, count, _reason in wanted:
        units[line_id] = units.get(line_id, 0) + count
    accepted: list[policy.AcceptedUnits] = []
    before = {line_id: lines[line_id].paid_back for line_id in units}
    for line_id, count, reason in wanted:
        accepted.append(policy.AcceptedUnits(lines[line_id].line.worth(count, before=before[line_id]), reason))
        before[line_id] += count
    return policy.refund_of(
        accepted,
        goods_total=offer.goods_total,
        charges_total=offer.charges_total,
        whole_order=bool(units) and all(units.get(line.order_line_id, 0) == line.ordered for line in offer.lines),
        decimals=decimals_of(offer.currency),
    )


def why_not(code: str, until: str = "") -> str:
    """The sentence for a line that cannot be returned; ``until`` is the last day in words. Empty when it can."""
    return {
        "not_shipped": _("Not shipped yet. You can cancel it instead."),
        "all_returned": _("Already being returned."),
        "window_over": _("The last day to return this was %(day)s.") % {"day": until},
        "not_returnable": _("This item cannot be returned."),
    }.get(code, "")


def reason_choices() -> list[tuple[str, str]]:
    """(code, words) of the reasons a customer chooses from."""
    return [(code, str(ReturnReason(code).label)) for code in policy.LINE_REASONS]


def resolution_choices() -> list[tuple[str, str]]:
    """(code, words) of what a customer can ask for."""
    return [(code, str(Resolution(code).label)) for code in policy.RESOLUTIONS_OFFERED]
