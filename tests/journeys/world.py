"""A whole house to live an order's life in: REST on one side, the floor's services on the other, a real mail server."""

import json
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from core.accounts.models import User
from core.attention.selectors import open_cases
from core.messaging.tests.sink import Sink
from core.outbox.models import Delivery
from core.outbox.services import run_due
from inventory.services.checking import check_stock
from orders.selectors.work import fulfillment_orders_of
from orders.tests.shop import ADDRESS, TESTER
from returns.selectors.inspections import InspectionFact
from returns.services.deciding import decide_inspection
from returns.services.inspection import claim_next_inspection, record_check, start_inspection
from shipping.carriers.base import RawEvent
from shipping.models import Parcel, PickLine
from shipping.selectors.walks import pick_job
from shipping.services.handover import hand_over_parcel
from shipping.services.labels import purchase_label
from shipping.services.pack_scans import scan_pack
from shipping.services.packing import open_parcel
from shipping.services.picking import claim_next_pick_list, free_totes, scan_pick
from shipping.services.tracking import record_tracking_events
from shipping.services.waves import release_next_wave
from shipping.tests.books import assert_floor_balances
from shipping.tests.floor import Floor

# Mails rest a moment after packing, for a label that the packer may buy a second later.
PATIENCE = timedelta(minutes=1)


