"""What the pack screen shows, and the facts packing decides by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from orders.planning.wishes import wish_words
from shipping.models import Carton, Parcel, ParcelItem
from shipping.planning.packing import Box, Thing, expected_weight, fits, suggest
from shipping.selectors.commands import ALWAYS
from shipping.selectors.inserts import LaidIn, inserts_of_parcel, measured, weighed


@dataclass(frozen=True, slots=True)
class PackItem:
    """Units of one product in a parcel; several allocations of it are one item at the bench."""

    product_id: int
    sku: str
    name: str
    image_url: str
    quantity: int
    scanned: int
    codes: dict[str, int]
    thing: Thing
    kits: tuple[str, ...] = ()
    """Names of the kits some of the units belong to."""
    wishes: tuple[tuple[int, str], ...] = ()
    """(units, what the buyer wants of them in words), where anything is wanted."""

    @property
    def missing(self) -> int:
        return self.quantity - self.scanned


def pack_items(parcel_id: int, *, codes: bool = True) -> list[PackItem]:
    """The content of a parcel by product, in the order of its lines. Two statements; one without barcodes."""
    rows = (
        ParcelItem.objects.filter(parcel=parcel_id)
        .order_by("order_line__position", "pk")
        .values_list(
            "product_id",
            "product__sku",
            "product__name",
            "product__image_url",
            "product__weight_g",
            "product__length_mm",
            "product__width_mm",
            "product__height_mm",
            "quantity",
            "scanned",
            "order_line__kit__name",
            "order_line__properties",
            "order_line__note",
            "order_line__kit__properties",
            "order_line__kit__note",
        )
    )
    barcodes = _barcodes(parcel_id) if codes else {}
    found: dict[int, list[Any]] = {}
    kits: dict[int, dict[str, None]] = {}
    wishes: dict[int, dict[str, int]] = {}
    for product_id, sku, name, image, weight, length, width, height, quantity, scanned, kit, *wanted in rows:
        properties, note, kit_properties, kit_note = wanted
        if words := wish_words({**(kit_properties or {}), **properties}, note or kit_note or ""):
            own = wishes.setdefault(product_id, {})
            own[words] = own.get(words, 0) + quantity
        if kit:
            kits.setdefault(product_id, {})[kit] = None
        if product_id in found:
            found[product_id][1] += quantity
            found[product_id][2] += scanned
        else:
            found[product_id] = [(sku, name, image, weight, length, width, height), quantity, scanned]
    return [
        PackItem(
            product_id=product_id,
            sku=sku,
            name=name,
            image_url=image,
            quantity=quantity,
            scanned=scanned,
            codes={sku.casefold(): 1, **barcodes.get(product_id, {})},
            thing=Thing(name, quantity, weight, length, width, height),
            kits=tuple(kits.get(product_id, ())),
            wishes=tuple((units, words) for words, units in wishes.get(product_id, {}).items()),
        )
        for product_id, ((sku, name, image, weight, length, width, height), quantity, scanned) in found.items()
    ]


def _barcodes(parcel_id: int) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for product_id, code, units in (
        ParcelItem.objects.filter(parcel=parcel_id, product__barcodes__isnull=False)
        .order_by("product_id", "product__barcodes__id")
        .values_list("product_id", "product__barcodes__code", "product__barcodes__units")
        .distinct()
    ):
        found.setdefault(product_id, {})[code.casefold()] = units
    return found


def things_of(parcel_ids: Iterable[int]) -> dict[int, list[Thing]]:
    """What goes into each of the parcels, as planning sees it. One statement."""
    found: dict[int, list[Thing]] = {}
    rows = ParcelItem.objects.filter(parcel__in=list(parcel_ids)).order_by("pk")
    for parcel_id, name, quantity, weight, length, width, height in rows.values_list(
        "parcel_id",
        "product__name",
        "quantity",
        "product__weight_g",
        "product__length_mm",
        "product__width_mm",
        "product__height_mm",
    ):
        found.setdefault(parcel_id, []).append(Thing(name, quantity, weight, length, width, height))
    return found


def boxes() -> list[Box]:
    """The cartons on the shelf, smallest first. One statement."""
    found = [
        Box(row.pk, row.code, row.name, row.length_mm, row.width_mm, row.height_mm, row.weight_g, row.max_weight_g)
        for row in Carton.objects.filter(active=True)
    ]
    return sorted(found, key=lambda box: (box.volume_mm3, box.code))


def box_of(
    parcel: Parcel, items: Sequence[PackItem], shelf: Sequence[Box], inserts: Sequence[LaidIn] = ()
) -> Box | None:
    """The carton chosen for the parcel, by a packer or by a packaging rule, else the one suggested."""
    if parcel.carton_id is not None:
        return next((box for box in shelf if box.carton_id == parcel.carton_id), None)
    return suggest([*(item.thing for item in items), *measured(inserts)], shelf)


def things_in(items: Sequence[PackItem], inserts: Sequence[LaidIn]) -> list[Thing]:
    """What the scale feels: the goods, and the inserts that go in."""
    return [*(item.thing for item in items), *weighed(inserts)]


def next_step(parcel: Parcel, items: Sequence[PackItem], inserts: Sequence[LaidIn] = (), *, weigh: bool = False) -> str:
    """``item``, ``insert``, ``weight``, ``finish``, ``label``, ``confirm`` (scan the label) or ``done``."""
    if parcel.status == "open":
        if any(item.missing for item in items):
            return "item"
        if any(insert.waits for insert in inserts):
            return "insert"
        return "weight" if weigh and parcel.weight_g is None else "finish"
    return {"packed": "label", "label_purchased": "confirm"}.get(str(parcel.status), "done")


def pack_job(parcel_ref: str, *, weigh: bool = False) -> dict[str, Any]:
    """The job of the pack screen (docs/scan-contract.md), with what the page shows around it. Five statements.

    Beside the contract's members: ``parcel_id``, ``order_ref``, ``status``, ``step``, ``items`` (``name``, ``sku``,
    ``quantity``, ``scanned``, ``image_url``), ``inserts`` (the same, with ``waits``, ``there`` and ``issued``),
    ``carton``, ``cartons``, ``expected_weight_g``, ``weight_g``, ``tracking_number``, ``units``, ``units_left``. Raises
    Parcel.DoesNotExist.
    """
    parcel = Parcel.objects.get(ref=parcel_ref)
    return job_of(parcel, pack_items(parcel.pk), boxes(), weigh=weigh)


def job_of(parcel: Parcel, items: Sequence[PackItem], shelf: Sequence[Box], *, weigh: bool = False) -> dict[str, Any]:
    """The same, for a parcel already read. One statement, for the inserts."""
    inserts = inserts_of_parcel(parcel.pk)
    box = box_of(parcel, items, shelf, inserts)
    expected = expected_weight(things_in(items, inserts), box)
    step = next_step(parcel, items, inserts, weigh=weigh)
    waiting = [insert for insert in inserts if insert.waits]
    content = [*(item.thing for item in items), *measured(inserts)]
    steps: list[dict[str, Any]] = []
    if step == "item":
        codes = sorted({code for item in items if item.missing for code in item.codes})
        left = sum(item.missing for item in items)
        for _nth in range(min(left, 50)):
            steps.append({"step": "item", "expect": codes} if left == 1 else {"step": "item"})
    if step in ("item", "insert"):
        steps += [
            {"step": "insert", "expect": sorted(one.codes)} if len(waiting) == 1 else {"step": "insert"}
            for one in waiting
        ]
    if step in ("item", "insert", "weight") and weigh:
        steps.append({"step": "weight"})
    if parcel.status in ("open", "packed", "label_purchased"):
        label = {"step": "confirm"}
        steps.append({**label, "expect": [parcel.tracking_number, parcel.ref]} if parcel.tracking_number else label)
    steps.append({"step": "done"})
    return {
        "parcel_id": parcel.pk,
        "ref": parcel.ref,
        "order_ref": parcel.order_ref,
        "status": str(parcel.status),
        "packer_id": parcel.packer_id,
        "step": step,
        "items": [
            {
                "product_id": item.product_id,
                "sku": item.sku,
                "name": item.name,
                "image_url": item.image_url,
                "quantity": item.quantity,
                "scanned": item.scanned,
                "kits": item.kits,
                "wishes": item.wishes,
            }
            for item in items
        ],
        "inserts": [
            {
                "product_id": insert.product_id,
                "sku": insert.sku,
                "name": insert.name,
                "image_url": insert.image_url,
                "quantity": insert.quantity,
                "issued": insert.issued,
                "waits": insert.waits,
                "there": insert.goes_in,
                "scanned": insert.laid_in is True,
            }
            for insert in inserts
        ],
        "units": sum(item.quantity for item in items),
        "units_left": sum(item.missing for item in items),
        "carton": {**_box(box, content), "chosen": parcel.carton_id is not None} if box else None,
        "cartons": [{"key": key, **_box(one, content)} for key, one in enumerate(shelf, start=1)],
        "expected_weight_g": expected,
        "weight_g": parcel.weight_g,
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "at": 0,
        "known": {
            **{code: insert.name for insert in inserts for code in insert.codes},
            **{code: item.name for item in items for code in item.codes},
        },
        "always": list(ALWAYS),
        "steps": steps,
    }


def _box(box: Box, content: Sequence[Thing]) -> dict[str, Any]:
    """A carton for the screen; ``fill`` is the percentage of it the content takes, guesses included."""
    taken = sum(thing.volume_mm3 * thing.quantity for thing in content)
    return {
        "carton_id": box.carton_id,
        "code": box.code,
        "name": box.name,
        "length_mm": box.length_mm,
        "width_mm": box.width_mm,
        "height_mm": box.height_mm,
        "fill": round(100 * taken / box.volume_mm3) if box.volume_mm3 else 0,
        "holds_all": fits(content, box),
    }
