"""Why an order is or is not pickable, over REST: the sentences of the screen, beside their codes."""

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from orders.api.schemas import COUNT, DAY, ID, MOMENT, TEXT, maybe, several, shape
from orders.api.views import OrderEndpoint
from orders.selectors.allocation_story import allocation_story, story_json

ALLOCATION: dict[str, Any] = shape(
    order=TEXT,
    verdict=TEXT,
    code=TEXT,
    ship_from=several(TEXT),
    parts=several(shape(fulfillment_order=ID, warehouse=TEXT, status=TEXT, code=TEXT, text=TEXT)),
    lines=several(
        shape(
            line=ID,
            sku=TEXT,
            name=TEXT,
            wanted=COUNT,
            shipped=COUNT,
            waiting=COUNT,
            text=TEXT,
            reasons=several(shape(code=TEXT, units=COUNT, text=TEXT)),
            candidates=several(
                shape(
                    warehouse=TEXT,
                    bin=TEXT,
                    on_hand=COUNT,
                    promised_to_others=COUNT,
                    free=COUNT,
                    lot=TEXT,
                    expires_on=maybe(DAY),
                    condition=TEXT,
                    distance_km=maybe(COUNT),
                    good={"type": "boolean"},
                    code=TEXT,
                    text=TEXT,
                )
            ),
        )
    ),
    helps=several(shape(code=TEXT, text=TEXT)),
    attempts=several(shape(at=MOMENT, code=TEXT, text=TEXT)),
)


class AllocationView(OrderEndpoint):
    """Why an order is or is not pickable."""

    scopes: ClassVar = {"GET": "orders:read"}
    answers: ClassVar = {"GET": ALLOCATION}

    def get(self, request: Request, ref: str) -> Response:
        """The verdict, why each unit that waits does, every place looked at, and what would help."""
        return Response(story_json(allocation_story(ref, channel_id=self.channel_id, now=timezone.now())))
