"""A simulated floor: people who pick, pack and drive, working through the same services as the screens."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Count, F, Sum

from core.accounts.models import User
from core.kernel.actors import Actor, system
from core.kernel.errors import DomainError
from orders.models import Allocation, FulfillmentOrder
from shipping.carriers.base import RawEvent
from shipping.models import Parcel, PickLine, PickList, PickTote
from shipping.services.bulk_packing import pack_many, purchase_labels
from shipping.services.bulk_picking import confirm_lists
from shipping.services.handover import hand_over_parcels
from shipping.services.pack_scans import scan_pack
from shipping.services.packing import finish_parcel, open_parcel, split_parcel
from shipping.services.pick_acts import short_pick
from shipping.services.picking import claim_next_pick_list, free_totes, scan_pick
from shipping.services.tracking import record_tracking_events
from shipping.services.waves import release_next_wave

CARRIER = system("carrier")
# One line in so many is not where it should be; one parcel in so many meets nobody, or comes back unopened.
SHORT_ONE_IN, MISSED_ONE_IN, REFUSED_ONE_IN = 150, 12, 60
# A list of up to so many units is walked scan by scan, one a round; the others are confirmed as a whole.
WALKED_UNITS = 24
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
        """Robots and paper lists confirm whole lists; the picker walks one short list a round, scan by scan."""
        waiting = PickList.objects.filter(warehouse=self.warehouse_id, status__in=("released", "in_progress"))
        ids = list(waiting.order_by("ship_by", "pk").values_list("pk", flat=True)[:limit])
        self._find_short(ids)
        done = self._walk_one_list()
        free = iter(free_totes(self.warehouse_id, 2 * limit))
        places: dict[int, dict[int, int]] = {list_id: {} for list_id in ids}
        slots = PickTote.objects.filter(pick_list__in=ids, tote=None, released_at=None)
        for list_id, position in slots.order_by("pick_list_id", "position").values_list("pick_list_id", "position"):
            tote = next(free, None)
            if tote is None:
                places.pop(list_id, None)  # it waits until a tote is free
            elif list_id in places:
                places[list_id][position] = tote.id
        open_lines = PickLine.objects.filter(pick_list__in=ids, status__in=("pending", "skipped"))
        lines = dict(open_lines.order_by().values_list("pick_list").annotate(lines=Count("pk")))
        ready = {list_id: given for list_id, given in places.items() if list_id in lines}
        completed = confirm_lists(ready, by=self.picker.actor, now=self.clock()) if ready else []
        self.counts["lists picked"] += len(completed)
        self.counts["lines picked"] += sum(lines[list_id] for list_id in completed)
        return done + len(completed)

    def _find_short(self, list_ids: list[int]) -> None:
        """Now and then a shelf does not hold what it should."""
        lines = PickLine.objects.filter(pick_list__in=list_ids, status="pending")
        unlucky = lines.annotate(luck=F("pk") % SHORT_ONE_IN).filter(luck=0).order_by("pk")
        for list_id, line_id in list(unlucky.values_list("pick_list_id", "pk")):
            reason = self.chance.choice(["not_found", "damaged", "miscount"])
            short_pick(list_id, reason=reason, pick_line_id=line_id, by=self.picker.actor, now=self.clock())
            self.counts["lines found short"] += 1

    def _walk_one_list(self) -> int:
        work = claim_next_pick_list(self.picker.pk, self.warehouse_id, by=self.picker.actor, now=self.clock())
        if work is None or PickTote.objects.filter(pick_list=work.id, tote__isnull=False).exists():
            return 0
        lines = PickLine.objects.filter(pick_list=work.id, status="pending")
        if not 0 < sum(lines.values_list("quantity", flat=True)) <= WALKED_UNITS:
            return 0
        number = len(lines)
        try:
            self._pick_by_scan(work.id, free_totes(self.warehouse_id, 1)[0].code)
        except DomainError as refusal:
            self.counts[f"walks stopped: {refusal.code}"] += 1
            return 0
        self.counts["lists picked"] += 1
        self.counts["lists picked by scan"] += 1
        self.counts["lines picked"] += number
        return 1

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
        """The packers pack what is picked, buy the labels and prove each on its box."""
        picked = FulfillmentOrder.objects.filter(warehouse=self.warehouse_id, status="picked")
        ids = list(
            picked.exclude(pk__in=self._set_aside).order_by("ship_by", "pk").values_list("pk", flat=True)[:limit]
        )
        by = self.packer.actor
        heavy = self._heavy(ids)
        light = [work_id for work_id in ids if work_id not in heavy]
        refs = [one.ref for one in pack_many(light, user_id=self.packer.pk, by=by, now=self.clock())] if light else []
        for work_id in heavy:
            refs += self._guarded(work_id)
        purchase_labels(refs, by=by, now=self.clock())
        labelled = Parcel.objects.filter(warehouse=self.warehouse_id, status="label_purchased")
        for ref, number in labelled.values_list("ref", "tracking_number"):
            scan_pack(ref, number, user_id=self.packer.pk, by=by, now=self.clock())
        self.counts["parcels packed"] += len(refs)
        return len(refs)

    def _heavy(self, work_ids: list[int]) -> dict[int, None]:
        """Those whose goods weigh more than a person may lift in one box, in their order."""
        weighed = (
            Allocation.objects.filter(fulfillment_order__in=work_ids, status="picked")
            .values_list("fulfillment_order")
            .annotate(grams=Sum(F("quantity") * F("product__weight_g")))
        )
        return {work_id: None for work_id, grams in weighed.order_by("fulfillment_order") if grams > BOX_LIMIT_G}

    def _guarded(self, work_id: int) -> list[str]:
        try:
            return self._pack_in_boxes(work_id, by=self.packer.actor)
        except DomainError as refusal:
            self._set_aside.add(work_id)
            self.counts[f"work stopped: {refusal.code}"] += 1
            return []

    def _pack_in_boxes(self, work_id: int, *, by: Actor) -> list[str]:
        """Scan the order into box after box, none heavier than a person may lift; returns their references."""
        lines = Allocation.objects.filter(fulfillment_order=work_id, status="picked").select_related("product")
        units = [(row.product.sku, row.quantity, max(row.product.weight_g, 1)) for row in lines.order_by("pk")]
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
