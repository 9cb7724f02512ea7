"""What an inspector reads: one job, and the queue."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext as _

from core.kernel.errors import NotFound
from inventory.selectors import products_by_id
from returns import policy
from returns.models import Inspection
from returns.states import OPEN_INSPECTION, Check, InspectionStatus


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the checklist; ``answer`` is None until it is given."""

    check: str
    text: str
    answer: bool | None


@dataclass(frozen=True, slots=True)
class InspectionFact:
    """An inspection as the screen shows it. The proposal is the policy's, from the answers given so far."""

    id: int
    return_ref: str
    order_ref: str
    kind: str
    warehouse_id: int
    status: str
    item_id: int
    product_id: int
    sku: str
    name: str
    image_url: str
    quantity: int
    unit_price: Decimal
    currency: str
    reason: str
    comment: str
    resolution: str
    announced: bool
    questions: tuple[Question, ...]
    proposed_grade: str
    proposed_disposition: str
    grade: str
    disposition: str
    override_reason: str
    note: str
    inspector_id: int | None
    inspector: str
    queued_at: datetime
    due_at: datetime
    started_at: datetime | None
    decided_at: datetime | None
    escalated: bool

    @property
    def complete(self) -> bool:
        """Whether every question is answered."""
        return all(question.answer is not None for question in self.questions)

    @property
    def next_question(self) -> Question | None:
        return next((question for question in self.questions if question.answer is None), None)


def inspection_fact(inspection_id: int) -> InspectionFact:
    """That inspection. Raises NotFound. Two queries."""
    row = _rows().filter(pk=inspection_id).first()
    if row is None:
        raise NotFound(_("There is no such inspection."))
    return _facts([row])[0]


def inspections_of(return_ref: str) -> list[InspectionFact]:
    """The inspections of a return, in the order they were queued. Two queries."""
    return _facts(list(_rows().filter(return_ref=return_ref).order_by("pk")))


def open_inspection_of(return_ref: str, code: str = "", *, inspector_id: int | None = None) -> InspectionFact | None:
    """The inspection of a return to work on now: one's own, else the first free one; ``code`` picks an item by SKU."""
    rows = [fact for fact in inspections_of(return_ref) if fact.status in OPEN_INSPECTION]
    if code:
        rows = [fact for fact in rows if fact.sku.casefold() == code.strip().casefold()]
    mine = [fact for fact in rows if fact.inspector_id is not None and fact.inspector_id == inspector_id]
    free = [fact for fact in rows if fact.status != InspectionStatus.IN_PROGRESS]
    return next(iter([*mine, *free]), None)


def inspection_queue(
    warehouse_ids: list[int] | None = None, *, status: str = "", overdue_at: datetime | None = None, limit: int = 50
) -> list[InspectionFact]:
    """Open inspections, most urgent first; ``overdue_at`` keeps those due before that moment. Two queries."""
    rows = _rows().filter(status=status) if status else _rows().filter(status__in=OPEN_INSPECTION)
    if warehouse_ids:
        rows = rows.filter(warehouse_id__in=warehouse_ids)
    if overdue_at is not None:
        rows = rows.filter(due_at__lt=overdue_at)
    return _facts(list(rows.order_by("due_at", "pk")[:limit]))


def _rows() -> "models.QuerySet[Inspection]":
    return Inspection.objects.select_related("item__rma", "inspector")


def _facts(rows: list[Inspection]) -> list[InspectionFact]:
    products = products_by_id(row.item.product_id for row in rows)
    found = []
    for row in rows:
        item, product = row.item, products.get(row.item.product_id)
        grade = policy.grade_of(row.checks) if row.checks else ""
        found.append(
            InspectionFact(
                id=row.pk,
                return_ref=row.return_ref,
                order_ref=row.order_ref,
                kind=item.rma.kind,
                warehouse_id=row.warehouse_id,
                status=row.status,
                item_id=item.pk,
                product_id=item.product_id,
                sku=item.sku,
                name=item.name,
                image_url=product.image_url if product else "",
                quantity=row.quantity,
                unit_price=item.unit_price,
                currency=item.rma.currency,
                reason=item.reason,
                comment=item.comment,
                resolution=item.resolution or item.rma.resolution,
                announced=item.order_line_id is not None,
                questions=tuple(
                    Question(check, str(Check(check).label), row.checks.get(check)) for check in row.checklist
                ),
                proposed_grade=grade,
                proposed_disposition=policy.disposition_of(grade) if grade else "",
                grade=row.grade,
                disposition=row.disposition,
                override_reason=row.override_reason,
                note=row.note,
                inspector_id=row.inspector_id,
                inspector=row.inspector.get_username() if row.inspector else "",
                queued_at=row.queued_at,
                due_at=row.due_at,
                started_at=row.started_at,
                decided_at=row.decided_at,
                escalated=row.escalated_at is not None,
            )
        )
    return found
