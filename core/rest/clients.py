"""Where a request comes from."""

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """The address of the caller, as the outermost of our own proxies saw it (setting PROXY_COUNT).

    Without proxies it is the peer of the connection. What the caller itself writes into X-Forwarded-For is never
    read: only the last PROXY_COUNT entries were added by machines of ours.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    count = int(settings.PROXY_COUNT)
    if not count:
        return peer
    hops = [hop.strip() for hop in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()]
    return hops[-count] if len(hops) >= count else peer
