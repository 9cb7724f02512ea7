"""What desk screens need beside the components: ids for acts, counts, permissions."""

import uuid
from typing import Any

from django import template
from django.conf.locale import LANG_INFO
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.dashboard.causes import Cause, cause_of
from fulfillment.dashboard.place_words import PLACE_KINDS
from fulfillment.dashboard.promise_words import reason_of
from fulfillment.dashboard.statuses import look_of
from inventory.states import CountCause, MovementReason
from orders.planning.wishes import wish_words
from shipping.states import PickMethod

register = template.Library()

_MAILS: dict[str, str | Promise] = {
    "order_confirmation": gettext_lazy("Order confirmation"),
    "order_backordered": gettext_lazy("Waiting for stock"),
    "order_delayed": gettext_lazy("Delay"),
    "replacement_on_its_way": gettext_lazy("Sent again"),
    "surprise_upgrade": gettext_lazy("Faster shipping"),
    "order_note": gettext_lazy("Note"),
    "address_needed": gettext_lazy("Question about the address"),
    "order_cancelled": gettext_lazy("Cancellation"),
    "parcel_shipped": gettext_lazy("Parcel shipped"),
    "parcel_delayed": gettext_lazy("Parcel delayed"),
    "parcel_delivered": gettext_lazy("Parcel delivered"),
    "parcel_ready": gettext_lazy("Ready to be collected"),
    "parcel_lost": gettext_lazy("Parcel lost"),
    "return_approved": gettext_lazy("Return approved"),
    "return_rejected": gettext_lazy("Return refused"),
    "return_received": gettext_lazy("Return received"),
    "refund_issued": gettext_lazy("Refund"),
    "portal_links": gettext_lazy("Links to the order"),
}


@register.simple_tag
def action_id() -> SafeString:
    """A hidden field with a fresh id, so that a double click or a re-sent form acts once."""
    return format_html('<input type="hidden" name="action_id" value="{}">', uuid.uuid4())


@register.filter
def way(metres: int) -> str:
    """How far a walk is, no more exact than an estimate is: “850 m”, “3.4 km”."""
    if metres < 1000:
        return _("%(n)s m") % {"n": round(metres, -1)}
    return _("%(n)s km") % {"n": number_format(round(metres / 1000, 1), 1)}


@register.filter
def language(code: str) -> str:
    """A language in words, such as “Swedish” for ``sv``; a code nobody knows stays as it is."""
    info = LANG_INFO.get(code) or LANG_INFO.get(code.partition("-")[0]) or {}
    return str(_(info["name"])) if "name" in info else code


@register.filter
def capped(count: int, cap: int = 1000) -> str:
    """A count that was counted up to ``cap``: “1,000+” means at least that many."""
    return _("%(count)s+") % {"count": f"{cap:,}"} if count >= cap else f"{count:,}"


@register.filter
def may(user: object, permission: str) -> bool:
    """Whether the person may do that: a control nobody may press is not shown."""
    return bool(getattr(user, "may", lambda _permission: False)(permission))


@register.filter
def signed(number: int) -> str:
    """A change with its sign; the minus is a real one."""
    return f"+{number:,}" if number > 0 else f"−{-number:,}" if number < 0 else "0"


@register.filter
def mail_name(template_name: str) -> str:
    """The name of a mail template for people; one without a name of its own reads as it is called."""
    return str(_MAILS.get(template_name) or template_name.replace("_", " ").capitalize())


@register.filter
def pick_method(method: str) -> str:
    """A method of picking in words."""
    return str(PickMethod(method).label) if method in PickMethod.values else method


@register.filter
def movement_reason(reason: str) -> str:
    """Why units moved, in words; a reason without words reads as its own name."""
    return str(MovementReason(reason).label) if reason in MovementReason.values else reason.replace("_", " ")


@register.filter
def count_cause(cause: str) -> str:
    """Why a bin is counted, in words."""
    return str(CountCause(cause).label) if cause in CountCause.values else cause


@register.simple_tag
def cause(document: str) -> Cause | None:
    """The document behind a movement, in words and as a link; None when it names nothing."""
    return cause_of(document)


@register.filter
def place_kind(kind: str) -> str:
    """What a place is for, in words."""
    return str(PLACE_KINDS.get(kind) or kind.replace("_", " "))


@register.filter
def words(code: object) -> str:
    """A machine's name for a thing, readable: ``own_delivery`` is “own delivery”."""
    return str(code).replace("_", " ")


@register.filter
def status_word(status: str, kind: str = "") -> str:
    """The word of a status, for use inside a sentence."""
    return str(look_of(status, kind).word)


@register.filter
def wishes(line: Any) -> str:
    """What the buyer wants of a line beyond the article, in words."""
    return wish_words(line.properties, line.note)


_CHECKED: dict[str, Any] = {
    "line1": gettext_lazy("Street and number"),
    "line2": gettext_lazy("Addition"),
    "city": gettext_lazy("City"),
    "region": gettext_lazy("State or province"),
    "postal_code": gettext_lazy("Postal code"),
    "country": gettext_lazy("Country"),
    "name": gettext_lazy("Name"),
    "phone": gettext_lazy("Phone"),
    "total": gettext_lazy("Total"),
    "shipping_method": gettext_lazy("Service"),
    "order": gettext_lazy("Order"),
}


@register.filter
def check_field(field: str) -> str:
    """The field a check is about, in words; a SKU is its own word."""
    return str(_CHECKED.get(field, field))


@register.filter
def suggests(detail: Any) -> bool:
    """Whether a hold's detail says what may be meant."""
    return any(found.get("suggested") for found in detail.get("findings", ()))


@register.filter
def promise_reason(code: str) -> str:
    """Why a promise was made anew, in words."""
    return reason_of(code)
