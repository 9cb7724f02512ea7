"""Which of some orders a person may see: lists made without a warehouse are cut to their scope."""

from collections.abc import Iterable

from django.http import HttpRequest

from fulfillment.dashboard.access import staff, visible_warehouses
from orders.selectors.lists import OrderFilter, refs_of


def refs_in_scope(request: HttpRequest, refs: Iterable[str]) -> set[str]:
    """Those of the orders that have to do with a warehouse of the person. One statement; none for who sees all."""
    wanted = set(refs)
    if not wanted or not staff(request).warehouse_ids:
        return wanted
    here = [one.id for one in visible_warehouses(request)]
    return set(refs_of(OrderFilter(warehouse_ids=here, refs=sorted(wanted)), limit=len(wanted))) if here else set()
