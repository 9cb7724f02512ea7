"""What the packaging rules decide about orders."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from inventory.selectors import ProductFact, products_by_id, products_by_sku
from orders.selectors.packaging import packed_orders
from shipping.models import Carton, PackagingRule
from shipping.planning.packaging import Insert, Packaging, Rule, Traits, decide, in_turn


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision in words a person can check: the carton and inserts by name, and the rules that match, in turn."""

    packaging: Packaging
    carton: str
    inserts: tuple[tuple[Insert, str, str, str], ...]
    """(insert, its SKU, its name, the rule that said so; "" for an order rule)"""
    rules: tuple[str, ...]
    chosen: str


def active_rules() -> list[Rule]:
    """The rules that count, with their inserts. One statement."""
    rows = (
        PackagingRule.objects.filter(active=True)
        .order_by("position", "pk", "inserts__pk")
        .values_list(
            "code",
            "name",
            "position",
            "channel_id",
            "product_id",
            "min_value",
            "max_value",
            "currency",
            "for_gifts",
            "chosen_only",
            "carton_id",
            "material",
            "instruction",
            "note",
            "hide_prices",
            "inserts__product_id",
            "inserts__quantity",
            "inserts__every_parcel",
        )
    )
    found: dict[str, Rule] = {}
    for *columns, product_id, quantity, every_parcel in rows:
        rule = found.get(columns[0]) or Rule(*columns)
        if product_id is not None:
            rule = replace(rule, inserts=(*rule.inserts, Insert(product_id, quantity, every_parcel)))
        found[rule.code] = rule
    return list(found.values())


def packagings_of(order_ids: Iterable[int]) -> dict[int, Packaging]:
    """How each order is packed. Two statements, and a third when an order rule lays something in."""
    rules = active_rules()
    return {order_id: decide(rules, order) for order_id, order in _traits(order_ids).items()}


def explained(order_id: int) -> Explained | None:
    """How an order is packed, and why; None for an unknown order. Five statements at most."""
    order = _traits([order_id]).get(order_id)
    if order is None:
        return None
    rules = active_rules()
    found = decide(rules, order)
    carton = ""
    if found.carton_id is not None:
        carton = Carton.objects.filter(pk=found.carton_id).values_list("name", flat=True).first() or ""
    products: dict[int, ProductFact] = {}
    if found.inserts:
        products = products_by_id(insert.product_id for insert in found.inserts)
    return Explained(
        packaging=found,
        carton=carton,
        inserts=tuple(
            (
                insert,
                products[insert.product_id].sku,
                products[insert.product_id].name,
                found.because.get(f"insert:{insert.product_id}", ""),
            )
            for insert in found.inserts
            if insert.product_id in products
        ),
        rules=tuple(rule.name for rule in in_turn(rules, order)),
        chosen=order.chosen,
    )


def _traits(order_ids: Iterable[int]) -> dict[int, Traits]:
    orders = packed_orders(order_ids)
    skus = {sku for order in orders.values() for sku in order.inserts}
    products = products_by_sku(skus) if skus else {}
    return {
        key: Traits(
            channel_id=order.channel_id,
            product_ids=order.product_ids,
            value=order.goods_total,
            is_gift=order.is_gift,
            gift_hides=order.hide_prices,
            chosen=order.packaging,
            extra=tuple(products[sku.casefold()].id for sku in order.inserts if sku.casefold() in products),
            locale=order.locale,
            currency=order.currency,
            channel_currency=order.channel_currency,
        )
        for key, order in orders.items()
    }
