"""A simulated floor: people who pick, pack and drive, working through the same services as the screens."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from core.accounts.models import User
from core.kernel.actors import Actor, system
from core.kernel.errors import DomainError
from orders.models import Allocation, FulfillmentOrder
from shipping.carriers.base import RawEvent
from shipping.models import Parcel, PickLine, PickList, PickTote
from shipping.services.facts import PickDone
from shipping.services.handover import hand_over_parcels
from shipping.services.labels import purchase_label
from shipping.services.pack_scans import scan_pack
from shipping.services.packing import finish_parcel, open_parcel, pack_all, split_parcel
from shipping.services.pick_acts import short_pick
from shipping.services.picking import claim_next_pick_list, confirm_picks, free_totes, scan_pick
from shipping.services.tracking import record_tracking_events
from shipping.services.waves import release_next_wave

CARRIER = system("carrier")
# One line in so many is not where it should be; one parcel in so many meets nobody, or comes back unopened.
SHORT_ONE_IN, MISSED_ONE_IN, REFUSED_ONE_IN = 150, 12, 60
# One list in so many is picked scan by scan, as the screen does it; the others are confirmed as a whole.
SCANNED_ONE_IN = 10
# Grams of goods in one box: with the carton it stays below the 30 kg a person may lift.
BOX_LIMIT_G = 25_000


class Floor:
    """The outbound half of a warehouse. Each stage does a bounded piece of work and says how much it did."""

    def __init__(self, warehouse_id: int, counts: Counter[str], clock: Callable[[], datetime]) -> None:
        self.warehouse_id = warehouse_id
        self.counts = counts
        self.clock = clock
        self.chance = random.Random("floor")
        self.picker = User.objects.get(username="picker")
        self.packer = User.objects.get(username="packer")
        self.supervisor = User.objects.get(username="supervisor")
        # Held or cancelled under our hands: what was refused once in this run is not tried again.
        self._set_aside: set[int] = set()

    def shift(self, *, limit: int) -> int:
        """One round through all stages, at most ``limit`` orders in each; returns how many pieces of work were done.

        The last stage goes first, so that an order takes several rounds through the house and there is always work
        that a cancellation can meet half-way.
        """
        return (
            self.deliver(limit=limit)
            + self.drive(limit=limit)
            + self.hand_over(limit=limit)
            + self.pack(limit=limit)
            + self.pick(limit=limit)
            + self.release(limit=limit)
        )

    def release(self, *, limit: int) -> int:
        """The supervisor releases a wave of the most urgent orders."""
        wave = release_next_wave(self.warehouse_id, limit=limit, by=self.supervisor.actor, now=self.clock())
        if wave is None:
            return 0
        self.counts["waves"] += 1
        return wave.orders

    def pick(self, *, limit: int) -> int:
        """The picker walks list after list."""
        done = 0
        while done < limit:
            work = claim_next_pick_list(self.picker.pk, self.warehouse_id, by=self.picker.actor, now=self.clock())
            # A list that was refused stays in the picker's hand: the workers trim what was cancelled, then it goes on.
            if work is None or not self._pick_list(work.id):
                return done
            done += 1
        return done

    def _pick_list(self, list_id: int) -> bool:
        by = self.picker.actor
        totes = list(PickTote.objects.filter(pick_list=list_id, tote=None).order_by("position"))
        free = free_totes(self.warehouse_id, len(totes))
        if len(free) < len(totes):
            return False
        for line in PickLine.objects.filter(pick_list=list_id, status="pending").order_by("sequence", "pk"):
            if self.chance.random() < 1 / SHORT_ONE_IN:
                reason = self.chance.choice(["not_found", "damaged", "miscount"])
                short_pick(list_id, reason=reason, pick_line_id=line.pk, by=by, now=self.clock())
                self.counts["lines found short"] += 1
        lines = list(PickLine.objects.filter(pick_list=list_id, status__in=("pending", "skipped")))
        if not lines:
            return True
        units = sum(line.quantity - line.picked for line in lines)
        places = {slot.position: tote.id for slot, tote in zip(totes, free, strict=False)}
        try:
            if totes and units <= 24 and list_id % SCANNED_ONE_IN == 0:
                self._pick_by_scan(list_id, free[0].code)
            else:
                picks = [PickDone(line.pk, line.quantity - line.picked) for line in lines]
                confirm_picks(list_id, picks, totes=places, by=by, now=self.clock())
        except DomainError as refusal:
            self.counts[f"lists stopped: {refusal.code}"] += 1
            return False
        self.counts["lists picked"] += 1
        self.counts["lines picked"] += len(lines)
        self.counts["units picked"] += units
        return True

    def _pick_by_scan(self, list_id: int, tote_code: str) -> None:
        def scan(code: str) -> None:
            verdict = scan_pick(list_id, code, user_id=self.picker.pk, by=self.picker.actor, now=self.clock())
            self.counts["scans at the shelf"] += 1
            if verdict.verdict not in ("ok", "line_done", "done"):
                raise DomainError(f"{verdict.title} {verdict.message}")

        scan(tote_code)
        at = 0
        lines = PickLine.objects.filter(pick_list=list_id, status="pending").select_related("bin", "product")
        for line in lines.order_by("sequence", "pk"):
            if line.bin_id != at:
                scan(line.bin.code)
                at = line.bin_id
            for _unit in range(line.quantity):
                scan(line.product.sku)

    def pack(self, *, limit: int) -> int:
        """The packer packs what is picked, buys the label and proves it on the box."""
        picked = FulfillmentOrder.objects.filter(warehouse=self.warehouse_id, status="picked")
        done = 0
        for work_id in (
            picked.exclude(pk__in=self._set_aside).order_by("ship_by", "pk").values_list("pk", flat=True)[:limit]
        ):
            done += self._guarded(work_id, self._pack_one)
        return done

    def _pack_one(self, work_id: int, by: Actor) -> None:
        lines = Allocation.objects.filter(fulfillment_order=work_id, status="picked").select_related("product")
        units = [(row.product.sku, row.quantity, max(row.product.weight_g, 1)) for row in lines.order_by("pk")]
        if sum(count * weight for _sku, count, weight in units) <= BOX_LIMIT_G:
            refs = [pack_all(work_id, user_id=self.packer.pk, by=by, now=self.clock()).ref]
        else:
            refs = self._pack_in_boxes(work_id, units, by=by)
        for ref in refs:
            label = purchase_label(ref, by=by, now=self.clock())
            scan_pack(ref, label.tracking_number, user_id=self.packer.pk, by=by, now=self.clock())
            self.counts["parcels packed"] += 1

    def _pack_in_boxes(self, work_id: int, units: list[tuple[str, int, int]], *, by: Actor) -> list[str]:
        """Scan (SKU, count, weight) into box after box, none heavier than a person may lift."""
        order_ref = FulfillmentOrder.objects.values_list("order_ref", flat=True).get(pk=work_id)
        box = open_parcel(order_ref, warehouse_id=self.warehouse_id, user_id=self.packer.pk, by=by, now=self.clock())
        refs, room = [box.ref], BOX_LIMIT_G
        for sku, count, weight in units:
            left = count
            while left:
                fits = min(left, room // weight)
                if not fits:
                    full, box = box, split_parcel(box.id, by=by, now=self.clock())
                    finish_parcel(full.id, by=by, now=self.clock())
                    refs.append(box.ref)
                    room = BOX_LIMIT_G
                    continue
                scan_pack(box.ref, sku, user_id=self.packer.pk, quantity=fits, by=by, now=self.clock())
                left -= fits
                room -= fits * weight
        return refs

    def _guarded(self, work_id: int, act: Callable[[int, Actor], None]) -> int:
        try:
            act(work_id, self.packer.actor)
        except DomainError as refusal:
            self._set_aside.add(work_id)
            self.counts[f"work stopped: {refusal.code}"] += 1
            return 0
        return 1

    def hand_over(self, *, limit: int) -> int:
        """The driver takes every parcel that is ready."""
        ready = Parcel.objects.filter(warehouse=self.warehouse_id, status="ready_for_pickup")
        ids = list(ready.exclude(pk__in=self._set_aside).order_by("pk").values_list("pk", flat=True)[:limit])
        if not ids:
            return 0
        outcome = hand_over_parcels(ids, by=self.packer.actor, now=self.clock())
        self._set_aside |= set(outcome.refused)
        self.counts["parcels refused at hand-over"] += len(outcome.refused)
        return len(outcome.shipped)

    def drive(self, *, limit: int) -> int:
        """The carrier reports that parcels are moving; now and then in the wrong order, or twice."""
        ids = list(
            Parcel.objects.filter(warehouse=self.warehouse_id, status="shipped")
            .order_by("pk")
            .values_list("pk", flat=True)[:limit]
        )
        for parcel_id in ids:
            now = self.clock()
            reports = [
                RawEvent("picked-up", "picked_up", now - timedelta(minutes=3), "PU", "Picked up from sender"),
                RawEvent("hub", "in_transit", now - timedelta(minutes=2), "IT", "Sorted at the hub", "Leeds"),
            ]
            self.chance.shuffle(reports)
            record_tracking_events(parcel_id, [*reports, reports[0]], by=CARRIER, now=now)
        return len(ids)

    def deliver(self, *, limit: int) -> int:
        """The carrier delivers; some meet nobody the first time, a few come back unopened."""
        moving = Parcel.objects.filter(warehouse=self.warehouse_id, status__in=("in_transit", "delivery_failed"))
        ids = list(moving.order_by("pk").values_list("pk", "status")[:limit])
        for parcel_id, status in ids:
            now = self.clock()
            luck = self.chance.random()
            if status == "in_transit" and luck < 1 / REFUSED_ONE_IN:
                self._report(parcel_id, now, ("return_to_sender", "RTS", "Refused, on its way back"))
            elif status == "in_transit" and luck < 1 / MISSED_ONE_IN:
                self._report(parcel_id, now, ("delivery_failed", "NH", "Nobody at home"))
            else:
                self._report(
                    parcel_id,
                    now,
                    ("out_for_delivery", "OD", "On the van"),
                    ("delivered", "DL", "Delivered, signed for"),
                )
        return len(ids)

    def _report(self, parcel_id: int, now: datetime, *reports: tuple[str, str, str]) -> None:
        events = [
            RawEvent(f"{code}-{now:%H%M%S%f}", status, now + timedelta(milliseconds=place), code, text)
            for place, (status, code, text) in enumerate(reports)
        ]
        record_tracking_events(parcel_id, events, by=CARRIER, now=now + timedelta(seconds=1))

    def lists_in_hand(self) -> int:
        """Pick lists that are released and not finished."""
        return PickList.objects.filter(warehouse=self.warehouse_id, status__in=("released", "in_progress")).count()
