"""Packaging rules: the lowest position decides each thing, and their laws."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipping.planning.packaging import Insert, Rule, Traits, decide, in_language, in_turn, inserts_of, matches

ORDER = Traits(channel_id=1, product_ids=frozenset({10, 11}), value=Decimal(60))
CARD, STICKER = 90, 91


def rule(code: str, position: int = 0, **more: object) -> Rule:
    return Rule(code, code.title(), position, **more)  # type: ignore[arg-type]


def test_the_lowest_position_decides_each_thing_it_says() -> None:
    found = decide(
        [
            rule("plain", 5, carton_id=1, material="paper", inserts=(Insert(CARD), Insert(STICKER))),
            rule("shop", 1, material="silk", inserts=(Insert(CARD, 2),)),
        ],
        ORDER,
    )
    assert (found.carton_id, found.material) == (1, "silk")
    assert found.inserts == (Insert(CARD, 2), Insert(STICKER))
    assert found.because == {
        "carton": "Plain",
        "material": "Shop",
        f"insert:{CARD}": "Shop",
        f"insert:{STICKER}": "Plain",
    }


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({}, True),
        ({"channel_id": 1}, True),
        ({"channel_id": 2}, False),
        ({"product_id": 11}, True),
        ({"product_id": 12}, False),
        ({"min_value": Decimal(60)}, True),
        ({"min_value": Decimal("60.01")}, False),
        ({"max_value": Decimal(60)}, True),
        ({"max_value": Decimal("59.99")}, False),
        ({"for_gifts": False}, True),
        ({"for_gifts": True}, False),
        ({"chosen_only": True}, False),
    ],
)
def test_every_condition_narrows(more: dict[str, object], counts: bool) -> None:
    assert matches(rule("one", **more), ORDER) is counts  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("named", "currency", "counts"),
    [
        ("", "GBP", True),  # the channel's own
        ("", "JPY", False),
        ("GBP", "GBP", True),
        ("JPY", "GBP", False),
        ("JPY", "JPY", True),
    ],
)
@pytest.mark.parametrize("bound", [{"min_value": Decimal(50)}, {"max_value": Decimal(70)}])
def test_a_value_is_compared_in_its_own_currency_only(
    named: str, currency: str, counts: bool, bound: dict[str, Decimal]
) -> None:
    order = replace(ORDER, currency=currency, channel_currency="GBP")
    assert matches(rule("one", currency=named, **bound), order) is counts  # type: ignore[arg-type]
    assert matches(rule("one", currency=named), order)  # without a value nothing is compared


def test_the_rule_an_order_rule_chose_comes_first_whatever_its_conditions() -> None:
    found = decide(
        [rule("first", 0, material="paper"), rule("vip", 9, material="silk", chosen_only=True, channel_id=2)],
        replace(ORDER, chosen="vip"),
    )
    assert (found.material, found.because["material"]) == ("silk", "Vip")


def test_gifts_and_buyers_who_ask_for_it_get_no_prices() -> None:
    shown = [rule("shown", hide_prices=False)]
    assert decide(shown, ORDER).hide_prices is False
    assert decide(shown, replace(ORDER, is_gift=True)).hide_prices is True
    assert decide(shown, replace(ORDER, gift_hides=True)).hide_prices is True
    assert decide([rule("b2b", hide_prices=True)], ORDER).hide_prices is True


def test_the_note_is_in_the_customers_language_else_in_english() -> None:
    note = {"en": "Thank you", "sv": "Tack", "th": "ขอบคุณ"}
    assert [in_language(note, one) for one in ("sv", "sv-SE", "th_TH", "ja", "")] == [
        "Tack",
        "Tack",
        "ขอบคุณ",
        "Thank you",
        "Thank you",
    ]
    assert in_language({"sv": "Tack"}, "ja") == ""
    rules = [rule("swedish", 0, note={"sv": "Tack"}), rule("all", 1, note={"en": "Thank you"})]
    assert decide(rules, replace(ORDER, locale="ja")).note == "Thank you"


def test_only_the_first_parcel_gets_what_is_not_for_every_one() -> None:
    found = decide([rule("one", inserts=(Insert(CARD), Insert(STICKER, 1, every_parcel=True)))], ORDER)
    assert [one.product_id for one in inserts_of(found, first_parcel=True)] == [CARD, STICKER]
    assert [one.product_id for one in inserts_of(found, first_parcel=False)] == [STICKER]


def test_what_an_order_rule_lays_in_is_laid_in_once() -> None:
    found = decide([rule("one", inserts=(Insert(CARD, 3),))], replace(ORDER, extra=(CARD, STICKER)))
    assert found.inserts == (Insert(CARD), Insert(STICKER))
    assert found.because == {}


maybe_value = st.none() | st.decimals(min_value=0, max_value=100, places=2)
rules_of = st.lists(
    st.builds(
        Rule,
        code=st.sampled_from(["a", "b", "c", "d"]),
        name=st.text("xyz", min_size=1, max_size=3),
        position=st.integers(0, 3),
        channel_id=st.none() | st.integers(1, 2),
        product_id=st.none() | st.integers(10, 12),
        min_value=maybe_value,
        max_value=maybe_value,
        currency=st.sampled_from(["", "GBP", "JPY"]),
        for_gifts=st.none() | st.booleans(),
        chosen_only=st.booleans(),
        carton_id=st.none() | st.integers(1, 3),
        material=st.sampled_from(["", "paper", "silk"]),
        instruction=st.sampled_from(["", "wrap", "bow"]),
        note=st.dictionaries(st.sampled_from(["en", "sv"]), st.sampled_from(["hej", "hello"])),
        hide_prices=st.none() | st.booleans(),
        inserts=st.lists(st.builds(Insert, st.integers(90, 92), st.integers(1, 3)), max_size=2).map(tuple),
    ),
    max_size=6,
    unique_by=lambda one: one.code,
)
orders = st.builds(
    Traits,
    channel_id=st.integers(1, 2),
    product_ids=st.frozensets(st.integers(10, 12)),
    value=st.decimals(min_value=0, max_value=100, places=2),
    is_gift=st.booleans(),
    gift_hides=st.booleans(),
    chosen=st.sampled_from(["", "a", "zz"]),
    locale=st.sampled_from(["en", "sv", "th"]),
    currency=st.sampled_from(["GBP", "JPY"]),
    channel_currency=st.sampled_from(["GBP", "JPY"]),
)


@given(rules_of, orders, st.randoms())
def test_the_order_the_rules_are_read_in_decides_nothing(rules: list[Rule], order: Traits, dice: object) -> None:
    shuffled = list(rules)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decide(shuffled, order) == decide(rules, order)


@given(rules_of, orders)
def test_a_rule_that_does_not_match_decides_nothing(rules: list[Rule], order: Traits) -> None:
    assert decide([one for one in rules if matches(one, order)], order) == decide(rules, order)


@given(rules_of, orders)
def test_everything_decided_was_said_by_the_first_rule_that_says_it(rules: list[Rule], order: Traits) -> None:
    found, turn = decide(rules, order), in_turn(rules, order)
    assert found.material == next((one.material for one in turn if one.material), "")
    assert found.carton_id == next((one.carton_id for one in turn if one.carton_id is not None), None)
    assert len({one.product_id for one in found.inserts}) == len(found.inserts)
    assert set(found.because.values()) <= {one.name for one in turn}
    assert found.hide_prices or not (order.is_gift or order.gift_hides)
