"""Errors as ``application/problem+json`` (RFC 9457): one shape whatever went wrong."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from core.kernel.commands import TryAgain
from core.kernel.errors import DomainError
from core.rest.renderers import to_json

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    411: "length_required",
    412: "stale_version",
    413: "too_large",
    414: "address_too_long",
    415: "unsupported_media_type",
    422: "unprocessable",
    429: "too_many_requests",
    500: "server_error",
    503: "unavailable",
}


class TooLarge(exceptions.APIException):
    """The body is longer than the API takes."""

    status_code = 413
    default_code = "too_large"
    default_detail = "The body is too large."


def problem(
    status: int,
    detail: str,
    *,
    code: str = "",
    request_id: str = "",
    errors: Sequence[Mapping[str, Any]] = (),
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The members of a problem document. ``extra`` never overrides one of the standard ones."""
    code = code or CODES.get(status, "error")
    document: dict[str, Any] = {
        **(extra or {}),
        "type": f"/developers/errors/#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id,
    }
    if errors:
        document["errors"] = list(errors)
    return document


def problem_response(
    request: HttpRequest,
    status: int,
    detail: str,
    *,
    code: str = "",
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, Any]] = (),
) -> HttpResponse:
    """A problem document as a plain response, for answers given outside the REST views."""
    document = problem(status, detail, code=code, request_id=getattr(request, "request_id", ""), errors=errors)
    return HttpResponse(to_json(document), status=status, content_type=CONTENT_TYPE, headers=headers)


def is_outage(error: BaseException | None) -> bool:
    """Whether the error says that the database cannot answer now: gone, overloaded, or waiting on a lock too long.

    Such a request may be repeated as it is; whether its transaction committed may be unknown.
    """
    return isinstance(error, OperationalError | InterfaceError | TryAgain)


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint; never the message, which quotes the row."""
    return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or "unknown")


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Django REST framework's hook: any refusal as a problem document, None for a defect of ours."""
    request_id = getattr(context.get("request"), "request_id", "")
    headers: dict[str, str] = {}
    if isinstance(error, DomainError):
        status, code, detail = error.status, error.code, error.detail
        errors: Sequence[Mapping[str, Any]] = error.errors
        extra = {name: value for name, value in error.extra.items() if name != "headers"}
        headers.update(error.extra.get("headers", {}))
    elif isinstance(error, exceptions.ValidationError):
        status, code, extra = 400, "invalid", {}
        detail = _("The request has fields that cannot be accepted.")
        errors = pointers(error.get_full_details())
    elif isinstance(error, exceptions.APIException):
        status, extra, errors = error.status_code, {}, ()
        code, detail = CODES.get(status) or str(error.default_code), str(error.detail)
        if isinstance(error, exceptions.ParseError):
            code = "malformed"
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        if isinstance(error, exceptions.MethodNotAllowed):
            headers["Allow"] = ", ".join(getattr(context.get("view"), "allowed_methods", []))
        wait = getattr(error, "wait", None)
        if wait:
            headers["Retry-After"] = str(int(wait) + 1 if wait % 1 else int(wait))
    elif isinstance(error, Http404):
        status, code, detail, errors, extra = 404, "not_found", _("There is nothing at this address."), (), {}
    elif isinstance(error, PermissionDenied):
        status, code, detail, errors, extra = 403, "not_allowed", _("This key may not do that."), (), {}
    elif isinstance(error, SuspiciousOperation | DataError):
        # DataError: PostgreSQL itself refused a value (out of range, wrong encoding) that no field caught.
        log.warning("The request was refused late: %s", type(error).__name__)
        status, code, extra, errors = 400, "invalid", {}, ()
        detail = _("The request has a value that cannot be accepted.")
    elif isinstance(error, IntegrityError):
        # The second belt: a constraint held what no command had refused by name.
        log.error("A constraint refused what no command did: %s", constraint_of(error))
        status, code, extra, errors = 409, "conflict", {}, ()
        detail = _("This conflicts with something that exists already.")
    elif is_outage(error):
        log.warning("The database could not answer: %s", type(error).__name__)
        status, code, extra, errors = 503, "unavailable", {}, ()
        detail = _("The system is briefly unavailable. Send the same request again.")
        headers["Retry-After"] = str(RETRY_AFTER_S)
    else:
        return None
    document = problem(status, detail, code=code, request_id=request_id, errors=errors, extra=extra)
    return Response(document, status=status, headers=headers, content_type=CONTENT_TYPE)


def pointers(details: Any, at: str = "") -> list[dict[str, str]]:
    """Validation details of any nesting as a flat list of ``{"pointer", "code", "detail"}`` (RFC 6901 pointers)."""
    if isinstance(details, Mapping):
        if "message" in details and "code" in details and isinstance(details["code"], str):
            return [{"pointer": at, "code": details["code"], "detail": str(details["message"])}]
        found: list[dict[str, str]] = []
        for name, inner in details.items():
            if name in ("non_field_errors", ""):
                found += pointers(inner, at)
            else:
                step = str(name).replace("~", "~0").replace("/", "~1")
                found += pointers(inner, f"{at}/{step}")
        return found
    if isinstance(details, list):
        # A list is either several messages about one place, or the items of a list, where {} is an item in order.
        messages = all(isinstance(inner, Mapping) and set(inner) == {"message", "code"} for inner in details)
        return [
            error
            for index, inner in enumerate(details)
            for error in pointers(inner, at if messages else f"{at}/{index}")
        ]
    return [{"pointer": at, "code": "invalid", "detail": str(details)}]
