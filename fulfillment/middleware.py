"""What one part of the site needs that the others must not have."""

from collections.abc import Callable

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponseBase

# The admin theme evaluates Alpine expressions and sets style attributes.
_ADMIN_POLICY = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}


class AdminPolicy:
    """Relaxes the content security policy below ``/admin/`` and nowhere else. Stands right after CSPMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith("/admin/"):
            response._csp_update = _ADMIN_POLICY  # type: ignore[attr-defined]
        return response
