"""How this room refuses."""

from core.kernel.errors import DomainError


class CaseClosed(DomainError):
    """The case is over: somebody, or the system, has closed it."""

    code = "case_closed"
