"""Give a pick list to somebody else."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.accounts.people import person_who_may
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.outbox.publish import NewEvent, publish
from shipping.errors import NotAPicker, NoWork
from shipping.events import PICK_LIST_REASSIGNED
from shipping.models import PickList
from shipping.states import PickListStatus


@command
def reassign_list(pick_list_id: int, user_id: int | None, *, by: Actor, now: datetime) -> str:
    """Give the list to a picker, or with None back to whoever comes next; returns the picker's name, or "".

    A begun list goes on with what is in the totes, from the stop it stands at; it cannot be given to nobody. Doing it
    again changes nothing. Raises NotFound, NoWork, NotAPicker.
    """
    row = lock_one(PickList.objects.all(), pk=pick_list_id)
    if row.status not in (PickListStatus.RELEASED, PickListStatus.IN_PROGRESS):
        raise NoWork(_("This list is not open any more."))
    name = ""
    if user_id is not None:
        person = person_who_may(user_id, "pick.work", row.warehouse_id)
        if person is None:
            raise NotAPicker(_("This person does not pick in this warehouse. Choose a picker."))
        name = person.name
    elif row.status == PickListStatus.IN_PROGRESS:
        raise NotAPicker(_("This list is begun. Give it to a picker who goes on with it."))
    if row.picker_id != user_id:
        told = {"before": row.picker_id, "after": user_id}
        PickList.objects.filter(pk=row.pk).update(picker_id=user_id)
        publish(NewEvent(PICK_LIST_REASSIGNED, "pick_list", row.pk, "", told), by=by, now=now)
    return name
