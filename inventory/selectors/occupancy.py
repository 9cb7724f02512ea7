"""How full bins, zones and warehouses are, and how many more of a product fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from inventory.planning.storing import PLENTY, STORAGE, Place
from inventory.selectors.places import BinFact, bins_by_id
from inventory.selectors.storing import BY_ID, PLACES, articles, places_of

FULL = 90
"""From this percentage of any of its capacities on a bin counts as full."""

STATES = ("used", "empty", "full", "frozen")
STRETCHES = (200, 1_000, 5_000)


@dataclass(frozen=True, slots=True)
class Occupancy:
    """What lies in one or many bins against what fits; a percentage is None where no bin has such a capacity.

    Percentages are of the bins with a limit alone: ``limited_…`` lies in those. ``bins`` and ``used_bins`` count the
    storage bins in use and those in which anything lies.
    """

    units: int = 0
    mm3: int = 0
    grams: int = 0
    limited_units: int = 0
    limited_mm3: int = 0
    limited_g: int = 0
    capacity_units: int | None = None
    capacity_ml: int | None = None
    capacity_g: int | None = None
    bins: int = 1
    used_bins: int = 0
    frozen_bins: int = 0

    @property
    def units_percent(self) -> int | None:
        return _percent(self.limited_units, self.capacity_units)

    @property
    def volume_percent(self) -> int | None:
        return _percent(self.limited_mm3, None if self.capacity_ml is None else self.capacity_ml * 1000)

    @property
    def weight_percent(self) -> int | None:
        return _percent(self.limited_g, self.capacity_g)

    @property
    def bins_percent(self) -> int:
        return _percent(self.used_bins, self.bins) or 0

    @property
    def tightest(self) -> int | None:
        """The highest of the three percentages: what makes the bin full."""
        return max(
            (one for one in (self.volume_percent, self.weight_percent, self.units_percent) if one is not None),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class BinRow:
    """A bin with what it is and how full."""

    fact: BinFact
    products: int
    occupancy: Occupancy

    @property
    def id(self) -> int:
        return self.fact.id


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """The storage bins of a zone together; ``zone`` is "" for bins in no zone."""

    warehouse_id: int
    zone_id: int | None
    zone: str
    name: str
    allowed_hazards: tuple[str, ...]
    occupancy: Occupancy


@dataclass(frozen=True, slots=True)
class Fits:
    """How many more units fit: ``units`` into bins with a limit, ``unlimited`` bins take any number besides."""

    zone: str
    units: int
    bins_with_room: int
    unlimited: int


def _percent(part: int, whole: int | None) -> int | None:
    if whole is None:
        return None
    return round(100 * part / whole) if whole else 100 if part else 0


def occupancy_of(place: Place) -> Occupancy:
    """How full one bin is."""
    return Occupancy(
        units=place.used_units,
        mm3=place.used_mm3,
        grams=place.used_g,
        limited_units=place.used_units,
        limited_mm3=place.used_mm3,
        limited_g=place.used_g,
        capacity_units=place.capacity_units,
        capacity_ml=place.capacity_ml,
        capacity_g=place.capacity_g,
        used_bins=int(not place.is_empty),
        frozen_bins=int(place.frozen),
    )


_FILTERS = """
    SELECT bin.* FROM inventory_bin bin
    WHERE (%(warehouses)s::bigint[] IS NULL OR bin.warehouse_id = ANY(%(warehouses)s))
      AND (%(kinds)s::text[] IS NULL OR bin.kind = ANY(%(kinds)s))
      AND (%(zones)s::bigint[] IS NULL OR bin.zone_id = ANY(%(zones)s))
      AND bin.active
