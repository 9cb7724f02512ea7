"""What one part of the site needs that the others must not have."""

from collections.abc import Callable

from csp.constants import HEADER, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CheckableLazyObject, CSPMiddleware
from django.http import HttpRequest, HttpResponseBase

# The admin theme evaluates Alpine expressions and sets style attributes.
_ADMIN_POLICY = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}


class Policy(CSPMiddleware):
    """The content security policy of the settings, worked out once for all answers that ask for nothing else."""

    usual: str = ""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer with its policy: the usual one, unless it was given parts of its own or a nonce."""
        if (
            HEADER in response
            or getattr(request, "_csp_nonce", None) is not None
            or any(name.startswith("_csp") for name in vars(response))
        ):
            return super().process_response(request, response)
        if not self.usual:
            answer = super().process_response(request, response)
            self.usual = answer.get(HEADER, "")
            return answer
        response[HEADER] = self.usual
        # From here on a nonce would be missing in the header: asking for one is an error.
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response


class AdminPolicy:
    """Relaxes the content security policy below ``/admin/`` and nowhere else. Stands right after Policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith("/admin/"):
            response._csp_update = _ADMIN_POLICY  # type: ignore[attr-defined]
        return response
