"""What a request asks for: its lines with their products, kits with what goes into them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from core.kernel.errors import Invalid
from core.rest.currencies import decimals_of
from inventory.planning.kits import CENT, value_shares, weights_of
from inventory.selectors import KitOffer, OfferedPart, ProductFact, kit_offer
from orders.errors import OutOfStock
from orders.planning.kits import Part, share_out_whole
from orders.planning.sharing import share_out, summed
from orders.services.requests import LineRequest

NO_KITS = KitOffer({}, {})


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of a request, its product and, when that is a kit, what goes into one of it."""

    request: LineRequest
    product: ProductFact
    parts: tuple[OfferedPart, ...] = ()

    @property
    def units(self) -> list[tuple[int, int]]:
        """[(product_id, units)] of what is stocked that the line asks for: nothing of what never ships."""
        if not self.parts:
            return [(self.product.id, self.request.quantity)] if self.product.ships else []
        return [(part.product.id, part.quantity * self.request.quantity) for part in self.stocked]

    @property
    def stocked(self) -> list[OfferedPart]:
        """What of a kit lies on a shelf: not the gift card in it."""
        return [part for part in self.parts if part.product.ships]

    @property
    def ships(self) -> bool:
        """Whether anything of it is ever packed."""
        return any(part.product.ships for part in self.parts) if self.parts else self.product.ships


def kits_among(products: Iterable[ProductFact], warehouse_ids: Sequence[int]) -> KitOffer:
    """What goes into the kits among the products and what there is of it. No statement without kits, else one."""
    kits = {product.id for product in products if product.kit_kind == "virtual"}
    return kit_offer(kits, warehouse_ids) if kits else NO_KITS


def ask(lines: Sequence[LineRequest], products: Sequence[ProductFact], kits: KitOffer) -> list[Asked]:
    """The lines as asked for. Raises Invalid naming every kit that has no components."""
    asked = [
        Asked(line, product, kits.parts.get(product.id, ())) for line, product in zip(lines, products, strict=True)
    ]
    errors = [
        {
            "pointer": f"/lines/{index}/sku",
            "code": "kit_without_components",
            "detail": _("The kit %(sku)s has no components yet.") % {"sku": one.product.sku},
        }
        for index, one in enumerate(asked)
        if one.product.kit_kind == "virtual" and not one.parts
    ]
    if errors:
        raise Invalid(_("Some lines name products that cannot be ordered."), errors=errors)
    return asked


def demand_of(asked: Iterable[Asked]) -> dict[int, int]:
    """{product_id: units} of all lines: the same product on its own and inside kits is summed."""
    return summed(units for one in asked for units in one.units)


def share(asked: Sequence[Asked], available: Mapping[int, int]) -> list[int]:
    """How much of each line can be had, the first first: units of an article, whole kits of a kit.

    Nothing is given of lines that never ship: they want no stock.
    """
    if not any(one.parts for one in asked):
        return share_out([(one.product.id, one.request.quantity * one.product.ships) for one in asked], available)
    groups = [
        [Part(part.product.id, part.quantity, 0, part.quantity * one.request.quantity) for part in one.stocked]
        or [Part(one.product.id, 1, 0, one.request.quantity * one.ships)]
        for one in asked
    ]
    given = share_out_whole(groups, available)
    return [units[0] // group[0].per_kit for units, group in zip(given, groups, strict=True)]


def refuse_short(asked: Sequence[Asked], shares: Sequence[int], available: Mapping[int, int]) -> None:
    """Raise OutOfStock naming every line that would be short, and of kits which components; nothing when none is."""
    demand = demand_of(asked)
    errors = [
        _shortage(index, one, available, demand)
        for index, (one, got) in enumerate(zip(asked, shares, strict=True))
        if one.ships and got < one.request.quantity
    ]
    if errors:
        raise OutOfStock(errors)


def _shortage(index: int, one: Asked, available: Mapping[int, int], demand: Mapping[int, int]) -> dict[str, object]:
    there = {product_id: max(available.get(product_id, 0), 0) for product_id, _units in one.units}
    error: dict[str, object] = {
        "pointer": f"/lines/{index}/quantity",
        "code": "out_of_stock",
        "sku": one.product.sku,
        "quantity": one.request.quantity,
    }
    if not one.parts:
        units = there[one.product.id]
        return {**error, "detail": _("%(available)d available") % {"available": units}, "available": units}
    short = [part for part in one.stocked if there[part.product.id] < demand[part.product.id]]
    return {
        **error,
        "detail": _("The kit lacks %(components)s.")
        % {
            "components": ", ".join(
                _("%(sku)s (%(wanted)d wanted, %(available)d available)")
                % {
                    "sku": part.product.sku,
                    "wanted": demand[part.product.id],
                    "available": there[part.product.id],
                }
                for part in short
            )
        },
        "available": min(there[part.product.id] // part.quantity for part in one.stocked),
        "components": [
            {"sku": part.product.sku, "wanted": demand[part.product.id], "available": there[part.product.id]}
            for part in short
        ],
    }


def values_of(price: Decimal, parts: Sequence[OfferedPart], currency: str) -> list[Decimal]:
    """The share of a kit's price that each part's units in one kit are worth; exact, in the currency's coins."""
    weights = weights_of([(part.quantity, part.list_price, part.unit_cost) for part in parts])
    coin = max(Decimal(1).scaleb(-decimals_of(currency)), CENT)
    return value_shares(price, weights, coin=coin)
