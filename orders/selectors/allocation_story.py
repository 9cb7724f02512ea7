"""Why an order is or is not pickable: the facts of every place its goods are, put into an explanation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Sum, Window
from django.db.models.functions import RowNumber

from core.outbox.selectors import timeline
from inventory.selectors import WarehouseFact, warehouses
from inventory.selectors.stock import StockRow, stock_rows
from inventory.selectors.substitutes import substitutes_of
from inventory.selectors.whereabouts import on_its_way, whereabouts
from orders.models import Allocation, FulfillmentOrder, OrderLine
from orders.planning.explained import Coming, Facts, Hold, Level, Line, Part, Spot
from orders.planning.explaining import Explanation, explain
from orders.planning.geography import distance_km, point_of
from orders.selectors.allocation_words import (
    action_words,
    candidate_words,
    hold_words,
    line_words,
    reason_words,
    verdict_words,
)
from orders.selectors.attempts import Attempt, attempts_of
from orders.selectors.buffers import units_kept
from orders.selectors.channels import ChannelFact, channel_by_id
from orders.selectors.choices import choices_of
from orders.selectors.facts import LineFact, OrderFact
from orders.selectors.orders import access_order
from orders.states import OPEN_ALLOCATION, ChoiceStatus, OrderStatus, RequestStatus

OTHERS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class AllocationStory:
    """The order, its explanation, who else the stock is promised to, and what was tried so far.

    ``promised_to`` is {(product_id, warehouse_id): [(order, units)]}, the largest few. ``left`` are the warehouses,
    (code, name), a rule left the order to ship from; empty when it may ship from all of its channel's.
    """

    order: OrderFact
    channel: ChannelFact
    explanation: Explanation
    promised_to: Mapping[tuple[int, int], list[tuple[str, int]]]
    attempts: tuple[Attempt, ...]
    warehouse_ids: tuple[int, ...]
    left: tuple[tuple[str, str], ...] = ()

    @property
    def verdict(self) -> str:
        return verdict_words(self.explanation.verdict)


def allocation_story(ref: str, *, channel_id: int | None = None, now: datetime) -> AllocationStory:
    """The explanation of the order. Raises NotFound. The same statements however many lines and warehouses."""
    order = access_order(ref, channel_id=channel_id)
    channel = _left(channel_by_id(order.channel_id), order)
    places = {place.id: place for place in warehouses(active_only=False)}
    products = {line.product_id for line in order.lines}
    asked = any(choice.status == ChoiceStatus.ASKED for choice in choices_of(order.id)[:1])
    parts = _parts(order.id, places)
    facts = Facts(
        status=order.status,
        lines=_lines(order, channel, places, products, parts, asked=asked, now=now),
        parts=tuple(part for part, _row in parts),
        holds=_holds(order, places.get(channel.warehouse_id)),
        complete=any(row["order__ship_policy"] == "complete" for _part, row in parts),
        by_hand=channel.fill_policy == "manual",
    )
    names = {place.id: place.name for place in places.values()}
    return AllocationStory(
        order=order,
        channel=channel,
        explanation=explain(facts),
        promised_to=_promised_to(order.id, products),
        attempts=attempts_of(timeline(order.ref), names),
        warehouse_ids=tuple(sorted({part.warehouse_id for part, _row in parts})),
        left=tuple((places[place].code, places[place].name) for place in order.ship_from if place in places),
    )


def _left(channel: ChannelFact, order: OrderFact) -> ChannelFact:
    """The channel with the warehouses only that rules left the order."""
    left = tuple(place for place in channel.warehouse_ids if place in order.ship_from)
    return replace(channel, warehouse_ids=left) if left else channel


def story_json(story: AllocationStory) -> dict[str, Any]:
    """The explanation as the API tells it: the same sentences the page shows, beside their codes."""
    explanation = story.explanation
    return {
        "order": story.order.ref,
        "verdict": story.verdict,
        "code": explanation.verdict.code,
        "ship_from": [code for code, _name in story.left],
        "parts": [
            {
                "fulfillment_order": part.id,
                "warehouse": part.warehouse,
                "status": part.status,
                "code": reason.code,
                "text": reason_words(reason),
            }
            for part, reason in explanation.parts
        ],
        "lines": [
            {
                "line": one.line.id,
                "sku": one.line.sku,
                "name": one.line.name,
                "wanted": one.line.wanted,
                "shipped": one.line.shipped,
                "waiting": one.line.waiting,
                "text": line_words(one.line),
                "reasons": [
                    {"code": reason.code, "units": reason.units, "text": reason_words(reason)} for reason in one.reasons
                ],
                "candidates": [
                    {
                        "warehouse": candidate.level.code,
                        "bin": candidate.spot.bin if candidate.spot else "",
                        "on_hand": candidate.spot.quantity if candidate.spot else candidate.level.on_hand,
                        "promised_to_others": max(0, candidate.level.allocated - candidate.level.mine),
                        "free": candidate.level.free,
                        "lot": candidate.spot.lot if candidate.spot else "",
                        "expires_on": candidate.spot.expires_on if candidate.spot else None,
                        "condition": candidate.spot.condition if candidate.spot else "",
                        "distance_km": candidate.level.distance_km,
                        "good": candidate.good,
                        "code": candidate.code,
                        "text": candidate_words(candidate),
                    }
                    for candidate in one.candidates
                ],
            }
            for one in explanation.lines
        ],
        "helps": [{"code": action.code, "text": action_words(action)} for action in explanation.actions],
        "attempts": [{"at": one.at, "code": one.type, "text": one.sentence} for one in story.attempts],
    }


def _parts(order_id: int, places: Mapping[int, WarehouseFact]) -> list[tuple[Part, dict[str, Any]]]:
    units: dict[int, dict[int, int]] = {}
    held = Allocation.objects.filter(fulfillment_order__order=order_id, status__in=OPEN_ALLOCATION)
    for part_id, product_id, count in (
        held.order_by().values_list("fulfillment_order_id", "product_id").annotate(units=Sum("quantity"))
    ):
        units.setdefault(part_id, {})[product_id] = count
    rows = FulfillmentOrder.objects.filter(order=order_id).order_by("pk").values(
        "pk", "warehouse_id", "status", "request_status", "request_note", "release_on", "order__ship_policy"
    )  # fmt: skip
    return [
        (
            Part(
                id=row["pk"],
                warehouse_id=row["warehouse_id"],
                warehouse=places[row["warehouse_id"]].name,
                own=places[row["warehouse_id"]].is_own,
                status=row["status"],
                request_status=row["request_status"],
                release_on=row["release_on"],
                note=row["request_note"],
                units=units.get(row["pk"], {}),
            ),
            dict(row),
        )
        for row in rows
    ]


def _holds(order: OrderFact, place: WarehouseFact | None) -> tuple[Hold, ...]:
    zone = ZoneInfo(place.time_zone if place else "UTC")
    return tuple(
        Hold(
            id=hold.id,
            type=hold.type,
            word=hold_words(hold.type),
            reason=hold.reason,
            until=hold.release_at.astimezone(zone).date() if hold.release_at else None,
        )
        for hold in order.holds
        if hold.released_at is None
    )


def _lines(
    order: OrderFact,
    channel: ChannelFact,
    places: Mapping[int, WarehouseFact],
    products: set[int],
    parts: Iterable[tuple[Part, Any]],
    *,
    asked: bool,
    now: datetime,
) -> tuple[Line, ...]:
    """``asked``: the customer was asked what to do, so that staff may answer with a substitute."""
    instead = substitutes_of(products) if asked else {}
    rows = {(row.product_id, row.warehouse_id): row for row in stock_rows(product_ids=products, limit=5000)}
    spots: dict[int, list[Spot]] = {}
    for one in whereabouts(products, now=now):
        spots.setdefault(one.product_id, []).append(
            Spot(
                one.warehouse_id,
                one.bin_id,
                one.bin,
                one.bin_code,
                one.kind,
                one.condition,
                one.lot,
                one.expires_on,
                one.quantity,
                one.planned,
                one.frozen,
                one.recalled,
                one.too_old,
            )
        )
    coming: dict[int, list[Coming]] = {}
    for way in on_its_way(products):
        if way.warehouse_id in channel.warehouse_ids:
            coming.setdefault(way.product_id, []).append(Coming(way.ref, way.units, way.day, way.is_transfer))
    kept = units_kept(channel.id, products)
    ahead = _ahead(order, products)
    declined = {part.warehouse_id for part, _row in parts if part.request_status == RequestStatus.REJECTED}
    mine: dict[tuple[int, int], int] = {}
    for part, _row in parts:
        for product_id, count in part.units.items():
            mine[product_id, part.warehouse_id] = mine.get((product_id, part.warehouse_id), 0) + count
    distances = _distances(order, places)
    serving = [place for place in channel.warehouse_ids if place in places]

    def levels(line: LineFact) -> tuple[Level, ...]:
        known = [place for (product_id, place) in rows if product_id == line.product_id]
        wanted = [*serving, *(place for place in known if place not in serving)]
        return tuple(
            _level(
                places[place],
                rows.get((line.product_id, place)),
                serves=place in serving,
                declined=place in declined,
                mine=mine.get((line.product_id, place), 0),
                kept=kept.get(line.product_id, 0),
                distance=distances[place],
            )
            for place in wanted
            if place in places
        )

    return tuple(
        Line(
            id=line.id,
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            wanted=line.quantity - line.cancelled,
            shipped=line.shipped,
            waiting=line.backordered,
            kit_id=line.kit_id,
            ships=line.ships,
            release_on=line.release_on,
            levels=levels(line),
            spots=tuple(spots.get(line.product_id, ())),
            coming=tuple(coming.get(line.product_id, ())),
            ahead=ahead.get(line.product_id, 0),
            replacements=len(instead.get(line.product_id, ())) if line.kit_id is None else 0,
        )
        for line in order.lines
    )


def _level(
    place: WarehouseFact,
    row: StockRow | None,
    *,
    serves: bool,
    declined: bool,
    mine: int,
    kept: int,
    distance: int | None,
) -> Level:
    return Level(
        warehouse_id=place.id,
        code=place.code,
        name=place.name,
        own=place.is_own,
        serves=serves,
        declined=declined,
        on_hand=row.on_hand if row else 0,
        allocated=row.allocated if row else 0,
        mine=mine,
        in_carts=row.reserved if row else 0,
        quality_control=row.quality_control if row else 0,
        set_aside=row.quarantined + row.damaged if row else 0,
        safety_stock=row.safety_stock if row else 0,
        kept=kept,
        distance_km=distance,
    )


def _distances(order: OrderFact, places: Mapping[int, WarehouseFact]) -> dict[int, int | None]:
    address = order.shipping_address
    target = point_of(str(address.get("country", "")), address.get("latitude"), address.get("longitude"))
    return {
        place.id: distance_km(point_of(place.country, place.latitude, place.longitude), target)
        for place in places.values()
    }


def _ahead(order: OrderFact, products: Iterable[int]) -> dict[int, int]:
    """{product_id: units that orders placed before this one wait for}."""
    rows = OrderLine.objects.filter(
        product_id__in=list(products),
        backordered__gt=0,
        placed_at__lt=order.placed_at,
        order__status=OrderStatus.CONFIRMED,
    )
    return dict(rows.order_by().values_list("product_id").annotate(units=Sum("backordered")))


def _promised_to(order_id: int, products: Iterable[int]) -> dict[tuple[int, int], list[tuple[str, int]]]:
    """The orders that hold most of each product in each warehouse, without this one."""
    rows = (
        Allocation.objects.filter(product_id__in=list(products), status__in=OPEN_ALLOCATION)
        .exclude(fulfillment_order__order=order_id)
        .annotate(
            place_in_line=Window(
                RowNumber(), partition_by=[F("product_id"), F("warehouse_id")], order_by=[F("quantity").desc(), F("pk")]
            )
        )
        .filter(place_in_line__lte=OTHERS_SHOWN)
        .values_list("product_id", "warehouse_id", "fulfillment_order__order_ref", "quantity")
    )
    found: dict[tuple[int, int], list[tuple[str, int]]] = {}
    for product_id, warehouse_id, ref, units in rows:
        found.setdefault((product_id, warehouse_id), []).append((ref, units))
    return found
