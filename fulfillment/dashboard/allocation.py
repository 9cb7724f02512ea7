"""What would help an order that cannot be picked: each code of the explanation as a button that does it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.accounts.models import User
from core.kernel.actors import Actor
from core.kernel.errors import Invalid
from inventory.services.counting import request_count
from inventory.services.replenishing import ask_for_face
from orders.planning.explaining import Action
from orders.selectors.allocation_words import action_words
from orders.services.ahead import ship_what_is_here
from orders.services.allocation import fill_backorder
from orders.services.bulk_acts import prioritize_orders
from orders.services.choices import choose
from orders.services.splitting import reroute
from orders.services.third_party import cancel_request

TOP_PRIORITY = 9


@dataclass(frozen=True, slots=True)
class Button:
    """A link, or with ``fields`` a form; ``key`` presses it."""

    code: str
    label: str
    url: str
    fields: tuple[tuple[str, Any], ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for: numbers by name, of things the page named."""

    order_id: int
    ref: str
    numbers: Mapping[str, int] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """That number. Raises Invalid when the form does not say."""
        if name not in self.numbers:
            raise Invalid(_("This form is incomplete. Load the page again."))
        return self.numbers[name]


def buttons(actions: Iterable[Action], ref: str, user: User) -> list[Button]:
    """The actions as what the person may press, in their order, with the keys 1 to 9."""
    found: list[Button] = []
    for action in actions:
        button = _button(action, ref, user)
        if button is not None:
            found.append(button)
    return [
        Button(one.code, one.label, one.url, one.fields, str(index) if index < 10 else "")
        for index, one in enumerate(found, start=1)
    ]


def _button(action: Action, ref: str, user: User) -> Button | None:
    label, params = action_words(action), action.params
    if action.code in ACTS:
        if not user.may("order.route"):
            return None
        fields = [("code", action.code), *((name, params[name]) for name in FIELDS if name in params)]
        return Button(action.code, label, reverse("dashboard:unblock_order", args=[ref]), tuple(fields))
    if action.code == "release_hold":
        if not user.may("order.hold"):
            return None
        url = reverse("dashboard:release_hold", args=[ref, params["hold_id"]])
        return Button(action.code, label, url, (("code", action.code),))
    link = _LINKS.get(action.code)
    if link is None or not user.may(link[0]):
        return None
    return Button(action.code, label, link[1](params))


_LINKS: dict[str, tuple[str, Callable[[Mapping[str, Any]], str]]] = {
    "quality": ("quality.work", lambda params: reverse("dashboard:quality")),
    "purchase_order": ("purchase.manage", lambda params: reverse("dashboard:purchase_order", args=[params["ref"]])),
    "transfer_ref": ("transfer.work", lambda params: reverse("dashboard:transfer", args=[params["ref"]])),
    "transfer": ("transfer.manage", lambda params: reverse("dashboard:transfers")),
    "stock": ("stock.view", lambda params: reverse("dashboard:product", args=[params["sku"]])),
    "purchase": ("purchase.manage", lambda params: reverse("dashboard:purchasing")),
    "partner": ("order.route", lambda params: f"{reverse('dashboard:partners')}?request={params['part_id']}"),
}
FIELDS = ("product_id", "warehouse_id", "part_id", "bin_id")


def _fill(asked: Asked, *, by: Actor, now: datetime) -> str:
    units = fill_backorder(asked.order_id, asked.number("product_id"), asked.number("warehouse_id"), by=by, now=now)
    if not units:
        raise Invalid(_("Somebody else was quicker: nothing is free there any more."))
    return ngettext("%(count)d unit is here now.", "%(count)d units are here now.", units) % {"count": units}


def _reroute(asked: Asked, *, by: Actor, now: datetime) -> str:
    reroute(asked.number("part_id"), asked.number("warehouse_id"), by=by, now=now)
    return _("It ships from there now.")


def _replenish(asked: Asked, *, by: Actor, now: datetime) -> str:
    tasks = ask_for_face([asked.number("product_id")], asked.number("warehouse_id"), by=by, now=now)
    return _("The pick face is on the replenishment list.") if tasks else _("It is on the replenishment list already.")


def _count(asked: Asked, *, by: Actor, now: datetime) -> str:
    ref = request_count(asked.number("bin_id"), cause="request", by=by, now=now)
    return _("The bin is to be counted: %(ref)s.") % {"ref": ref}


def _prioritize(asked: Asked, *, by: Actor, now: datetime) -> str:
    prioritize_orders([asked.ref], TOP_PRIORITY, by=by, now=now)
    return _("It goes before the others now.")


def _cancel_request(asked: Asked, *, by: Actor, now: datetime) -> str:
    cancel_request(asked.number("part_id"), by=by, now=now)
    return _("The request is taken back, and the goods are looked for elsewhere.")


def _ship_partial(asked: Asked, *, by: Actor, now: datetime) -> str:
    ship_what_is_here(asked.ref, by=by, now=now)
    return _("What is here ships now, the rest when it comes.")


def _substitute(asked: Asked, *, by: Actor, now: datetime) -> str:
    choose(asked.ref, "substitute", by=by, now=now)
    return _("The customer gets something else instead.")


Act = Callable[..., str]
ACTS: dict[str, Act] = {
    "fill": _fill,
    "reroute": _reroute,
    "replenish": _replenish,
    "count": _count,
    "priority": _prioritize,
    "cancel_request": _cancel_request,
    "ship_partial": _ship_partial,
    "substitute": _substitute,
}


def do(code: str, asked: Asked, *, by: Actor, now: datetime) -> str:
    """Do what a button says; returns what came of it in words. Raises Invalid for a code that is none."""
    act = ACTS.get(code)
    if act is None:
        raise Invalid(_("This form is incomplete. Load the page again."))
    return act(asked, by=by, now=now)
