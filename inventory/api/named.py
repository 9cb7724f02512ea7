"""What the fields of a request name: looked up, or pointed at."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.utils.translation import gettext as _

from core.kernel.errors import Invalid, NotFound
from inventory.selectors import ProductFact, WarehouseFact, bin_by_code, products_by_sku, warehouse_by_code, warehouses

T = TypeVar("T")


def named(find: Callable[[], T], pointer: str) -> T:
    """What a field names. Raises Invalid (400) pointing at the field where there is no such thing."""
    try:
        return find()
    except NotFound as refusal:
        errors = [{"pointer": pointer, "code": "unknown", "detail": refusal.detail}]
        raise Invalid(refusal.detail, errors=errors) from refusal


def products_named(skus: Sequence[str], pointer: str) -> list[ProductFact]:
    """The products, in that order. Raises Invalid (400) pointing at each SKU that is unknown.

    A ``%d`` in the pointer stands for its number.
    """
    found = products_by_sku(skus)
    errors = [
        {
            "pointer": pointer % number if "%d" in pointer else pointer,
            "code": "unknown_sku",
            "detail": _("There is no product %(sku)s.") % {"sku": sku},
        }
        for number, sku in enumerate(skus)
        if sku.casefold() not in found
    ]
    if errors:
        raise Invalid(str(errors[0]["detail"]), errors=errors)
    return [found[sku.casefold()] for sku in skus]


def warehouse_named(code: str, pointer: str = "/warehouse") -> WarehouseFact:
    """The warehouse. Raises Invalid (400) pointing at the field."""
    return named(lambda: warehouse_by_code(code), pointer)


def bin_named(code: str, warehouse_id: int, pointer: str) -> int:
    """The id of the bin in that warehouse. Raises Invalid (400) pointing at the field."""
    return named(lambda: bin_by_code(code, warehouse_id=warehouse_id).id, pointer)


def warehouse_ids_named(code: str | None) -> list[int] | None:
    """What a filter by warehouse narrows to: None without it, nothing for one that does not exist."""
    if code is None:
        return None
    return [one.id for one in warehouses(active_only=False) if one.code == code]
