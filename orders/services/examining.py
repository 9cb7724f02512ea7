"""Look at an order for what is probably wrong with it: what looks wrong is held, never refused."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import F, Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.errors import Invalid
from core.rest.currencies import decimals_of
from inventory.selectors import ProductFact
from orders.models import Hold, Order, OrderKit, OrderLine
from orders.planning.addresses import look_at_address
from orders.planning.checks import (
    Bought,
    Goods,
    goods_of,
    look_at_method,
    look_at_prices,
    look_at_quantities,
    look_at_total,
    look_for_twin,
)
from orders.planning.decisions import PlannedHold
from orders.planning.findings import Finding
from orders.planning.phones import look_at_phone
from orders.planning.promises import PromiseDates
from orders.selectors.channels import ChannelFact, channel_by_id
from orders.selectors.methods import is_unknown, known_methods
from orders.selectors.usual import bought_lately, usual_lines
from orders.services.check_words import sentence_of
from orders.services.drafts import Draft
from orders.services.holds import hold_order, let_go
from orders.services.requests import Address, OrderRequest
from orders.states import HoldType, IntakeCheck, OrderKind

OF_THE_GOODS = frozenset({"address", "phone", "quantity", "price"})
"""Checks that are made again when an order is changed. Its total and its twin are those of the day it came in."""
ALWAYS = frozenset({"method"})
"""Checks that are made whatever the channel wants looked at."""
SURE_SECONDS = 1.0
"""A new order is held by a word of its method no older, so that five hundred at once ask a single time."""
_TYPES = {"address": HoldType.ADDRESS, "phone": HoldType.ADDRESS}
_FARTHEST_ZONE = timedelta(hours=12)


def examine(
    channel: ChannelFact,
    request: OrderRequest,
    products: Sequence[ProductFact],
    *,
    drafted: Sequence[Draft] = (),
    past: Sequence[tuple[str, Goods]] | None = None,
    now: datetime,
) -> list[PlannedHold]:
    """The holds that the checks of the channel call for; ``products`` are those of the lines, in their order.

    ``drafted`` are orders of the same transaction that are not written yet, ``past`` is what ``past_orders`` found.

    One statement at most, for what the buyer bought lately unless that is given, and one in ten minutes for what is
    usual in the channel.
    Raises Invalid when the days it may be delivered on are over everywhere.
    """
    _refuse_past_window(request, now)
    checks = frozenset(channel.checks)
    if not checks or request.kind == OrderKind.REPLACEMENT:
        return []
    currency = request.currency or channel.currency
    bought = [
        Bought(product.id, product.sku, line.quantity, line.unit_price)
        for line, product in zip(request.lines, products, strict=True)
    ]
    ships = any(product.ships for product in products)
    findings: list[Finding] = []
    if ships:
        phone = request.customer.phone
        findings += _reaching(channel, request.shipping_address, phone, request.shipping_method)
    findings += _goods(channel, bought, currency, now=now)
    if IntakeCheck.TOTAL in checks:
        goods = sum((line.unit_price * line.quantity for line in request.lines), Decimal(0))
        charges = sum((charge.amount for charge in request.charges), Decimal(0))
        computed = goods + request.shipping_price + charges
        findings += look_at_total(request.total, computed, decimals=decimals_of(currency))
    if IntakeCheck.DUPLICATE in checks and channel.duplicate_hours:
        if past is None:
            (past,) = past_orders(channel, [request])
        earlier = [*_among(drafted, request, channel.duplicate_hours), *past]
        findings += look_for_twin(goods_of((one.product_id, one.quantity) for one in bought), earlier)
    return _holds_of(findings)


def past_orders(channel: ChannelFact, requests: Sequence[OrderRequest]) -> list[list[tuple[str, Goods]]]:
    """[(reference, goods)] of what the buyer of each order bought lately; no statement where nobody looks for twins."""
    if IntakeCheck.DUPLICATE not in channel.checks or not channel.duplicate_hours:
        return [[] for _request in requests]
    asked = [(request.customer.email, request.placed_at) for request in requests]
    return bought_lately(channel.id, asked, hours=channel.duplicate_hours)


def miss_of_window(request: OrderRequest, promised: PromiseDates) -> PlannedHold | None:
    """The hold of an order that cannot be there by the last day its buyer takes it; None when it can."""
    last = request.deliver_not_after
    if last is None or promised.deliver_to <= last:
        return None
    told = {"until": date_format(last, "DATE_FORMAT"), "arrives": date_format(promised.deliver_to, "DATE_FORMAT")}
    finding = Finding("window.late", "deliver_not_after", last.isoformat(), words=told)
    return _holds_of([finding])[0]


def unknown_method(method: str) -> list[PlannedHold]:
    """The hold of an order by a method the shop does not know; none while the shop has configured no method at all."""
    return _holds_of(_method(method, age=SURE_SECONDS))


def reexamine(order: Order, *, by: Actor, now: datetime) -> None:
    """Look again at an order that was changed; the caller holds its row and has written the change.

    A hold whose reason is gone is released, a new reason is held. What a person let go on as it was is not held again
    for the same thing.
    """
    channel = channel_by_id(order.channel_id)
    if order.kind == OrderKind.REPLACEMENT:
        return
    again = OF_THE_GOODS | ALWAYS if channel.checks else ALWAYS
    holds = [
        one for one in Hold.objects.filter(order=order).exclude(code="").order_by("pk") if _check(one.code) in again
    ]
    accepted = {
        (found["code"], found["found"])
        for hold in holds
        if hold.released_at is not None and not hold.detail.get("settled")
        for found in hold.detail.get("findings", ())
    }
    planned = {
        _check(one.code): one
        for one in _holds_of(
            one for one in _findings_of(order, channel, now=now) if (one.code, one.found) not in accepted
        )
    }
    for hold in [one for one in holds if one.released_at is None]:
        still = planned.pop(_check(hold.code), None)
        if still is not None and still.detail == hold.detail:
            continue
        Hold.objects.filter(pk=hold.pk).update(detail={**hold.detail, "settled": True})
        let_go(order, [hold], by=by, now=now)
        if still is not None:
            hold_order(order, still, by=by, now=now)
    for fresh in planned.values():
        hold_order(order, fresh, by=by, now=now)


def _findings_of(order: Order, channel: ChannelFact, *, now: datetime) -> list[Finding]:
    wanted, each = F("quantity") - F("cancelled"), F("parts__per_kit")
    lines = list(
        OrderLine.objects.filter(order=order, kit=None, quantity__gt=F("cancelled"))
        .order_by("position")
        .values_list("product_id", "sku", wanted, "unit_price", "ships")
    )
    # Of kits only their parts know how many of them are wanted by now.
    kits = list(
        OrderKit.objects.filter(order=order)
        .annotate(left=Max((F("parts__quantity") - F("parts__cancelled") + each - 1) / each))
        .filter(left__gt=0)
        .order_by("pk")
        .values_list("product_id", "sku", "left", "unit_price")
    )
    bought = [*(Bought(*line) for *line, _ships in lines), *(Bought(*kit) for kit in kits)]
    findings = []
    if kits or any(ships for *_line, ships in lines):
        findings += _reaching(channel, order.shipping_address, order.phone, order.shipping_method)
        findings += _method(order.shipping_method)
    return [*findings, *_goods(channel, bought, order.currency, now=now)]


def _reaching(channel: ChannelFact, address: Address, phone: str, method: str) -> list[Finding]:
    """What looks wrong with where it goes and who is called there."""
    findings = []
    if IntakeCheck.ADDRESS in channel.checks:
        findings += look_at_address(address, method=method)
    if IntakeCheck.PHONE in channel.checks:
        number = str(address.get("phone") or "") or phone
        country = str(address.get("country") or "")
        findings += look_at_phone(number, country, required=channel.requires_phone)
    return findings


def _method(method: str, *, age: float = 0.0) -> list[Finding]:
    """What looks wrong with the way it is to go; a method is doubted by no older word than ``age``."""
    return look_at_method(method, known_methods()) if is_unknown(method, age=age) else []


def _goods(channel: ChannelFact, bought: Sequence[Bought], currency: str, *, now: datetime) -> list[Finding]:
    """What looks wrong with units and prices."""
    checks = {IntakeCheck.QUANTITY, IntakeCheck.PRICE} & set(channel.checks)
    if not checks:
        return []
    usual = usual_lines(channel.id, currency, (one.product_id for one in bought), now=now)
    findings = []
    if IntakeCheck.QUANTITY in checks:
        findings += look_at_quantities(bought, usual_units=channel.usual_units, usual=usual)
    if IntakeCheck.PRICE in checks:
        findings += look_at_prices(bought, usual=usual)
    return findings


def _among(drafted: Sequence[Draft], request: OrderRequest, hours: int) -> list[tuple[str, Goods]]:
    """[(reference, goods)] of the same buyer's orders among those drafted with this one."""
    email, span = request.customer.email.casefold(), timedelta(hours=hours)
    return [
        (draft.ref, _drafted_goods(draft))
        for draft in drafted
        if draft.request.customer.email.casefold() == email
        and draft.request.kind == OrderKind.SALE
        and abs(draft.request.placed_at - request.placed_at) <= span
    ]


