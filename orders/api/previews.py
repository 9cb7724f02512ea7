"""What a change of an order would do, over REST."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from core.kernel.refs import tidy_ref
from core.rest.etags import etag, expected_version
from core.rest.idempotency import Answer, idempotent
from inventory.selectors import warehouses
from orders.api.reading import order_changes
from orders.api.rendering import promise_json
from orders.api.schemas import COUNT, DAY, ID, MONEY, PROMISE, TEXT, maybe, several, shape
from orders.api.serializers import OrderPatchIn
from orders.api.views import OrderEndpoint
from orders.services.edit_preview import EditPreview, preview_edit

EFFECT = shape(
    order=TEXT,
    version=COUNT,
    status=TEXT,
    lines=several(
        shape(
            id=maybe(ID),
            sku=TEXT,
            name=TEXT,
            quantity=COUNT,
            quantity_before=COUNT,
            allocated=COUNT,
            allocated_before=COUNT,
            backordered=COUNT,
            backordered_before=COUNT,
            put_back=COUNT,
        )
    ),
    total=MONEY,
    total_before=MONEY,
    promise=maybe(PROMISE),
    promise_before=maybe(PROMISE),
    fulfillment_orders=several(
        shape(
            id=maybe(ID),
            warehouse=TEXT,
            status=TEXT,
            status_before=TEXT,
            units=COUNT,
            units_before=COUNT,
            ship_by=DAY,
        )
    ),
    stops_floor={"type": "boolean"},
    holds=several(TEXT),
    holds_released=several(TEXT),
)


class EditPreviewView(OrderEndpoint):
    """What a change would do."""

    scopes: ClassVar = {"POST": "orders:write"}
    versioned: ClassVar = ("POST",)
    bodies: ClassVar = {"POST": OrderPatchIn}
    answers: ClassVar = {"POST": EFFECT}
    statuses: ClassVar = {"POST": 200}

    def post(self, request: Request, ref: str) -> HttpResponse:
        """The order before and after the same body as PATCH; nothing is changed. The ETag is the version to send."""
        changes = order_changes(OrderPatchIn.parse(request.data, partial=True))
        version, now = expected_version(request), timezone.now()

        def work() -> Answer:
            shown = preview_edit(
                ref, changes, channel_id=self.channel_id, expected_version=version, by=self.actor, now=now
            )
            return Answer({"order": tidy_ref(ref), **_json(shown)}, status=200, headers={"ETag": etag(shown.version)})

        return idempotent(request, work)


def _json(shown: EditPreview) -> dict[str, Any]:
    codes = {one.id: one.code for one in warehouses()}
    return {
        "version": shown.version,
        "status": shown.status_after,
        "lines": [
            {
                "id": line.id or None,
                "sku": line.sku,
                "name": line.name,
                "quantity": line.after,
                "quantity_before": line.before,
                "allocated": line.allocated_after,
                "allocated_before": line.allocated_before,
                "backordered": line.waiting_after,
                "backordered_before": line.waiting_before,
                "put_back": line.put_back,
            }
            for line in shown.lines
        ],
        "total": shown.total_after,
        "total_before": shown.total_before,
        "promise": promise_json(shown.promise_after) if shown.promise_after else None,
        "promise_before": promise_json(shown.promise_before) if shown.promise_before else None,
        "fulfillment_orders": [
            {
                "id": one.id or None,
                "warehouse": codes[one.warehouse_id],
                "status": one.status_after,
                "status_before": one.status_before,
                "units": one.units_after,
                "units_before": one.units_before,
                "ship_by": one.ship_by,
            }
            for one in shown.shipments
        ],
        "stops_floor": shown.stops_floor,
        "holds": shown.holds,
        "holds_released": shown.released,
    }
