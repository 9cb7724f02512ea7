"""Which orders came after a list was shown: cheap enough to be asked every few seconds by every desk."""

from orders.models import Order
from orders.selectors.lists import OrderFilter, matching

LOOKED_AT = 2000


def newest_order() -> int:
    """The id of the order that came last; 0 when there is none. One look at the end of an index."""
    return Order.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def came_since(filters: OrderFilter, *, after: int, newest: int, cap: int = 50) -> int:
    """How many matching orders have an id above ``after``, up to ``cap`` + 1: more than ``cap`` is "more than that".

    By id, not by ``placed_at``: a shop's import may bring old orders in. Looks at the ``LOOKED_AT`` newest ids (up to
    ``newest``) alone, so that a page left open for a week costs no more. One statement beside a search's. An order
    whose intake was under way when the list was made is told of with the next one.
    """
    rows = matching(filters).filter(pk__gt=max(after, newest - LOOKED_AT))
    return rows.order_by()[: cap + 1].count()
