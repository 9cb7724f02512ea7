"""What may be sent instead of a product."""

from collections.abc import Iterable

from inventory.models import Substitute


def substitutes_of(product_ids: Iterable[int]) -> dict[int, list[int]]:
    """{product: its substitutes that are still sold and shipped, the first to be offered first}. One statement.

    Kits are left out: what goes into them is decided when an order is placed.
    """
    found: dict[int, list[int]] = {}
    rows = Substitute.objects.filter(
        product_id__in=sorted(set(product_ids)),
        substitute__active=True,
        substitute__ships=True,
        substitute__kit_kind="none",
    ).order_by("position", "pk")
    for product_id, substitute_id in rows.values_list("product_id", "substitute_id"):
        found.setdefault(product_id, []).append(substitute_id)
    return found
