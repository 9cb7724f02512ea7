"""What orders wait for, over REST."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.refs import tidy_ref
from core.rest.pages import Position, cursor_page, keyset
from core.rest.serializers import Instant, RefText, Sku, StrictSerializer
from inventory.selectors import products_by_sku
from orders.api.schemas import COUNT, ID, MOMENT, TEXT, maybe, shape
from orders.api.views import OrderEndpoint
from orders.selectors.backorders import BackorderFact, BackorderFilter, backorder_fact, backordered_lines

BACKORDER: dict[str, Any] = shape(
    order=TEXT,
    external_id=TEXT,
    channel=TEXT,
    line=ID,
    kit=maybe(ID),
    sku=TEXT,
    name=TEXT,
    quantity=COUNT,
    backordered=COUNT,
    on_hold={"type": "boolean"},
    placed_at=MOMENT,
)


class BackorderFilters(StrictSerializer):
    """How the list is narrowed."""

    sku = Sku(required=False)
    order = RefText(required=False, max_length=24)
    placed_after = Instant(required=False)
    placed_before = Instant(required=False)


class BackordersView(OrderEndpoint):
    """Lines that wait for stock."""

    scopes: ClassVar = {"GET": "orders:read"}
    filters = BackorderFilters
    paged = True
    answers: ClassVar = {"GET": BACKORDER}

    def get(self, request: Request) -> Response:
        """The lines of the channel's confirmed orders that wait for stock, newest order first; of kits their parts."""
        asked = BackorderFilters.parse_query(request, paged=True)
        rows = backordered_lines(
            BackorderFilter(
                channel_id=self.channel_id,
                product_ids=[one.id for one in products_by_sku([asked["sku"]]).values()] if "sku" in asked else None,
                order_ref=tidy_ref(asked["order"]) if "order" in asked else None,
                placed_after=asked.get("placed_after"),
                placed_before=asked.get("placed_before"),
            )
        )

        def fetch(at: Position | None, limit: int) -> list[BackorderFact]:
            return [backorder_fact(line) for line in keyset(rows, "placed_at", at, limit)]

        return Response(cursor_page(request, fetch, by="placed_at", render=_shown))


def _shown(one: BackorderFact) -> dict[str, Any]:
    return {
        "order": one.order_ref,
        "external_id": one.external_id,
        "channel": one.channel_code,
        "line": one.id,
        "kit": one.kit_id,
        "sku": one.sku,
        "name": one.name,
        "quantity": one.quantity,
        "backordered": one.backordered,
        "on_hold": one.on_hold,
        "placed_at": one.placed_at,
    }
