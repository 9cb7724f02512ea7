"""What happens while an order is typed in at the desk: lines found by SKU or barcode, buyers known again, postage."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from fulfillment.dashboard.forms.desk_order import ADDRESS
from inventory.selectors.prices import list_prices
from inventory.selectors.products import ProductFact, product_by_code, products_by_sku
from inventory.selectors.sellable import sellable
from orders.selectors.buyers import KnownBuyer, known_buyer
from orders.selectors.channels import ChannelFact
from orders.selectors.usual import usual_lines
from orders.services.requests import CustomerRequest, LineRequest, OrderRequest
from shipping.services.rates import RateFact, rates_for

MOST = 200
LARGEST = 100_000


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A line as it stands in the form: ``quantity`` and ``price`` as typed, ``error`` what is wrong with them."""

    sku: str
    quantity: str
    price: str
    note: str = ""
    product: ProductFact | None = None
    there: int | None = None
    error: str = ""

    @property
    def units(self) -> int:
        """The quantity as a number; 0 when it is none."""
        text = self.quantity.strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0

    @property
    def unit_price(self) -> Decimal | None:
        """The price as an amount; None when it is none."""
        try:
            amount = Decimal(self.price.strip().replace(",", ".") or "x")
        except InvalidOperation:
            return None
        fine = amount.is_finite() and 0 <= amount < 10**10 and amount == amount.quantize(Decimal("0.01"))
        return amount if fine else None

    @property
    def total(self) -> Decimal:
        return (self.unit_price or Decimal(0)) * self.units

    @property
    def is_short(self) -> bool:
        return self.there is not None and self.there < self.units


def lines_in(data: QueryDict) -> list[DeskLine]:
    """The lines of a posted form, in its order."""
    columns = [data.getlist(name) for name in ("sku", "quantity", "price", "line_note")]
    return [DeskLine(*(text.replace("\0", "")[:500] for text in row)) for row in zip(*columns, strict=False)][:MOST]


def add_code(lines: Sequence[DeskLine], code: str, channel: ChannelFact, *, now: datetime) -> list[DeskLine]:
    """The lines with one more unit of what a SKU or barcode means; a case barcode counts all units of the case.

    ``3*MUG`` adds three. Raises NotFound.
    """
    times, wanted = _times(code)
    product, units = product_by_code(wanted[:64])
    if not product.active:
        raise NotFound(_("The product %(sku)s is not sold any more.") % {"sku": product.sku})
    more = times * units
    for index, line in enumerate(lines):
        if line.sku.casefold() == product.sku.casefold() and not line.note:
            return [*lines[:index], replace(line, quantity=str(line.units + more)), *lines[index + 1 :]]
    return [*lines, DeskLine(product.sku, str(more), _price(product, channel, now=now))]


def looked_up(lines: Sequence[DeskLine], channel: ChannelFact) -> list[DeskLine]:
    """The lines with their products and what there is of them for the channel; what is wrong is said.

    Five statements.
    """
    products = products_by_sku(line.sku for line in lines)
    there = sellable((one.id for one in products.values()), [channel.warehouse_id], channel_id=channel.id)
    found = []
    for line in lines:
        product = products.get(line.sku.casefold())
        units = there.get((product.id, channel.warehouse_id)) if product is not None and product.ships else None
        found.append(replace(line, product=product, there=units, error=_wrong(line, product)))
    return found


def filled_in(data: QueryDict, channel: ChannelFact) -> tuple[QueryDict, KnownBuyer | None]:
    """The posted form with what is known of the buyer, when another e-mail address was typed. Typed fields stay."""
    email = data.get("email", "").replace("\0", "").strip()
    if not email or "@" not in email:
        return data, None
    buyer = known_buyer(channel.id, email)
    if email.casefold() == data.get("known", "").casefold() or buyer is None:
        return data, buyer
    data = data.copy()
    data["known"] = email
    told: Mapping[str, Any] = {**buyer.address, "locale": buyer.locale}
    told = {**told, "name": told.get("name") or buyer.name, "phone": told.get("phone") or buyer.phone}
    typed = any(data.get(name) for name in ADDRESS if name != "country")
    for name in (*ADDRESS, "locale"):
        if told.get(name) and not (typed and data.get(name)):
            data[name] = str(told[name])
    return data, buyer


def services_for(channel: ChannelFact, lines: Sequence[DeskLine], data: QueryDict, *, now: datetime) -> list[RateFact]:
    """What it costs to send them there, cheapest first."""
    weight = sum(line.product.weight_g * line.units for line in lines if line.product and line.product.ships)
    return rates_for(
        channel.warehouse_id,
        channel=channel,
        weight_g=max(weight, 1),
        country=data.get("country", "")[:2],
        postal_code=data.get("postal_code", "").replace("\0", "")[:20],
        value=sum((line.total for line in lines), Decimal(0)),
        now=now,
    )


def request_of(
    told: Mapping[str, Any],
    lines: Sequence[DeskLine],
    channel: ChannelFact,
    rates: Sequence[RateFact],
    *,
    external_id: str,
    now: datetime,
) -> OrderRequest:
    """The order that a checked form asks for."""
    rate = next((one for one in rates if one.method == told["shipping_method"]), None)
    price = told["shipping_price"] if told["shipping_price"] is not None else rate.price if rate else Decimal(0)
    gift = {"is_gift": told["is_gift"], "message": told["gift_message"], "hide_prices": told["hide_prices"]}
    return OrderRequest(
        external_id=external_id,
        placed_at=now,
        currency=channel.currency,
        customer=CustomerRequest(told["email"], told["name"], told["phone"], told["locale"]),
        shipping_address={name: told[name] for name in ADDRESS},
        lines=tuple(LineRequest(line.sku, line.units, line.unit_price or Decimal(0), note=line.note) for line in lines),
        shipping_method=told["shipping_method"] or "standard",
        shipping_price=price,
        note=told["note"],
        gift=gift if any(gift.values()) else {},
        payment_status=told["payment_status"],
        purchase_order_number=told["purchase_order_number"],
        ship_complete=True if told["ship_complete"] else None,
        deliver_not_before=told["deliver_not_before"],
        deliver_not_after=told["deliver_not_after"],
        pallet=told["pallet"],
    )


def _times(code: str) -> tuple[int, str]:
    """(3, "MUG") of ``3*MUG``; else once what stands there."""
    found = re.fullmatch(r"\s*([0-9]{1,5})\s*\*\s*(.+)", code)
    return (max(int(found[1]), 1), found[2].strip()) if found else (1, code.strip())


def _wrong(line: DeskLine, product: ProductFact | None) -> str:
    if product is None or not product.active:
        return _("There is no product %(sku)s.") % {"sku": line.sku}
    if not 0 < line.units <= LARGEST:
        return _("Type how many %(sku)s, 1 to 100,000.") % {"sku": line.sku}
    if line.unit_price is None:
        return _("Type what one %(sku)s costs, such as 12.50.") % {"sku": line.sku}
    return ""


def _price(product: ProductFact, channel: ChannelFact, *, now: datetime) -> str:
    """The list price, else what it usually costs in the channel."""
    listed = list_prices([product.id]).get(product.id)
    if listed is None:
        usual = usual_lines(channel.id, channel.currency, [product.id], now=now).get(product.id)
        listed = usual.price if usual else None
    return "" if listed is None else str(listed)
