"""Rules in words: the parts the builder offers, and the sentence a rule comes to. Pure, in the active language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fulfillment.dashboard.statuses import look_of
from orders.planning.rule_vocabulary import ACTIONS, FIELDS, LISTS, WITHOUT_VALUE

Words = Mapping[str, str | Promise]

EVENTS: Words = {
    "order.placed": gettext_lazy("an order comes in"),
    "order.edited": gettext_lazy("an order is changed"),
    "order.backordered": gettext_lazy("something of an order is missing"),
    "order.held": gettext_lazy("an order is held"),
}
GROUPS: Words = {
    "order": gettext_lazy("Order"),
    "customer": gettext_lazy("Customer"),
    "address": gettext_lazy("Delivery address"),
    "any_line": gettext_lazy("Any line"),
    "every_line": gettext_lazy("Every line"),
}
FIELD_WORDS: Words = {
    "value": gettext_lazy("the value of its goods"),
    "total": gettext_lazy("its total"),
    "currency": gettext_lazy("its currency"),
    "units": gettext_lazy("the number of its units"),
    "lines": gettext_lazy("the number of its lines"),
    "weight_g": gettext_lazy("its weight in grams"),
    "method": gettext_lazy("its service"),
    "tags": gettext_lazy("the list of its tags"),
    "priority": gettext_lazy("its priority"),
    "payment": gettext_lazy("its payment"),
    "gift": gettext_lazy("it is a gift"),
    "gift_message": gettext_lazy("it has a gift message"),
    "note": gettext_lazy("the buyer's note"),
    "purchase_order": gettext_lazy("its purchase order number"),
    "channel_kind": gettext_lazy("the kind of its channel"),
    "holds": gettext_lazy("the list of its open holds"),
    "changed": gettext_lazy("what was changed"),
    "backordered": gettext_lazy("the number of missing units"),
    "customer_orders": gettext_lazy("the number of the customer's earlier orders"),
    "customer_first": gettext_lazy("it is the customer's first order"),
    "customer_tags": gettext_lazy("the list of the customer's tags"),
    "customer_email": gettext_lazy("the customer's e-mail address"),
    "customer_language": gettext_lazy("the customer's language"),
    "country": gettext_lazy("the country code"),
    "region": gettext_lazy("the region"),
    "city": gettext_lazy("the town"),
    "postal_code": gettext_lazy("the postal code"),
    "company": gettext_lazy("the company"),
    "street": gettext_lazy("the street"),
    "any_line.sku": gettext_lazy("the SKU of a line"),
    "any_line.name": gettext_lazy("the name of a line"),
    "any_line.quantity": gettext_lazy("the units of a line"),
    "any_line.unit_price": gettext_lazy("the price of a line"),
    "any_line.note": gettext_lazy("the note of a line"),
    "any_line.properties": gettext_lazy("what was chosen for a line"),
    "any_line.weight_g": gettext_lazy("the weight of an article in grams"),
    "any_line.origin": gettext_lazy("the country of origin of an article"),
    "any_line.tracking": gettext_lazy("the tracking of an article"),
    "every_line.sku": gettext_lazy("the SKU of every line"),
    "every_line.name": gettext_lazy("the name of every line"),
    "every_line.quantity": gettext_lazy("the units of every line"),
    "every_line.unit_price": gettext_lazy("the price of every line"),
    "every_line.note": gettext_lazy("the note of every line"),
    "every_line.properties": gettext_lazy("what was chosen for every line"),
    "every_line.weight_g": gettext_lazy("the weight of every article in grams"),
    "every_line.origin": gettext_lazy("the country of origin of every article"),
    "every_line.tracking": gettext_lazy("the tracking of every article"),
}
OPERATOR_WORDS: Words = {
    "is": gettext_lazy("is"),
    "is_not": gettext_lazy("is not"),
    "contains": gettext_lazy("contains"),
    "lacks": gettext_lazy("does not contain"),
    "begins_with": gettext_lazy("begins with"),
    "ends_with": gettext_lazy("ends with"),
    "one_of": gettext_lazy("is one of"),
    "none_of": gettext_lazy("is none of"),
    "given": gettext_lazy("is given"),
    "missing": gettext_lazy("is missing"),
    "at_least": gettext_lazy("is at least"),
    "more_than": gettext_lazy("is more than"),
    "at_most": gettext_lazy("is at most"),
    "less_than": gettext_lazy("is less than"),
    "yes": gettext_lazy("is true"),
    "no": gettext_lazy("is not true"),
}
ACTION_WORDS: Words = {
    "hold": gettext_lazy("hold it"),
    "tag": gettext_lazy("tag it"),
    "priority": gettext_lazy("give it the priority"),
    "method": gettext_lazy("ship it by"),
    "warehouse": gettext_lazy("ship it from"),
    "packaging": gettext_lazy("pack it by the rule"),
    "insert": gettext_lazy("lay in"),
    "message": gettext_lazy("tell the customer"),
    "write": gettext_lazy("write to the customer"),
}
MESSAGES: Words = {
    "checking": gettext_lazy("that we check something first"),
    "takes_longer": gettext_lazy("that it takes a little longer"),
    "thanks": gettext_lazy("thanks for ordering again"),
}
CHANGED: Words = {
    "shipping_address": gettext_lazy("the address"),
    "billing_address": gettext_lazy("the billing address"),
    "shipping_method": gettext_lazy("the service"),
    "note": gettext_lazy("the note"),
    "gift": gettext_lazy("the gift"),
    "lines": gettext_lazy("the lines"),
}
TRACKING: Words = {
    "none": gettext_lazy("none"),
    "lot": gettext_lazy("by lot"),
    "serial": gettext_lazy("by serial number"),
}
CHANNEL_KINDS: Words = {
    "shop": gettext_lazy("own shop"),
    "marketplace": gettext_lazy("marketplace"),
    "social": gettext_lazy("social"),
    "point_of_sale": gettext_lazy("point of sale"),
    "b2b": gettext_lazy("B2B"),
    "manual": gettext_lazy("manual"),
}


def value_word(options: str, value: str) -> str:
    """A value of a closed list as people say it; what is the shop's own stays as it is."""
    if options in ("hold", "rule_hold"):
        return str(look_of(value, "hold").word)
    if options == "payment":
        return str(look_of(value, "payment").word)
    lists = {"message": MESSAGES, "changed": CHANGED, "tracking": TRACKING, "channel_kind": CHANNEL_KINDS}
    return str(lists.get(options, {}).get(value, value))


