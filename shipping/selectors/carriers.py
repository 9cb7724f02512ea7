"""Who carries: the services a shop has, and what the parcels of orders were bought with."""

from collections.abc import Collection
from dataclasses import dataclass

from shipping.models import CarrierService, Parcel


@dataclass(frozen=True, slots=True)
class ServiceFact:
    """A carrier's service as a shop offers it; one that is not ``active`` is of former orders."""

    method: str
    name: str
    carrier: str
    active: bool


def services() -> dict[str, ServiceFact]:
    """Every service by its method, active or not, in the order of their names. One statement."""
    rows = CarrierService.objects.order_by("name", "method").values_list("method", "name", "carrier", "active")
    return {row[0]: ServiceFact(*row) for row in rows}


def carriers_bought(order_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The carriers the parcels of each order were bought with, the first parcel's first; no entry without any.

    One statement; none for no orders. Parcels that were cancelled do not count.
    """
    if not order_ids:
        return {}
    rows = Parcel.objects.filter(order_id__in=order_ids).exclude(carrier="").exclude(status="cancelled")
    found: dict[int, list[str]] = {}
    for order_id, carrier in rows.order_by("pk").values_list("order_id", "carrier"):
        kept = found.setdefault(order_id, [])
        if carrier not in kept:
            kept.append(carrier)
    return {order_id: tuple(kept) for order_id, kept in found.items()}
