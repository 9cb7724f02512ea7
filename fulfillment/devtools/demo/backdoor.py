"""The simulated back door: returns come in, are received and inspected, through the same services as the screens."""

import random
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from core.accounts.models import User
from returns.models import Inspection, Return
from returns.services.deciding import decide_inspection
from returns.services.inspection import claim_next_inspection, record_check
from returns.services.receiving import receive_return

# Chances that an answer of the checklist is no.
FAULTS = {"damage": 0.12, "packaging": 0.25, "completeness": 0.05, "tampering": 0.04, "function": 0.04, "identity": 0.0}


class BackDoor:
    """The inbound half of returns. Inspections are queued by the Celery workers; here people work them."""

    def __init__(self, warehouse_id: int, counts: Counter[str], clock: Callable[[], datetime]) -> None:
        self.warehouse_id = warehouse_id
        self.counts = counts
        self.clock = clock
        self.chance = random.Random("back door")
        self.receiver = User.objects.get(username="receiver")
        self.inspector = User.objects.get(username="inspector")
        self.supervisor = User.objects.get(username="supervisor")

    def shift(self, *, limit: int) -> int:
        """Receive what was announced and inspect what was received; returns how much was done."""
        return self.inspect(limit=limit) + self.receive(limit=limit)

    def receive(self, *, limit: int) -> int:
        """Announced goods arrive at the desk, whole."""
        announced = Return.objects.filter(warehouse=self.warehouse_id, status__in=("approved", "in_transit"))
        refs = list(announced.order_by("pk").values_list("ref", flat=True)[:limit])
        for ref in refs:
            receive_return(
                ref,
                action_id=uuid.uuid4(),
                warehouse_id=self.warehouse_id,
                by=self.receiver.actor,
                now=self.clock(),
            )
            self.counts["returns received"] += 1
        return len(refs)

    def inspect(self, *, limit: int) -> int:
        """The inspector answers the checklist; the policy's proposal stands; write-offs of value get a second look."""
        done = 0
        while done < limit:
            work = claim_next_inspection(
                warehouse_id=self.warehouse_id,
                inspector_id=self.inspector.pk,
                by=self.inspector.actor,
                now=self.clock(),
                second_opinions=False,
            )
            if work is None:
                break
            for check in Inspection.objects.values_list("checklist", flat=True).get(pk=work.id):
                fine = self.chance.random() >= FAULTS.get(check, 0.05)
                record_check(work.id, check, fine, inspector_id=self.inspector.pk, now=self.clock())
            decide_inspection(work.id, inspector_id=self.inspector.pk, by=self.inspector.actor, now=self.clock())
            done += 1
        waiting = Inspection.objects.filter(warehouse=self.warehouse_id, status="awaiting_second_opinion")
        for inspection_id, grade, disposition, reason in waiting.values_list(
            "pk", "grade", "disposition", "override_reason"
        )[:limit]:
            decide_inspection(
                inspection_id,
                inspector_id=self.supervisor.pk,
                by=self.supervisor.actor,
                now=self.clock(),
                grade=grade,
                disposition=disposition,
                reason=reason,
            )
            done += 1
        self.counts["inspections decided"] += done
        return done
