"""What the shipping rules page shows: the shop's own orders, and what a threshold would do to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import ceil
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from fulfillment.dashboard import order_worth
from inventory.selectors import warehouse_by_id
from orders.selectors.channels import ChannelFact, channels
from orders.selectors.values import latest_channel, value_steps
from shipping.planning.pricing import Price, price_of
from shipping.planning.threshold import NEAR, Effect, Step, bars, candidates, effect_of, picture, suggest
from shipping.selectors.costs import OrderCost, ServiceFact, label_cost, services
from shipping.selectors.tariffs import tariffs_by_method, zones

DAYS = (30, 90, 180)
MARGIN, PERCENT = Decimal(40), Decimal(15)
BAR, GAP, HEIGHT, FEW = 44, 8, 150, 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What the person wants to look at: figures that make no sense fall back to the usual ones, and are ``faults``.

    ``faults`` is {field: (what was typed, what it should be)}.
    """

    channel: ChannelFact
    channels: tuple[ChannelFact, ...]
    service: ServiceFact
    services: tuple[ServiceFact, ...]
    days: int
    margin: Decimal
    percent: Decimal
    at: Decimal | None
    faults: Mapping[str, tuple[str, str]]


def read(query: QueryDict) -> Asked | None:
    """What is asked for; None while the shop has no channel or no service."""
    shops, offered = [one for one in channels() if one.active], services()
    if not shops or not offered:
        return None
    days = query.get("days", "")
    return Asked(
        channel=_channel(shops, query.get("channel", "")),
        channels=tuple(shops),
        services=tuple(offered),
        service=next((one for one in offered if one.method == query.get("service")), _first(offered)),
        days=int(days) if days in {str(one) for one in DAYS} else 90,
        margin=_number(query.get("margin"), MARGIN, low=1, high=99),
        percent=_number(query.get("percent"), PERCENT, low=0, high=200),
        at=_whole(query.get("at")),
        faults=_faults(query),
    )


def _faults(query: QueryDict) -> dict[str, tuple[str, str]]:
    wrong = {
        "margin": (_is_number(query.get("margin"), low=1, high=99), _("A margin is between 1 and 99 %.")),
        "percent": (_is_number(query.get("percent"), low=0, high=200), _("Above the average means 0 to 200 %.")),
        "at": (_whole(query.get("at")) is not None, _("Say from what value of goods it is free: a whole number.")),
    }
    typed = {name: query.get(name, "").strip()[:20] for name in wrong}
    return {name: (typed[name], words) for name, (right, words) in wrong.items() if typed[name] and not right}


def page(asked: Asked, *, now: datetime) -> dict[str, Any]:
    """Everything on the page about one service. Six statements beside those of ``read``."""
    channel, service = asked.channel, asked.service
    since = now - timedelta(days=asked.days)
    found = value_steps(channel.id, service.method, channel.currency, since=since, until=now)
    steps = [Step(one.value, one.orders, one.goods, one.shipping) for one in found]
    seen = picture(steps)
    known = label_cost(channel.id, service.id, channel.currency, since=since)
    usual = _usual(channel, service, known.weight_g)
    price = service.price if usual is None else usual.full
    cost, source = _cost(known, usual, price)
    suggested = suggest(seen.average, asked.percent) if seen.orders else Decimal(0)
    current = service.free_from
    at = asked.at or suggested or None

    def effect(threshold: Decimal) -> Effect:
        return effect_of(threshold, steps, current=current, price=price, cost=cost, margin=asked.margin / 100)

    looked_at = effect(at) if at and seen.orders else None
    rounded = None if current is None else current.to_integral_value()
    others = candidates(seen.average, at or suggested, rounded) if seen.orders else []
    return {
        "asked": asked,
        "days": DAYS,
        "seen": seen,
        "cost": cost,
        "cost_source": source,
        "suggested": suggested,
        "current": current,
        "at": at,
        "effect": looked_at,
        "needed_percent": None
        if looked_at is None or looked_at.needed_share is None
        else (looked_at.needed_share * 100).quantize(Decimal("0.1")),
        "rows": [
            {"effect": one, "url": _link(asked, one.threshold), "behind": _behind(asked, one)}
            for one in map(effect, others)
        ],
        "behind": {
            "all": order_worth.link(channel, service.method, asked.days),
            "now": "" if rounded is None else order_worth.link(channel, service.method, asked.days, int(rounded)),
            **(_behind(asked, looked_at) if looked_at else {}),
        },
        "suggested_url": _link(asked, suggested),
        "fields": _fields(asked, at),
        "typed": _fields(asked, at) | {name: text for name, (text, _words) in asked.faults.items()},
        "before": "" if current is None else str(current),
        "bars": chart(steps, at, lambda low, high: order_worth.link(channel, service.method, asked.days, low, high)),
        "currency": channel.currency,
        "shown": shown(looked_at, seen.average, seen.orders),
    }


