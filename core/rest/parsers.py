"""JSON in: bounded before it is read into objects, and nothing that PostgreSQL or a reader would stumble on."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from core.rest.problems import TooLarge

MAX_BYTES = 1024 * 1024
_STRINGS = re.compile(rb'"(?:[^"\\]+|\\.)*+"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


class StrictJSONParser(BaseParser):
    """One JSON value in UTF-8. Refuses duplicate names, NUL, lone surrogates, NaN, and anything oversized.

    Longer than 1 MB is 413; deeper than ``max_depth`` or more values than ``max_nodes`` is 400.
    """

    media_type = "application/json"
    max_depth = 32
    max_nodes = 10_000

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body as Python objects; raises ParseError (400), TooLarge (413) or UnsupportedMediaType (415)."""
        meta = getattr((parser_context or {}).get("request"), "META", {})
        _refuse_charset(media_type or "")
        if int(meta.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
            raise TooLarge(_("The body may have one megabyte at most."))
        try:
            raw = stream.read(MAX_BYTES + 1)
        except OSError as error:  # the caller went away
            raise ParseError(_("The body ended early.")) from error
        if len(raw) > MAX_BYTES:
            raise TooLarge(_("The body may have one megabyte at most."))
        return parse_json(raw, max_depth=self.max_depth, max_nodes=self.max_nodes)


class BulkJSONParser(StrictJSONParser):
    """For the endpoints that take hundreds of things at once: as strict and as short, with more values."""

    max_nodes = 200_000


def parse_json(raw: bytes, *, max_depth: int = 32, max_nodes: int = 10_000) -> Any:
    """The JSON value in ``raw``; raises ParseError with a sentence saying what is wrong with it."""
    _refuse_monsters(raw, max_depth, max_nodes)
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_object,
            parse_float=_float,
            parse_int=_int,
            parse_constant=_constant,
        )
        if b"\\u" in raw:  # only an escape can smuggle in a NUL or half a surrogate pair
            _refuse_bad_text(value)
    except ParseError:
        raise
    except UnicodeError as error:
        raise ParseError(_("The body is not valid UTF-8 text.")) from error
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise ParseError(_("The body is not valid JSON: line %(line)d, column %(column)d.") % place) from error
    except (ValueError, RecursionError) as error:
        raise ParseError(_("The body is not valid JSON.")) from error
    return value


def _refuse_monsters(raw: bytes, max_depth: int, max_nodes: int) -> None:
    """Count before parsing. Brackets within strings count too, so only a suspicious body is looked at closely."""
    opened = raw.count(b"{") + raw.count(b"[")
    if opened <= max_depth and opened + raw.count(b",") < max_nodes:
        return
    bare = _STRINGS.sub(b"", raw)
    # Every value is the root, follows a comma, or is the first of a non-empty object or array.
    if 1 + bare.count(b",") + bare.count(b"{") + bare.count(b"[") > max_nodes:
        raise ParseError(_("The body has more than %(limit)d values.") % {"limit": max_nodes})
    depth = 0
    for bracket in _BRACKETS.findall(bare):
        depth += 1 if bracket in b"[{" else -1
        if depth > max_depth:
            raise ParseError(_("The body is nested more than %(limit)d deep.") % {"limit": max_depth})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(_("The body has an object with the same name twice."))
    return found


def _float(text: str) -> float:
    value = float(text)
    if value - value != 0:  # an infinity, from a number such as 1e999
        raise ParseError(_("The body has a number that is out of range."))
    return value


def _int(text: str) -> int:
    if len(text) > 20:
        raise ParseError(_("The body has a number that is out of range."))
    return int(text)


def _constant(name: str) -> Any:
    raise ParseError(_("%(name)s is not a JSON number.") % {"name": name})


def _refuse_bad_text(value: Any) -> None:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            if "\0" in item:
                raise ParseError(_("The body has text with a NUL character."))
            item.encode()  # a lone surrogate raises UnicodeEncodeError
        elif isinstance(item, dict):
            todo += item.keys()
            todo += item.values()
        elif isinstance(item, list):
            todo += item


def _refuse_charset(media_type: str) -> None:
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", media_type, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(media_type)
