"""A warehouse floor to test with: a shop's stock spread over shelves, orders placed, and a robot's hands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction

from core.accounts.models import User
from core.kernel.actors import Actor
from inventory.selectors import BinFact, bins_by_id, bins_of, products_by_sku
from inventory.services.places import NewBin, create_bins, create_totes
from inventory.services.products import create_products
from orders.selectors.facts import OrderFact
from orders.selectors.work import fulfillment_orders_of
from orders.tests.shop import NOW, TESTER, Shop, build_shop
from shipping.models import CarrierService, Carton, Parcel, PickLine, PickList
from shipping.selectors.walks import pick_job
from shipping.services.facts import PickDone, ScanVerdict
from shipping.services.handover import hand_over_parcel
from shipping.services.labels import purchase_label
from shipping.services.pack_scans import scan_pack
from shipping.services.packing import open_parcel
from shipping.services.picking import claim_next_pick_list, confirm_picks, scan_pick, set_picked
from shipping.services.waves import release_next_wave

__all__ = ["NOW", "TESTER", "Floor", "build_floor"]


@dataclass(frozen=True)
class Floor:
    """``shop`` with ``shelves`` (by name) and totes; a product's barcode is ``EAN-<sku>``."""

    shop: Shop
    shelves: dict[str, BinFact]
    totes: list[BinFact]
    picker: User

    @property
    def warehouse_id(self) -> int:
        return self.shop.warehouse_id

    @property
    def by(self) -> Actor:
        return Actor(kind="staff", id=self.picker.pk, name="pim")

    def order(self, lines: Mapping[str, int] | Sequence[tuple[str, int]]) -> OrderFact:
        return self.shop.order(lines)

    def fulfillment_order(self, order: OrderFact) -> int:
        return fulfillment_orders_of(order.ref)[0].id

    def status_of(self, order: OrderFact) -> str:
        return fulfillment_orders_of(order.ref)[0].status

    def release(self, **more: object) -> list[int]:
        wave = release_next_wave(self.warehouse_id, by=TESTER, now=NOW, **more)  # type: ignore[arg-type]
        return list(wave.pick_list_ids) if wave else []

    def claim(self, tote: int = 0) -> int:
        claimed = claim_next_pick_list(
            self.picker.pk, self.warehouse_id, tote_code=self.totes[tote].code, by=self.by, now=NOW
        )
        assert claimed is not None
        return claimed.id

    def scan(self, pick_list_id: int, code: str) -> ScanVerdict:
        return scan_pick(pick_list_id, code, user_id=self.picker.pk, by=self.by, now=NOW)

    def number(self, pick_list_id: int, quantity: int) -> ScanVerdict:
        return set_picked(pick_list_id, quantity, user_id=self.picker.pk, by=self.by, now=NOW)

    def right_code(self, pick_list_id: int) -> str:
        """What a picker who makes no mistake scans now."""
        job = pick_job(pick_list_id)
        if job["step"] == "tote":
            taken = {tote["tote"] for tote in job["totes"]}
            return next(tote.code for tote in self.totes if tote.name not in taken)
        if job["step"] == "location":
            return self.shelves[job["place"]].code
        if job["step"] == "put":
            name = next(one["tote"] for one in job["totes"] if one["position"] == job["tote_position"])
            return next(tote.code for tote in self.totes if tote.name == name)
        return f"EAN-{job['sku']}"

    def walk(self, pick_list_id: int) -> list[ScanVerdict]:
        """Scan the whole list without a mistake; the verdicts in order."""
        verdicts: list[ScanVerdict] = []
        while not verdicts or verdicts[-1].verdict != "done":
            verdicts.append(self.scan(pick_list_id, self.right_code(pick_list_id)))
            assert not verdicts[-1].refused, verdicts[-1]
            assert len(verdicts) < 200
        return verdicts

    def confirm(self, pick_list_id: int) -> str:
        """Confirm a whole list at once, with free totes."""
        lines = PickLine.objects.filter(pick_list=pick_list_id, status="pending")
        used = set(PickList.objects.get(pk=pick_list_id).totes.values_list("tote_id", flat=True))
        count = PickList.objects.get(pk=pick_list_id).totes.count()
        busy = set(PickList.objects.filter(totes__released_at=None).values_list("totes__tote_id", flat=True)) | used
        free = [tote.id for tote in self.totes if tote.id not in busy]
        return confirm_picks(
            pick_list_id,
            [PickDone(line.pk, line.quantity) for line in lines],
            totes={position + 1: free[position] for position in range(count)},
            by=self.by,
            now=NOW,
        )

    def pick(self, order: OrderFact) -> None:
        """Release and pick everything of the orders that wait."""
        for pick_list_id in self.release():
            self.confirm(pick_list_id)

    def tote_of(self, order: OrderFact) -> str:
        tote_id = PickLine.objects.filter(order_ref=order.ref).values_list("pick_tote__tote_id", flat=True)[0]
        return next(tote.code for tote in self.totes if tote.id == tote_id)

    def pack(self, order: OrderFact) -> Parcel:
        """Pack everything picked of an order by scans, and buy and scan its label."""
        opened = open_parcel(
            self.tote_of(order), warehouse_id=self.warehouse_id, user_id=self.picker.pk, by=self.by, now=NOW
        )
        for item in Parcel.objects.get(pk=opened.id).items.select_related("product"):
            for _unit in range(item.quantity - item.scanned):
                verdict = self.pack_scan(opened.ref, f"EAN-{item.product.sku}")
                assert not verdict.refused, verdict
        label = purchase_label(opened.ref, by=self.by, now=NOW)
        assert self.pack_scan(opened.ref, label.tracking_number).verdict == "done"
        return Parcel.objects.get(pk=opened.id)

    def pack_scan(self, parcel_ref: str, code: str) -> ScanVerdict:
        return scan_pack(parcel_ref, code, user_id=self.picker.pk, by=self.by, now=NOW)

    def hand_over(self, parcel: Parcel) -> ScanVerdict:
        return hand_over_parcel(parcel.tracking_number, warehouse_id=self.warehouse_id, by=self.by, now=NOW)

    def ship(self, order: OrderFact) -> Parcel:
        """All of it: released, picked, packed, labelled, handed over."""
        self.pick(order)
        parcel = self.pack(order)
        assert self.hand_over(parcel).verdict == "ok"
        parcel.refresh_from_db()
        return parcel


