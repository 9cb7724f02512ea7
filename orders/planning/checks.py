"""Whether the lines and amounts of an order look like a mistake. Pure; what it says is a reason to ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orders.planning.findings import Finding

FEW = 8
"""Lines of a product it takes before anything counts as usual for it."""
FAR_MORE, NEVER_ODD = 5, 10
"""So many times the most that was usual is odd, but never so few units."""
FAR_PRICE = 4
"""So many times the usual price, or the same part of it, is odd."""

Goods = tuple[tuple[int, int], ...]
"""What somebody bought, as sorted (product_id, units)."""


@dataclass(frozen=True, slots=True)
class Bought:
    """A line as an order has it: units of a product, or kits."""

    product_id: int
    sku: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Usual:
    """What lines of a product were like: how many there were, the most units but for the odd one, the middle price."""

    lines: int
    most_units: int
    price: Decimal


def usual_of(lines: Sequence[tuple[int, Decimal]]) -> Usual:
    """What is usual in (units, unit price) of past lines, at least one: 19 of 20 have no more units."""
    units = sorted(count for count, _price in lines)
    prices = sorted(price for _count, price in lines)
    return Usual(len(lines), units[max(0, -(-len(units) * 19 // 20) - 1)], prices[len(prices) // 2])


def goods_of(lines: Iterable[tuple[int, int]]) -> Goods:
    """What (product_id, units) lines come to, whatever their order."""
    found: dict[int, int] = {}
    for product_id, units in lines:
        found[product_id] = found.get(product_id, 0) + units
    return tuple(sorted(found.items()))


def look_at_quantities(lines: Iterable[Bought], *, usual_units: int, usual: Mapping[int, Usual]) -> list[Finding]:
    """Lines of more units than the channel sells at once (``usual_units``, 0: no limit), or than the product's do."""
    findings = []
    for line in lines:
        known = usual.get(line.product_id)
        limit = max(NEVER_ODD, known.most_units * FAR_MORE) if known and known.lines >= FEW else None
        if usual_units and line.quantity > usual_units:
            limit = min(usual_units, limit) if limit is not None else usual_units
        if limit is not None and line.quantity > limit:
            words = {"sku": line.sku, "quantity": line.quantity, "usual": limit}
            findings.append(Finding("quantity.unusual", line.sku, str(line.quantity), words=words))
    return findings


def look_at_prices(lines: Iterable[Bought], *, usual: Mapping[int, Usual]) -> list[Finding]:
    """Lines at no price, or far from what the product usually costs in the order's currency."""
    findings = []
    for line in lines:
        known = usual.get(line.product_id)
        words: dict[str, object] = {"sku": line.sku, "price": line.unit_price}
        if not line.unit_price:
            findings.append(Finding("price.zero", line.sku, "0", words=words))
        elif (
            known
            and known.lines >= FEW
            and known.price
            and not known.price / FAR_PRICE <= line.unit_price <= known.price * FAR_PRICE
        ):
            words = {**words, "usual": known.price}
            findings.append(Finding("price.unusual", line.sku, str(line.unit_price), str(known.price), words=words))
    return findings


def look_at_method(method: str, known: Iterable[str]) -> list[Finding]:
    """A shipping method that is none of the shop's; what differs in upper and lower case only is suggested."""
    near = sorted(one for one in known if one.casefold() == method.casefold())
    return [] if method in near else [Finding("method.unknown", "shipping_method", method, near[0] if near else "")]


def look_at_total(stated: Decimal | None, computed: Decimal, *, decimals: int) -> list[Finding]:
    """A total that is not what goods, postage and charges come to, in whole coins of the currency."""
    coin = Decimal(1).scaleb(-min(decimals, 2))
    if stated is None or stated.quantize(coin) == computed.quantize(coin):
        return []
    words = {"stated": stated.quantize(coin), "computed": computed.quantize(coin)}
    return [Finding("total.differs", "total", str(words["stated"]), str(words["computed"]), words=words)]


def look_for_twin(goods: Goods, earlier: Iterable[tuple[str, Goods]]) -> list[Finding]:
    """An earlier order, by its reference, of the same goods; the first one counts."""
    for ref, theirs in earlier:
        if theirs == goods:
            return [Finding("duplicate", "order", ref, words={"ref": ref})]
    return []
