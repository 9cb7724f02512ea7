"""Which event goes to which handlers: the whole table."""

from core.outbox.routes import Route

EVENT_ROUTES: dict[str, list[Route]] = {}
