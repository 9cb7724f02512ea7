"""How an order is packed: of the rules that match it, the lowest position decides each thing it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Insert:
    """A stocked product laid in beside the goods: into every parcel, or only the first."""

    product_id: int
    quantity: int = 1
    every_parcel: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions (None: all) and what the rule says; an empty member says nothing of that thing.

    Values are in ``currency``, empty: in that of the order's channel.
    """

    code: str
    name: str
    position: int = 0
    channel_id: int | None = None
    product_id: int | None = None
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    currency: str = ""
    for_gifts: bool | None = None
    chosen_only: bool = False
    carton_id: int | None = None
    material: str = ""
    instruction: str = ""
    note: Mapping[str, str] = field(default_factory=dict)
    hide_prices: bool | None = None
    inserts: tuple[Insert, ...] = ()


@dataclass(frozen=True, slots=True)
class Traits:
    """An order as the rules see it. ``chosen`` is the code of the rule an order rule chose, ``gift_hides`` what the
    buyer asked for; ``extra`` are products an order rule lays in."""

    channel_id: int
    product_ids: frozenset[int]
    value: Decimal
    is_gift: bool = False
    gift_hides: bool = False
    chosen: str = ""
    extra: tuple[int, ...] = ()
    locale: str = "en"
    currency: str = ""
    channel_currency: str = ""


@dataclass(frozen=True, slots=True)
class Packaging:
    """What was decided, and ``because``: {thing: name of the rule that said so}.

    Things are ``carton``, ``material``, ``instruction``, ``note``, ``hide_prices`` and ``insert:<product id>``; a thing
    the order itself or an order rule decided names no rule.
    """

    carton_id: int | None = None
    material: str = ""
    instruction: str = ""
    note: str = ""
    hide_prices: bool = False
    inserts: tuple[Insert, ...] = ()
    because: Mapping[str, str] = field(default_factory=dict)


def matches(rule: Rule, order: Traits) -> bool:
    """Whether the rule counts for the order. One that an order rule chose counts whatever its conditions are."""
    if order.chosen and rule.code == order.chosen:
        return True
    if rule.chosen_only:
        return False
    return (
        (rule.channel_id is None or rule.channel_id == order.channel_id)
        and (rule.product_id is None or rule.product_id in order.product_ids)
        and _is_worth(rule, order)
        and (rule.for_gifts is None or rule.for_gifts == order.is_gift)
    )


def _is_worth(rule: Rule, order: Traits) -> bool:
    """Whether its value lies where the rule wants it. Amounts of two currencies are never compared."""
    if rule.min_value is None and rule.max_value is None:
        return True
    return (
        order.currency == (rule.currency or order.channel_currency)
        and (rule.min_value is None or order.value >= rule.min_value)
        and (rule.max_value is None or order.value <= rule.max_value)
    )


def in_turn(rules: Sequence[Rule], order: Traits) -> list[Rule]:
    """The rules that match, the first to decide first: the chosen one, then by position and code."""
    found = [rule for rule in rules if matches(rule, order)]
    return sorted(found, key=lambda rule: (rule.code != order.chosen, rule.position, rule.code))


def decide(rules: Sequence[Rule], order: Traits) -> Packaging:
    """How the order is packed. Each insert is a thing of its own: the first rule that names a product says how many.

    Prices are hidden where the buyer asked for it or sends a gift, whatever the rules say.
    """
    because: dict[str, str] = {}
    carton_id: int | None = None
    material = instruction = note = ""
    hide: bool | None = None
    inserts: dict[int, Insert] = {product_id: Insert(product_id) for product_id in order.extra}
    for rule in in_turn(rules, order):
        if carton_id is None and rule.carton_id is not None:
            carton_id, because["carton"] = rule.carton_id, rule.name
        if not material and rule.material:
            material, because["material"] = rule.material, rule.name
        if not instruction and rule.instruction:
            instruction, because["instruction"] = rule.instruction, rule.name
        said = in_language(rule.note, order.locale)
        if not note and said:
            note, because["note"] = said, rule.name
        if hide is None and rule.hide_prices is not None:
            hide, because["hide_prices"] = rule.hide_prices, rule.name
        for insert in rule.inserts:
            if insert.product_id not in inserts:
                inserts[insert.product_id] = insert
                because[f"insert:{insert.product_id}"] = rule.name
    if order.is_gift or order.gift_hides:
        hide = True
        because.pop("hide_prices", None)
    return Packaging(carton_id, material, instruction, note, bool(hide), tuple(inserts.values()), because)


def in_language(texts: Mapping[str, str], locale: str) -> str:
    """The text in that language (``sv-SE`` finds ``sv``), else in English, else nothing."""
    own = locale.replace("_", "-").casefold()
    by_code = {code.replace("_", "-").casefold(): text for code, text in texts.items()}
    return by_code.get(own) or by_code.get(own.partition("-")[0]) or by_code.get("en", "")


def inserts_of(packaging: Packaging, *, first_parcel: bool) -> list[Insert]:
    """What of the inserts goes into a parcel: everything into an order's first, the rest only into every one."""
    return [one for one in packaging.inserts if first_parcel or one.every_parcel]
