"""Release a wave at once when it is small, and by a job that outlives the page when it is not."""

from datetime import datetime

from core.kernel.actors import Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.outbox.publish import NewEvent, publish
from shipping.errors import NothingToRelease
from shipping.events import WAVE_RELEASE_WANTED
from shipping.models import PickTote, Wave
from shipping.selectors.wave_candidates import WaveAsk
from shipping.services.facts import WaveFact
from shipping.services.wave_rows import lock_lists
from shipping.services.waves import draft_wave, end_release, release_part, release_wave
from shipping.states import WaveStatus

# More orders than that take more than about a second.
AT_ONCE = 500
PART = 500


@command
def start_wave(ask: WaveAsk, *, by: Actor, now: datetime) -> WaveFact | None:
    """Draft a wave and release it, or, when it is large, let a worker release it: it is a ``draft`` until then.

    None when nothing can be released. Raises SomebodyElsesWarehouse.
    """
    try:
        made = draft_wave(ask, by=by, now=now)
    except NothingToRelease:
        return None
    return _start(made.id, made.orders, by=by, now=now) or made


@command
def start_draft(wave_id: int, *, by: Actor, now: datetime) -> WaveFact | None:
    """The same for a wave drafted before; None when a worker will release it. Raises IllegalTransition, NotFound."""
    lock_lists(wave_id)
    wave = lock_one(Wave.objects.all(), pk=wave_id)
    orders = PickTote.objects.filter(pick_list__wave=wave, pick_list__status="draft", released_at=None).count()
    if wave.status != WaveStatus.DRAFT:
        orders = 0  # release_wave has the words
    return _start(wave.pk, orders, by=by, now=now)


def release_wanted(wave_id: int, *, by: Actor, now: datetime) -> None:
    """What the worker does, a part of the wave in each transaction: stopped anywhere, it goes on from there.

    A wave that was released or cancelled meanwhile is left alone.
    """
    while release_part(wave_id, at_most=PART, by=by, now=now):
        pass
    end_release(wave_id, by=by, now=now)


def _start(wave_id: int, orders: int, *, by: Actor, now: datetime) -> WaveFact | None:
    if orders <= AT_ONCE:
        return release_wave(wave_id, by=by, now=now)
    wave = lock_one(Wave.objects.all(), pk=wave_id)
    publish(NewEvent(WAVE_RELEASE_WANTED, "wave", wave.pk, wave.ref, {"orders": orders}), by=by, now=now)
    return None
