"""What made a movement: its document in words, with the way there."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from inventory.planning.documents import kind_of

KINDS: dict[str, str | Promise] = {
    "order": _("Order"),
    "return": _("Return"),
    "receipt": _("Delivery"),
    "purchase_order": _("Purchase order"),
    "ship_notice": _("Ship notice"),
    "transfer": _("Transfer"),
    "count": _("Count"),
    "work_order": _("Work order"),
    "replenishment": _("Replenishment"),
    "import": _("Import"),
    "shipment": _("Parcel"),
    "pick_list": _("Pick list"),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """A document that moved stock. ``url`` opens it, or says which permission is missing; empty for none of ours."""

    kind: str
    word: str
    ref: str
    url: str


def cause_of(document: str) -> Cause | None:
    """The cause that a movement's document names, told by its prefix; None when it names nothing."""
    if not document:
        return None
    kind = kind_of(document)
    url = f"{reverse('dashboard:go')}?{urlencode({'code': document})}" if kind else ""
    return Cause(kind, str(KINDS.get(kind, "")), document, url)
