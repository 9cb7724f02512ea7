"""Keep kinds of waves by name."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.kernel.commands import command
from core.kernel.errors import Invalid, NotFound
from inventory.selectors.places import zones_of
from shipping.models import WaveTemplate
from shipping.planning.waves import DISCRETE
from shipping.selectors.wave_candidates import MAX_ORDERS
from shipping.selectors.wave_templates import FILTERS, usual_templates
from shipping.states import PickMethod

MOST_ON_A_CART = 50


@command
def keep_template(
    warehouse_id: int,
    name: str,
    *,
    method: str,
    orders_per_list: int,
    max_orders: int,
    filters: Mapping[str, Any],
) -> int:
    """Keep a kind of wave under a name, instead of the one that has the name already; returns its id.

    The usual templates become the warehouse's own with its first one. Raises Invalid.
    """
    name = name.strip()[:80]
    if not name:
        raise Invalid(_("Give the template a name."))
    if method not in PickMethod.values or set(filters) - FILTERS:
        raise Invalid(_("A template cannot say that."))
    zone_id = filters.get("zone_id")
    if zone_id is not None and all(zone.id != zone_id for zone in zones_of(warehouse_id)):
        raise Invalid(_("This warehouse has no such zone."))
    _adopt(warehouse_id)
    last = WaveTemplate.objects.filter(warehouse_id=warehouse_id).order_by("-position").first()
    row, _made = WaveTemplate.objects.update_or_create(
        warehouse_id=warehouse_id,
        name=name,
        defaults={
            "method": method,
            "orders_per_list": 1 if method == DISCRETE else max(1, min(orders_per_list, MOST_ON_A_CART)),
            "max_orders": max(1, min(max_orders, MAX_ORDERS)),
            "filters": dict(filters),
            "active": True,
        },
        create_defaults={
            "method": method,
            "orders_per_list": 1 if method == DISCRETE else max(1, min(orders_per_list, MOST_ON_A_CART)),
            "max_orders": max(1, min(max_orders, MAX_ORDERS)),
            "filters": dict(filters),
            "position": (last.position + 1) if last else 0,
        },
    )
    return row.pk


@command
def drop_template(warehouse_id: int, key: str) -> None:
    """Offer that template no more; waves made of it stay. Doing it again changes nothing. Raises NotFound."""
    names = {one.key: one.name for one in usual_templates(warehouse_id)}
    _adopt(warehouse_id)
    rows = WaveTemplate.objects.filter(warehouse_id=warehouse_id)
    rows = rows.filter(pk=int(key)) if key.isdecimal() and len(key) < 18 else rows.filter(name=names.get(key, ""))
    if not rows.update(active=False):
        raise NotFound(_("There is no such template."))


@command
def first_template(warehouse_id: int, key: str) -> None:
    """Show that template before the others. Raises NotFound."""
    names = {one.key: one.name for one in usual_templates(warehouse_id)}
    _adopt(warehouse_id)
    rows = list(WaveTemplate.objects.filter(warehouse_id=warehouse_id).order_by("position", "pk"))
    chosen = [row for row in rows if str(row.pk) == key or row.name == names.get(key)]
    if not chosen:
        raise NotFound(_("There is no such template."))
    for position, row in enumerate([chosen[0], *(row for row in rows if row is not chosen[0])]):
        row.position = position
    WaveTemplate.objects.bulk_update(rows, ["position"])


def _adopt(warehouse_id: int) -> None:
    """The usual templates as rows of the warehouse, unless it keeps some already; two at once keep them once."""
    if WaveTemplate.objects.filter(warehouse_id=warehouse_id).exists():
        return
    WaveTemplate.objects.bulk_create(
        [
            WaveTemplate(
                warehouse_id=warehouse_id,
                name=one.name,
                position=position,
                method=one.method,
                orders_per_list=one.orders_per_list,
                max_orders=one.max_orders,
                filters=dict(one.filters),
            )
            for position, one in enumerate(usual_templates(warehouse_id))
        ],
        ignore_conflicts=True,
    )
