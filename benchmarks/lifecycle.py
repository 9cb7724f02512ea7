"""A whole order: placed over the API, then released, picked, packed, labelled and handed over by the services."""

from statistics import median

from django.utils import timezone

from benchmarks.floors import Floor, Pgbench
from benchmarks.intake import three_lines
from benchmarks.load import Api, Measured, Step, run
from benchmarks.report import Result
from core.accounts.models import User
from orders.models import FulfillmentOrder
from shipping.models import PickLine
from shipping.services.facts import PickDone
from shipping.services.handover import hand_over_parcels
from shipping.services.labels import purchase_label
from shipping.services.pack_scans import scan_pack
from shipping.services.packing import pack_all
from shipping.services.picking import claim_next_pick_list, confirm_picks, free_totes
from shipping.services.waves import release_next_wave


def measure_lifecycle(
    floor: Pgbench, base_url: str, key: str, *, warehouse_id: int, rounds: int, seconds: float
) -> Result:
    """One order after the other through every stage by one person, beside the floor's four transactions."""
    floors: list[Floor] = []
    ours: list[Measured] = []
    for _round in range(rounds):
        floors.append(floor.run("lifecycle", clients=1, seconds=seconds))
        ours.append(run(lambda _number: _whole_order(base_url, key, warehouse_id), clients=1, seconds=seconds))
    ratio = median(one.rate / beside.rate for one, beside in zip(ours, floors, strict=True))
    outcomes = sum((one.outcomes for one in ours), start=ours[0].outcomes.__class__())
    return Result(
        "whole lifecycle, 1 worker",
        f"{median(one.rate for one in ours):,.1f} orders/s, p50 {median(one.percentile(50) for one in ours):.0f} ms",
        f"{median(one.rate for one in floors):,.0f} orders/s",
        ratio,
        "ratio ≥ 0.06",
        ratio >= 0.06 and set(outcomes) == {"ok"},
        "with wave, pick list, label as PDF and ZPL, four ledger movements a line",
    )


def _whole_order(base_url: str, key: str, warehouse_id: int) -> Step:
    api = Api(base_url, key)
    picker = User.objects.get(username="picker")
    packer = User.objects.get(username="packer")

    def step() -> str:
        now = timezone.now()
        status, _answer = api.call("POST", "/api/v1/orders/", three_lines())
        if status != 201:
            return f"place {status}"
        release_next_wave(warehouse_id, limit=1, by=picker.actor, now=now)
        work = claim_next_pick_list(picker.pk, warehouse_id, by=picker.actor, now=now)
        if work is None:
            return "nothing to pick"
        lines = PickLine.objects.filter(pick_list=work.id)
        picks = [PickDone(line.pk, line.quantity) for line in lines]
        tote = free_totes(warehouse_id, 1)[0]
        confirm_picks(work.id, picks, totes={1: tote.id}, by=picker.actor, now=now)
        allocation_ids = [line.allocation_id for line in lines]
        part = FulfillmentOrder.objects.filter(allocations__in=allocation_ids).values_list("pk", flat=True)[0]
        parcel = pack_all(part, user_id=packer.pk, by=packer.actor, now=now)
        label = purchase_label(parcel.ref, by=packer.actor, now=now)
        scan_pack(parcel.ref, label.tracking_number, user_id=packer.pk, by=packer.actor, now=now)
        outcome = hand_over_parcels([parcel.id], by=packer.actor, now=now)
        return "ok" if outcome.shipped else "not shipped"

    return step
