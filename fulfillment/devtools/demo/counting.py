"""Counting in the demo: a plan, today's bins, a few counted, and one that differs and waits for a supervisor."""

from datetime import datetime
from decimal import Decimal

from core.accounts.models import User
from core.kernel.actors import Actor
from inventory.models import BinStock, CountPlan, CountTask
from inventory.services.count_planning import plan_counts, set_count_plan
from inventory.services.counting import begin_count, enter_count, finish_count, request_count
from inventory.states import CountCause

A_DAY, RIGHT, MISSING = 24, 5, 4


def count_some(*, warehouse_id: int, by: Actor, now: datetime) -> None:
    """Ask for a day's counts and do some of them, as the picker and the receiver. Does nothing the second time."""
    if CountPlan.objects.exists() or CountTask.objects.exists():
        return
    set_count_plan(
        warehouse_id,
        days={"A": 30, "B": 90, "C": 180},
        bins_per_day=A_DAY,
        count_zero=True,
        count_short=True,
        tolerance_units=1,
        tolerance_value=Decimal("10"),
        active=True,
        by=by,
        now=now,
    )
    plan_counts(warehouse_id, by=by, now=now)
    refs = CountTask.objects.filter(warehouse_id=warehouse_id).order_by("bin__pick_sequence")
    for ref in refs.values_list("ref", flat=True)[:RIGHT]:
        _count(ref, _person("picker", -1), off=0, now=now)
    most = BinStock.objects.filter(bin__warehouse_id=warehouse_id, bin__kind="pick_face", lot="")
    row = most.order_by("-quantity", "pk").exclude(bin__counts__isnull=False).first()
    if row is not None and row.quantity > MISSING:
        ref = request_count(row.bin_id, cause=CountCause.REQUEST, by=by, now=now)
        for person in (_person("picker", -1), _person("receiver", -2)):
            _count(ref, person, off=-MISSING, now=now)


def _count(ref: str, person: Actor, *, off: int, now: datetime) -> None:
    begin_count(ref, by=person, now=now)
    task = CountTask.objects.get(ref=ref)
    for row in BinStock.objects.filter(bin_id=task.bin_id, quantity__gt=0):
        counted = max(row.quantity + off, 0)
        enter_count(ref, product_id=row.product_id, lot=row.lot, counted=counted, by=person, now=now)
    finish_count(ref, by=person, now=now)


def _person(username: str, otherwise: int) -> Actor:
    user = User.objects.filter(username=username).first()
    return user.actor if user else Actor(kind="staff", id=otherwise, name=username)
