"""Where a message may go: only to public machines, never to our own."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Each carries an IPv4 address inside, or may lead to one: 6to4, Teredo, NAT64, translated, mapped, compatible.
_CARRIERS = [
    ipaddress.ip_network(network)
    for network in ("2002::/16", "2001::/23", "64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/80", "fec0::/10")
]
_PRIVATE_V4 = [ipaddress.ip_network(network) for network in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")]


class Refused(Exception):
    """Nothing is sent there. ``code`` says why in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. ``host`` is as it goes into TLS and the Host header, ``path`` with the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == {"https": 443, "http": 80}[self.scheme] else f"{name}:{self.port}"


def target_of(url: str) -> Target:
    """The parts of an acceptable URL; nothing is looked up. Raises Refused.

    https alone, without user name or fragment, and not a machine that is plainly ours. With WEBHOOK_ALLOW_PRIVATE
    also http and any machine.
    """
    if not url.isascii() or not url.isprintable() or re.search(r"[\s\\]", url):
        raise Refused("malformed_url")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("malformed_url") from None
    host = host.rstrip(".")
    if parts.scheme not in ("https", "http") or not host or "%" in host or parts.fragment:
        raise Refused("malformed_url")
    if parts.username is not None or parts.password is not None:
        raise Refused("credentials_in_url")
    if not settings.WEBHOOK_ALLOW_PRIVATE:
        if parts.scheme != "https":
            raise Refused("not_https")
        _refuse_plainly_private(host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or {"https": 443, "http": 80}[parts.scheme], path)


def resolve(target: Target) -> list[str]:
    """The IP addresses of the host, as text, to connect to and to nothing else.

    All of them are checked: one private address among public ones refuses the lot. Raises Refused.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused("no_such_host") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not settings.WEBHOOK_ALLOW_PRIVATE and not all(is_public(address) for address in addresses):
        raise Refused("private_address")
    if not addresses:
        raise Refused("no_such_host")
    return addresses


def is_public(text: str) -> bool:
    """Whether the IP address belongs to a machine on the open internet, and to nothing else."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if "%" in text or not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped is None and not any(address in network for network in _CARRIERS)
    return not any(address in network for network in _PRIVATE_V4)


def _refuse_plainly_private(host: str) -> None:
    """What needs no look-up: literal addresses in every spelling, and names that never lead outside."""
    if ":" in host:
        private = not is_public(host)
    elif re.fullmatch(r"0x[0-9a-f]*|[0-9]+", host.rpartition(".")[2]):
        # A last label of digits makes it a number to every resolver: 127.1, 0177.0.0.1, 0x7f.0.0.1, 2130706433.
        private = not is_public(host)
    else:
        private = "." not in host or host.endswith((".localhost", ".local", ".internal", ".localdomain"))
    if private:
        raise Refused("private_address")