"""
# One warehouse, one kind, one zone: with an equality the index gives the bins in the order of the walk.
_ALONG = PLACES.replace(
    "%s",
    """
    SELECT bin.* FROM inventory_bin bin
    WHERE bin.warehouse_id = %(warehouse)s AND bin.active AND (NOT %(frozen)s OR bin.frozen)
      AND (%(kind)s::text IS NULL OR bin.kind = %(kind)s)
      AND (%(kinds)s::text[] IS NULL OR bin.kind = ANY(%(kinds)s))
      AND (%(zone)s::bigint IS NULL OR bin.zone_id = %(zone)s)
      AND (bin.pick_sequence, bin.id) > (%(sequence)s, %(after)s)
    ORDER BY bin.pick_sequence, bin.id LIMIT %(limit)s
    """,
    1,
)
_NEWEST = PLACES.replace(
    "%s",
    _FILTERS
    + """
      AND (%(before)s::bigint IS NULL OR bin.id < %(before)s)
    ORDER BY bin.id DESC LIMIT %(limit)s
    """,
    1,
)
_NEWER = PLACES.replace("%s", _FILTERS + " AND bin.id > %(after)s ORDER BY bin.id LIMIT %(limit)s", 1)


def bins_along(
    warehouse_id: int,
    *,
    kinds: Sequence[str] | None = None,
    zone_id: int | None = None,
    state: str = "",
    after: tuple[int, int] | None = None,
    limit: int = 50,
) -> tuple[list[BinRow], tuple[int, int] | None]:
    """Bins in use along the walk, behind (pick_sequence, id): at most ``limit``, and from where to go on, if anywhere.

    ``state`` is one of STATES: used, empty, full or frozen. Full and empty ones are looked for in a bounded stretch of
    the walk, so that there may be fewer rows than ``limit`` and still more behind them.
    """
    found: list[Place] = []
    sequence, last = after or (-1, 0)
    for width in STRETCHES if state in ("used", "empty", "full") else (limit + 1,):
        stretch = places_of(
            _ALONG,
            {
                "warehouse": warehouse_id,
                "kind": str(kinds[0]) if kinds is not None and len(kinds) == 1 else None,
                "kinds": None if kinds is None or len(kinds) == 1 else [str(kind) for kind in kinds],
                "zone": zone_id,
                "frozen": state == "frozen",
                "sequence": sequence,
                "after": last,
                "limit": width,
            },
        )
        found += [place for place in stretch if _is(place, state)]
        if len(found) > limit or len(stretch) < width:
            more = len(found) > limit
            found = found[:limit]
            return _rows(found), (found[-1].pick_sequence, found[-1].bin_id) if more else None
        sequence, last = stretch[-1].pick_sequence, stretch[-1].bin_id
    return _rows(found[:limit]), (sequence, last)


def newest_bins(
    *,
    warehouse_ids: Sequence[int] | None = None,
    kinds: Sequence[str] | None = None,
    zone_ids: Sequence[int] | None = None,
    limit: int = 50,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[BinRow]:
    """Bins in use, newest first; with ``after_id`` the newer ones, nearest first. Two queries."""
    values = _filters(warehouse_ids, kinds, zone_ids) | {"limit": limit}
    if after_id is not None:
        rows = _rows(places_of(_NEWER, values | {"after": after_id}))
        return sorted(rows, key=lambda row: row.id)
    rows = _rows(places_of(_NEWEST, values | {"before": before_id}))
    return sorted(rows, key=lambda row: -row.id)


def bin_rows(bin_ids: Sequence[int]) -> list[BinRow]:
    """Those bins, along the walk, in use or not. Two queries."""
    return _rows(places_of(BY_ID, {"ids": sorted(set(bin_ids))}))


def _filters(
    warehouse_ids: Sequence[int] | None,
    kinds: Sequence[str] | None,
    zone_ids: Sequence[int] | None,
) -> dict[str, Any]:
    return {
        "warehouses": None if warehouse_ids is None else list(warehouse_ids),
        "kinds": None if kinds is None else [str(kind) for kind in kinds],
        "zones": None if zone_ids is None else list(zone_ids),
    }


def _is(place: Place, state: str) -> bool:
    if state in ("used", "empty"):
        return place.is_empty == (state == "empty")
    if state == "full":
        return (occupancy_of(place).tightest or 0) >= FULL
    return True


def _rows(places: Sequence[Place]) -> list[BinRow]:
    facts = bins_by_id([place.bin_id for place in places])
    return [
        BinRow(facts[place.bin_id], len(place.product_ids), occupancy_of(place))
        for place in places
        if place.bin_id in facts
    ]


_LYING = """
WITH lying AS MATERIALIZED (
    SELECT CASE WHEN bin.kind = 'pallet' THEN bin.parent_id ELSE bin.id END AS bin_id, sum(stock.quantity) AS units,
           sum(stock.quantity * product.length_mm::numeric * product.width_mm * product.height_mm) AS mm3,
           sum(stock.quantity * product.weight_g::numeric) AS grams,
           min(stock.product_id) AS least_product, max(stock.product_id) AS most_product,
           min(nullif(product.hazard, '')) AS least_hazard, max(nullif(product.hazard, '')) AS most_hazard
    FROM inventory_binstock stock
    JOIN inventory_bin bin ON bin.id = stock.bin_id
    JOIN inventory_product product ON product.id = stock.product_id
    WHERE stock.quantity > 0 AND bin.warehouse_id = ANY(%(warehouses)s)
    GROUP BY 1
)
"""
_ZONES = (
    _LYING
    + """
