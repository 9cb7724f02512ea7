"""Upgrade budgets: while there is one, new orders are looked at; without any, they cost nothing."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.outbox.listeners import listen
from core.outbox.publish import NewEvent, publish
from shipping.events import UPGRADE_BUDGET_CHANGED
from shipping.models import UpgradeBudget

HANDLER = "shipping.handlers.surprise_buyer"


def hear_orders() -> None:
    """Have new orders looked at while any budget is active. Call it after every change of budgets."""
    active = UpgradeBudget.objects.filter(active=True).exists()
    listen(HANDLER, owner="upgrade budgets", patterns=["order.placed"] if active else [])


@command
def switch_budget(budget_id: int, *, active: bool, by: Actor, now: datetime) -> str:
    """Start or stop a budget; returns its name. Raises NotFound."""
    row = lock_one(UpgradeBudget.objects.all(), pk=budget_id)
    if row.active != active:
        UpgradeBudget.objects.filter(pk=row.pk).update(active=active)
        event = NewEvent(UPGRADE_BUDGET_CHANGED, "upgrade_budget", row.pk, "", {"active": active})
        publish(event, by=by, now=now)
    hear_orders()
    return _("%(before)s to %(after)s") % {"before": row.from_method, "after": row.to_method}