def build_floor(stock: Mapping[str, int], *, shelves: int = 10, totes: int = 8, code: str = "MAIN") -> Floor:
    """Units of each SKU on a shelf of its own as far as there are shelves, then from the first again."""
    shop = build_shop({}, code=code)
    made = create_bins(
        shop.warehouse_id,
        [NewBin(name=f"A-{number:02}-1", pick_sequence=number * 10) for number in range(2, shelves + 2)],
    )
    create_totes(shop.warehouse_id, totes)
    create_products(
        [
            {
                "sku": sku,
                "name": f"Article {sku}",
                "weight_g": 200,
                "length_mm": 80,
                "width_mm": 60,
                "height_mm": 40,
                "barcodes": [f"EAN-{sku}"],
            }
            for sku in stock
        ],
        by=TESTER,
        now=NOW,
    )
    shop = _with_products(shop, stock)
    for number, (sku, quantity) in enumerate(stock.items()):
        if quantity:
            _receive(shop, sku, quantity, made[number % len(made)].id)
    Carton.objects.create(code="BOX-S", name="Small", length_mm=200, width_mm=150, height_mm=100, weight_g=60)
    Carton.objects.create(code="BOX-L", name="Large", length_mm=600, width_mm=400, height_mm=400, weight_g=400)
    CarrierService.objects.create(method="standard", carrier="own_delivery", service="standard", name="Standard")
    picker = User.objects.create(username=f"pim-{code.lower()}", roles=["picker", "packer"])
    shelf_facts = {one.name: one for one in bins_by_id([one.id for one in made]).values()}
    return Floor(shop, shelf_facts, bins_of(shop.warehouse_id, kinds=["tote"]), picker)


def _with_products(shop: Shop, stock: Mapping[str, int]) -> Shop:
    found = products_by_sku(stock)
    return replace(shop, products={sku: found[sku.casefold()].id for sku in stock})


def _receive(shop: Shop, sku: str, quantity: int, bin_id: int) -> None:
    with transaction.atomic():
        shop.move(sku, quantity, shop.bins["supplier"], bin_id, "receive")


LATER = NOW + timedelta(hours=1)
