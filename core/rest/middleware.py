"""The outermost gate: a request id, malformed addresses refused, outages told apart from defects."""

import re
import secrets
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from core.rest.errors import unavailable, wants_problem
from core.rest.logs import current_request_id
from core.rest.problems import is_outage, problem_response

MAX_QUERY = 4096
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


class Gate:
    """First in MIDDLEWARE. Gives every request an id (``X-Request-ID``, a proxy's is kept) and every answer a
    ``Cache-Control: no-store`` unless it says otherwise: what may be cached (static files) says so itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
        request.request_id = request_id  # type: ignore[attr-defined]
        token = current_request_id.set(request_id)
        try:
            response = refusal_of(request) or self.get_response(request)
        finally:
            current_request_id.reset(token)
        response["X-Request-ID"] = request_id
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """503 for an outage that a view outside the REST API ran into."""
        return unavailable(request, error) if is_outage(error) else None


def refusal_of(request: HttpRequest) -> HttpResponse | None:
    """The answer to a request that is refused before anything reads it, None for a well-formed one."""
    query = request.META.get("QUERY_STRING", "")
    # Bytes in the path that are not UTF-8 were turned into percent signs by Django: a name like any other.
    if "\0" in request.path_info:
        return _refuse(request, 400, _("The address has a character that cannot be used."))
    if query:
        if len(query) > MAX_QUERY:
            return _refuse(request, 414, _("The address is too long."))
        if "%" in query or not query.isascii():
            raw = unquote_to_bytes(query.encode("latin-1", "replace"))
            if b"\0" in raw or not _is_utf8(raw):
                return _refuse(request, 400, _("The address has a character that cannot be used."))
    if wants_problem(request):
        return _refusal_of_call(request)
    return None


def _refusal_of_call(request: HttpRequest) -> HttpResponse | None:
    meta = request.META
    if meta.get("HTTP_TRANSFER_ENCODING"):
        return _refuse(request, 411, _("Send the body with a Content-Length."))
    if meta.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("", "identity"):
        return _refuse(request, 415, _("Send the body without compression."))
    if request.method not in ("GET", "HEAD") and not request.path_info.endswith("/"):
        # A redirect would lose the body.
        return _refuse(request, 404, _("Addresses of the API end with a slash."))
    return None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    if wants_problem(request):
        return problem_response(request, status, detail, code="malformed" if status == 400 else "")
    return HttpResponse(detail, status=status, content_type="text/plain; charset=utf-8")
