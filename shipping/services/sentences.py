"""The words of a verdict: what happened and what to do, without blame."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from shipping.planning.picking_steps import Decision


def say(decision: Decision) -> tuple[str, str]:
    """(title, message) of a picking decision."""
    named = decision.named
    return _title(decision), _message(decision.sentence, named)


def next_words(step: str, named: Mapping[str, Any]) -> str:
    """What to scan now."""
    if step == "tote":
        return _("Scan a free tote for place %(tote)s.") % named
    if step == "location":
        return _("Go to %(place)s and scan the shelf.") % named
    if step == "put":
        return _("Put it in tote %(tote)s and scan the tote.") % named
    if step == "item":
        return _("Scan %(wanted)s.") % named
    return _("The list is finished.")


def _title(decision: Decision) -> str:
    sentence = decision.sentence
    if decision.verdict == "unknown":
        return _("Unknown code")
    if decision.verdict == "too_many":
        return _("One too many")
    if sentence == "wrong_item":
        return _("Wrong item")
    if sentence == "wrong_lot":
        return _("Wrong lot")
    if sentence in ("wrong_shelf", "wrong_shelf_at_item"):
        return _("Wrong shelf")
    if sentence == "wrong_tote":
        return _("Wrong tote")
    if sentence == "tote_busy":
        return _("Tote in use")
    if decision.verdict == "wrong":
        return _("Not yet")
    return ""


def _message(sentence: str, named: Mapping[str, Any]) -> str:
    onwards = next_words(named["step"], named["next"]) if "next" in named else ""
    told = _SENTENCES[sentence]()
    return f"{told % named} {onwards}".strip() if sentence != "walk_done" else told


_SENTENCES = {
    "walk_done": lambda: _("Everything on this list is picked."),
    "unknown_code": lambda: _("Nothing here has the code %(code)s. Scan again."),
    "tote_first": lambda: _("First scan a free tote for place %(tote)s."),
    "tote_already": lambda: _("%(scanned)s is on the cart already, at place %(tote)s."),
    "tote_busy": lambda: _("%(scanned)s is not empty or serves another order. Take a free tote."),
    "tote_taken": lambda: _("Tote %(tote)s is ready."),
    "shelf_right": lambda: _("Right shelf."),
    "shelf_finished": lambda: _("You are done at %(scanned)s. Go to %(place)s."),
    "wrong_shelf": lambda: _("This is %(scanned)s – you need %(place)s. Scan that shelf."),
    "shelf_first": lambda: _("First scan the shelf %(place)s, then %(wanted)s."),
    "item_complete": lambda: _("You have enough of %(scanned)s. Put it back and go on with %(wanted)s from %(place)s."),
    "case_too_big": lambda: _("This case holds %(units)d – you need %(left)d. Take single units."),
    "wrong_item": lambda: _("This is %(scanned)s – you need %(wanted)s from %(place)s. Scan again."),
    "wrong_lot": lambda: _("This is lot %(scanned)s – you need lot %(lot)s of %(wanted)s from %(place)s. Scan again."),
    "item_first": lambda: _("First scan one unit of %(wanted)s."),
    "number_too_big": lambda: _("%(number)d is more than the %(needed)d that are needed. Put the rest back."),
    "number_too_small": lambda: _(
        "%(taken)d are counted already, so it cannot be %(number)d. Undo, or give the total."
    ),
    "number_same": lambda: _("%(taken)d are counted already. %(left)d more to take."),
    "put_part": lambda: _("In tote %(tote)s."),
    "item_before_tote": lambda: _("First scan %(wanted)s, then its tote."),
    "wrong_shelf_at_item": lambda: _("This is shelf %(scanned)s – you need %(wanted)s from %(place)s."),
    "shelf_again": lambda: _("You are at %(scanned)s. Scan %(wanted)s."),
    "item_taken": lambda: _("%(item)s, %(taken)d of %(needed)d."),
    "put_right": lambda: _("In tote %(tote)s."),
    "wrong_tote": lambda: _("This is %(scanned)s – put it in tote %(tote)s and scan that one."),
    "in_hand_complete": lambda: _("You have enough of %(scanned)s. Put it in tote %(tote)s and scan the tote."),
    "put_first": lambda: _("First put it in tote %(tote)s and scan the tote."),
}
