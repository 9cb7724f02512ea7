"""When a pick face needs filling, and how urgently."""

from dataclasses import dataclass

from inventory.planning.cover import hours_until_empty

SOON_HOURS = 24
"""A face that is empty sooner than this is filled before it is."""


@dataclass(frozen=True, slots=True)
class Face:
    """A pick face: ``present`` sellable units, ``planned`` of them for picks under way, and its limits.

    ``waiting`` are the units each order not yet on the floor wants of it, the first to ship first.
    """

    present: int
    planned: int
    minimum: int
    maximum: int
    daily_mean: float = 0.0
    waiting: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FaceNeed:
    """``units`` to bring; ``hours`` until nothing is left for further picks, None when nothing sells."""

    units: int
    cause: str
    orders_blocked: int
    hours: float | None


def face_need(face: Face, *, asked: bool = False) -> FaceNeed | None:
    """What to bring to a face, None when it can wait or is full. ``asked``: a person asks, so it is filled anyway."""
    units = face.maximum - face.present
    free = face.present - face.planned
    left, blocked = free, 0
    for wanted in face.waiting:
        left -= wanted
        blocked += left < 0
    hours = hours_until_empty(free, face.daily_mean)
    if blocked:
        cause = "orders"
    elif free < face.minimum:
        cause = "minimum"
    elif hours is not None and hours < SOON_HOURS:
        cause = "forecast"
    else:
        cause = "asked" if asked else ""
    return FaceNeed(units, cause, blocked, hours) if cause and units > 0 else None
