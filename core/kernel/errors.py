"""How a command refuses: one code, one HTTP status, one sentence a person can act on."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal that has a name.

    ``code`` is stable and machine-readable, ``status`` the HTTP status an API edge answers with,
    ``str(error)`` the sentence a screen shows. ``errors`` may name the fields or lines concerned, each as
    ``{"pointer", "code", "detail"}``; ``extra`` holds further members of the problem document.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = [dict(error) for error in errors]
        self.extra = dict(extra or {})


class NotFound(DomainError):
    """Nothing of that name exists in the caller's scope."""

    code = "not_found"
    status = 404


class Invalid(DomainError):
    """The input cannot be accepted as it stands."""

    code = "invalid"
    status = 400


class NotAllowed(DomainError):
    """The actor may not do this."""

    code = "not_allowed"
    status = 403


class IllegalTransition(DomainError):
    """The thing is not in a state from which this step is possible."""

    code = "illegal_transition"


class StaleVersion(DomainError):
    """Somebody else changed the thing since the caller read it."""

    code = "stale_version"
    status = 412
