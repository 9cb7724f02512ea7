"""Move a return from state to state; always under its lock."""

from datetime import datetime
from typing import Any

from core.kernel.actors import Actor
from core.kernel.locks import lock_one
from core.kernel.transitions import advance
from returns.models import Return


def lock_return(ref: str, channel_id: int | None = None) -> Return:
    """The return with that reference, locked; one of another channel is not found. Raises NotFound."""
    scope = {} if channel_id is None else {"channel_id": channel_id}
    return lock_one(Return.objects.all(), ref=ref, **scope)


def lock_return_by_id(return_id: int) -> Return:
    """The return with that id, locked. Raises NotFound."""
    return lock_one(Return.objects.all(), pk=return_id)


def told(rma: Return, **more: Any) -> dict[str, Any]:
    """What every event of a return says about it."""
    return {"return_ref": rma.ref, "kind": str(rma.kind), "order_ref": rma.order_ref, **more}


def step(rma: Return, to: str, *, by: Actor, now: datetime, **columns: Any) -> None:
    """Advance a locked return and count its version up. Raises IllegalTransition."""
    advance(rma, to, by=by, now=now, data=told(rma), version=rma.version + 1, **columns)