def _fields(asked: Asked, at: Decimal | None) -> dict[str, str]:
    """What was asked for, as a form or a link sends it again: never in the reader's own way to write numbers."""
    return {
        "service": asked.service.method,
        "channel": asked.channel.code,
        "days": str(asked.days),
        "margin": f"{asked.margin.normalize():f}",
        "percent": f"{asked.percent.normalize():f}",
        "at": "" if at is None else f"{at:.0f}",
    }


def _behind(asked: Asked, effect: Effect) -> dict[str, str]:
    """The links to the orders an effect counts: those that go free, and those just below."""
    at, low = int(effect.threshold), ceil(effect.threshold * (1 - NEAR))
    shop, method, days = asked.channel, asked.service.method, asked.days
    return {
        "free": order_worth.link(shop, method, days, at),
        "near": order_worth.link(shop, method, days, low, at),
    }


def _link(asked: Asked, threshold: Decimal) -> str:
    return f"?{urlencode(_fields(asked, threshold))}"


def shown(effect: Effect | None, average: Decimal, orders: int) -> dict[str, str]:
    """The figures that are kept with the decision."""
    if effect is None:
        return {}
    return {"orders": str(orders), "average": str(average), "change": str(effect.change), "lost": str(effect.lost)}


def chart(steps: Sequence[Step], at: Decimal | None, link: Callable[[int, int | None], str]) -> dict[str, Any]:
    """The distribution as bars; ``line`` is where the threshold lies, None when it is off the scale.

    ``link`` gives the orders worth from the first figure to below the second; None is without an end.
    """
    found = bars(steps)
    most = max((orders for _low, _high, orders in found), default=0)
    drawn = []
    for number, (low, high, orders) in enumerate(found):
        tall = round(orders * HEIGHT / most) if most else 0
        last = number == len(found) - 1
        drawn.append(
            {
                "x": number * (BAR + GAP),
                "middle": number * (BAR + GAP) + BAR // 2,
                "y": HEIGHT - tall,
                "w": BAR,
                "h": tall,
                "low": low,
                "high": high,
                "orders": orders,
                "url": link(low, None if last else high),
                "range": _("%(low)d and more") % {"low": low}
                if last
                else _("%(low)d to below %(high)d") % {"low": low, "high": high},
            }
        )
    line = None
    if at is not None and found and at <= found[-1][1]:
        step = found[0][1] - found[0][0]
        line = int(at * (BAR + GAP) / step)
    return {"bars": drawn, "line": line, "width": max(len(drawn), FEW) * (BAR + GAP), "height": HEIGHT}


def _usual(channel: ChannelFact, service: ServiceFact, weight_g: int) -> Price | None:
    """What a parcel of the usual weight costs within the warehouse's own country; None when it does not go there."""
    tariff = tariffs_by_method().get(service.method)
    if tariff is None:
        return None
    home = warehouse_by_id(channel.warehouse_id)
    code = str(home.address.get("postal_code", ""))
    return price_of(tariff, zones(), country=home.country, postal_code=code, weight_g=weight_g, value=Decimal(0))


def _cost(known: OrderCost, usual: Price | None, price: Decimal) -> tuple[Decimal, str]:
    if known.average is not None:
        return known.average, _("average of the labels of %(count)d orders") % {"count": known.orders}
    if usual is not None and usual.cost is not None:
        return usual.cost, _("as set for a parcel of %(grams)d g") % {"grams": known.weight_g}
    return price, _("not known, so the price is taken for it")


def _channel(shops: Sequence[ChannelFact], code: str) -> ChannelFact:
    """The one asked for, else the one that sells: where the newest order came from."""
    named = next((one for one in shops if one.code == code), None)
    if named is not None:
        return named
    latest = latest_channel()
    return next((one for one in shops if one.id == latest), shops[0])


def _first(offered: Sequence[ServiceFact]) -> ServiceFact:
    return next((one for one in offered if one.free_from is not None), offered[0])


def _number(text: str | None, usual: Decimal, *, low: int, high: int) -> Decimal:
    value = _decimal(text)
    return value if value is not None and low <= value <= high else usual


def _is_number(text: str | None, *, low: int, high: int) -> bool:
    value = _decimal(text)
    return value is not None and low <= value <= high


def _decimal(text: str | None) -> Decimal | None:
    try:
        value = Decimal((text or "").strip().replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _whole(text: str | None) -> Decimal | None:
    text = (text or "").strip()
    return Decimal(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 7 and int(text) else None
