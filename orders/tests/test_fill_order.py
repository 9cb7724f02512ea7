"""Who of those that wait gets what there is: laws of the pure plan."""

import random
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orders.planning.fill_order import ChannelRule, Waiting, by_policy, fill_order
from orders.states import FillPolicy

DAY = datetime(2026, 11, 23, tzinfo=UTC)
POLICIES = FillPolicy.values
AUTOMATIC = [policy for policy in POLICIES if policy != "manual"]


def waits(order_id: int, units: int, *, age: int = 0, **more: object) -> Waiting:
    return Waiting(order_id, placed_at=DAY - timedelta(hours=age), units=units, **{"channel_id": 1, **more})  # type: ignore[arg-type]


@st.composite
def crowds(draw: st.DrawFn, *, kits: bool = True) -> list[Waiting]:
    rows = []
    for order_id in range(1, draw(st.integers(0, 8)) + 1):
        step = draw(st.sampled_from([1, 1, 2, 3])) if kits else 1
        rows.append(
            Waiting(
                order_id=order_id,
                channel_id=draw(st.integers(1, 3)),
                placed_at=DAY - timedelta(hours=draw(st.integers(0, 4))),
                units=step * draw(st.integers(1, 4)),
                others=draw(st.sampled_from([0, 0, 2])),
                promised=draw(st.none() | st.dates(date(2026, 11, 1), date(2026, 12, 1))),
                priority=draw(st.integers(-1, 2)),
                first=step,
                step=step,
            )
        )
    return rows


def rulebooks(policies: list[str]) -> st.SearchStrategy[dict[int, ChannelRule]]:
    rule = st.builds(ChannelRule, st.sampled_from(policies), st.sampled_from([0, 0, 3]))
    return st.fixed_dictionaries({1: rule, 2: rule, 3: rule})


@given(crowds(), st.integers(-2, 30), rulebooks(list(POLICIES)))
def test_nobody_gets_more_than_there_is_or_than_it_waits_for_or_part_of_a_kit(
    crowd: list[Waiting], available: int, rules: dict[int, ChannelRule]
) -> None:
    plan = fill_order(crowd, available, rules)

    rows = {one.order_id: one for one in crowd}
    left = available
    for order_id, units in plan:
        one = rows[order_id]
        assert 0 < units <= one.units
        assert one.usable(units) == units
        assert rules[one.channel_id].policy != "manual"
        assert units <= left - rules[one.channel_id].keep  # each transaction finds what it was promised
        left -= units
    assert len({order_id for order_id, _units in plan}) == len(plan)


@given(crowds(kits=False), st.integers(0, 30), rulebooks(AUTOMATIC), rulebooks(AUTOMATIC))
def test_a_change_of_policy_changes_who_gets_units_and_never_how_many_are_given(
    crowd: list[Waiting], available: int, one: dict[int, ChannelRule], other: dict[int, ChannelRule]
) -> None:
    other = {channel: ChannelRule(rule.policy, one[channel].keep) for channel, rule in other.items()}

    def given_out(rules: dict[int, ChannelRule]) -> dict[int, int]:
        channel_of = {row.order_id: row.channel_id for row in crowd}
        shares: dict[int, int] = {}
        for order_id, units in fill_order(crowd, available, rules):
            shares[channel_of[order_id]] = shares.get(channel_of[order_id], 0) + units
        return shares

    assert given_out(one) == given_out(other)


@given(crowds(), st.integers(0, 30), rulebooks(list(POLICIES)), st.randoms())
def test_the_answer_does_not_depend_on_the_order_of_the_question(
    crowd: list[Waiting], available: int, rules: dict[int, ChannelRule], dice: random.Random
) -> None:
    shuffled = list(crowd)
    dice.shuffle(shuffled)
    assert fill_order(crowd, available, rules) == fill_order(shuffled, available, rules)


@given(crowds(kits=False), st.integers(0, 30))
def test_no_unit_lies_half_used_where_it_could_complete_an_order(crowd: list[Waiting], available: int) -> None:
    got = dict(by_policy(crowd, "completes_an_order", available))

    rows = {one.order_id: one for one in crowd}
    completed = {pk for pk, units in got.items() if units == rows[pk].units and not rows[pk].others}
    loose = available - sum(got[pk] for pk in completed)
    assert all(one.units > loose for one in crowd if not one.others and one.order_id not in completed)
    # And no other choice completes more.
    assert len(completed) == _most([one.units for one in crowd if not one.others], available)


def _most(sizes: list[int], available: int) -> int:
    count = 0
    for size in sorted(sizes):
        if size > available:
            break
        available -= size
        count += 1
    return count


def test_each_policy_has_its_own_first() -> None:
    crowd = [
        waits(1, 4, age=9, promised=date(2026, 11, 30)),
        waits(2, 4, age=5, promised=date(2026, 11, 24)),
        waits(3, 2, age=3, promised=date(2026, 11, 28)),
        waits(4, 4, age=1, promised=date(2026, 11, 29), priority=5),
    ]

    assert by_policy(crowd, "oldest", 4) == [(1, 4)]
    assert by_policy(crowd, "promise", 4) == [(2, 4)]
    assert by_policy(crowd, "priority", 4) == [(4, 4)]
    assert by_policy(crowd, "completes_an_order", 4) == [(3, 2), (1, 2)]
    assert by_policy(crowd, "manual", 4) == []


def test_channels_share_by_age_and_each_chooses_among_its_own() -> None:
    crowd = [
        waits(1, 2, age=9, channel_id=1),
        waits(2, 2, age=8, channel_id=2),
        waits(3, 2, age=7, channel_id=1, priority=9),
        waits(4, 2, age=6, channel_id=2),
    ]
    rules = {1: ChannelRule("priority"), 2: ChannelRule("oldest")}

    assert fill_order(crowd, 4, rules) == [(3, 2), (2, 2)]


def test_what_fills_by_hand_is_left_alone_and_does_not_keep_units_from_others() -> None:
    crowd = [waits(1, 3, age=9, channel_id=1), waits(2, 3, age=1, channel_id=2)]

    assert fill_order(crowd, 3, {1: ChannelRule("manual"), 2: ChannelRule("oldest")}) == [(2, 3)]
