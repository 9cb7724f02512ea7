"""What the kinds of bins are called."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MOVABLE = frozenset({"tote", "pallet"})
"""Bins that are carried about; all others are painted on something."""

PLACE_KINDS: dict[str, str | Promise] = {
    "pick_face": _("Pick face"),
    "bulk": _("Bulk"),
    "receiving": _("Receiving"),
    "packing": _("Packing"),
    "staging": _("Staging"),
    "quarantine": _("Quarantine"),
    "returns": _("Returns"),
    "tote": _("Tote"),
    "pallet": _("Pallet"),
}
