"""Where units may be put, how many fit and why: what ``inventory.planning.storing`` decides, read and put in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.kernel.errors import NotFound
from inventory.models import Bin, BinKind, BinStock, Product, Zone
from inventory.models.place import VIRTUAL_KINDS
from inventory.planning.storing import (
    PLENTY,
    ROOM,
    STORAGE,
    Article,
    Fault,
    Load,
    Option,
    Place,
    Why,
    fault_of,
    options_for,
    room_for,
    units_that_fit,
)
from inventory.states import Condition

NEAR, FAR = (50, 200), (1_000, 5_000, 50_000)
"""How many bins of a kind are looked at in one go along the walk: few while there is room nearby, then ever more."""
Cursor = tuple[int, int]
OWN = 20


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A bin to put units into. ``units_that_fit`` is ``PLENTY`` where nothing limits it."""

    bin_id: int
    bin_name: str
    bin_code: str
    units_that_fit: int
    reason: str


def articles(product_ids: Iterable[int]) -> dict[int, Article]:
    """{product id: its size, weight, hazard class and velocity}; one query."""
    rows = Product.objects.filter(pk__in=sorted(set(product_ids))).values_list(
        "pk", "length_mm", "width_mm", "height_mm", "weight_g", "hazard", "velocity"
    )
    return {row[0]: Article(row[0], row[1] * row[2] * row[3], *row[4:]) for row in rows}


PLACES = """
WITH bin AS MATERIALIZED (%s)
SELECT bin.id, bin.name, bin.code, bin.kind, bin.pick_sequence, bin.capacity_ml, bin.capacity_g, bin.capacity_units,
       bin.one_product, bin.frozen, bin.active, coalesce(zone.code, ''), coalesce(zone.allowed_hazards, '{}'),
       used.units, used.mm3, used.grams, used.products, used.hazards
FROM bin
LEFT JOIN inventory_zone zone ON zone.id = bin.zone_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(stock.quantity), 0) AS units,
           coalesce(sum(stock.quantity * product.length_mm::numeric * product.width_mm * product.height_mm), 0) AS mm3,
           coalesce(sum(stock.quantity * product.weight_g::numeric), 0) AS grams,
           coalesce(array_agg(DISTINCT stock.product_id) FILTER (WHERE stock.quantity > 0), '{}') AS products,
           coalesce(array_agg(DISTINCT product.hazard) FILTER (WHERE product.hazard <> ''), '{}') AS hazards
    FROM (
        SELECT product_id, quantity FROM inventory_binstock WHERE bin_id = bin.id AND quantity > 0
        UNION ALL
        SELECT carried.product_id, carried.quantity
        FROM inventory_bin pallet JOIN inventory_binstock carried ON carried.bin_id = pallet.id
        WHERE pallet.parent_id = bin.id AND carried.quantity > 0
    ) stock JOIN inventory_product product ON product.id = stock.product_id
) used
ORDER BY bin.pick_sequence, bin.id
"""
"""Bins with what lies in them; ``%s`` is put in place of the statement that chooses the bins."""

BY_ID = PLACES.replace("%s", "SELECT * FROM inventory_bin WHERE id = ANY(%(ids)s)", 1)
_OWN = PLACES.replace(
    "%s",
    """
    SELECT * FROM inventory_bin WHERE id IN (
        SELECT bin.id FROM inventory_binstock stock JOIN inventory_bin bin ON bin.id = stock.bin_id
        WHERE stock.product_id = ANY(%(products)s) AND stock.quantity > 0 AND bin.warehouse_id = %(warehouse)s
          AND bin.kind = ANY(%(kinds)s) AND bin.active AND NOT bin.frozen
        ORDER BY bin.kind DESC, bin.pick_sequence LIMIT %(limit)s
    )
    """,
    1,
)
_WALK = PLACES.replace(
    "%s",
    """
    SELECT bin.* FROM inventory_bin bin
    WHERE bin.warehouse_id = %(warehouse)s AND bin.kind = %(kind)s AND bin.active AND NOT bin.frozen
      AND (bin.pick_sequence, bin.id) > (%(sequence)s, %(after)s)
      AND (%(zones)s::bigint[] IS NULL OR bin.zone_id = ANY(%(zones)s))
    ORDER BY bin.pick_sequence, bin.id LIMIT %(limit)s
    """,
    1,
)


def places_now(bin_ids: Iterable[int]) -> dict[int, Place]:
    """{bin id: the bin with what lies in it now}; one query."""
    return {place.bin_id: place for place in places_of(BY_ID, {"ids": sorted(set(bin_ids))})}


def load_of(bin_id: int) -> list[tuple[Article, int]]:
    """What lies in a bin, tote or pallet, and on the pallets in it, as one load; two queries."""
    units: dict[int, int] = {}
    rows = BinStock.objects.filter(quantity__gt=0)
    for product_id, quantity in [
        *rows.filter(bin_id=bin_id).values_list("product_id", "quantity"),
        *rows.filter(bin__parent_id=bin_id).values_list("product_id", "quantity"),
    ]:
        units[product_id] = units.get(product_id, 0) + quantity
    known = articles(units)
    return [(known[product_id], quantity) for product_id, quantity in sorted(units.items())]


