"""What each role may do. This table is the source; the access tests walk it against every route."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The work a member of staff does; one person may have several roles."""

    PICKER = "picker", _("Picker")
    PACKER = "packer", _("Packer")
    RECEIVER = "receiver", _("Receiver")
    INSPECTOR = "inspector", _("Inspector")
    SUPERVISOR = "supervisor", _("Supervisor")
    SUPPORT = "support", _("Support")
    ADMIN = "admin", _("Admin")


_FLOOR = frozenset({"home.view", "stock.view", "place.view"})

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.PICKER: _FLOOR | {"pick.work", "move.work", "count.work", "replenish.work"},
    Role.PACKER: _FLOOR | {"pack.work", "handover.work", "label.print", "assemble.work"},
    Role.RECEIVER: _FLOOR
    | {
        "receive.work",
        "quality.work",
        "move.work",
        "count.work",
        "replenish.work",
        "transfer.work",
        "assemble.work",
        "return.receive",
        "return.view",
    },
    Role.INSPECTOR: _FLOOR | {"quality.work", "return.receive", "return.inspect", "return.view"},
    Role.SUPPORT: frozenset(
        {
            "home.view",
            "stock.view",
            "place.view",
            "order.view",
            "order.hold",
            "order.cancel",
            "order.edit",
            "order.create",
            "order.replace",
            "order.upgrade",
            "return.view",
            "return.request",
            "exception.view",
            "exception.work",
            "customer.view",
            "customer.edit",
        }
    ),
}
PERMISSIONS[Role.SUPERVISOR] = frozenset().union(*PERMISSIONS.values()) | {
    "wave.view",
    "wave.release",
    "rules.manage",
    "work.reassign",
    "order.fill",
    "order.route",
    "stock.adjust",
    "stock.plan",
    "purchase.manage",
    "receipt.void",
    "lot.recall",
    "count.approve",
    "place.manage",
    "shipping.manage",
    "transfer.manage",
    "assembly.manage",
    "import.work",
    "promise.manage",
    "customer.privacy",
    "return.resolve",
    "outbox.view",
}
PERMISSIONS[Role.ADMIN] = PERMISSIONS[Role.SUPERVISOR] | {"admin.use", "outbox.retry"}


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything any of the roles may do; unknown roles may do nothing."""
    return frozenset().union(*(PERMISSIONS.get(role, frozenset()) for role in roles))
