"""Say why each unit of an order is where it is, and what would help: pure, facts in, reasons by code out.

Every unit that waits has a reason; the reasons of a line sum to what waits of it. Whoever shows them puts the codes
into words (``orders.selectors.allocation_words``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orders.planning.explained import PICKABLE, Facts, Level, Line, Part, Spot

FLOOR = ("released", "picking", "picked", "packing", "packed")


@dataclass(frozen=True, slots=True)
class Action:
    """What would help, by code; the screen knows how."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why ``units`` units are where they are."""

    code: str
    units: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place looked at for a line: ✓ or ✗, and why."""

    level: Level
    spot: Spot | None
    good: bool
    code: str


@dataclass(frozen=True, slots=True)
class LineExplained:
    """A line with the reasons of what waits, and every place that was looked at."""

    line: Line
    reasons: tuple[Reason, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict first; then why each part waits, and each line."""

    verdict: Reason
    parts: tuple[tuple[Part, Reason], ...]
    lines: tuple[LineExplained, ...]

    @property
    def actions(self) -> list[Action]:
        """What would help, the best first, each once."""
        found = [action for _part, reason in self.parts for action in reason.actions]
        found += [action for one in self.lines for reason in one.reasons for action in reason.actions]
        return [action for index, action in enumerate(found) if action not in found[:index]]


def explain(facts: Facts) -> Explanation:
    """Why the order can or cannot be picked: of the whole, of its parts, of each line and of each place."""
    lines = tuple(LineExplained(line, tuple(why_waiting(line, facts)), tuple(candidates(line))) for line in facts.lines)
    parts = tuple((part, why_part(part, facts)) for part in facts.parts if part.status not in ("closed", "cancelled"))
    return Explanation(_verdict(facts, parts, lines), parts, lines)


def why_waiting(line: Line, facts: Facts) -> list[Reason]:
    """Why the line's units wait: one reason for each of them, the one that will be over first first."""
    found: list[Reason] = []
    left = line.waiting

    def take(units: int, code: str, *actions: Action, **params: Any) -> None:
        nonlocal left
        units = min(units, left)
        if units > 0:
            left -= units
            found.append(Reason(code, units, params, actions))

    if facts.status not in ("confirmed", "completed", "cancelled"):
        take(left, "not_confirmed")
    serving = [one for one in line.levels if one.serves and not one.declined]
    lacks = _kit_lacks(line, facts)
    for level in sorted(serving, key=lambda one: (-min(one.free, left), not one.own)):
        if lacks:
            take(level.free, "kit_incomplete", warehouse=level.code, lacking=lacks)
            continue
        fill = Action("fill", {"product_id": line.product_id, "warehouse_id": level.warehouse_id, "code": level.code})
        take(level.free, "free_by_hand" if facts.by_hand else "free_now", fill, warehouse=level.code)
    for level in serving:
        unsold = level.unpromised - level.free
        take(min(level.kept, unsold), "kept_for_others", warehouse=level.code)
        take(level.quality_control, "quality_control", Action("quality"), warehouse=level.code)
    _take_coming(line, take)
    for level in serving:
        take(min(level.safety_stock, level.unpromised), "safety_stock", warehouse=level.code)
        take(level.in_carts, "in_carts", warehouse=level.code)
    for level in line.levels:
        if level.declined:
            take(level.unpromised, "declined", warehouse=level.name)
        elif not level.serves:
            take(level.free, "elsewhere", Action("transfer", {"from": level.warehouse_id}), warehouse=level.name)
    for level in serving:
        take(level.set_aside, "set_aside", Action("stock", {"sku": line.sku}), warehouse=level.code)
    more = _more(line)
    if line.coming:
        first = line.coming[0]
        raise_it = Action("priority")
        units = sum(one.units for one in line.coming)
        take(left, "coming_promised", raise_it, *more, ref=first.ref, day=first.day, coming=units, ahead=line.ahead)
    promised = sum(level.allocated - level.mine for level in serving)
    if promised > 0:
        take(left, "promised", Action("purchase", {"sku": line.sku}), *more, promised=promised)
    take(left, "nothing", Action("purchase", {"sku": line.sku}), *more)
    return found