def _drafted_goods(draft: Draft) -> Goods:
    bought = [(line.product.id, line.quantity) for line in draft.lines if line.kit is None]
    return goods_of([*bought, *((kit.product.id, kit.request.quantity) for kit in draft.kits)])


def _holds_of(findings: Iterable[Finding]) -> list[PlannedHold]:
    """One hold for each check that found something; its code is that of the first finding."""
    return [
        PlannedHold(
            type=str(_TYPES.get(check, HoldType.CUSTOM)),
            reason=sentence_of(found),
            code=found[0].code,
            detail={**_told(found[0]), "findings": [_told(one) for one in found]},
        )
        for check, group in groupby(findings, key=lambda one: one.check)
        if (found := list(group))
    ]


def _told(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "field": finding.place,
        "found": finding.found,
        "suggested": finding.suggested,
        **({"also": dict(finding.also)} if finding.also else {}),
    }


def _check(code: str) -> str:
    """The check a hold's code is of, when it is one that is made again."""
    check = code.partition(".")[0]
    return check if check in OF_THE_GOODS | ALWAYS else ""


def _refuse_past_window(request: OrderRequest, now: datetime) -> None:
    """A last day of delivery that is over wherever the buyer is cannot be kept by anybody."""
    last = request.deliver_not_after
    if last is not None and last < (now - _FARTHEST_ZONE).date():
        raise Invalid(
            _("The days it may be delivered on are over."),
            errors=[{"pointer": "/deliver_not_after", "code": "past", "detail": _("This day has passed.")}],
        )
