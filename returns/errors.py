"""How returns refuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from core.kernel.errors import DomainError


@dataclass(frozen=True, slots=True)
class TooMany:
    """A line of which fewer units can be returned than were asked for. ``pointer`` names the item of the request."""

    order_line_id: int
    wanted: int
    returnable: int
    pointer: str = ""


class NotReturnable(DomainError):
    """More units were to be returned than were shipped and are not already on their way back."""

    code: ClassVar[str] = "not_returnable"

    def __init__(self, lines: Sequence[TooMany]) -> None:
        self.lines = list(lines)
        super().__init__(
            _("Some of these items cannot be returned: they were not shipped, or are already being returned."),
            errors=[
                {
                    "pointer": line.pointer,
                    "code": self.code,
                    "detail": _("%(count)d can be returned.") % {"count": line.returnable},
                    "line": line.order_line_id,
                    "wanted": line.wanted,
                    "returnable": line.returnable,
                }
                for line in self.lines
            ],
        )


class NotCancellable(DomainError):
    """The return has arrived or is closed, so it can no longer be cancelled."""

    code: ClassVar[str] = "not_cancellable"


class ChecklistUnfinished(DomainError):
    """A decision needs an answer to every question of the checklist. ``errors`` names those that are open."""

    code: ClassVar[str] = "checklist_unfinished"


class ReasonNeeded(DomainError):
    """A decision other than the proposed one needs a reason."""

    code: ClassVar[str] = "reason_needed"


class SamePerson(DomainError):
    """A second opinion comes from somebody else."""

    code: ClassVar[str] = "same_person"


class NotYours(DomainError):
    """Somebody else has taken this inspection."""

    code: ClassVar[str] = "taken"


class NoPlace(DomainError):
    """The warehouse has no bin of the kind the units should go to."""

    code: ClassVar[str] = "no_place"
