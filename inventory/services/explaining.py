"""Say of each drift of the stock's books which movements explain it."""

from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Warehouse
from inventory.planning.history import Effect, explain
from inventory.ports import Drift
from inventory.selectors.history import effects_on_bin, effects_on_level
from inventory.selectors.places import bins_by_id

MOST = 20
"""Drifts that are explained: thousands have one cause, and each costs a statement."""

LATEST = 3
"""Movements that are named when none explains the difference."""

NAMED = 10

HELD = "holds_make_reserved"


def explained(drifts: Iterable[Drift]) -> list[Drift]:
    """The drifts, the first of them with the movements that explain them: ids in ``detail``, sentences in ``because``.

    One statement for each drift explained, and two for all.
    """
    told = list(drifts)
    about = [(number, one) for number, one in enumerate(told) if "product_id" in one.detail][:MOST]
    places = bins_by_id(one.detail["bin_id"] for _number, one in about if "bin_id" in one.detail) if about else {}
    zones = dict(Warehouse.objects.values_list("pk", "time_zone")) if about else {}
    for number, one in about:
        detail = one.detail
        if "bin_id" in detail:
            warehouse_id = places[detail["bin_id"]].warehouse_id
            effects = effects_on_bin(detail["product_id"], detail["bin_id"], detail["lot"], detail["condition"])
        elif "counter" in detail:
            warehouse_id = detail["warehouse_id"]
            condition = "" if detail["counter"] == "on_hand" else detail["counter"]
            effects = effects_on_level(detail["product_id"], warehouse_id, condition)
        elif one.check == HELD:
            told[number] = replace(one, because=(_("No movement changes this figure: it counts open cart holds."),))
            continue
        else:
            continue
        told[number] = _with_movements(one, effects, ZoneInfo(zones[warehouse_id]))
    return told


def _with_movements(drift: Drift, effects: list[Effect], zone: ZoneInfo) -> Drift:
    found = explain(drift.expected - drift.stored, effects)
    if not found.movements:
        because = [_("No movement explains it: the figure was changed past the ledger.")]
        because += [_("Latest: %(movement)s.") % {"movement": _named(one, zone)} for one in effects[:LATEST]]
        return replace(drift, because=tuple(because), detail={**drift.detail, "movements": []})
    words = _("%(movement)s is not in the figure.") if found.missing else _("%(movement)s is in the figure twice.")
    because = [words % {"movement": _named(one, zone)} for one in found.movements[:NAMED]]
    if len(found.movements) > NAMED:
        rest = len(found.movements) - NAMED
        because.append(ngettext("… and %(count)d more", "… and %(count)d more", rest) % {"count": rest})
    ids = [one.id for one in found.movements]
    return replace(drift, because=tuple(because), detail={**drift.detail, "movements": ids})


def _named(one: Effect, zone: ZoneInfo) -> str:
    """Such as: Movement 4711, 3 units by anna at 2026-11-21 10:02, REC-7K3M9Q2X."""
    words = ngettext(
        "Movement %(id)d, %(count)d unit by %(who)s at %(when)s",
        "Movement %(id)d, %(count)d units by %(who)s at %(when)s",
        one.quantity,
    ) % {
        "id": one.id,
        "count": one.quantity,
        "who": one.actor_name,
        "when": f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}",
    }
    return f"{words}, {one.document or one.reason}"
