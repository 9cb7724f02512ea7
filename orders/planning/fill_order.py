"""Who of those that wait for a product gets how many of the units that are there: pure.

Between channels age decides: every channel gets the units its orders would get if the oldest went first. Within a
channel its own policy says which of its orders get them. So a policy changes who gets units, never how many are given.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

NEVER = date.max


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that waits for ``units`` of one product.

    Of a kit only whole ones are given: ``first`` units make the next kit whole, each further one takes ``step``.
    ``others`` are the units of other products it waits for as well.
    """

    order_id: int
    channel_id: int
    placed_at: datetime
    units: int
    others: int = 0
    promised: date | None = None
    priority: int = 0
    first: int = 1
    step: int = 1

    def usable(self, there: int) -> int:
        """How many of ``there`` units it can use: no more than it waits for, and no part of a kit."""
        most = min(there, self.units)
        if most < self.first:
            return 0
        return self.first + (most - self.first) // self.step * self.step


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """How a channel fills: its ``policy``, and the last units it ``keep``\\ s for the other channels."""

    policy: str = "oldest"
    keep: int = 0


Given = list[tuple[int, int]]
"""[(order_id, units)], in the order they are to be given; nobody is named with 0 units."""


def fill_order(waiting: Iterable[Waiting], available: int, rules: Mapping[int, ChannelRule]) -> Given:
    """Who gets how many of the ``available`` units. ``rules`` names every channel that waits.

    Never gives more than there is, nor to an order more than it waits for. Orders of channels that fill by hand get
    nothing here. The same input gives the same answer, whatever its order.
    """
    rows = [one for one in waiting if rules[one.channel_id].policy != "manual"]
    rows.sort(key=_age)
    shares = _shares(rows, available, rules)
    given: dict[int, int] = {}
    for channel_id in sorted({one.channel_id for one in rows}):
        own = [one for one in rows if one.channel_id == channel_id]
        _share_within(own, shares.get(channel_id, 0), rules[channel_id].policy, given)
    # Kits of different sizes can leave a rest of a channel's share: the oldest that can use it gets it.
    left = available - sum(given.values())
    for one in rows:
        had = given.get(one.order_id, 0)
        more = one.usable(had + max(left - rules[one.channel_id].keep, 0)) - had
        if more > 0:
            given[one.order_id] = had + more
            left -= more
    # Who leaves more to others goes first, or what the rest took would seem to be what was left to them.
    turn = {one.order_id: (-rules[one.channel_id].keep, place) for place, one in enumerate(_turns(rows, rules))}
    return sorted(given.items(), key=lambda pair: turn[pair[0]])


def by_policy(rows: Sequence[Waiting], policy: str, available: int) -> Given:
    """Who would get how many if all of ``rows`` were filled by one policy, whatever their channels; for previews."""
    ranked = sorted(rows, key=_age)
    given: dict[int, int] = {}
    _share_within(ranked, max(available, 0), "oldest" if policy == "manual" else policy, given)
    return [] if policy == "manual" else list(given.items())


def _age(one: Waiting) -> tuple[datetime, int]:
    return (one.placed_at, one.order_id)


_RANK: dict[str, Callable[[Waiting], tuple[Any, ...]]] = {
    "oldest": _age,
    "promise": lambda one: (one.promised or NEVER, *_age(one)),
    "priority": lambda one: (-one.priority, *_age(one)),
    # Fewest units first: so most orders are completed.
    "completes_an_order": lambda one: (bool(one.others), one.units, *_age(one)),
}


def _turns(rows: Sequence[Waiting], rules: Mapping[int, ChannelRule]) -> list[Waiting]:
    """The order of the transactions: turns go to channels by age, within its turn a channel sends its first."""
    queues = {
        channel_id: iter(
            sorted(
                (one for one in rows if one.channel_id == channel_id),
                key=_RANK.get(rules[channel_id].policy, _age),
            )
        )
        for channel_id in {one.channel_id for one in rows}
    }
    return [next(queues[one.channel_id]) for one in rows]


def _shares(rows: Sequence[Waiting], available: int, rules: Mapping[int, ChannelRule]) -> dict[int, int]:
    """Units of each channel when the oldest order goes first, whatever the policies."""
    left = available
    shares: dict[int, int] = {}
    for one in rows:
        got = one.usable(max(left - rules[one.channel_id].keep, 0))
        left -= got
        shares[one.channel_id] = shares.get(one.channel_id, 0) + got
    return shares


def _share_within(rows: Sequence[Waiting], units: int, policy: str, given: dict[int, int]) -> None:
    """Give ``units`` to orders of one channel by its policy. ``rows`` come oldest first."""
    left = units
    ranked = sorted(rows, key=_RANK[policy])
    if policy == "completes_an_order":
        for one in ranked:
            if not one.others and one.usable(left) == one.units <= left:
                given[one.order_id] = one.units
                left -= one.units
        # What completes nobody goes to the oldest: it is nearest to its turn.
        ranked = [one for one in rows if one.order_id not in given]
    for one in ranked:
        got = one.usable(left)
        if got:
            given[one.order_id] = got
            left -= got
