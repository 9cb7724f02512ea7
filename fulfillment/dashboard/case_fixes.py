"""Ways out of a case: links to where it is put right, and acts that put it right at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core.attention.selectors import CaseFact
from core.attention.services import snooze_case
from core.kernel.actors import Actor
from core.kernel.errors import Invalid
from core.kernel.refs import is_order_ref
from inventory.selectors.places import BinFact
from inventory.selectors.products import ProductFact
from inventory.services.counting import request_count
from orders.selectors.doubts import AddressDoubt
from orders.services.addresses import ask_for_address
from orders.services.bulk_acts import prioritize_orders
from orders.services.holds import release_hold
from orders.services.order_cases import follow_hold
from orders.services.suggestions import take_suggestion

TOP_PRIORITY = 9
ANSWER_IN = timedelta(days=1)
"""So long a customer who was asked is given before the case comes back."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A way out: pressed by key 1 to 3 on the row. With ``code`` it is an act, else ``url`` leads to one."""

    key: int
    label: str
    url: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the things that cases name, read for all of them at once; ``may_pack``: the reader packs."""

    products: Mapping[int, ProductFact]
    places: Mapping[int, BinFact]
    doubts: Mapping[int, AddressDoubt]
    may_pack: bool = False


def fixes_of(case: CaseFact, known: Known) -> tuple[Fix, ...]:
    """The ways out, best first: acts of its kind, what the case brings along, then the things it names; three."""
    found = [*_acts(case, known), *((_(fix["label"]), fix["url"], "") for fix in case.fixes if _is_link(fix))]
    found += _places(case, known)
    fixes: list[Fix] = []
    for label, url, code in found:
        if len(fixes) < 3 and all((url, code) != (fix.url, fix.code) for fix in fixes):
            fixes.append(Fix(len(fixes) + 1, label, url, code))
    return tuple(fixes)


def _is_link(fix: Mapping[str, str]) -> bool:
    return bool(fix.get("label") and fix.get("url"))


def _acts(case: CaseFact, known: Known) -> list[tuple[str, str, str]]:
    doubt = known.doubts.get(case.detail.get("hold_id") or 0) if case.kind == "address" else None
    if doubt is not None:
        acts = [(_("Take the suggestion"), "", "take_suggestion")] if doubt.has_suggestion else []
        if doubt.may_mail:
            acts.append((_("Ask the customer"), "", "ask_customer"))
        return [*acts, (_("It is right as it is"), "", "release_hold")]
    if case.kind in ("late", "will_be_late"):
        if case.detail.get("cause") == "hold":
            return [_why(case)]
        return [(_("Put it first"), "", "prioritize"), _why(case)]
    if case.kind in ("allocation_given_up", "no_pickable_stock", "third_party") and is_order_ref(case.timeline):
        return [_why(case)]
    if case.kind == "delivery_problem" and case.detail.get("status") == "lost":
        return [(_("Send it again"), reverse("dashboard:order", args=[case.timeline]) + "#parcels-h", "")]
    if case.kind == "weight" and known.may_pack and (ref := str(case.detail.get("parcel_ref", ""))):
        return [(_("Weigh it again"), reverse("dashboard:pack_parcel", args=[ref]), "")]
    if case.kind == "return_unknown_parcel" and (code := str(case.detail.get("code", ""))):
        return [(_("Look for it"), f"{reverse('dashboard:orders')}?{urlencode({'q': code})}", "")]
    if case.kind == "short_pick" and case.detail.get("bin_id") in known.places:
        name = known.places[case.detail["bin_id"]].name
        return [(_("Have %(name)s counted") % {"name": name}, "", "count_bin")]
    return []


def _why(case: CaseFact) -> tuple[str, str, str]:
    return _("See what helps"), reverse("dashboard:order_allocation", args=[case.timeline]), ""


def _places(case: CaseFact, known: Known) -> list[tuple[str, str, str]]:
    found = []
    if case.kind == "unknown_article":
        found.append((_("Say which product it is"), reverse("dashboard:delivery", args=[case.timeline]), ""))
    if place := known.places.get(case.detail.get("bin_id") or 0):
        found.append((_("Open %(name)s") % {"name": place.name}, reverse("dashboard:place", args=[place.code]), ""))
    if product := known.products.get(case.detail.get("product_id") or 0):
        found.append((_("Product"), reverse("dashboard:product", args=[product.sku]), ""))
    if case.timeline.startswith("TRF-"):
        found.append((_("Transfer"), reverse("dashboard:transfer", args=[case.timeline]), ""))
    if is_order_ref(case.timeline):
        found.append((_("Order"), reverse("dashboard:order", args=[case.timeline]), ""))
        if case.kind == "stuck":
            found.append(_why(case))
    return found


def apply_fix(case: CaseFact, code: str, *, by: Actor, now: datetime) -> str:
    """Do what a fix says; returns what came of it in words. Raises Invalid for a code that is none of this case."""
    act = _DO.get(code)
    if act is None:
        raise Invalid(_("This way out is gone. Load the page again."))
    return act(case, by=by, now=now)


def _number(case: CaseFact, name: str) -> int:
    value = case.detail.get(name)
    if not isinstance(value, int):
        raise Invalid(_("This way out is gone. Load the page again."))
    return value


def _follow(case: CaseFact, *, by: Actor, now: datetime) -> None:
    """The case ends with its hold at once, so that it is gone from the list that is shown next."""
    hold = {"type": "address", "hold_id": _number(case, "hold_id")}
    follow_hold(case.subject_id or 0, hold, by=by, now=now)


def _take(case: CaseFact, *, by: Actor, now: datetime) -> str:
    take_suggestion(case.timeline, _number(case, "hold_id"), by=by, now=now)
    _follow(case, by=by, now=now)
    return _("The address is corrected.")


def _ask(case: CaseFact, *, by: Actor, now: datetime) -> str:
    ask_for_address(case.timeline, _number(case, "hold_id"), by=by, now=now)
    snooze_case(case.id, until=now + ANSWER_IN, by=by, now=now)
    return _("The customer gets a mail with a link to correct the address.")


def _release(case: CaseFact, *, by: Actor, now: datetime) -> str:
    release_hold(case.timeline, _number(case, "hold_id"), by=by, now=now)
    _follow(case, by=by, now=now)
    return _("The order goes on with the address as it is.")


def _first(case: CaseFact, *, by: Actor, now: datetime) -> str:
    prioritize_orders([case.timeline], TOP_PRIORITY, by=by, now=now)
    return _("%(ref)s goes before the others now.") % {"ref": case.timeline}


def _count(case: CaseFact, *, by: Actor, now: datetime) -> str:
    ref = request_count(_number(case, "bin_id"), cause="short_pick", by=by, now=now)
    return _("The bin is to be counted: %(ref)s.") % {"ref": ref}


Act = Callable[..., str]
_DO: dict[str, Act] = {
    "take_suggestion": _take,
    "ask_customer": _ask,
    "release_hold": _release,
    "prioritize": _first,
    "count_bin": _count,
}
