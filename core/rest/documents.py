"""The OpenAPI document, and the pages that programmers read."""

from functools import cache
from hashlib import sha256
from typing import Any

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.http import condition, require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import sanitize_result_object
from drf_spectacular.renderers import OpenApiJsonRenderer

from core.kernel.errors import DomainError
from core.rest.problems import CODES


@cache
def _document() -> tuple[bytes, str]:
    """The document as JSON and its ETag: built once for each process, as it takes a second."""
    with override("en"):  # whatever the language of the first reader
        schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        document = sanitize_result_object(schema)  # type: ignore[no-untyped-call]
    content: bytes = OpenApiJsonRenderer().render(document, renderer_context={})
    return content, f'"{sha256(content).hexdigest()[:32]}"'


@require_safe
@condition(etag_func=lambda request: _document()[1])
def openapi(request: HttpRequest) -> HttpResponse:
    """``GET /api/v1/schema/``: OpenAPI 3.1, open to everybody."""
    headers = {"Cache-Control": "public, max-age=300"}
    return HttpResponse(_document()[0], content_type="application/vnd.oai.openapi+json", headers=headers)


# Swagger UI sets style attributes; scripts stay as strict as everywhere.
@require_safe
@csp_update({"style-src": [UNSAFE_INLINE]})
def developers(request: HttpRequest) -> HttpResponse:
    """``/developers/``: the API, to read and to try."""
    return render(request, "rest/developers.html")


@require_safe
def error_codes(request: HttpRequest) -> HttpResponse:
    """``/developers/errors/``: every ``code`` a problem document may carry; its ``type`` points here."""
    codes = {code: (status, "") for status, code in CODES.items()}
    codes |= {kind.code: (kind.status, _first_line(kind)) for kind in _kinds(DomainError)}
    rows = sorted((code, status, what) for code, (status, what) in codes.items())
    return render(request, "rest/error_codes.html", {"rows": rows})


def _kinds(kind: type[Any]) -> list[type[Any]]:
    return [kind, *(found for below in kind.__subclasses__() for found in _kinds(below))]


def _first_line(kind: type[Any]) -> str:
    return str(kind.__doc__ or "").partition("\n")[0]
