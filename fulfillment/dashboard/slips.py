"""What stands on packing slips: of a parcel what is in it, of an order what was ordered; in the customer's language."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.kernel.countries import country_name
from core.messaging.rendering import supported_locale
from core.rest.currencies import decimals_of
from fulfillment.packing_slips import Slip, SlipLine, draw
from inventory.selectors import warehouse_by_id
from orders.selectors.channels import channels
from orders.selectors.facts import KitFact, LineFact, OrderFact, Recipient
from orders.selectors.orders import orders_with_lines
from orders.selectors.work import recipients
from shipping.planning.packaging import Packaging
from shipping.selectors.packagings import packagings_of
from shipping.selectors.parcels import ParcelDetail

MOST = 100
"""Slips in one document."""


def slip_of_parcel(parcel: ParcelDetail) -> bytes:
    """The slip that goes into a box."""
    units: dict[int, int] = {}
    for item in parcel.items:
        units[item.order_line_id] = units.get(item.order_line_id, 0) + item.quantity
    return draw(_slips({parcel.order_id: units}, parcel_ref=parcel.ref))


def slips_of_orders(order_ids: Iterable[int]) -> bytes:
    """Slips of whole orders, one after the other; a constant number of statements."""
    return draw(_slips(dict.fromkeys(order_ids)))


def wants_slip(order_id: int) -> bool:
    """Whether a slip is printed by itself when a box is closed: a brand, a gift, or words to the customer."""
    person, packaging = recipients([order_id])[order_id], packagings_of([order_id])[order_id]
    brand = next((channel.slip_name for channel in channels() if channel.id == person.channel_id), "")
    return bool(brand or packaging.note or person.is_gift)


def _slips(wanted: Mapping[int, Mapping[int, int] | None], *, parcel_ref: str = "") -> list[Slip]:
    orders = orders_with_lines(wanted)
    people, packagings = recipients(wanted), packagings_of(wanted)
    brands = {channel.id: channel.slip_name or channel.name for channel in channels()}
    return [
        _slip(
            orders[order_id],
            people[order_id],
            packagings[order_id],
            brands.get(orders[order_id].channel_id, ""),
            units,
            parcel_ref=parcel_ref,
        )
        for order_id, units in wanted.items()
        if order_id in orders
    ]


def _slip(
    order: OrderFact,
    person: Recipient,
    packaging: Packaging,
    brand: str,
    units: Mapping[int, int] | None,
    *,
    parcel_ref: str,
) -> Slip:
    with translation.override(supported_locale(order.locale)):
        with_prices = not packaging.hide_prices and order.kind != "replacement"
        wanted = {line.id: line.quantity - line.cancelled for line in order.lines if line.ships}
        boxed = dict(units) if units is not None else wanted
        waiting = {line.id: line.backordered for line in order.lines if line.backordered} if units is not None else {}
        zone = ZoneInfo(warehouse_by_id(order.warehouse_id).time_zone)
        facts = [
            (_("Order"), order.external_id or order.ref),
            (_("Ordered on"), date_format(order.placed_at.astimezone(zone), _day_format())),
        ]
        if order.purchase_order_number:
            facts.append((_("Your order number"), order.purchase_order_number))
        if parcel_ref:
            facts.append((_("Parcel"), parcel_ref))
        return Slip(
            brand=brand,
            title=_("A gift for you") if person.is_gift else _("Packing slip"),
            code=parcel_ref or order.ref,
            facts=tuple(facts),
            address=_address(person),
            lines=_lines(order, boxed, with_prices=with_prices),
            later=_lines(order, waiting, with_prices=False),
            sums=_sums(order) if with_prices and boxed == wanted else (),
            note=packaging.note,
            message=person.gift_message if person.is_gift else "",
            footer=_("Questions? Write to %(mail)s") % {"mail": person.support_email} if person.support_email else "",
            words={
                "units": _("Units"),
                "article": _("Article"),
                "price": _("Price"),
                "total": _("In total"),
                "to": pgettext("delivery", "To"),
                "later": _("Follows in another parcel"),
            },
            with_prices=with_prices,
        )


def _lines(order: OrderFact, units: Mapping[int, int], *, with_prices: bool) -> tuple[SlipLine, ...]:
    """Units by line, whole kits by their names with what is in them."""
    rest = {line_id: count for line_id, count in units.items() if count > 0}
    found: list[tuple[int, SlipLine]] = []
    for kit in order.kits:
        whole = min((rest.get(part.id, 0) // (part.per_kit or 1) for part in kit.components), default=0)
        if whole:
            for part in kit.components:
                rest[part.id] -= whole * (part.per_kit or 1)
            inside = ", ".join(f"{part.per_kit or 1} × {part.name}" for part in kit.components)
            found.append((kit.position, _line(order, kit, whole, [inside], with_prices=with_prices)))
    for line in order.lines:
        if rest.get(line.id):
            found.append((line.position, _line(order, line, rest[line.id], [], with_prices=with_prices)))
    return tuple(line for _position, line in sorted(found, key=lambda one: one[0]))


def _line(order: OrderFact, one: LineFact | KitFact, units: int, more: Sequence[str], *, with_prices: bool) -> SlipLine:
    told = [*more, *(f"{name}: {value}" for name, value in one.properties.items()), one.note]
    return SlipLine(
        quantity=units,
        name=one.name or one.sku,
        sku=one.sku,
        details=" · ".join(text for text in told if text),
        price=_money(one.unit_price, order.currency) if with_prices else "",
        total=_money(one.unit_price * units, order.currency) if with_prices else "",
    )


def _sums(order: OrderFact) -> tuple[tuple[str, str], ...]:
    rows = [(_("Items"), order.goods_total), (_("Shipping"), order.shipping_price)]
    rows += [(charge.description or charge.code, charge.amount) for charge in order.charges]
    rows = [(name, amount) for name, amount in rows if amount]
    return tuple((name, _money(amount, order.currency)) for name, amount in [*rows, (_("In total"), order.total)])


def _address(person: Recipient) -> tuple[str, ...]:
    part = person.address
    city = " ".join(str(part[name]) for name in ("postal_code", "city") if part.get(name))
    country = str(part.get("country") or "")
    lines = [part.get("name") or person.name, part.get("company"), part.get("line1"), part.get("line2"), city]
    return tuple(str(line) for line in [*lines, part.get("region"), country_name(country)] if line)


def _day_format() -> str:
    # Django's English is American; the other languages write a day as their readers do.
    return "j F Y" if translation.get_language() == "en" else "DATE_FORMAT"


def _money(amount: Decimal, currency: str) -> str:
    return f"{number_format(amount, decimal_pos=decimals_of(currency), force_grouping=True)} {currency}"
