"""Counts over REST: ask for them, and read what was found."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.fields import ListField
from rest_framework.request import Request
from rest_framework.response import Response

from core.kernel.errors import Invalid, NotFound
from core.rest.idempotency import Answer, idempotent
from core.rest.pages import Position, cursor_page
from core.rest.serializers import Choice, RefText, StrictSerializer
from core.rest.views import Endpoint
from inventory.selectors.count_review import review
from inventory.selectors.count_sheets import bins_of_zone
from inventory.selectors.counting import CountFact, count_fact, counts_by_id, counts_page
from inventory.selectors.places import bin_by_code, warehouse_by_code, warehouses
from inventory.services.counting import request_counts
from inventory.states import CountCause, CountStatus

VIEWS = ("todo", "recount", "approval", "done")


class CountIn(StrictSerializer):
    """Either ``bins`` by label or painted name, or a whole ``zone``."""

    warehouse = RefText(max_length=20)
    bins = ListField(child=RefText(max_length=40), required=False, max_length=200, allow_empty=False)
    zone = RefText(max_length=20, required=False)


class CountFilters(StrictSerializer):
    warehouse = RefText(required=False, max_length=20)
    zone = RefText(required=False, max_length=20)
    view = Choice(choices=VIEWS, required=False)


_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_HEAD: dict[str, Any] = {
    "ref": _TEXT,
    "warehouse": _TEXT,
    "bin": _TEXT,
    "zone": _TEXT,
    "sku": {"type": ["string", "null"]},
    "cause": {"type": "string", "enum": list(CountCause.values)},
    "status": {"type": "string", "enum": list(CountStatus.values)},
    "round": _NUMBER,
    "due_on": {"type": "string", "format": "date"},
    "counted_by": {"type": ["string", "null"]},
    "counted_at": _MOMENT,
    "approved_by": {"type": ["string", "null"]},
    "approved_at": _MOMENT,
    "variance_units": {"type": ["integer", "null"]},
    "variance_value": {"type": ["string", "null"]},
}
_LINE: dict[str, Any] = {
    "round": _NUMBER,
    "sku": _TEXT,
    "lot": {"type": ["string", "null"]},
    "counted": _NUMBER,
    "book": _NUMBER,
    "difference": _NUMBER,
    "counted_by": _TEXT,
    "at": {"type": "string", "format": "date-time"},
}
COUNT = {"type": "object", "properties": _HEAD, "required": sorted(_HEAD)}
COUNT_DETAIL = {
    "type": "object",
    "properties": {
        **_HEAD,
        "lines": {"type": "array", "items": {"type": "object", "properties": _LINE, "required": sorted(_LINE)}},
    },
    "required": sorted([*_HEAD, "lines"]),
}
COUNTS = {
    "type": "object",
    "properties": {"counts": {"type": "array", "items": COUNT}},
    "required": ["counts"],
}


class CountTasksView(Endpoint):
    """Counts, newest first; have bins counted."""

    scopes = {"GET": "stock:read", "POST": "stock:write"}
    filters = CountFilters
    paged = True
    bodies = {"POST": CountIn}
    answers = {"GET": COUNT, "POST": COUNTS}

    def get(self, request: Request) -> Response:
        wanted = CountFilters.parse_query(request, paged=True)
        codes = _codes()
        here = [pk for pk, code in codes.items() if code == wanted["warehouse"]] if "warehouse" in wanted else None

        def fetch(at: Position | None, limit: int) -> Sequence[CountFact]:
            return counts_page(
                warehouse_ids=here,
                view=wanted.get("view", ""),
                zone=wanted.get("zone", ""),
                limit=limit,
                after_id=at.id if at and at.backwards else None,
                before_id=at.id if at and not at.backwards else None,
            )

        return Response(cursor_page(request, fetch, by="id", render=lambda row: _show(row, codes)))

    def post(self, request: Request) -> HttpResponse:
        fields = CountIn.parse(request.data)
        if ("bins" in fields) == ("zone" in fields):
            raise Invalid(_("Send either bins or a zone."))

        def work() -> Answer:
            ids = request_counts(_bins(fields), cause=CountCause.REQUEST, by=self.actor, now=timezone.now())
            codes, found = _codes(), counts_by_id(ids)
            return Answer({"counts": [_show(found[one], codes) for one in ids]})

        return idempotent(request, work)


class CountView(Endpoint):
    """One count with what each round found. While a round is open its numbers are not told: counts are blind."""

    scopes = {"GET": "stock:read"}
    answers = {"GET": COUNT_DETAIL}

    def get(self, request: Request, ref: str) -> Response:
        found = count_fact(ref)
        told = found.status in (CountStatus.COUNTED, CountStatus.APPROVED, CountStatus.CANCELLED)
        lines = [
            {
                "round": number,
                "sku": row.sku,
                "lot": row.lot or None,
                "counted": one.counted,
                "book": one.book,
                "difference": one.variance,
                "counted_by": one.by,
                "at": one.at,
            }
            for row in (review(ref).rows if told else ())
            for number, one in sorted(row.rounds.items())
        ]
        return Response({**_show(found, _codes()), "lines": lines})


def _show(fact: CountFact, codes: dict[int, str]) -> dict[str, Any]:
    told = fact.status in (CountStatus.COUNTED, CountStatus.APPROVED, CountStatus.CANCELLED)
    done = fact.counted_at is not None and told
    return {
        "ref": fact.ref,
        "warehouse": codes[fact.warehouse_id],
        "bin": fact.bin_name,
        "zone": fact.zone,
        "sku": fact.sku or None,
        "cause": fact.cause,
        "status": fact.status,
        "round": fact.round,
        "due_on": fact.due_on,
        "counted_by": fact.counter_name or None,
        "counted_at": fact.counted_at,
        "approved_by": fact.approved_by or None,
        "approved_at": fact.approved_at,
        "variance_units": fact.variance_units if done else None,
        "variance_value": str(fact.variance_value) if done else None,
    }


def _codes() -> dict[int, str]:
    return {one.id: one.code for one in warehouses(active_only=False)}


def _bins(fields: dict[str, Any]) -> list[int]:
    try:
        warehouse_id = warehouse_by_code(fields["warehouse"]).id
    except NotFound as refusal:
        raise _pointing(refusal, "/warehouse") from refusal
    if "zone" in fields:
        found = bins_of_zone(warehouse_id, fields["zone"])
        if not found:
            raise _pointing(NotFound(_("There is no bin in this zone.")), "/zone")
        return found
    ids: list[int] = []
    for number, name in enumerate(fields["bins"]):
        try:
            ids.append(bin_by_code(name, warehouse_id=warehouse_id).id)
        except NotFound as refusal:
            raise _pointing(refusal, f"/bins/{number}") from refusal
    return ids


def _pointing(refusal: NotFound, pointer: str) -> Invalid:
    return Invalid(refusal.detail, errors=[{"pointer": pointer, "code": "unknown", "detail": refusal.detail}])
