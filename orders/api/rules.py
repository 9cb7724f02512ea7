"""The rules that are asked about orders, over REST: to read, for they are written where they can be tried out."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from core.rest.pages import Position, cursor_page, keyset
from core.rest.serializers import Choice, StrictSerializer
from orders.api.schemas import COUNT, FREE, ID, MOMENT, TEXT, one_of, several, shape
from orders.api.views import OrderEndpoint
from orders.models import RuleEvent
from orders.selectors.rulebook import RuleFact, rule_fact, rules_of

YES = {"type": "boolean"}
RULE: dict[str, Any] = shape(
    id=ID,
    position=COUNT,
    active=YES,
    version=COUNT,
    changed_at=MOMENT,
    name=TEXT,
    event=one_of(RuleEvent),
    channel=TEXT,
    match_any=YES,
    conditions=several(FREE),
    actions=several(FREE),
    ends_here=YES,
)


class RuleFilters(StrictSerializer):
    """How the list is narrowed."""

    active = Choice(choices=[("true", "true"), ("false", "false")], required=False)


class RulesView(OrderEndpoint):
    """Rules."""

    scopes: ClassVar = {"GET": "orders:read"}
    filters = RuleFilters
    paged = True
    answers: ClassVar = {"GET": RULE}

    def get(self, request: Request) -> Response:
        """The rules asked about the channel's orders, newest first; they are asked by ``position``."""
        active = RuleFilters.parse_query(request, paged=True).get("active")
        rows = rules_of(self.channel_id, active=None if active is None else active == "true")

        def fetch(at: Position | None, limit: int) -> list[RuleFact]:
            return [rule_fact(row) for row in keyset(rows, "id", at, limit)]

        return Response(cursor_page(request, fetch, by="id", render=_shown))


def _shown(one: RuleFact) -> dict[str, Any]:
    return {
        "id": one.id,
        "position": one.position,
        "active": one.active,
        "version": one.version,
        "changed_at": one.changed_at,
        **one.document,
    }
