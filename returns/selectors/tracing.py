"""What became of units that left the house with an order: the answer to inventory's question about a lot."""

from collections.abc import Sequence

from inventory.ports import Sent
from orders.selectors.tracing import customer_refs
from returns.models import Return
from shipping.selectors.tracing import parcels_with


def sent_with(product_id: int, lot: str, order_refs: Sequence[str]) -> dict[str, Sent]:
    """{order's reference: the shop's number, parcels and returns}; three queries."""
    refs = customer_refs(order_refs)
    parcels = parcels_with(product_id, lot, order_refs)
    returns: dict[str, tuple[str, ...]] = {}
    rows = Return.objects.filter(order_ref__in=sorted(set(order_refs))).order_by("pk").values_list("order_ref", "ref")
    for order_ref, ref in rows:
        returns[order_ref] = (*returns.get(order_ref, ()), ref)
    return {
        ref: Sent(customer_ref=customer_ref, parcels=parcels.get(ref, ()), returns=returns.get(ref, ()))
        for ref, customer_ref in refs.items()
    }
