"""What a pace foretells, as laws."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.planning.pace import STAGES, Job, Pace, pace_of, project

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR, A_BLINK = timedelta(hours=1), timedelta(milliseconds=5)

works = st.lists(st.tuples(st.sampled_from(STAGES), st.integers(0, 50)), max_size=40).map(
    lambda rows: [Job(key, stage, units) for key, (stage, units) in enumerate(rows)]
)
paces = st.floats(1, 500)


@given(works, paces, paces)
def test_every_order_is_told_once_and_never_before_now(jobs: list[Job], picking: float, packing: float) -> None:
    told = project(jobs, picking=picking, packing=packing, now=NOW)
    assert [one.key for one in told] == [job.key for job in jobs]
    assert all(one.packed_at >= NOW for one in told)
    assert all(one.packed_at == NOW for one, job in zip(told, jobs, strict=True) if job.stage == "hand_over")


@given(works, paces, paces)
def test_nobody_packs_faster_than_the_pace_and_nobody_idles(jobs: list[Job], picking: float, packing: float) -> None:
    told = project(jobs, picking=picking, packing=packing, now=NOW)
    to_pack = sum(job.units for job in jobs if job.stage != "hand_over")
    to_pick = sum(job.units for job in jobs if job.stage in ("release", "pick"))
    last = max((one.packed_at for one in told), default=NOW)
    least = max(to_pack / packing, to_pick / picking) * HOUR
    assert NOW + least - A_BLINK <= last <= NOW + (to_pack / packing + to_pick / picking) * HOUR + A_BLINK
    for one, job in zip(told, jobs, strict=True):
        if job.stage != "hand_over":
            own = job.units / packing + (job.units / picking if job.stage in ("release", "pick") else 0)
            assert one.packed_at >= NOW + own * HOUR - A_BLINK


@given(works, paces, paces, st.floats(1, 5))
def test_when_all_work_faster_all_of_it_is_done_earlier(
    jobs: list[Job], picking: float, packing: float, faster: float
) -> None:
    slow = project(jobs, picking=picking, packing=packing, now=NOW)
    fast = project(jobs, picking=picking * faster, packing=packing * faster, now=NOW)
    assert (
        max((one.packed_at for one in fast), default=NOW) <= max((one.packed_at for one in slow), default=NOW) + A_BLINK
    )


@given(works, paces, paces, st.integers(0, 50))
def test_a_less_urgent_order_delays_nobody_who_comes_from_picking_before_it(
    jobs: list[Job], picking: float, packing: float, units: int
) -> None:
    before = project(jobs, picking=picking, packing=packing, now=NOW)
    after = project([*jobs, Job(999, "release", units)], picking=picking, packing=packing, now=NOW)
    for one, same in zip(before, after, strict=False):
        assert same.packed_at == one.packed_at


@given(works, paces, paces)
def test_how_many_are_ahead_counts_everybody_once(jobs: list[Job], picking: float, packing: float) -> None:
    told = project(jobs, picking=picking, packing=packing, now=NOW)
    ahead = [one.ahead for one, job in zip(told, jobs, strict=True) if job.stage != "hand_over"]
    assert sorted(ahead) == list(range(len(ahead)))


def test_packing_takes_the_urgent_one_of_those_that_wait() -> None:
    jobs = [Job(1, "pick", 30), Job(2, "pack", 10), Job(3, "pack", 10)]
    told = {one.key: one for one in project(jobs, picking=60, packing=60, now=NOW)}
    assert told[2].packed_at == NOW + timedelta(minutes=10)
    assert told[3].packed_at == NOW + timedelta(minutes=20)
    assert told[1].packed_at == NOW + timedelta(minutes=60)
    assert (told[1].ahead, told[1].slowest) == (2, "pick")


def test_a_pace_is_what_was_done_since_work_began() -> None:
    done = [(NOW - timedelta(minutes=minutes), 10) for minutes in (30, 20, 10)]
    assert pace_of(done, since=NOW - 3 * HOUR, now=NOW, usual=40) == Pace(60.0, measured=True)
    assert pace_of(done[:2], since=NOW - 3 * HOUR, now=NOW, usual=40) == Pace(40, measured=False)
    assert pace_of(done, since=NOW - timedelta(minutes=25), now=NOW, usual=40) == Pace(40, measured=False)


def test_a_burst_of_a_minute_is_no_pace_of_an_hour() -> None:
    done = [(NOW - timedelta(seconds=20), 5)] * 3
    assert pace_of(done, since=NOW - HOUR, now=NOW, usual=40).units_per_hour == 60.0


def test_standing_still_is_no_pace() -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        project([], picking=0, packing=10, now=NOW)
