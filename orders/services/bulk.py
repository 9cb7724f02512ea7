"""Take in many orders, each with a fate of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.kernel.actors import Actor
from core.kernel.commands import TryAgain, command
from core.kernel.errors import DomainError, NotFound
from core.outbox.publish import publish
from inventory.errors import InsufficientStock
from inventory.selectors import offer
from inventory.services import reservation
from orders.errors import DuplicateExternalId
from orders.models import Order
from orders.selectors.buffers import buffers_of
from orders.selectors.calendars import Loads
from orders.selectors.channels import channel_by_id
from orders.selectors.rule_buyers import Buyers
from orders.services.asking import ask, kits_among, refuse_short
from orders.services.deciding import decide
from orders.services.drafting import (
    by_product,
    draft_order,
    events_of,
    match_products,
    net_of,
    refuse_too_dear,
    wants_of,
)
from orders.services.drafts import Draft
from orders.services.examining import past_orders
from orders.services.intake import place_order
from orders.services.intake_rows import insert_orders
from orders.services.requests import OrderRequest
from orders.services.routing import Sites, allowed_warehouses, route
from orders.states import ShortagePolicy

BATCH = 100
"""Orders of one transaction: enough to share its costs, few enough to keep hot rows locked for milliseconds."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one order: ``created``, ``duplicate`` (``ref`` is the first order) or ``rejected``."""

    external_id: str
    status: str
    ref: str = ""
    code: str = ""
    detail: str = ""
    errors: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def place_orders(channel_id: int, requests: Sequence[OrderRequest], *, by: Actor, now: datetime) -> list[Fate]:
    """Take in the orders, one after the other as far as stock is concerned; what became of each, in their order.

    A hundred share a transaction and its statements. Where somebody comes between, they are placed one by one.
    """
    fates: list[Fate] = []
    for start in range(0, len(requests), BATCH):
        batch = requests[start : start + BATCH]
        try:
            if any(request.reservation_id for request in batch):
                raise TryAgain
            fates.extend(_place_batch(channel_id, batch, by=by, now=now))
        except TryAgain:
            fates.extend(_place_one(channel_id, request, by=by, now=now) for request in batch)
    return fates


def _place_one(channel_id: int, request: OrderRequest, *, by: Actor, now: datetime) -> Fate:
    try:
        order = place_order(channel_id, request, by=by, now=now)
    except DomainError as error:
        return fate_of(request.external_id, error)
    return Fate(request.external_id, "created", order.ref)


def fate_of(external_id: str, error: DomainError) -> Fate:
    """How a refused order ends."""
    if isinstance(error, DuplicateExternalId):
        return Fate(external_id, "duplicate", error.ref, error.code, error.detail)
    return Fate(external_id, "rejected", "", error.code, error.detail, error.errors)


@command
def _place_batch(channel_id: int, requests: Sequence[OrderRequest], *, by: Actor, now: datetime) -> list[Fate]:
    """All in one transaction, in six statements, nine with kits. Raises TryAgain when overtaken by anybody.

    Where twins are looked for, or a rule asks for the buyers' past, one statement more for each.
    """
    channel = channel_by_id(channel_id)
    if not channel.active:
        raise NotFound("There is no such channel.")
    fates: dict[int, Fate] = {}
    past = past_orders(channel, requests)
    buyers = Buyers(channel_id, (request.customer.email for request in requests))
    taken = _known(channel_id, [request.external_id for request in requests])
    offered = offer({line.sku for request in requests for line in request.lines}, channel.warehouse_ids)
    kits = kits_among(offered.products.values(), channel.warehouse_ids)
    buffers, sites = buffers_of(channel), Sites(offered.warehouses, now=now)
    left = net_of({**offered.available, **kits.available}, channel.warehouse_ids, buffers)
    drafts: dict[int, Draft] = {}
    loads = Loads(now=now)
    for index, request in enumerate(requests):
        try:
            if request.external_id in taken:
                raise DuplicateExternalId(taken[request.external_id], request.external_id)
            products = match_products(request, offered.products)
            asked = ask(request.lines, products, kits)
            earlier = list(drafts.values())
            decisions = decide(channel, request, products, drafted=earlier, past=past[index], buyers=buyers, now=now)
            places = allowed_warehouses(channel, decisions)
            narrowed = places != channel.warehouse_ids
            there = {key: units for key, units in left.items() if key[1] in places} if narrowed else left
            plan = route(channel, asked, there, decisions, request, sites)
            if channel.shortage_policy == ShortagePolicy.REJECT:
                refuse_short(asked, plan.shares, by_product(there))
            refuse_too_dear(request)
        except DomainError as error:
            fates[index] = fate_of(request.external_id, error)
            continue
        draft = draft_order(channel, offered.warehouses, request, asked, plan, decisions, loads=loads, now=now)
        drafts[index] = draft
        taken[request.external_id] = draft.ref
        fates[index] = Fate(request.external_id, "created", draft.ref)
        for key, units in draft.taken.items():
            left[key] = left.get(key, 0) - units
    order_of_writing = list(drafts.values())
    written = insert_orders(channel, order_of_writing, placed_by=by.name, now=now) if drafts else {}
    if len(written) != len(drafts):
        raise TryAgain
    events = [event for place, draft in enumerate(order_of_writing) for event in events_of(draft, written[place])]
    publish(*events, by=by, now=now)
    wants: dict[tuple[int, int], int] = {}
    for draft in order_of_writing:
        for key, units in draft.taken.items():
            wants[key] = wants.get(key, 0) + units
    try:
        reservation.take(wants_of(wants, buffers))
    except InsufficientStock as error:
        raise TryAgain from error
    return [fates[index] for index in range(len(requests))]


def _known(channel_id: int, external_ids: Sequence[str]) -> dict[str, str]:
    """{external_id: ref} of those the channel used before."""
    rows = Order.objects.filter(channel_id=channel_id, external_id__in=external_ids)
    return dict(rows.values_list("external_id", "ref"))
