"""Which parcels carried a lot."""

from collections.abc import Iterable

from django.db.models import Sum

from shipping.models import ParcelItem


def parcels_with(product_id: int, lot: str, order_refs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """{order's reference: its parcels that hold units of that lot}, cancelled ones left out; one query."""
    wanted = sorted(set(order_refs))
    if not wanted:
        return {}
    rows = (
        ParcelItem.objects.filter(parcel__order_ref__in=wanted, allocation__product_id=product_id, allocation__lot=lot)
        .exclude(parcel__status="cancelled")
        .order_by("parcel_id")
        .values_list("parcel__order_ref", "parcel__ref")
        .distinct()
    )
    found: dict[str, tuple[str, ...]] = {}
    for order_ref, parcel_ref in rows:
        found[order_ref] = (*found.get(order_ref, ()), parcel_ref)
    return found


def lots_in_parcel(parcel_ref: str) -> dict[tuple[int, str], int]:
    """{(product_id, lot): units} that a parcel carries, what has no lot left out; one query."""
    rows = (
        ParcelItem.objects.filter(parcel__ref=parcel_ref)
        .exclude(allocation__lot="")
        .order_by("product_id", "allocation__lot")
        .values_list("product_id", "allocation__lot")
        .annotate(units=Sum("quantity"))
    )
    return {(product_id, lot): units for product_id, lot, units in rows}
