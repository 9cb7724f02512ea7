"""Kinds of waves by name. A warehouse that keeps none of its own has the usual ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from inventory.selectors.places import zones_of
from shipping.models import WaveTemplate
from shipping.planning.waves import BATCH, CLUSTER, DISCRETE, ZONE

FAST = ("express", "next_day", "same_day")
FILTERS = frozenset(
    {"until_cut_off", "until_today", "one_line", "shipping_methods", "channel_ids", "channel_kinds", "zone_id"}
    | {"priority_from", "to_capacity"}
)
"""What the filters of a template may say."""


@dataclass(frozen=True, slots=True)
class TemplateFact:
    """A kind of wave. ``key`` names it in links: its id, or a word for one of the usual ones. ``filters``: FILTERS."""

    key: str
    name: str
    method: str
    orders_per_list: int
    max_orders: int
    filters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> int | None:
        """The id of its row; None while it is one of the usual ones."""
        return int(self.key) if self.key.isdecimal() else None


def templates_of(warehouse_id: int) -> list[TemplateFact]:
    """The warehouse's templates in their order, else the usual ones. One statement, two for the usual ones."""
    rows = list(WaveTemplate.objects.filter(warehouse_id=warehouse_id).order_by("position", "pk"))
    if not rows:
        return usual_templates(warehouse_id)
    return [
        TemplateFact(str(row.pk), row.name, str(row.method), row.orders_per_list, row.max_orders, row.filters)
        for row in rows
        if row.active
    ]


def usual_templates(warehouse_id: int) -> list[TemplateFact]:
    """What a warehouse begins with; a zone of its own where it has zones. One statement."""
    found = [
        TemplateFact("next_cut_off", _("Next cut-off"), CLUSTER, 8, 200, {"until_cut_off": True}),
        TemplateFact("singles", _("One-line orders"), CLUSTER, 12, 120, {"one_line": True}),
        TemplateFact("express", _("Express"), DISCRETE, 1, 50, {"shipping_methods": list(FAST)}),
    ]
    for zone in zones_of(warehouse_id)[:1]:
        name = _("Zone %(code)s") % {"code": zone.code}
        found.append(TemplateFact("zone", name, ZONE, 8, 100, {"zone_id": zone.id}))
    return [
        *found,
        TemplateFact("b2b", _("B2B"), DISCRETE, 1, 50, {"channel_kinds": ["b2b"]}),
        TemplateFact("batch", _("Everything, in batches"), BATCH, 10, 500, {}),
    ]


def template_by_key(warehouse_id: int, key: str) -> TemplateFact | None:
    """That template of the warehouse; None when there is none such."""
    return next((one for one in templates_of(warehouse_id) if one.key == key), None)
