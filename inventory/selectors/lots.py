"""Look up lots and serial numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.models import Lot
from inventory.selectors.products import whatever_case


@dataclass(frozen=True, slots=True)
class LotFact:
    """A lot, or one unit by its serial number. ``horizon_days`` before it expires it stops being sellable."""

    id: int
    product_id: int
    sku: str
    number: str
    expires_on: date | None
    horizon_days: int
    supplier_id: int | None
    first_received_at: datetime | None
    recalled_at: datetime | None
    recall_reason: str

    @property
    def sellable_until(self) -> date | None:
        """The last day on which its units may be sold; None without an expiry date."""
        if self.expires_on is None:
            return None
        # A mistyped year may lie closer to the first day there is than the horizon.
        return date.fromordinal(max(self.expires_on.toordinal() - self.horizon_days, 1))

    def is_sellable(self, today: date) -> bool:
        """Whether it is neither recalled nor too close to its expiry on that day."""
        return self.recalled_at is None and (self.sellable_until is None or today <= self.sellable_until)


def fact_of_lot(row: Lot) -> LotFact:
    """The fact of a lot row whose product is loaded."""
    return LotFact(
        id=row.pk,
        product_id=row.product_id,
        sku=row.product.sku,
        number=row.number,
        expires_on=row.expires_on,
        horizon_days=row.product.expiry_horizon_days or 0,
        supplier_id=row.supplier_id,
        first_received_at=row.first_received_at,
        recalled_at=row.recalled_at,
        recall_reason=row.recall_reason,
    )


def lot_fact(sku: str, number: str) -> LotFact:
    """The lot of that number of a product, by its SKU whatever its case; one query. Raises NotFound.

    Both may hold slashes: an address that was cut at another of them is understood too.
    """
    parts = f"{sku}/{number}".split("/")
    splits = [("/".join(parts[:cut]), "/".join(parts[cut:])) for cut in range(1, len(parts))]
    if "\0" not in sku + number:
        rows = Lot.objects.select_related("product").filter(
            product__in=whatever_case({one for one, _number in splits}), number__in={one for _sku, one in splits}
        )
        for row in rows:
            if any(row.number == one and row.product.sku.casefold() == whose.casefold() for whose, one in splits):
                return fact_of_lot(row)
    raise NotFound(_("There is no lot %(number)s of %(sku)s.") % {"number": number[:40], "sku": sku[:64]})


def lots_numbered(number: str, *, limit: int = 20) -> list[LotFact]:
    """The lots of that number, of whatever product; one query."""
    if "\0" in number or not number:
        return []
    rows = Lot.objects.select_related("product").filter(number=number).order_by("product__sku")
    return [fact_of_lot(row) for row in rows[:limit]]


def lots_by_key(keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], LotFact]:
    """{(product_id, number): lot} of those that are known; one query."""
    wanted = {(product_id, number) for product_id, number in keys if number}
    if not wanted:
        return {}
    rows = Lot.objects.select_related("product").filter(
        product_id__in=sorted({product_id for product_id, _number in wanted}),
        number__in=sorted({number for _product, number in wanted}),
    )
    return {(row.product_id, row.number): fact_of_lot(row) for row in rows if (row.product_id, row.number) in wanted}
