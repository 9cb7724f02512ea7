"""What the inspection screen shows: the sold thing, the questions, and the rule behind the proposal in words."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.dashboard.naming import telling_words
from returns.selectors.inspections import InspectionFact
from returns.states import Disposition, Grade, Resolution, ReturnReason

_WORST = {
    "identity": gettext_lazy("it is not the item that was sold"),
    "function": gettext_lazy("it does not work"),
    "completeness": gettext_lazy("something is missing"),
    "damage": gettext_lazy("it is damaged"),
    "tampering": gettext_lazy("the seal is broken"),
    "packaging": gettext_lazy("the packaging is not as new"),
}
_RANK = ("identity", "function", "completeness", "damage", "tampering", "packaging")


def inspection_page(found: InspectionFact, user_id: int) -> dict[str, Any]:
    """The page of an inspection for one inspector. No statements."""
    second = found.status == "awaiting_second_opinion"
    grade = found.grade or found.proposed_grade
    disposition = found.disposition or found.proposed_disposition
    data = {
        "ref": found.return_ref,
        "at": 0,
        # Only the server knows every code of the article.
        "steps": [{"step": "item"}],
    }
    return {
        "inspection": found,
        "data": data,
        "telling": telling_words(found.name),
        "decided": found.status not in ("queued", "in_progress", "awaiting_second_opinion"),
        "taken": found.status == "in_progress" and found.inspector_id != user_id,
        "second": second,
        "own_second": second and found.inspector_id == user_id,
        "question": found.next_question,
        "answered": sum(1 for one in found.questions if one.answer is not None),
        "reason": _label(ReturnReason, found.reason),
        "wish": _label(Resolution, found.resolution),
        "grade": grade,
        "grade_word": _label(Grade, grade),
        "disposition_word": _label(Disposition, disposition),
        "rule": rule(found),
        "grades": Grade.choices,
        "dispositions": Disposition.choices,
        "value": found.unit_price * found.quantity,
    }


def rule(found: InspectionFact) -> str:
    """Why this grade is proposed."""
    if not found.complete:
        return _("The worst answer decides the grade.")
    doubts = [one.check for one in found.questions if one.answer is False]
    if not doubts:
        return _("Every answer is yes, so it is as new and goes back on the shelf.")
    worst = min(doubts, key=_RANK.index)
    return _("Because %(why)s.") % {"why": _WORST[worst]}


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value