def suggest_bins(
    product_id: int,
    warehouse_id: int,
    quantity: int,
    *,
    lot: str = "",
    condition: str = Condition.SELLABLE,
    limit: int = 3,
) -> list[Suggestion]:
    """The best bins for units of a product, with the reason in words; empty when none takes any.

    Looks at the product's own bins and at a bounded stretch of the walk: the cost does not grow with the warehouse
    while there is room somewhere along it. Units that are not sellable are sent to quarantine.
    """
    article = articles([product_id]).get(product_id)
    if article is None:
        return []
    load = [(article, max(quantity, 1))]
    same_lot = frozenset(
        BinStock.objects.filter(product_id=product_id, lot=lot, quantity__gt=0).values_list("bin_id", flat=True)[:OWN]
        if lot
        else ()
    )
    kinds = _kinds(load) if condition == Condition.SELLABLE else (BinKind.QUARANTINE,)
    return _suggest(load, warehouse_id, kinds, limit=limit, same_lot=same_lot)


def suggest_for_load(
    load: Load, warehouse_id: int, *, stands: bool, without: Iterable[int] = (), limit: int = 3
) -> list[Suggestion]:
    """The best bins for everything on a pallet or in a tote together; ``stands``: the pallet stays under it."""
    if not load:
        return []
    kinds = (BinKind.BULK,) if stands else _kinds(load)
    return _suggest(load, warehouse_id, kinds, limit=limit, without=frozenset(without))


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a load may go into a bin: why not, in words ("" when it may), and whether a person may overrule that."""

    sentence: str
    may_overrule: bool
    fits: int


def judge(load: Load, bin_id: int) -> Judgement:
    """Look at the bin, and at the bin it stands in when it is a pallet. Two queries at most."""
    places = places_now([bin_id])
    if bin_id not in places or places[bin_id].kind in VIRTUAL_KINDS:
        return Judgement(_("There is no such bin."), False, 0)
    parent = Bin.objects.filter(pk=bin_id, kind=BinKind.PALLET).values_list("parent_id", flat=True)
    places |= places_now(filter(None, parent)) if places[bin_id].kind == BinKind.PALLET else {}
    for place in places.values():
        fault = fault_of(load, place)
        if fault:
            fits = units_that_fit(load[0][0], place) if len(load) == 1 else 0
            return Judgement(say_fault(fault, load, place), fault in ROOM, fits)
    return Judgement("", True, PLENTY)


def why_not(product_id: int, bin_id: int, quantity: int, lot: str = "") -> str:
    """The rule that forbids to put the units there, or the room that lacks, as a sentence; "" when they fit."""
    article = articles([product_id]).get(product_id)
    if article is None:
        return _("There is no such product.")
    return judge([(article, quantity)], bin_id).sentence


def fits_in(product_id: int, bin_id: int) -> int:
    """How many more units of a product fit into a bin; ``PLENTY`` where nothing limits it. Raises NotFound."""
    article, place = articles([product_id]).get(product_id), places_now([bin_id]).get(bin_id)
    if article is None or place is None or place.kind in VIRTUAL_KINDS:
        raise NotFound(_("There is no such bin."))
    return units_that_fit(article, place)


def say_fault(fault: Fault, load: Load, place: Place) -> str:
    """Why the load may not go there, in words."""
    hazards = sorted({article.hazard for article, _units in load if article.hazard})
    words = {"bin": place.name, "zone": place.zone, "hazard": ", ".join(hazards), "other": ", ".join(place.hazards)}
    if fault == Fault.HAZARD_ZONE:
        if not place.zone:
            return _("%(bin)s is in no zone that allows hazard class %(hazard)s. Choose another bin.") % words
        return _("Zone %(zone)s does not allow hazard class %(hazard)s. Choose another bin.") % words
    if fault == Fault.HAZARD_MIX:
        return _("Goods of hazard class %(other)s lie in %(bin)s. Keep class %(hazard)s apart from them.") % words
    if fault == Fault.ONE_PRODUCT:
        return _("%(bin)s holds one product at a time, and another one is meant for it or lies there.") % words
    if fault == Fault.FROZEN:
        return _("%(bin)s is frozen: nothing is put in. Choose another bin.") % words
    if fault in (Fault.INACTIVE, Fault.VIRTUAL):
        return _("%(bin)s is not in use. Choose another bin.") % words
    fits, _fault = room_for(load[0][0], place) if len(load) == 1 else (0, fault)
    asked = {
        Fault.VOLUME: _("%(bin)s has no room for all of it by volume."),
        Fault.WEIGHT: _("%(bin)s cannot carry all of it by weight."),
        Fault.UNITS: _("%(bin)s has no room for all of it by units."),
    }[fault] % words
    if fits:
        more = ngettext("%(fits)d more fits.", "%(fits)d more fit.", fits) % {"fits": fits}
        return f"{asked} {more}"
    return f"{asked} " + _("It is full.")


def _kinds(load: Load) -> tuple[BinKind, ...]:
    fast = all(article.velocity == "A" for article, _units in load)
    return (BinKind.PICK_FACE, BinKind.BULK) if fast else (BinKind.BULK, BinKind.PICK_FACE)


def _suggest(
    load: Load,
    warehouse_id: int,
    kinds: Sequence[BinKind],
    *,
    limit: int,
    same_lot: frozenset[int] = frozenset(),
    without: frozenset[int] = frozenset(),
) -> list[Suggestion]:
    units = sum(count for _article, count in load)
    products = [article.product_id for article, _units in load]
    # With the kinds asked for, and where units lie already, of whatever storage kind those are.
    shelves = sorted({*map(str, kinds), *(STORAGE if kinds[0] in STORAGE and len(kinds) > 1 else ())})
    places = {
        place.bin_id: place
        for place in places_of(_OWN, {"products": products, "warehouse": warehouse_id, "kinds": shelves, "limit": OWN})
    }
    zones = _zones_for(load, warehouse_id) if kinds[0] in STORAGE else None
    reached: dict[BinKind, Cursor | None] = dict.fromkeys(kinds, (-1, 0))
    for widths in (NEAR, *((width,) for width in FAR)):
        for kind in kinds:
            for width in widths:
                options = options_for(load, _but(places, without), same_lot=same_lot)
                # Nearby a choice is offered; beyond that one bin that takes all of it will do.
                if sum(option.fits >= units for option in options) >= (limit if widths == NEAR else 1):
                    return [_suggestion(option, load) for option in options[:limit]]
                start = reached[kind]
                if start is not None:
                    found = _stretch(warehouse_id, kind, zones, start, width)
                    places |= {place.bin_id: place for place in found}
                    reached[kind] = (found[-1].pick_sequence, found[-1].bin_id) if len(found) == width else None
    options = options_for(load, _but(places, without), same_lot=same_lot)
    return [_suggestion(option, load) for option in options[:limit]]


def _but(places: dict[int, Place], without: frozenset[int]) -> list[Place]:
    return [place for bin_id, place in places.items() if bin_id not in without]


def _zones_for(load: Load, warehouse_id: int) -> list[int] | None:
    """The zones that take the hazard classes of the load; None when any bin does."""
    hazards = sorted({article.hazard for article, _units in load if article.hazard})
    if not hazards:
        return None
    allowing = Zone.objects.filter(warehouse_id=warehouse_id, allowed_hazards__contains=hazards)
    return list(allowing.values_list("pk", flat=True))


def _stretch(warehouse_id: int, kind: BinKind, zones: list[int] | None, start: Cursor, width: int) -> list[Place]:
    """The next bins of a kind along the walk, behind (pick_sequence, id)."""
    return places_of(
        _WALK,
        {
            "warehouse": warehouse_id,
            "kind": str(kind),
            "sequence": start[0],
            "after": start[1],
            "zones": zones,
            "limit": width,
        },
    )


def places_of(sql: str, values: dict[str, Any]) -> list[Place]:
    """The places a statement made of ``PLACES`` finds, with what lies in them now."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [Place(*_plain(row)) for row in cursor.fetchall()]


