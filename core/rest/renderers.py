"""JSON out: compact UTF-8, instants in UTC with Z, decimals as text."""

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


def instant(value: datetime) -> str:
    """An aware datetime as RFC 3339 in UTC, to the microsecond only where it has one: ``2026-11-21T09:30:00Z``."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID | Promise):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form.")


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)


def to_json(value: Any) -> bytes:
    """The value as JSON bytes: the same bytes for the same value."""
    return _encoder.encode(value).encode()


def to_plain(value: Any) -> Any:
    """The value as it reads back from its JSON: only dicts, lists, text, numbers, booleans and None."""
    return json.loads(_encoder.encode(value))


class JSONRenderer(BaseRenderer):
    """What every REST view answers with."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else to_json(data)


class AlwaysJSON(BaseContentNegotiation):
    """No negotiation: there is one representation, and an ``Accept`` that names none of ours still gets it."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        """The parser for the request's media type, None (415) when there is none."""
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
