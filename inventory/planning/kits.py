"""What goes into a kit, how many kits there are parts for, and what each part is worth: pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal

DEEPEST = 5
"""Levels of kits in kits. More is a mistake, not a product."""

CENT = Decimal("0.01")
Recipes = Mapping[int, Mapping[int, int]]
"""{kit: {component: units in one kit}}, of every kit that is exploded"""


class KitLoop(ValueError):
    """A kit that contains itself, directly or through others."""


class KitTooDeep(ValueError):
    """Kits in kits beyond ``DEEPEST`` levels."""


def explode(kit: int, recipes: Recipes) -> dict[int, int]:
    """{product: units} of what is stocked that goes into one kit. Raises KitLoop and KitTooDeep."""
    units: dict[int, int] = {}
    _add(kit, 1, recipes, units, above=())
    return units


def _add(product: int, quantity: int, recipes: Recipes, units: dict[int, int], *, above: tuple[int, ...]) -> None:
    parts = recipes.get(product)
    if not parts:
        units[product] = units.get(product, 0) + quantity
        return
    if product in above:
        raise KitLoop
    if len(above) >= DEEPEST:
        raise KitTooDeep
    for part, each in parts.items():
        _add(part, quantity * each, recipes, units, above=(*above, product))


def depth_of(kit: int, recipes: Recipes) -> int:
    """How many levels of kits there are from this one down: 0 for what is no kit. Raises KitLoop and KitTooDeep."""
    return _depth(kit, recipes, above=())


def _depth(product: int, recipes: Recipes, *, above: tuple[int, ...]) -> int:
    parts = recipes.get(product)
    if not parts:
        return 0
    if product in above:
        raise KitLoop
    if len(above) >= DEEPEST:
        raise KitTooDeep
    return 1 + max(_depth(part, recipes, above=(*above, product)) for part in parts)


def whole_kits(parts: Iterable[tuple[int, int]]) -> int:
    """How many whole kits there are of parts [(units in one kit, units there are)]; 0 without parts."""
    return max(min((there // each for each, there in parts), default=0), 0)


def value_shares(price: Decimal, weights: Sequence[Decimal], *, coin: Decimal = CENT) -> list[Decimal]:
    """The price in whole coins shared by weight: the shares sum to the price, none differs by a coin from its due.

    What rounding leaves goes, a coin each, to those who lost most by it, the first of equals first. Weights that sum
    to nothing share alike. A price that is no whole number of coins leaves its fraction with the first of these.
    """
    if not weights:
        return []
    total = sum(weights, Decimal(0))
    if total <= 0:
        weights, total = [Decimal(1)] * len(weights), Decimal(len(weights))
    exact = [price * weight / total for weight in weights]
    shares = [due.quantize(coin, ROUND_DOWN) for due in exact]
    left = price - sum(shares, Decimal(0))
    by_loss = sorted(range(len(weights)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_loss[: int(left / coin)]:
        shares[index] += coin
    shares[by_loss[0]] += left % coin
    return shares


def weights_of(parts: Sequence[tuple[int, Decimal | None, Decimal | None]]) -> list[Decimal]:
    """By what the parts [(units, list price, unit cost)] share a price.

    By list price when every part has one, else by cost when every part has one, else by units.
    """
    for column in (1, 2):
        worth: list[Decimal | None] = [part[1] if column == 1 else part[2] for part in parts]
        known = [one for one in worth if one is not None]
        if len(known) == len(parts) and sum(known, Decimal(0)) > 0:
            return [Decimal(part[0]) * one for part, one in zip(parts, known, strict=True)]
    return [Decimal(part[0]) for part in parts]


def value_of_units(value: Decimal, per_kit: int, *, before: int, units: int) -> Decimal:
    """What ``units`` of a component are worth of which ``before`` came back earlier; exact cents.

    One kit's ``per_kit`` units are worth ``value``; the last unit of each kit gets what rounding left, so that whole
    kits are always worth whole values.
    """
    return _worth_of_first(value, per_kit, before + units) - _worth_of_first(value, per_kit, before)


def _worth_of_first(value: Decimal, per_kit: int, units: int) -> Decimal:
    kits, loose = divmod(units, per_kit)
    return value * kits + (value / per_kit).quantize(CENT, ROUND_DOWN) * loose
