"""Answers to what no view handled: problem documents under ``/api/``, plain pages elsewhere."""

import logging
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults

from core.rest.problems import RETRY_AFTER_S, is_outage, problem_response

log = logging.getLogger(__name__)


def wants_problem(request: HttpRequest) -> bool:
    """Whether the request is a program's: anything below ``/api/``."""
    return request.path_info.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler400"""
    if wants_problem(request):
        return problem_response(request, 400, _("The request cannot be accepted."), code="malformed")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler403"""
    if wants_problem(request):
        return problem_response(request, 403, _("This is not allowed."))
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler404"""
    if wants_problem(request):
        return problem_response(request, 404, _("There is nothing at this address."))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """handler500. An outage of the database that surfaced in a middleware (session, log-in) is a 503 all the same."""
    if is_outage(sys.exc_info()[1]):
        return unavailable(request)
    if wants_problem(request):
        return problem_response(request, 500, _("Something broke on our side. The request id names the place."))
    return defaults.server_error(request)


def unavailable(request: HttpRequest, error: BaseException | None = None) -> HttpResponse:
    """503 with Retry-After, as a problem document or as a page that needs no database."""
    log.warning("The database could not answer: %s", type(error or sys.exc_info()[1]).__name__)
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    if wants_problem(request):
        detail = _("The system is briefly unavailable. Send the same request again.")
        return problem_response(request, 503, detail, headers=headers)
    context: dict[str, Any] = {"request_id": getattr(request, "request_id", "")}
    page = render_to_string("rest/unavailable.html", context)
    return HttpResponse(page, status=503, headers=headers)
