"""How this room refuses."""

from core.kernel.errors import DomainError


class BeingSent(Exception):
    """Another worker is sending this very message now; try again later."""


class CannotResend(DomainError):
    """The message did not come from an event, or is still on its way."""

    code = "cannot_resend"