def _take_coming(line: Line, take: Any) -> None:
    """What arrives goes first to those ahead, then to this line."""
    ahead = line.ahead
    for arrival in line.coming:
        ours = max(0, arrival.units - ahead)
        link = Action("transfer_ref" if arrival.is_transfer else "purchase_order", {"ref": arrival.ref})
        params = {"ref": arrival.ref, "day": arrival.day, "coming": arrival.units, "ahead": ahead}
        take(ours, "coming", link, *_more(line), **params)
        ahead = max(0, ahead - arrival.units)


def _more(line: Line) -> tuple[Action, ...]:
    return (Action("substitute", {"line_id": line.id}),) if line.replacements else ()


def _kit_lacks(line: Line, facts: Facts) -> str:
    """The SKU of another part of the line's kit that is not to be had now."""
    if line.kit_id is None:
        return ""
    for other in facts.lines:
        part_of_it = other.kit_id == line.kit_id and other.id != line.id and other.waiting
        if part_of_it and not any(level.free for level in other.levels if level.serves and not level.declined):
            return other.sku
    return ""


def why_part(part: Part, facts: Facts) -> Reason:
    """Why a part of the order is not further."""
    place = {"warehouse": part.warehouse, "warehouse_id": part.warehouse_id, "part_id": part.id}
    units = sum(part.units.values())
    if part.status in FLOOR and part.own:
        return Reason("on_floor", units, {**place, "stage": part.status})
    if facts.holds:
        release = tuple(Action("release_hold", {"hold_id": one.id, "word": one.word}) for one in facts.holds)
        return Reason("held", units, {**place, "holds": [one.word for one in facts.holds]}, release)
    if not part.own:
        return _third_party(part, units, place, facts.lines)
    if part.status == "scheduled":
        return Reason("scheduled", units, {**place, "day": part.release_on})
    if part.status == "open":
        return Reason("waits_for_rest", units, place, (Action("ship_partial"),) if facts.complete else ())
    short = _unpickable(part, facts.lines)
    if short is not None:
        line, lying = short
        fixes = [Action("count", {"bin_id": spot.bin_id, "bin": spot.bin}) for spot in lying[:1]]
        return Reason("no_bin", units, {**place, "sku": line.sku}, (*fixes, *_elsewhere(part, facts.lines)))
    bare = _bare_face(part, facts.lines)
    if bare is not None:
        line, spot = bare
        ask = Action("replenish", {"product_id": line.product_id, "warehouse_id": part.warehouse_id, "from": spot.bin})
        return Reason("face_empty", units, {**place, "sku": line.sku, "bin": spot.bin}, (ask,))
    return Reason("ready", units, place)


def _third_party(part: Part, units: int, place: Mapping[str, Any], lines: Iterable[Line]) -> Reason:
    answer = Action("partner", {"part_id": part.id})
    if part.request_status == "requested":
        others = _elsewhere(part, lines)
        return Reason("requested", units, place, (answer, *others, Action("cancel_request", {"part_id": part.id}))[:3])
    if part.request_status == "accepted":
        return Reason("accepted", units, place, (answer, Action("cancel_request", {"part_id": part.id})))
    return Reason("to_be_requested", units, place)


def _elsewhere(part: Part, lines: Iterable[Line]) -> tuple[Action, ...]:
    """Other warehouses of the channel that have all of the part now, our own and the nearest first."""
    offers: dict[int, list[Level]] = {}
    needed = {product_id for product_id, units in part.units.items() if units}
    for product_id, levels in {line.product_id: line.levels for line in lines if line.product_id in needed}.items():
        for level in levels:
            fits = level.serves and not level.declined and level.free >= part.units[product_id]
            if fits and level.warehouse_id != part.warehouse_id:
                offers.setdefault(level.warehouse_id, []).append(level)
    whole = [levels[0] for levels in offers.values() if len(levels) == len(needed)]
    return tuple(
        Action("reroute", {"part_id": part.id, "warehouse_id": level.warehouse_id, "code": level.code})
        for level in sorted(whole, key=lambda one: (not one.own, one.distance_km or 0))[:2]
    )