@dataclass
class World:
    """Everything happens now, by the real clock, as it does to a customer."""

    floor: Floor
    sink: Sink
    key: str
    inspector: User

    # --- the shop's side ----------------------------------------------------------------------------------------------

    def call(self, method: str, where: str, body: Any = None, *, key: str = "") -> Any:
        """One REST call; the response."""
        headers = {"authorization": f"Bearer {self.key}", **({"idempotency-key": key} if key else {})}
        content = b"" if body is None else json.dumps(body).encode()
        return Client().generic(method, f"/api/v1/{where}", content, content_type="application/json", headers=headers)

    def read(self, where: str) -> Any:
        """The JSON of a GET, which has to be a 200."""
        answer = self.call("GET", where)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def place(self, lines: Mapping[str, int], **more: Any) -> Any:
        """Place an order over REST; the response."""
        body = {
            "external_id": uuid.uuid4().hex[:12],
            "currency": "GBP",
            "customer": {"name": "Ada Byron", "email": "ada@example.com", "locale": "en-GB"},
            "shipping_address": ADDRESS,
            "lines": [{"sku": sku, "quantity": count, "unit_price": "2.50"} for sku, count in lines.items()],
            **more,
        }
        return self.call("POST", "orders/", body, key=uuid.uuid4().hex)

    def order(self, ref: str) -> Any:
        return self.read(f"orders/{ref}/")

    def line(self, ref: str, sku: str) -> Any:
        return next(line for line in self.order(ref)["lines"] if line["sku"] == sku)

    def stock(self, sku: str) -> dict[str, Any]:
        """The one row of ``GET /stock/``."""
        (row,) = self.read(f"stock/?sku={sku}")["results"]
        return dict(row)

    def told(self, ref: str) -> list[str]:
        """The types of the order's events as REST tells them, oldest first."""
        return [str(entry["type"]) for entry in self.read(f"orders/{ref}/timeline/")["results"]]

    # --- time passes --------------------------------------------------------------------------------------------------

    def work_through(self) -> None:
        """Let workers do everything that is due; nothing may fail or be buried."""
        run_due(now=timezone.now() + PATIENCE, raise_errors=True)
        assert not Delivery.objects.filter(status="dead").exists()

    def mails(self) -> Counter[str]:
        """How often each kind of mail was accepted by the mail server, after everything due was done."""
        self.work_through()
        return Counter(str(mail["Message-ID"]).split("@")[0].partition(".")[2] for mail in self.sink.mails)

    def assert_sound(self, *, cases: int = 0) -> None:
        """The books balance, every mail has an id of its own, and just so many exceptions are open."""
        assert check_stock(by=TESTER, now=timezone.now()) == []
        assert_floor_balances(self.floor)
        ids = [mail["Message-ID"] for mail in self.sink.mails]
        assert len(ids) == len(set(ids))
        found = [(case.kind, case.summary) for case in open_cases(limit=50)]
        assert len(found) == cases, found

    # --- the floor ----------------------------------------------------------------------------------------------------

    def status(self, ref: str) -> list[str]:
        """The status of each fulfilment order, first made first."""
        return [work.status for work in fulfillment_orders_of(ref)]

    def release(self) -> int:
        """Release the one order that waits; its pick list."""
        (pick_list,) = self.release_all()
        return pick_list

    def release_all(self) -> list[int]:
        """Release what waits; the pick lists, most urgent first."""
        wave = release_next_wave(self.floor.warehouse_id, by=TESTER, now=timezone.now())
        assert wave is not None
        return list(wave.pick_list_ids)

    def pick(self, pick_list: int, *, scans: int = 10_000) -> None:
        """Claim the list and scan it through, or so many scans of it."""
        by, user_id = self.floor.by, self.floor.picker.pk
        claimed = claim_next_pick_list(user_id, self.floor.warehouse_id, by=by, now=timezone.now())
        assert claimed is not None
        assert claimed.id == pick_list
        for _scan in range(scans):
            if pick_job(pick_list)["step"] == "tote":
                code = free_totes(self.floor.warehouse_id, 1)[0].code
            else:
                code = self.floor.right_code(pick_list)
            verdict = scan_pick(pick_list, code, user_id=user_id, by=by, now=timezone.now())
            assert not verdict.refused, verdict
            if verdict.verdict == "done":
                return

    def tote_of(self, ref: str) -> str:
        tote_id = PickLine.objects.filter(order_ref=ref).latest("pk").pick_tote.tote_id
        return next(tote.code for tote in self.floor.totes if tote.id == tote_id)

    def pack(self, ref: str) -> str:
        """Pack everything of the order by scans into one parcel; its ref."""
        by, user_id = self.floor.by, self.floor.picker.pk
        warehouse_id = self.floor.warehouse_id
        opened = open_parcel(self.tote_of(ref), warehouse_id=warehouse_id, user_id=user_id, by=by, now=timezone.now())
        for item in Parcel.objects.get(pk=opened.id).items.select_related("product"):
            for _unit in range(item.quantity - item.scanned):
                code = f"EAN-{item.product.sku}"
                verdict = scan_pack(opened.ref, code, user_id=user_id, by=by, now=timezone.now())
                assert not verdict.refused, verdict
        return opened.ref

    def label(self, parcel_ref: str) -> str:
        """Buy the label and prove it on the box; the tracking number."""
        by = self.floor.by
        number = purchase_label(parcel_ref, by=by, now=timezone.now()).tracking_number
        verdict = scan_pack(parcel_ref, number, user_id=self.floor.picker.pk, by=by, now=timezone.now())
        assert verdict.verdict == "done"
        return number

    def hand_over(self, tracking_number: str) -> str:
        return hand_over_parcel(
            tracking_number, warehouse_id=self.floor.warehouse_id, by=self.floor.by, now=timezone.now()
        ).verdict

    def track(self, parcel_ref: str, *reports: tuple[str, timedelta]) -> str:
        """The carrier reports (status, how long ago) and the parcel's status follows."""
        parcel = Parcel.objects.get(ref=parcel_ref)
        now = timezone.now()
        events = [RawEvent(f"{status}-{ago}", status, now - ago) for status, ago in reports]
        return record_tracking_events(parcel.pk, events, by=TESTER, now=now)

    def ship(self, ref: str) -> str:
        """Release, pick, pack, label and hand over what the order has allocated; the parcel's ref."""
        self.pick(self.release())
        parcel = self.pack(ref)
        assert self.hand_over(self.label(parcel)) == "ok"
        return parcel

    # --- the returns desk ---------------------------------------------------------------------------------------------

    def inspect(self, *, no: tuple[str, ...] = (), **decision: Any) -> InspectionFact:
        """The inspector takes the next inspection, answers every question (no to those named) and decides."""
        who = self.inspector
        fact = claim_next_inspection(
            warehouse_id=self.floor.warehouse_id, inspector_id=who.pk, by=who.actor, now=timezone.now()
        )
        assert fact is not None
        if fact.status == "queued":
            fact = start_inspection(fact.id, inspector_id=who.pk, by=who.actor, now=timezone.now())
        for question in fact.questions:
            record_check(fact.id, question.check, question.check not in no, inspector_id=who.pk, now=timezone.now())
        return decide_inspection(fact.id, inspector_id=who.pk, by=who.actor, now=timezone.now(), **decision)