def sentence(document: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """The rule as one sentence. ``names`` are the shop's own words for channels and services by code."""
    known = names or {}
    conditions = [condition_words(one) for one in _listed(document.get("conditions"))]
    joint = _(" or ") if document.get("match_any") else _(" and ")
    event = str(EVENTS.get(str(document.get("event")), document.get("event")))
    channel = str(document.get("channel") or "")
    if channel:
        event = _("%(event)s from %(channel)s") % {"event": event, "channel": known.get(channel, channel)}
    told = [action_words(one, known) for one in _listed(document.get("actions"))]
    parts = {"event": event, "conditions": joint.join(conditions), "actions": _and(told)}
    if conditions:
        words = _("When %(event)s, if %(conditions)s, then %(actions)s.") % parts
    else:
        words = _("When %(event)s, then %(actions)s.") % parts
    return f"{words} {_('No rule after it is asked.')}" if document.get("ends_here") else words


def operator_words(operator: str, kind: str) -> str:
    """What an operator is called for a kind of field: a list contains what a text is."""
    if kind == "set" and operator == "one_of":
        return _("contains one of")
    return str(OPERATOR_WORDS.get(operator, operator))


def condition_words(one: Mapping[str, Any]) -> str:
    """``the value of its goods is at least 200``."""
    name, operator = str(one.get("field", "")), str(one.get("is", ""))
    field = FIELDS.get(name)
    words = str(FIELD_WORDS.get(name, name))
    if operator == "yes":
        return words
    if operator == "no":
        return _("not: %(condition)s") % {"condition": words}
    asked = operator_words(operator, field.kind if field else "text")
    if operator in WITHOUT_VALUE:
        return f"{words} {asked}"
    options = field.options if field else ""
    raw = one.get("value")
    values = [value_word(options, str(value)) for value in (raw if isinstance(raw, list | tuple) else [raw])]
    return f"{words} {asked} {_or(values) if operator in LISTS else values[0]}"


def action_words(one: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """``hold it: Fraud (ask the bank)``."""
    do, raw = str(one.get("do", "")), one.get("value")
    action = ACTIONS.get(do)
    words = str(ACTION_WORDS.get(do, do))
    if do == "write":
        return words
    options = action.options if action else ""
    # A tag is the shop's own word, even where a channel or a service has it as its code.
    known = (names or {}) if options else {}
    values = [
        known.get(str(value)) or value_word(options, str(value))
        for value in (raw if isinstance(raw, list | tuple) else [raw])
    ]
    told = f"{words}: {_or(values)}" if do in ("hold", "tag", "insert") else f"{words} {_or(values)}"
    days = str(one.get("days") or "")
    if days.isascii() and days.isdigit():
        told = ngettext("%(action)s for %(n)d day", "%(action)s for %(n)d days", int(days)) % {
            "action": told,
            "n": int(days),
        }
    if one.get("reason"):
        told = f"{told} ({one['reason']})"
    if one.get("done") is False:
        told = _("%(action)s (too late for that)") % {"action": told}
    return told


def fired_words(data: Mapping[str, Any]) -> str:
    """What the timeline says of a rule that matched."""
    actions = _and([action_words(one) for one in _listed(data.get("actions"))])
    return _("Rule “%(name)s”: %(actions)s") % {"name": data.get("name", ""), "actions": actions}


def _listed(raw: Any) -> list[Mapping[str, Any]]:
    return [one for one in raw if isinstance(one, Mapping)] if isinstance(raw, list | tuple) else []


def _and(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def _or(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s or %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}
