"""Judge inspected units: grade, disposition, acceptance; move them where they belong."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.attention.services import close_cases, open_case
from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.errors import IllegalTransition, Invalid, NotFound
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from core.outbox.publish import NewEvent, publish
from inventory.selectors import bin_by_id, bins_of, default_bins
from inventory.selectors.lots import lots_by_key
from inventory.selectors.places import warehouse_by_id
from inventory.selectors.stock import bin_content, bins_with
from inventory.services.ledger import Move, move
from orders.services.fulfilment import record_returned
from returns import policy
from returns.errors import ChecklistUnfinished, NoPlace, NotYours, ReasonNeeded, SamePerson
from returns.events import ITEM_DECIDED
from returns.models import Inspection, Return, ReturnItem
from returns.selectors.inspections import InspectionFact, inspection_fact
from returns.services.inspection import queue_uncovered
from returns.services.resolution import resolve_if_done
from returns.services.steps import lock_return_by_id, told
from returns.states import AcceptanceStatus, Disposition, Grade, InspectionStatus, ReturnKind

QUALITY_CONTROL = "quality_control"


@command
def decide_inspection(
    inspection_id: int,
    *,
    inspector_id: int,
    by: Actor,
    now: datetime,
    grade: str = "",
    disposition: str = "",
    reason: str = "",
    note: str = "",
    bin_id: int | None = None,
) -> InspectionFact:
    """Judge the units of an inspection and move them where they belong.

    Without ``grade`` and ``disposition`` the policy's proposal stands; anything else needs a ``reason``. Goods of value
    that are written off wait for a second opinion by somebody else, who calls this again. ``bin_id`` names the shelf,
    else it is one the product lies on already. Units become sellable here and nowhere else. Raises NotFound, NotYours,
    SamePerson, ChecklistUnfinished, ReasonNeeded, NoPlace, Invalid, IllegalTransition.
    """
    known = Inspection.objects.filter(pk=inspection_id).values_list("item__rma_id", flat=True).first()
    if known is None:
        raise NotFound(_("There is no such inspection."))
    rma = lock_return_by_id(known)
    inspection = lock_one(Inspection.objects.select_related("item"), pk=inspection_id)
    grade, disposition, overridden = _choice(inspection, grade, disposition, reason)
    if inspection.status == InspectionStatus.IN_PROGRESS:
        if inspection.inspector_id != inspector_id:
            raise NotYours(_("Somebody else has taken this inspection. Take the next one."))
        value = inspection.item.unit_price * inspection.quantity
        if policy.needs_second_opinion(disposition=disposition, value=value, overridden=overridden):
            advance(
                inspection,
                InspectionStatus.AWAITING_SECOND_OPINION,
                by=by,
                now=now,
                data={"grade": grade, "disposition": disposition},
                grade=grade,
                disposition=disposition,
                override_reason=reason[:300],
                note=note[:500],
            )
            return inspection_fact(inspection_id)
    elif inspection.status == InspectionStatus.AWAITING_SECOND_OPINION:
        if inspection.inspector_id == inspector_id:
            raise SamePerson(_("A second opinion comes from somebody else."))
        inspection.second_inspector_id = inspector_id
    else:
        raise IllegalTransition(_("This inspection is not open. Start it, or take the next one."))
    _judge(rma, inspection, grade, disposition, reason, note, bin_id, by=by, now=now)
    return inspection_fact(inspection_id)


@command
def decide_acceptance(item_id: int, *, accepted: bool, note: str, by: Actor, now: datetime) -> None:
    """Settle an item that needs a decision: pay its units back or not.

    ``note`` says why, when the units are not accepted. Raises NotFound, IllegalTransition, ReasonNeeded.
    """
    known = ReturnItem.objects.filter(pk=item_id).values_list("rma_id", flat=True).first()
    if known is None:
        raise NotFound(_("There is no such item."))
    rma = lock_return_by_id(known)
    item = lock_one(ReturnItem.objects.all(), pk=item_id)
    if item.acceptance_status != AcceptanceStatus.NEEDS_DECISION:
        raise IllegalTransition(_("Nothing is to be decided about this item."))
    if not accepted and not note.strip():
        raise ReasonNeeded(_("Say why the units are not accepted."))
    status = AcceptanceStatus.ACCEPTED if accepted else AcceptanceStatus.REJECTED
    item.acceptance_status = status
    item.accepted = item.decided if accepted else item.accepted
    item.save(update_fields=["acceptance_status", "accepted"])
    publish(
        NewEvent(
            type=ITEM_DECIDED,
            subject_type="return",
            subject_id=rma.pk,
            timeline=rma.order_ref,
            data=told(rma, item_id=item.pk, acceptance=str(status), by_hand=True),
        ),
        by=by,
        now=now,
    )
    close_cases(dedupe_key=f"return_item_needs_decision:{item.pk}", resolution=str(status), by=by, now=now)
    resolve_if_done(rma, by=by, now=now)


def _choice(inspection: Inspection, grade: str, disposition: str, reason: str) -> tuple[str, str, bool]:
    """The grade and disposition meant, and whether they overrule what was proposed."""
    open_checks = [check for check in inspection.checklist if check not in inspection.checks]
    if open_checks:
        raise ChecklistUnfinished(
            _("Answer every question first."),
            errors=[
                {"pointer": f"/checks/{check}", "code": "unanswered", "detail": _("Not answered yet.")}
                for check in open_checks
            ],
        )
    if grade and grade not in Grade.values:
        raise Invalid(_("A grade is A, B, C or D."))
    if disposition and disposition not in Disposition.values:
        raise Invalid(_("There is no such disposition."))
    waiting = inspection.status == InspectionStatus.AWAITING_SECOND_OPINION
    proposed = inspection.grade if waiting else policy.grade_of(inspection.checks)
    meant = grade or proposed
    usual = inspection.disposition if waiting and meant == proposed else policy.disposition_of(meant)
    chosen = disposition or usual
    overridden = meant != proposed or chosen != usual
    if overridden and not reason.strip():
        raise ReasonNeeded(_("Say why you decide otherwise than proposed."))
    return meant, chosen, overridden


def _judge(
    rma: Return,
    inspection: Inspection,
    grade: str,
    disposition: str,
    reason: str,
    note: str,
    bin_id: int | None,
    *,
    by: Actor,
    now: datetime,
) -> None:
    item, quantity = inspection.item, inspection.quantity
    advance(
        inspection,
        InspectionStatus.PASSED if grade in ("A", "B") else InspectionStatus.FAILED,
        by=by,
        now=now,
        data={"grade": grade, "disposition": disposition, "quantity": quantity, "return_ref": rma.ref},
        grade=grade,
        disposition=disposition,
        override_reason=(reason or inspection.override_reason)[:300],
        note=(note or inspection.note)[:500],
        second_inspector_id=inspection.second_inspector_id,
        decided_at=now,
    )
    acceptance = policy.acceptance_of(
        kind=rma.kind,
        reason=item.reason,
        grade=grade,
        identity=bool(inspection.checks.get("identity", True)),
        announced=item.order_line_id is not None,
    )
    _settle_item(item, quantity, grade, disposition, acceptance)
    if item.order_line_id is not None and rma.kind != ReturnKind.PUT_BACK:
        # Orders before stock: the line of apps is the order of locks.
        record_returned(item.order_line_id, quantity, by=by, now=now)
    _put(rma, inspection, disposition, bin_id, by=by, now=now)
    publish(
        NewEvent(
            type=ITEM_DECIDED,
            subject_type="return",
            subject_id=rma.pk,
            timeline=rma.order_ref,
            data=told(
                rma,
                item_id=item.pk,
                quantity=quantity,
                grade=grade,
                disposition=disposition,
                acceptance=str(item.acceptance_status),
            ),
        ),
        by=by,
        now=now,
    )
    close_cases(dedupe_key=f"inspection_overdue:{inspection.pk}", resolution="decided", by=by, now=now)
    if item.acceptance_status == AcceptanceStatus.NEEDS_DECISION:
        open_case(
            kind="return_item_needs_decision",
            dedupe_key=f"return_item_needs_decision:{item.pk}",
            summary=gettext_noop("An inspected item is not what was announced. Decide whether it is paid back."),
            subject_type="return",
            subject_id=rma.pk,
            timeline=rma.order_ref,
            warehouse_id=rma.warehouse_id,
            detail={"return_ref": rma.ref, "item_id": item.pk, "grade": grade},
            fixes=[{"label": gettext_noop("Open the return"), "url": f"/returns/{rma.ref}"}],
            now=now,
        )
    queue_uncovered(rma, by=by, now=now)
    resolve_if_done(rma, by=by, now=now)


def _settle_item(item: ReturnItem, quantity: int, grade: str, disposition: str, acceptance: str) -> None:
    """The item after one more of its inspections: the worst grade counts, and one doubt makes all of it doubtful."""
    item.decided += quantity
    if item.grade <= grade:
        item.grade, item.disposition = grade, disposition
    if acceptance == AcceptanceStatus.ACCEPTED:
        item.accepted += quantity
    if item.acceptance_status != AcceptanceStatus.NEEDS_DECISION:
        item.acceptance_status = acceptance
    item.save(update_fields=["decided", "grade", "disposition", "accepted", "acceptance_status"])


def _put(
    rma: Return, inspection: Inspection, disposition: str, bin_id: int | None, *, by: Actor, now: datetime
) -> None:
    item = inspection.item
    target = policy.destination_of(disposition)
    if item.bin_id is None:
        raise Invalid(_("These units are in no bin. Receive them first."))
    if bin_id is not None and bin_by_id(bin_id).kind not in target.kinds:
        raise Invalid(_("These units do not belong in that bin. Scan another one."))
    to_bin = bin_id or place_for(rma.warehouse_id, item.product_id, target.kinds)
    lots = _lots(item.bin_id, item.product_id, inspection.quantity)
    unfit = _not_for_sale(rma, item.product_id, [lot for lot, _units in lots], now)
    move(
        [
            Move(
                product_id=item.product_id,
                quantity=units,
                from_bin_id=item.bin_id,
                to_bin_id=to_bin,
                from_condition=QUALITY_CONTROL,
                to_condition="quarantined" if target.condition == "sellable" and lot in unfit else target.condition,
                lot=lot,
                reason=target.reason,
                document=rma.ref,
                move_key=f"inspection:{inspection.pk}:{number}",
            )
            for number, (lot, units) in enumerate(lots)
        ],
        by=by,
        now=now,
    )


def _not_for_sale(rma: Return, product_id: int, lots: Sequence[str], now: datetime) -> set[str]:
    """Those of the lots that were recalled or came too close to their expiry while their units were with a customer."""
    known = lots_by_key([(product_id, lot) for lot in lots])
    if not known:
        return set()
    today = now.astimezone(ZoneInfo(warehouse_by_id(rma.warehouse_id).time_zone)).date()
    return {lot for (_product, lot), fact in known.items() if not fact.is_sellable(today)}


def _lots(bin_id: int, product_id: int, quantity: int) -> list[tuple[str, int]]:
    """[(lot, units)] to take ``quantity`` units that await inspection out of a bin: units picked by lot keep theirs.

    What is not found is asked of no lot, so that the ledger refuses and names the bin.
    """
    found: list[tuple[str, int]] = []
    for content in bin_content(bin_id, product_id=product_id):
        if content.condition == QUALITY_CONTROL and quantity:
            units = min(quantity, content.quantity)
            found.append((content.lot, units))
            quantity -= units
    if quantity:
        found.append(("", quantity))
    return found


def place_for(warehouse_id: int, product_id: int, kinds: tuple[str, ...]) -> int:
    """The bin for units of a product: one of those kinds it lies in already, best kind first, else the first free one.

    Raises NoPlace.
    """
    if "pick_face" in kinds:
        home = [
            content
            for content in bins_with(product_id, warehouse_id=warehouse_id)
            if content.bin_kind in kinds and content.condition == "sellable"
        ]
        if home:
            return min(home, key=lambda content: kinds.index(content.bin_kind)).bin_id
        for kind in kinds:
            for place in bins_of(warehouse_id, kinds=[kind], limit=20):
                if place.active and not place.frozen:
                    return place.id
    found = default_bins(warehouse_id)
    for kind in kinds:
        if kind in found:
            return found[kind]
    raise NoPlace(_("This warehouse has no place for these units. Set one up first."))
