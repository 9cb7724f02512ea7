"""When stock is said to be low, out or back, so that stock that hovers around a limit floods nobody: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

QUIET = timedelta(seconds=60)
"""How long after it was said to be back a level is not said to be out again: carts that come and go would say both
every second. If it is still out then, it is said."""

FINE, LOW, OUT = "fine", "low", "out"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a level is said to be from now on, and the event (``stock.<name>``) that says so, if any does.

    ``turned``: it went out or came back, which starts the quiet time anew.
    """

    state: str
    event: str = ""
    turned: bool = False


def judge(
    said: str | None, turned_at: datetime | None, *, available: int, reorder_point: int | None, now: datetime
) -> Verdict:
    """What to say of a level that was last ``said`` to be something and went out or came back at ``turned_at``.

    Both are None for one that is seen for the first time.

    - **out**: nothing is available. Not within ``QUIET`` of having been said to be back; and never of a level seen
      for the first time, which has not run out but not come in yet.
    - **back**: something is available of what was out. At once.
    - **low**: no more is available than the reorder point. A level without one is never low. Nor is it said of what
      comes back: that it is back says more.
    - fine again, which nobody is told: more is available than the reorder point and a tenth of it (a unit at least).
      Until then it stays low and is not said to be low again.
    """
    if available <= 0:
        if said is None:
            return Verdict(OUT)
        if said == OUT or (turned_at is not None and now - turned_at < QUIET):
            return Verdict(said)
        return Verdict(OUT, OUT, turned=True)
    low = reorder_point is not None and available <= reorder_point
    if said == OUT:
        return Verdict(LOW if low else FINE, "back_in_stock", turned=True)
    if said == LOW:
        return Verdict(LOW if _still_low(available, reorder_point) else FINE)
    return Verdict(LOW, LOW) if low else Verdict(FINE)


def _still_low(available: int, reorder_point: int | None) -> bool:
    return reorder_point is not None and available <= reorder_point + max(reorder_point // 10, 1)