SELECT bin.warehouse_id, zone.id, coalesce(zone.code, ''), coalesce(zone.name, ''),
       coalesce(zone.allowed_hazards, '{}'),
       coalesce(sum(lying.units), 0), coalesce(sum(lying.mm3), 0), coalesce(sum(lying.grams), 0),
       coalesce(sum(lying.units) FILTER (WHERE bin.capacity_units IS NOT NULL), 0),
       coalesce(sum(lying.mm3) FILTER (WHERE bin.capacity_ml IS NOT NULL), 0),
       coalesce(sum(lying.grams) FILTER (WHERE bin.capacity_g IS NOT NULL), 0),
       sum(bin.capacity_units), sum(bin.capacity_ml), sum(bin.capacity_g),
       count(*), count(lying.units), count(*) FILTER (WHERE bin.frozen)
FROM inventory_bin bin
LEFT JOIN lying ON lying.bin_id = bin.id
LEFT JOIN inventory_zone zone ON zone.id = bin.zone_id
WHERE bin.warehouse_id = ANY(%(warehouses)s) AND bin.kind = ANY(%(kinds)s) AND bin.active
GROUP BY bin.warehouse_id, zone.id ORDER BY 1, 3
"""
)


def zone_rows(*warehouse_ids: int) -> list[ZoneRow]:
    """How full each zone's storage bins are, by warehouse and code; bins in no zone come first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ZONES, {"warehouses": list(warehouse_ids), "kinds": sorted(STORAGE)})
        return [
            ZoneRow(
                warehouse_id=row[0],
                zone_id=row[1],
                zone=row[2],
                name=row[3],
                allowed_hazards=tuple(row[4]),
                occupancy=Occupancy(
                    *map(int, row[5:11]), *(None if one is None else int(one) for one in row[11:14]), *row[14:]
                ),
            )
            for row in cursor.fetchall()
        ]


def together(rows: Sequence[ZoneRow]) -> Occupancy:
    """The occupancy of a warehouse: its zones added up."""
    zones = [row.occupancy for row in rows]

    def capacity(name: str) -> int | None:
        known = [getattr(zone, name) for zone in zones if getattr(zone, name) is not None]
        return sum(known) if known else None

    def total(name: str) -> int:
        return sum(getattr(zone, name) for zone in zones)

    return Occupancy(
        *map(total, ("units", "mm3", "grams", "limited_units", "limited_mm3", "limited_g")),
        *map(capacity, ("capacity_units", "capacity_ml", "capacity_g")),
        *map(total, ("bins", "used_bins", "frozen_bins")),
    )


# The same decisions as planning.storing, for every bin at once; a test compares the two.
_ROOM = """
, room AS (
    SELECT coalesce(zone.code, '') AS zone, CASE
        WHEN bin.frozen THEN 0
        WHEN %(hazard)s <> '' AND NOT (%(hazard)s = ANY(coalesce(zone.allowed_hazards, '{}'))) THEN 0
        WHEN %(hazard)s <> '' AND (lying.least_hazard <> %(hazard)s OR lying.most_hazard <> %(hazard)s) THEN 0
        WHEN bin.one_product AND (lying.least_product <> %(product)s OR lying.most_product <> %(product)s) THEN 0
        ELSE greatest(0, least(
            %(plenty)s,
            floor((bin.capacity_ml * 1000::numeric - coalesce(lying.mm3, 0)) / nullif(%(mm3)s::numeric, 0)),
            floor((bin.capacity_g - coalesce(lying.grams, 0)) / nullif(%(grams)s::numeric, 0)),
            bin.capacity_units - coalesce(lying.units, 0)
        )) END AS fits
    FROM inventory_bin bin
    LEFT JOIN lying ON lying.bin_id = bin.id
    LEFT JOIN inventory_zone zone ON zone.id = bin.zone_id
    WHERE bin.warehouse_id = ANY(%(warehouses)s) AND bin.kind = ANY(%(kinds)s) AND bin.active
)
SELECT zone, coalesce(sum(fits) FILTER (WHERE fits < %(plenty)s), 0)::bigint,
       count(*) FILTER (WHERE fits > 0), count(*) FILTER (WHERE fits >= %(plenty)s)
FROM room GROUP BY zone ORDER BY zone
"""


def fits_by_zone(product_id: int, warehouse_id: int) -> list[Fits]:
    """How many more units of a product fit into the storage bins of each zone. Two queries over the warehouse."""
    article = articles([product_id])[product_id]
    with connection.cursor() as cursor:
        cursor.execute(
            _LYING + _ROOM,
            {
                "warehouses": [warehouse_id],
                "kinds": sorted(STORAGE),
                "product": product_id,
                "hazard": article.hazard,
                "mm3": article.mm3,
                "grams": article.grams,
                "plenty": PLENTY,
            },
        )
        return [Fits(*row) for row in cursor.fetchall()]