def _plain(row: Sequence[Any]) -> tuple[Any, ...]:
    """Sums are decimals and lists are lists when they come from the database."""
    return (*row[:12], frozenset(row[12]), *map(int, row[13:16]), *map(frozenset, row[16:]))


def _suggestion(option: Option, load: Load) -> Suggestion:
    place = option.place
    return Suggestion(place.bin_id, place.name, place.code, option.fits, _reason(option, load))


def _reason(option: Option, load: Load) -> str:
    units = sum(count for _article, count in load)
    kind = BinKind(option.place.kind).label
    why = {
        Why.SAME_LOT: _("Same lot there"),
        Why.SAME_PRODUCT: _("Same product there"),
        Why.FAST_MOVER: _("Pick face for a fast mover"),
        Why.EMPTY: _("Empty: %(kind)s") % {"kind": kind},
        Why.ROOM: _("Room beside other products"),
    }[option.why]
    parts = [why]
    if option.fits < units:
        parts.append(_("only %(fits)d of %(units)d fit") % {"fits": option.fits, "units": units})
    elif option.fits < PLENTY:
        parts.append(ngettext("%(fits)d more fits", "%(fits)d more fit", option.fits) % {"fits": option.fits})
    hazards = sorted({article.hazard for article, _units in load if article.hazard})
    if hazards and option.place.kind in STORAGE:
        parts.append(_("zone allows class %(hazard)s") % {"hazard": ", ".join(hazards)})
    return ", ".join(parts)
