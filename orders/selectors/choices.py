"""What a customer is asked about a shortage, and what was chosen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F

from inventory.selectors import availability, products_by_id
from inventory.selectors.coming import Coming, coming
from inventory.selectors.substitutes import substitutes_of
from orders.models import FulfillmentOrder, OrderLine, ShortageChoice
from orders.planning.choices import Replacement, options, replacements
from orders.selectors.buffers import buffers_of
from orders.selectors.channels import ChannelFact, channel_by_id
from orders.selectors.facts import OrderFact
from orders.states import ChoiceStatus


@dataclass(frozen=True, slots=True)
class ChoiceFact:
    """A question to a customer. ``lines`` are [(order_line_id, units missing when it was asked)]."""

    id: int
    status: str
    lines: tuple[tuple[int, int], ...]
    asked_at: datetime
    deadline: datetime
    choice: str
    answered_at: datetime | None
    answered_by: str

    @property
    def is_open(self) -> bool:
        return self.status == ChoiceStatus.ASKED


@dataclass(frozen=True, slots=True)
class Missing:
    """Units a line waits for now; ``expected_on`` is the day more of it is due, ``instead`` what is offered."""

    line_id: int
    sku: str
    name: str
    units: int
    expected_on: date | None
    instead_sku: str = ""
    instead_name: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a customer can be asked now: what is ``missing``, and the ``options`` that make sense."""

    missing: tuple[Missing, ...]
    options: tuple[str, ...]
    replacements: tuple[Replacement, ...]


def choices_of(order_id: int) -> list[ChoiceFact]:
    """The questions asked about an order, the newest first. One statement."""
    return [fact_of(row) for row in ShortageChoice.objects.filter(order=order_id).order_by("-pk")]


def fact_of(row: ShortageChoice) -> ChoiceFact:
    """The fact of a row."""
    return ChoiceFact(
        id=row.pk,
        status=row.status,
        lines=tuple((int(line_id), int(units)) for line_id, units in row.lines),
        asked_at=row.asked_at,
        deadline=row.deadline,
        choice=row.choice,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
    )


def due_choices(now: datetime, *, limit: int) -> list[int]:
    """Questions whose deadline has passed, the oldest first, from a partial index."""
    rows = ShortageChoice.objects.filter(status=ChoiceStatus.ASKED, deadline__lte=now).order_by("deadline", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def missing_of(lines: Iterable[OrderLine], *, today: date) -> dict[int, int]:
    """{line: units} that are missing by surprise: what was ordered ahead of its release day is not."""
    return {
        line.pk: line.backordered
        for line in lines
        if line.backordered and not (line.release_on and line.release_on > today)
    }


def replacements_for(
    channel: ChannelFact, missing: Mapping[int, int], lines: Mapping[int, OrderLine]
) -> list[Replacement]:
    """What can be offered instead now, from the channel's own warehouse, without what it leaves to others.

    Parts of kits are not replaced: the kit would no longer be what was bought. At most two statements.
    """
    plain = {pk: units for pk, units in missing.items() if lines[pk].kit_id is None}
    known = substitutes_of(lines[pk].product_id for pk in plain) if plain else {}
    if not known:
        return []
    found = availability({one for own in known.values() for one in own}, [channel.warehouse_id])
    there = buffers_of(channel).net({product_id: units for (product_id, _w), units in found.items()})
    candidates = {pk: known.get(lines[pk].product_id, ()) for pk in plain}
    return replacements(plain, candidates, there)


def given_instead(line_ids: Iterable[int]) -> list[tuple[str, str, int]]:
    """[(what was missing, what is sent instead, units)] of the lines that were replaced. One statement."""
    rows = OrderLine.objects.filter(instead_of__in=list(line_ids), quantity__gt=F("cancelled")).order_by("pk")
    return [
        (old, new, quantity - cancelled)
        for old, new, quantity, cancelled in rows.values_list("instead_of__name", "name", "quantity", "cancelled")
    ]


def held_back(order_id: int) -> bool:
    """Whether units that are there wait for the rest of the order."""
    rows = FulfillmentOrder.objects.filter(order=order_id, status="open", request_status="")
    return rows.filter(allocations__status="allocated").exists()


def question(order: OrderFact, *, today: date) -> Question:
    """What the customer of the order can choose now. A handful of statements, however much is missing."""
    lines = {line.pk: line for line in OrderLine.objects.filter(order=order.id).order_by("position", "pk")}
    missing = missing_of(lines.values(), today=today)
    channel = channel_by_id(order.channel_id)
    instead = replacements_for(channel, missing, lines)
    by_line = {one.line_id: one for one in instead}
    products = products_by_id([one.product_id for one in instead]) if instead else {}
    due = coming([lines[pk].product_id for pk in missing], channel.warehouse_ids) if missing else {}
    rows = []
    for pk, units in missing.items():
        line = lines[pk]
        other = products[by_line[pk].product_id] if pk in by_line else None
        rows.append(
            Missing(
                line_id=pk,
                sku=line.sku,
                name=line.name,
                units=units,
                expected_on=_day(due.get(line.product_id), today),
                instead_sku=other.sku if other else "",
                instead_name=other.name if other else "",
            )
        )
    possible = options(held_back=held_back(order.id), replacements=instead) if rows else []
    return Question(tuple(rows), tuple(possible), tuple(instead))


def _day(due: Coming | None, today: date) -> date | None:
    """The day more is due; one that has passed says nothing."""
    return due.next_on if due and due.next_on and due.next_on >= today else None
