"""Units of an order as the customer knows them: kits by their names, with what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass

from orders.selectors.facts import OrderFact


@dataclass(frozen=True, slots=True)
class Bought:
    """Units of an article, or whole kits; ``contents`` are the (name, units) of one such kit."""

    name: str
    sku: str
    quantity: int
    contents: tuple[tuple[str, int], ...] = ()

    @property
    def note(self) -> str:
        """What is in one kit, in words; empty for an article."""
        return ", ".join(f"{units} × {name}" for name, units in self.contents)


def bought_units(order: OrderFact, units: Mapping[int, int]) -> list[Bought]:
    """{order line id: units} told in kits as far as they make kits, in the order of the lines.

    What is left over of a kit is told by its own name.
    """
    found: list[tuple[int, Bought]] = []
    rest = {line_id: count for line_id, count in units.items() if count > 0}
    for kit in order.kits:
        whole = min((rest.get(part.id, 0) // (part.per_kit or 1) for part in kit.components), default=0)
        if not whole:
            continue
        for part in kit.components:
            rest[part.id] -= whole * (part.per_kit or 1)
        contents = tuple((part.name or part.sku, part.per_kit or 1) for part in kit.components)
        found.append((kit.position, Bought(kit.name, kit.sku, whole, contents)))
    found += [(line.position, Bought(line.name, line.sku, rest[line.id])) for line in order.lines if rest.get(line.id)]
    return [one for _position, one in sorted(found, key=lambda pair: pair[0])]
