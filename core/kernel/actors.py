"""Who did it."""

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["staff", "api", "customer", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever causes a change: a member of staff, an API client, a customer by link, or the system itself.

    ``name`` is a user name, an API client's name or a part of the system; never a customer's name.
    """

    kind: ActorKind
    id: int | None
    name: str


SYSTEM = Actor(kind="system", id=None, name="system")
CUSTOMER = Actor(kind="customer", id=None, name="customer")


def system(part: str) -> Actor:
    """The system, naming the part of it that acts."""
    return Actor(kind="system", id=None, name=part)
