"""Choose where a new order ships from, among the warehouses of its channel.

``RoutePlan.considered`` becomes that of ``order.routed``; its shape stands in ``orders.planning.routing``.
A channel with a single warehouse has nothing to choose: no plan is made and nothing is said.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from inventory.selectors import WarehouseFact
from orders.planning import routing
from orders.planning.decisions import Decisions
from orders.planning.geography import Point, distance_km, point_of
from orders.planning.promises import Terms, dates_of, local_day
from orders.planning.routing import Demand, Place
from orders.selectors.channels import ChannelFact
from orders.selectors.room import AskedDay, room_on
from orders.services.asking import Asked, share
from orders.services.promising import terms_of
from orders.services.requests import OrderRequest
from orders.states import ShipPolicy

Stock = Mapping[tuple[int, int], int]
"""{(product_id, warehouse_id): units the channel can have there}."""


@dataclass(frozen=True, slots=True)
class Leg:
    """What one warehouse ships: of each line asked for, in their order, so many units (of a kit: whole kits)."""

    warehouse_id: int
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """The legs of an order, none of them empty, and every warehouse ``considered`` with its verdict."""

    legs: tuple[Leg, ...]
    shares: tuple[int, ...]
    """Of each line asked for, what all legs give together."""
    considered: tuple[Mapping[str, Any], ...] = ()


class Sites:
    """The warehouses of a channel as the planner sees them, for one piece of work at one moment.

    The room of their days is read once, when it is first asked for, and counts what that work itself sends there.
    """

    def __init__(self, warehouses: Mapping[int, WarehouseFact], *, now: datetime) -> None:
        self.warehouses = warehouses
        self._now = now
        self._today = {key: local_day(now, one.time_zone) for key, one in warehouses.items()}
        self._days: dict[tuple[str, str], dict[int, tuple[date, int | None]]] = {}
        self._room: dict[tuple[int, date], int] = {}

    def places(self, method: str, address: Mapping[str, Any]) -> list[Place]:
        """The warehouses for an order by that method to that address, in the channel's order."""
        country = str(address.get("country", ""))
        days = self._days.get((method, country))
        if days is None:
            days = self._days[method, country] = self._leaving(method, country)
        self._read_room(days)
        target = point_of(country, address.get("latitude"), address.get("longitude"))
        return [
            Place(
                id=key,
                kind=one.kind,
                days=(days[key][0] - self._today[key]).days,
                distance_km=distance_km(_point(one), target),
                cost=one.parcel_cost,
                room=None if days[key][1] is None else self._room.get((key, days[key][0]), 0),
                position=position,
                active=one.active,
            )
            for position, (key, one) in enumerate(self.warehouses.items())
        ]

    def sends(self, warehouse_ids: Iterable[int], method: str, country: str) -> None:
        """Count a shipment from each of them against the room of its day."""
        days = self._days.get((method, country), {})
        for key in warehouse_ids:
            day = days.get(key)
            if day is not None and (key, day[0]) in self._room:
                self._room[key, day[0]] -= 1

    def _leaving(self, method: str, country: str) -> dict[int, tuple[date, int | None]]:
        """{warehouse: (day on which work ready now leaves, how many shipments it sends then)}"""
        found = {}
        for key, one in self.warehouses.items():
            terms: Terms = terms_of(one, method, country)
            day = dates_of(self._now, terms).ship_by
            found[key] = (day, terms.capacity_on(day))
        return found

    def _read_room(self, days: Mapping[int, tuple[date, int | None]]) -> None:
        asked = [
            AskedDay(key, day, capacity, self._today[key], self.warehouses[key].time_zone)
            for key, (day, capacity) in days.items()
            if capacity is not None and (key, day) not in self._room
        ]
        if asked:
            self._room.update(room_on(asked))


def allowed_warehouses(channel: ChannelFact, decisions: Decisions) -> tuple[int, ...]:
    """The channel's warehouses that rules leave it; all of them when they leave none."""
    return tuple(narrowed(channel, decisions.warehouse_ids)) or channel.warehouse_ids


def narrowed(channel: ChannelFact, chosen: Collection[int]) -> list[int]:
    """Those of the channel's warehouses that a rule chose, in the channel's order."""
    return [one for one in channel.warehouse_ids if one in chosen]


def route(
    channel: ChannelFact,
    asked: Sequence[Asked],
    stock: Stock,
    decisions: Decisions,
    request: OrderRequest,
    sites: Sites,
) -> RoutePlan:
    """Where each line ships from, as far as there is stock. Nothing is taken yet.

    No statement, or one where a warehouse's days have a capacity. ``stock`` names the warehouses the order may use.
    """
    if len(channel.warehouse_ids) == 1:
        (place,) = channel.warehouse_ids
        there = {product_id: stock.get((product_id, place), 0) for one in asked for product_id, _units in one.units}
        shares = tuple(share(asked, there))
        legs = (Leg(channel.warehouse_id, shares),) if any(shares) else ()
        return RoutePlan(legs, shares)
    method = decisions.shipping_method or request.shipping_method
    complete = channel.ship_policy == ShipPolicy.COMPLETE if request.ship_complete is None else request.ship_complete
    found = routing.plan(
        [_demand(one) for one in asked],
        stock,
        sites.places(method, request.shipping_address),
        together=complete,
        allowed=allowed_warehouses(channel, decisions),
    )
    sites.sends((leg.place_id for leg in found.legs), method, str(request.shipping_address.get("country", "")))
    return RoutePlan(
        legs=tuple(Leg(leg.place_id, leg.shares) for leg in found.legs),
        shares=tuple(sum(leg.shares[index] for leg in found.legs) for index in range(len(asked))),
        considered=tuple(one.as_data() for one in found.weighed),
    )


def _demand(one: Asked) -> Demand:
    if stocked := one.stocked:
        return Demand(tuple((part.product.id, part.quantity) for part in stocked), one.request.quantity)
    return Demand(((one.product.id, 1),), one.request.quantity * one.ships)


def _point(warehouse: WarehouseFact) -> Point | None:
    return point_of(warehouse.country, warehouse.latitude, warehouse.longitude)
