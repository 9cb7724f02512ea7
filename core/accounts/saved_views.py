"""Lists as people like them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from core.accounts.models import SavedView
from core.kernel.commands import command
from core.kernel.errors import Invalid, NotFound

MOST = 20


@dataclass(frozen=True, slots=True)
class SavedViewFact:
    """A saved view; ``mine`` ones their owner may change and delete."""

    id: int
    name: str
    query: str
    shared: bool
    mine: bool


def saved_views(user_id: int, page: str) -> Sequence[SavedViewFact]:
    """A person's own views of that page and those others share, own ones first. One statement."""
    rows = SavedView.objects.filter(Q(owner_id=user_id) | Q(shared=True), page=page)
    found = [SavedViewFact(row.pk, row.name, row.query, row.shared, row.owner_id == user_id) for row in rows]
    return sorted(found, key=lambda one: (not one.mine, one.name.casefold(), one.id))


@command
def save_view(user_id: int, page: str, name: str, query: str, *, shared: bool, now: datetime) -> int:
    """Keep a list page as it is filtered now; the same name again replaces it. Raises Invalid, also for too many."""
    name = " ".join(name.split())[:60]
    if not name:
        raise Invalid(_("Give the view a name."))
    mine = SavedView.objects.filter(owner_id=user_id, page=page)
    if mine.exclude(name=name).count() >= MOST:
        raise Invalid(_("You have %(most)d views of this list. Delete one first.") % {"most": MOST})
    row, _made = SavedView.objects.update_or_create(
        owner_id=user_id,
        page=page,
        name=name,
        defaults={"query": query[:1000], "shared": shared},
        create_defaults={"query": query[:1000], "shared": shared, "created_at": now},
    )
    return row.pk


@command
def delete_view(user_id: int, view_id: int) -> None:
    """Delete an own view. Raises NotFound, also for somebody else's."""
    if not SavedView.objects.filter(pk=view_id, owner_id=user_id).delete()[0]:
        raise NotFound(_("There is no such view."))
