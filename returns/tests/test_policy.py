"""The pure decisions of returns."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns import policy
from returns.planning import Arrived, Awaited, reconcile
from returns.policy import AcceptedUnits, LineToJudge

DAY = date(2026, 11, 23)


def line(**more: object) -> LineToJudge:
    values: dict[str, object] = {
        "order_line_id": 1,
        "shipped": 3,
        "spoken_for": 0,
        "shipped_on": DAY,
        "delivered_on": DAY + timedelta(days=2),
        **more,
    }
    return LineToJudge(**values)  # type: ignore[arg-type]


def test_the_window_counts_from_delivery_and_its_last_day_still_counts() -> None:
    last = DAY + timedelta(days=2 + 30)
    assert policy.judge(line(), window_days=30, today=last).code == "ok"
    assert policy.judge(line(), window_days=30, today=last).until == last
    over = policy.judge(line(), window_days=30, today=last + timedelta(days=1))
    assert over.code == "window_over"
    assert over.units == 3, "the units exist, a person may still say yes"


def test_without_a_delivery_report_a_week_is_added_to_the_day_of_shipping() -> None:
    silent = line(delivered_on=None)
    last = DAY + timedelta(days=policy.DAYS_ASSUMED_IN_TRANSIT + 30)
    assert policy.last_day(silent, 30) == last
    assert policy.judge(silent, window_days=30, today=last).within


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"shipped": 0, "shipped_on": None, "delivered_on": None}, "not_shipped"),
        ({"spoken_for": 3}, "all_returned"),
        ({"excluded": "not_returnable"}, "not_returnable"),
    ],
)
def test_what_cannot_be_returned_says_why(more: dict[str, object], code: str) -> None:
    assert policy.judge(line(**more), window_days=30, today=DAY).code == code


@given(st.dictionaries(st.sampled_from(policy.FULL_CHECKLIST), st.booleans(), max_size=6))
def test_the_worst_answer_drives_the_grade(checks: dict[str, bool]) -> None:
    grade = policy.grade_of(checks)
    alone = [policy.grade_of({check: fine}) for check, fine in checks.items()]
    assert grade == max(alone, default="A")
    assert (grade == "A") == all(checks.values())


@given(st.sampled_from("ABCD"))
def test_only_a_grade_as_new_is_proposed_for_the_shelf(grade: str) -> None:
    target = policy.destination_of(policy.disposition_of(grade))
    assert ("pick_face" in target.kinds) == (grade == "A")
    assert target.condition == "quarantined" or target.kinds == ("scrap",) or grade == "A"


def test_goods_of_value_are_written_off_by_two_people() -> None:
    assert policy.needs_second_opinion(disposition="dispose", value=Decimal(200), overridden=False)
    assert policy.needs_second_opinion(disposition="restock", value=Decimal(200), overridden=True)
    assert not policy.needs_second_opinion(disposition="dispose", value=Decimal("199.99"), overridden=True)
    assert not policy.needs_second_opinion(disposition="restock", value=Decimal(900), overridden=False)


def test_a_doubt_about_what_is_paid_goes_to_a_person() -> None:
    def judged(**more: object) -> str:
        values: dict[str, object] = {
            "kind": "customer",
            "reason": "no_longer_wanted",
            "grade": "A",
            "identity": True,
            "announced": True,
            **more,
        }
        return policy.acceptance_of(**values)  # type: ignore[arg-type]

    assert judged() == "accepted"
    assert judged(grade="D") == "needs_decision"
    assert judged(grade="D", reason="damaged") == "accepted"
    assert judged(identity=False) == "needs_decision"
    assert judged(announced=False) == "needs_decision"
    assert judged(kind="put_back", announced=False, grade="D") == "accepted"


money = st.decimals(min_value=0, max_value=10_000, places=2)
accepted_units = st.builds(AcceptedUnits, value=money, reason=st.sampled_from(policy.LINE_REASONS))


@given(
    st.lists(accepted_units, max_size=5),
    st.decimals(min_value=-50, max_value=500, places=2),
    st.booleans(),
    st.sampled_from([0, 2, 3]),
)
def test_a_refund_is_the_goods_and_never_more_than_the_charges(
    accepted: list[AcceptedUnits], charges: Decimal, whole: bool, decimals: int
) -> None:
    goods = sum((one.value for one in accepted), Decimal(0))
    found = policy.refund_of(accepted, goods_total=goods, charges_total=charges, whole_order=whole, decimals=decimals)
    step = Decimal(1).scaleb(-decimals)
    assert abs(found.goods - goods) <= step / 2
    assert min(charges, Decimal(0)) - step / 2 <= found.charges <= max(charges, Decimal(0)) + step / 2
    assert 0 <= found.amount <= max(goods + charges, Decimal(0)) + step
    assert found.amount == found.goods + found.charges
    assert found.amount % step == 0


def test_postage_goes_back_with_the_whole_order_or_for_our_own_fault() -> None:
    mug = [AcceptedUnits(Decimal("10.00"), "no_longer_wanted")]
    broken = [AcceptedUnits(Decimal("10.00"), "damaged")]

    def charges(accepted: list[AcceptedUnits], *, whole: bool) -> Decimal:
        return policy.refund_of(accepted, goods_total=Decimal(40), charges_total=Decimal(6), whole_order=whole).charges

    assert charges(mug, whole=False) == 0
    assert charges(mug, whole=True) == Decimal("6.00")
    assert charges(broken, whole=False) == Decimal("1.50")


def test_a_discount_beyond_the_postage_is_not_paid_back() -> None:
    def charges(worth: str) -> Decimal:
        accepted = [AcceptedUnits(Decimal(worth), "damaged")]
        return policy.refund_of(
            accepted, goods_total=Decimal(40), charges_total=Decimal(-6), whole_order=worth == "40.00"
        ).charges

    assert charges("40.00") == Decimal("-6.00")
    assert charges("10.00") == Decimal("-1.50")
    assert charges("0.00") == 0


units = st.integers(1, 9)
products = st.integers(1, 4)


@given(
    st.lists(st.tuples(products, units), max_size=5),
    st.lists(st.tuples(products, units, st.none() | st.integers(1, 5)), max_size=5),
)
def test_no_unit_that_arrives_is_lost_or_counted_twice(
    announced: list[tuple[int, int]], found: list[tuple[int, int, int | None]]
) -> None:
    awaited = [Awaited(item_id, product, count) for item_id, (product, count) in enumerate(announced, start=1)]
    plan = reconcile(awaited, [Arrived(*one) for one in found])
    assert plan.units == sum(count for _product, count, _instead in found)
    matched = {match.item_id: match.quantity for match in plan.matches}
    for item in awaited:
        assert matched.get(item.item_id, 0) + plan.still_open.get(item.item_id, 0) == item.open
    for product in range(1, 5):
        came = sum(count for one, count, _instead in found if one == product)
        kept = sum(match.quantity for match in plan.matches if match.product_id == product)
        over = sum(one.quantity for one in plan.surplus if one.product_id == product)
        assert kept + over == came
