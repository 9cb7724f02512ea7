"""The pick screen's half of a job: words for every step, so that the device can walk it alone."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from fulfillment.dashboard.naming import telling_words

# A place on the cart is told by letter and shape, never by colour alone.
SHAPES = "●■▲◆"


def job_page(job: dict[str, Any]) -> dict[str, Any]:
    """What the pick template shows of a job of ``shipping.selectors.walks.job_of``."""
    steps = _steps(job)
    return {
        "job": job,
        "now": steps[0].get("show", {}) if steps else {},
        "data": {"ref": job["ref"], "at": job["at"], "known": _known(job), "always": job["always"], "steps": steps},
        "stops": _stops(steps),
        "shape": shape_of(job["tote_position"]),
        "lines_done": job["line"] - 1,
        "several": len(job["totes"]) > 1,
        "ask": job.get("ask", ""),
    }


def _known(job: Mapping[str, Any]) -> dict[str, str]:
    """Codes whose articles are still to come. Of one that is complete only the server can say “one too many”."""
    ahead = {step["show"]["name"] for step in job["steps"] if "name" in step.get("show", {})}
    return {code: name for code, name in job["known"].items() if name in ahead}


def shape_of(position: int) -> str:
    """The shape that goes with the letter of a place on the cart; shapes repeat after four."""
    return SHAPES[(position - 1) % len(SHAPES)] if position else ""


def _steps(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The job's steps with everything the screen shows at each of them."""
    found: list[dict[str, Any]] = []
    line, taken = job["line"], job["taken"]
    places = _places(job)
    for at, step in enumerate(job["steps"]):
        shown = dict(step.get("show", {}))
        if "place" in shown:
            wanted = int(shown["quantity"].rstrip("×"))
            shown |= {
                "quantity": _("%(count)d×") % {"count": max(wanted - taken, 1)},
                "line": _line(line, job["lines"]),
                "telling": telling_words(shown["name"]),
                "wishes": shown.get("wishes", ""),
                "note": shown.get("note", ""),
                "lot": _("Lot %(lot)s") % {"lot": shown["lot"]} if shown.get("lot") else "",
                "next": _next(places, shown["place"], at),
            }
        if "tote" in shown:
            shown["shape"] = shape_of(_position(job, shown["tote"]))
        if step["step"] == "tote":
            first = places[0][1] if places else ""
            shown |= {"place": f"{shown['tote']} {shown['shape']}", "name": _("One tote for each order"), "telling": ""}
            shown |= {"wishes": "", "note": ""}
            shown |= {"quantity": "", "line": _line(line, job["lines"]), "next": _("Then %(place)s") % {"place": first}}
        shown["ask"] = _ask(step, shown, taken, first=at == 0, ask_number=job["ask_number"])
        found.append({**step, "show": shown})
        if step["step"] == "item":
            taken = taken + 1 if not step.get("line_done") else 0
        elif step["step"] == "put":
            taken = 0
        line += bool(step.get("line_done"))
    return found


def _stops(steps: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The stops ahead, each once, the one at hand first."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for step in steps:
        shown = step["show"]
        if step["step"] in ("location", "item"):
            found.setdefault((shown["place"], shown["name"], shown["line"]), shown)
    return list(found.values())[:40]


def _line(number: int, total: int) -> str:
    return _("Line %(number)d of %(total)d") % {"number": min(number, total), "total": total}


def _places(job: Mapping[str, Any]) -> list[tuple[int, str]]:
    return [(at, step["show"]["place"]) for at, step in enumerate(job["steps"]) if "place" in step.get("show", {})]


def _next(places: list[tuple[int, str]], here: str, at: int) -> str:
    following = next((place for index, place in places if index > at and place != here), "")
    return _("Then %(place)s") % {"place": following} if following else _("Last stop")


def _position(job: Mapping[str, Any], letter: str) -> int:
    return next((one["position"] for one in job["totes"] if one["letter"] == letter), 0)


def _ask(step: Mapping[str, Any], shown: Mapping[str, Any], taken: int, *, first: bool, ask_number: bool) -> str:
    kind = step["step"]
    if kind == "tote":
        return _("Scan a free tote for place %(tote)s") % {"tote": shown.get("tote", "A")}
    if kind == "location":
        return _("Go there and scan the shelf")
    if kind == "put":
        return _("Put it in tote %(tote)s and scan the tote") % {"tote": shown.get("tote", "")}
    if kind == "item":
        if first and ask_number:
            return _("Type how many you took, or scan on")
        return _("Scan the item") if not taken else _("Scan the next one")
    return _("Saving the last scan")
