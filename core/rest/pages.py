"""Lists by keyset: every page costs the same, and rows that arrive meanwhile neither repeat nor hide others."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from core.rest.renderers import to_json

M = TypeVar("M", bound=Model)
T = TypeVar("T")

DEFAULT_LIMIT, MAX_LIMIT = 50, 200


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two rows of a list that is ordered by (value, id), newest first.

    ``backwards`` asks for the rows just newer than it, oldest of them first; otherwise for the older ones.
    """

    value: Any
    id: int
    backwards: bool = False


Fetch = Callable[[Position | None, int], Sequence[T]]


def cursor_page(
    request: Request,
    fetch: "QuerySet[M] | Fetch[Any]",
    *,
    by: str = "created_at",
    render: Callable[[Any], Any] = lambda row: row,
    place: Callable[[Any], tuple[Any, int]] | None = None,
) -> dict[str, Any]:
    """``{"next", "previous", "results"}`` for ``?cursor=&limit=`` (limit 1 to 200, by default 50), newest first.

    ``fetch`` is a queryset (ordered here by ``-by, -id``) or a selector ``(position, limit) -> rows`` that honours
    Position as documented there; ``keyset`` does so for any queryset. ``place`` reads (value, id) off a row, by default
    its attributes ``by`` and ``id``. Raises ValidationError (400) for a foreign cursor or a limit out of range.
    """
    limit = _limit(request)
    position = _position(request, by)
    if isinstance(fetch, QuerySet):
        queryset = fetch
        fetch = lambda at, count: keyset(queryset, by, at, count)  # noqa: E731
    place = place or (lambda row: (getattr(row, by), row.id))
    rows = list(fetch(position, limit + 1))
    more = len(rows) > limit
    rows = rows[:limit]
    backwards = bool(position and position.backwards)
    if backwards:
        rows.reverse()
    older = rows and (more or backwards)
    newer = rows and position is not None and (more or not backwards)
    return {
        "next": _link(request, by, place(rows[-1]), backwards=False) if older else None,
        "previous": _link(request, by, place(rows[0]), backwards=True) if newer else None,
        "results": [render(row) for row in rows],
    }


def only_page(rows: Sequence[Any]) -> dict[str, Any]:
    """A list that is told whole, in the shape of a page: whoever follows ``next`` ends here."""
    return {"next": None, "previous": None, "results": list(rows)}


def keyset(queryset: "QuerySet[M]", by: str, position: Position | None, limit: int) -> list[M]:
    """At most ``limit`` rows next to the position. Wants an index on (``by``, id); ``by`` may not be null."""
    if position is None:
        return list(queryset.order_by(f"-{by}", "-pk")[:limit])
    side, order = ("gt", "") if position.backwards else ("lt", "-")
    if by == "id":
        beyond = Q(**{f"pk__{side}": position.id})
    else:
        # The first condition alone bounds the index scan; the second decides among equal values.
        beyond = Q(**{f"{by}__{side}e": position.value}) & (
            Q(**{f"{by}__{side}": position.value}) | Q(**{f"pk__{side}": position.id})
        )
    return list(queryset.filter(beyond).order_by(f"{order}{by}", f"{order}pk")[:limit])


def encode_cursor(position: Position, by: str) -> str:
    """The position as URL-safe text with a check that it came from here."""
    value = position.value
    kind = "t" if isinstance(value, datetime) else "d" if isinstance(value, date) else "v"
    raw = to_json([kind, value, position.id, position.backwards])
    return urlsafe_b64encode(_tag(raw, by) + raw).decode().rstrip("=")


def decode_cursor(text: str, by: str) -> Position:
    """The position in a cursor; raises ValueError when it was not made by ``encode_cursor`` for the same order."""
    if len(text) > 2000 or not text.isascii():
        raise ValueError
    whole = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    tag, raw = whole[:8], whole[8:]
    if not constant_time_compare(tag, _tag(raw, by)):
        raise ValueError
    kind, value, row_id, backwards = json.loads(raw)
    if kind == "t":
        value = datetime.fromisoformat(value)
    elif kind == "d":
        value = date.fromisoformat(value)
    return Position(value=value, id=row_id, backwards=backwards)


def _tag(raw: bytes, by: str) -> bytes:
    return salted_hmac(f"core.rest.pages:{by}", raw, algorithm="sha256").digest()[:8]


def _position(request: Request, by: str) -> Position | None:
    text = _once(request, "cursor")
    if not text:
        return None
    try:
        return decode_cursor(text, by)
    except ValueError as error:
        raise _refusal("cursor", _("This cursor is not one of ours. Start from the first page.")) from error


def _limit(request: Request) -> int:
    text = _once(request, "limit")
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise _refusal("limit", _("A page has 1 to %(limit)d results.") % {"limit": MAX_LIMIT})
    return int(text)


def _once(request: Request, name: str) -> str:
    values = request.query_params.getlist(name)
    if len(values) > 1:
        raise _refusal(name, _("Send this parameter once."), code="repeated")
    return values[0] if values else ""


def _refusal(name: str, detail: str, *, code: str = "invalid") -> ValidationError:
    return ValidationError({name: [ErrorDetail(detail, code=code)]})


def _link(request: Request, by: str, place: tuple[Any, int], *, backwards: bool) -> str:
    position = Position(value=place[0], id=place[1], backwards=backwards)
    query = [(name, value) for name, values in request.query_params.lists() if name != "cursor" for value in values]
    query.append(("cursor", encode_cursor(position, by)))
    link: str = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
    return link
