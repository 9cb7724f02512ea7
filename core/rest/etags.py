"""Optimistic concurrency: an object's version as its ETag, and ``If-Match`` as the version a change was based on."""

from django.utils.translation import gettext as _
from rest_framework.request import Request

from core.kernel.errors import Invalid, StaleVersion


def etag(version: int) -> str:
    """The ETag of a version: ``"7"``, quotes included."""
    return f'"{version}"'


NO_VERSION = -1
"""What an ETag that was never one of ours expects: no object is at it, so whoever compares refuses it as stale."""


def expected_version(request: Request) -> int | None:
    """The version that ``If-Match`` names, None without the header or with ``*``. Raises Invalid (400) for no ETag.

    Hand it to the command, which compares under its lock: ``refuse_stale(order.version, expected)``.
    """
    header: str = request.META.get("HTTP_IF_MATCH", "").strip()
    if header in ("", "*"):
        return None
    # A proxy that compresses may weaken the tag on the way.
    tag = header.removeprefix("W/")
    number = tag[1:-1]
    if not (len(tag) > 1 and tag[0] == tag[-1] == '"' and '"' not in number):
        raise Invalid(_("If-Match takes one ETag, as it was sent."))
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 10 else NO_VERSION


def refuse_stale(version: int, expected: int | None) -> None:
    """Raise StaleVersion (412) unless nothing was expected or the version is still the expected one."""
    if expected is not None and version != expected:
        raise StaleVersion(_("Somebody changed this since you read it. Read it again."), extra={"version": version})


def is_unchanged(request: Request, version: int) -> bool:
    """Whether ``If-None-Match`` names the version, so that a 304 without a body answers the GET."""
    header: str = request.META.get("HTTP_IF_NONE_MATCH", "")
    return any(tag.strip().removeprefix("W/") == etag(version) for tag in header.split(","))