def _unpickable(part: Part, lines: Iterable[Line]) -> tuple[Line, list[Spot]] | None:
    """A product of the part that no bin can give in full, with the bins it lies in."""
    for line in lines:
        wanted = part.units.get(line.product_id, 0)
        here = [spot for spot in line.spots if spot.warehouse_id == part.warehouse_id and spot.kind in PICKABLE]
        if wanted and sum(spot.pickable for spot in here) < wanted:
            return line, here
    return None


def _bare_face(part: Part, lines: Iterable[Line]) -> tuple[Line, Spot] | None:
    """A product of the part that has a pick face with too little, while bulk could fill it."""
    for line in lines:
        wanted = part.units.get(line.product_id, 0)
        here = [spot for spot in line.spots if spot.warehouse_id == part.warehouse_id]
        faces = [spot for spot in here if spot.kind == "pick_face"]
        bulk = [spot for spot in here if spot.kind in ("bulk", "pallet") and spot.pickable]
        if wanted and faces and bulk and sum(spot.pickable for spot in faces) < wanted:
            return line, bulk[0]
    return None


def candidates(line: Line) -> list[Candidate]:
    """Every place looked at for the line, with a verdict: what serves first, what is nearest first."""
    found: list[Candidate] = []
    for level in sorted(line.levels, key=lambda one: (not one.serves, one.distance_km or 0, one.code)):
        spots = [spot for spot in line.spots if spot.warehouse_id == level.warehouse_id]
        if not spots:
            found.append(Candidate(level, None, False, "empty"))
        found += [Candidate(level, spot, *_judge(level, spot)) for spot in spots]
    return found


def _judge(level: Level, spot: Spot) -> tuple[bool, str]:
    if spot.condition != "sellable":
        return False, str(spot.condition)
    if spot.recalled:
        return False, "recalled"
    if spot.unfit:
        return False, "too_old"
    if spot.frozen:
        return False, "frozen"
    if spot.kind not in PICKABLE:
        return False, "not_a_shelf"
    if not level.serves:
        return False, "not_served"
    if level.declined:
        return False, "declined"
    if level.mine:
        return True, "mine"
    if level.free:
        return True, "free"
    if level.unpromised:
        return False, "kept_back"
    return False, "promised"


def _verdict(facts: Facts, parts: Sequence[tuple[Part, Reason]], lines: Sequence[LineExplained]) -> Reason:
    if facts.status in ("cancelled", "completed"):
        return Reason(facts.status)
    if facts.status != "confirmed":
        return Reason("not_confirmed")
    if facts.holds:
        return Reason("held", 0, {"holds": [one.word for one in facts.holds]})
    wanted = [one for one in lines if one.line.wanted > one.line.shipped and one.line.ships]
    waits = [one for one in wanted if one.line.waiting]
    if waits:
        here = [one for one in wanted if not one.line.waiting]
        code = "waits_all" if not here and not any(one.line.here for one in waits) else "waits_some"
        units = sum(one.line.waiting for one in waits)
        first = waits[0].reasons[0] if waits[0].reasons else None
        params = {"here": len(here), "lines": len(wanted), "waiting_lines": len(waits), "because": first}
        return Reason(code, units, params)
    order = ("no_bin", "face_empty", "requested", "to_be_requested", "waits_for_rest", "scheduled", "accepted", "ready")
    rest = [reason for _part, reason in parts]
    for code in order:
        for reason in rest:
            if reason.code == code:
                return reason
    return rest[0] if rest else Reason("nothing_open")
