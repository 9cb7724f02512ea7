"""What the roof connects when the program starts: event routes, and the ports lower rooms leave open."""

from fulfillment.event_routes import EVENT_ROUTES

__all__ = ["EVENT_ROUTES", "connect_ports"]


def connect_ports() -> None:
    """Give each lower room the functions of a higher one that it calls through a port."""
