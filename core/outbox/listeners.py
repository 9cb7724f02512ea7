"""Who listens: what makes a route with ``only_if_heard`` worth a delivery."""

from collections.abc import Iterable

from core.outbox.models import Listener
from core.outbox.routes import routes_of


def listen(handler: str, *, owner: str, patterns: Iterable[str]) -> None:
    """Have events of these types (``order.placed``) and kinds (``order.*``) go to the handler, and no others for this
    owner; no patterns means none. Holds for whatever is published after the caller's transaction commits.
    """
    wanted = set(patterns)
    mine = Listener.objects.filter(handler=handler, owner=owner)
    mine.exclude(pattern__in=wanted).delete()
    rows = [Listener(handler=handler, owner=owner, pattern=pattern) for pattern in sorted(wanted)]
    Listener.objects.bulk_create(rows, ignore_conflicts=True)


def is_heard(event_type: str) -> bool:
    """Whether an event of that type would go to anybody. One query, for those who would publish many in vain."""
    routes = routes_of(event_type)
    if any(not route.only_if_heard for route in routes):
        return True
    kind = event_type.partition(".")[0]
    handlers = [route.handler for route in routes]
    return Listener.objects.filter(handler__in=handlers, pattern__in=[event_type, f"{kind}.*"]).exists()
