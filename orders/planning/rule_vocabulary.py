"""The closed vocabulary of rules: when, fields, operators, actions. Their words for people are elsewhere. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "number", "money", "choice", "set", "flag"]

EVENTS = ("order.placed", "order.edited", "order.backordered", "order.held")
LATER_EVENTS = frozenset(EVENTS[1:])

OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    "text": ("is", "is_not", "contains", "lacks", "begins_with", "ends_with", "one_of", "given", "missing"),
    "number": ("is", "is_not", "at_least", "more_than", "at_most", "less_than"),
    "money": ("at_least", "more_than", "at_most", "less_than", "is"),
    "choice": ("is", "is_not", "one_of", "none_of"),
    "set": ("contains", "lacks", "one_of"),
    "flag": ("yes", "no"),
}
"""What can be asked of each kind of field, the most usual first."""

LISTS = frozenset({"one_of", "none_of"})
WITHOUT_VALUE = frozenset({"given", "missing", "yes", "no"})


@dataclass(frozen=True, slots=True)
class Field:
    """Something of an order that can be asked. ``options`` names the closed list its values come from.

    ``past`` needs the customer's earlier orders; ``events`` are those at which it is known.
    """

    name: str
    kind: Kind
    group: str
    options: str = ""
    past: bool = False
    events: frozenset[str] = frozenset(EVENTS)


@dataclass(frozen=True, slots=True)
class Action:
    """Something a rule can decide. ``once``: a rule says it at most once; ``options`` as of a field."""

    name: str
    kind: Literal["choice", "number", "text", "long_text"]
    options: str = ""
    once: bool = True
    extra: frozenset[str] = field(default_factory=frozenset)


_LINE_FIELDS: tuple[tuple[str, Kind], ...] = (
    ("sku", "text"),
    ("name", "text"),
    ("quantity", "number"),
    ("unit_price", "money"),
    ("note", "text"),
    ("properties", "text"),
    ("weight_g", "number"),
    ("origin", "text"),
    ("tracking", "choice"),
)

_FIELDS: tuple[Field, ...] = (
    Field("value", "money", "order"),
    Field("total", "money", "order"),
    Field("currency", "text", "order"),
    Field("units", "number", "order"),
    Field("lines", "number", "order"),
    Field("weight_g", "number", "order"),
    Field("method", "text", "order"),
    Field("tags", "set", "order"),
    Field("priority", "number", "order"),
    Field("payment", "choice", "order", "payment"),
    Field("gift", "flag", "order"),
    Field("gift_message", "flag", "order"),
    Field("note", "text", "order"),
    Field("purchase_order", "text", "order"),
    Field("channel_kind", "choice", "order", "channel_kind"),
    Field("holds", "set", "order", "hold"),
    Field("changed", "set", "order", "changed", events=frozenset({"order.edited"})),
    Field("backordered", "number", "order", events=LATER_EVENTS),
    Field("customer_orders", "number", "customer", past=True),
    Field("customer_first", "flag", "customer", past=True),
    Field("customer_tags", "set", "customer", past=True),
    Field("customer_email", "text", "customer"),
    Field("customer_language", "text", "customer"),
    Field("country", "text", "address"),
    Field("region", "text", "address"),
    Field("city", "text", "address"),
    Field("postal_code", "text", "address"),
    Field("company", "text", "address"),
    Field("street", "text", "address"),
    *(
        Field(f"{which}.{name}", kind, which, "tracking" if name == "tracking" else "")
        for which in ("any_line", "every_line")
        for name, kind in _LINE_FIELDS
    ),
)

FIELDS: Mapping[str, Field] = {one.name: one for one in _FIELDS}
"""By name, in the order a person is offered them. Those of lines ask whether any line, or every one, is so."""

CLOSED: Mapping[str, tuple[str, ...]] = {
    "payment": ("pending", "authorized", "paid", "partially_refunded", "refunded", "failed"),
    "channel_kind": ("shop", "marketplace", "social", "point_of_sale", "b2b", "manual"),
    "hold": ("address", "payment", "fraud", "operator", "stock", "until_date", "custom"),
    "rule_hold": ("address", "fraud", "operator", "stock", "custom"),
    "changed": ("shipping_address", "billing_address", "shipping_method", "note", "gift", "lines"),
    "tracking": ("none", "lot", "serial"),
    "message": ("checking", "takes_longer", "thanks"),
}
"""The lists that belong to the program. Methods, warehouses, packagings and articles are the shop's own."""

_ACTIONS: tuple[Action, ...] = (
    Action("hold", "choice", "rule_hold", once=False, extra=frozenset({"reason", "days"})),
    Action("tag", "text", once=False),
    Action("priority", "number"),
    Action("method", "choice", "method"),
    Action("warehouse", "choice", "warehouse"),
    Action("packaging", "text", "packaging"),
    Action("insert", "text", "article", once=False),
    Action("message", "choice", "message", once=False),
    Action("write", "long_text"),
)

ACTIONS: Mapping[str, Action] = {one.name: one for one in _ACTIONS}


def fields_for(event: str) -> list[Field]:
    """The fields that are known when that event happens."""
    return [one for one in FIELDS.values() if event in one.events]
