"""Let a customer say what happens to what is missing of an order: asked once, answered once, done in one step."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core.kernel.actors import CUSTOMER, Actor
from core.kernel.commands import command
from core.kernel.locks import lock_one
from core.kernel.sweeps import each
from core.kernel.transitions import advance
from core.outbox.publish import NewEvent, publish
from inventory.selectors import KitOffer, products_by_id, warehouse_by_id
from orders.errors import ChoiceOver, NotOffered
from orders.events import SHORTAGE_CHOICE_ASKED
from orders.models import Order, OrderLine, ShortageChoice
from orders.planning.choices import Replacement
from orders.planning.promises import local_day
from orders.selectors.buffers import buffers_of
from orders.selectors.channels import ChannelFact, channel_by_id
from orders.selectors.choices import ChoiceFact, due_choices, fact_of, missing_of, replacements_for
from orders.services.ahead import let_parts_go
from orders.services.cancellation import cancel_units
from orders.services.filling import Filled, fill_from, take_all
from orders.services.line_changes import LineChange, new_lines
from orders.services.locking import lock_order
from orders.services.promising import promise_sooner, renew_promise
from orders.states import Choice, ChoiceStatus, OrderStatus

NO_KITS = KitOffer({}, {})


@command
def ask_choice(order_id: int, *, asked_for: datetime, by: Actor, now: datetime) -> ChoiceFact | None:
    """Ask the customer about what is missing of the order, when the channel asks and there is somebody to ask.

    ``asked_for`` is when the shortage happened: it is asked about once, however often this runs. A question that is
    open takes in what is missing now and keeps its deadline. Returns the open question, None when nobody is asked.
    """
    order = lock_one(Order.objects.all(), pk=order_id)
    channel = channel_by_id(order.channel_id)
    if not asks(channel, order):
        return None
    lines = {line.pk: line for line in OrderLine.objects.filter(order=order).order_by("position", "pk")}
    missing = missing_of(lines.values(), today=_today(channel, now))
    last = ShortageChoice.objects.filter(order=order).order_by("-pk").first()
    if not missing or (last is not None and last.asked_at >= asked_for):
        return None
    offered = [[one.line_id, one.product_id] for one in replacements_for(channel, missing, lines)]
    if last is not None and last.status == ChoiceStatus.ASKED:
        ShortageChoice.objects.filter(pk=last.pk).update(lines=_pairs(missing), offered=offered)
        last.lines = _pairs(missing)
        return fact_of(last)
    choice = ShortageChoice.objects.create(
        order=order,
        lines=_pairs(missing),
        offered=offered,
        asked_at=now,
        deadline=now + timedelta(days=channel.choice_days),
    )
    publish(
        NewEvent(
            SHORTAGE_CHOICE_ASKED,
            "shortage_choice",
            choice.pk,
            order.ref,
            {"order_id": order.pk, "lines": _pairs(missing), "deadline": choice.deadline.isoformat()},
        ),
        by=by,
        now=now,
    )
    return fact_of(choice)


def asks(channel: ChannelFact, order: Order) -> bool:
    """Whether the channel asks its buyers about shortages, and this one can be asked."""
    may_mail = channel.sends_messages and bool(order.email) and "email" in order.notify_by
    return bool(channel.choice_days) and may_mail and order.status == OrderStatus.CONFIRMED


@command
def choose(
    ref: str,
    choice: str,
    *,
    expected_version: int | None = None,
    channel_id: int | None = None,
    by: Actor,
    now: datetime,
) -> ChoiceFact:
    """Do what the customer, or somebody on the customer's behalf, wants done about what is missing.

    Exactly one choice is done, once: the same one again changes nothing. Raises ChoiceOver when another was made, when
    a customer answers after the deadline, or nothing is missing any more; NotOffered for a choice that does not make
    sense now (a substitute that was sold in between), with everything as it was; NotFound, StaleVersion.
    """
    order = lock_order(ref, channel_id=channel_id, expected_version=expected_version)
    row = ShortageChoice.objects.select_related("order").filter(order=order).order_by("-pk").first()
    if row is None:
        raise ChoiceOver(_("Nothing of this order is missing."))
    if row.status != ChoiceStatus.ASKED:
        if row.status == ChoiceStatus.CHOSEN and row.choice == choice:
            return fact_of(row)
        raise ChoiceOver(_("This was decided before. Nothing was changed now."))
    if by.kind == CUSTOMER.kind and row.deadline <= now:
        # What the mail said happens then is the sweep's to do; somebody at the desk may still be faster.
        raise ChoiceOver(_("The time to choose is over. Nothing was changed now."))
    _do(row, order, Choice(choice), status=ChoiceStatus.CHOSEN, by=by, now=now)
    return fact_of(row)


def apply_due_choices(*, by: Actor, now: datetime, limit: int = 200) -> int:
    """Do for every question whose deadline has passed what its channel does then; returns how many.

    One transaction an order. Safe to run twice at once and to stop anywhere.
    """
    return each(due_choices(now, limit=limit), lambda choice_id: expire_choice(choice_id, by=by, now=now))


@command
def expire_choice(choice_id: int, *, by: Actor, now: datetime) -> bool:
    """Do the channel's ``choice_default`` for one question that was not answered in time; whether it was still open.

    A default that cannot be done now (no substitute is left) becomes waiting: nothing is cancelled by surprise. Of an
    order of which nothing is missing any more the question is withdrawn.
    """
    order_id = ShortageChoice.objects.values_list("order_id", flat=True).get(pk=choice_id)
    order = lock_one(Order.objects.all(), pk=order_id)
    row = ShortageChoice.objects.select_related("order").get(pk=choice_id)
    if row.status != ChoiceStatus.ASKED or row.deadline > now:
        return False
    if order.status != OrderStatus.CONFIRMED or not _offers(order, now=now)[1]:
        advance(row, ChoiceStatus.WITHDRAWN, by=by, now=now, data={"order_id": order.pk}, answered_at=now)
        return True
    default = Choice(channel_by_id(order.channel_id).choice_default)
    if not _done(row, order, default, by=by, now=now):
        row = ShortageChoice.objects.select_related("order").get(pk=choice_id)
        _do(row, row.order, Choice.WAIT, status=ChoiceStatus.EXPIRED, by=by, now=now)
    return True


def _done(row: ShortageChoice, order: Order, default: Choice, *, by: Actor, now: datetime) -> bool:
    """Whether it could be done; when not, everything is as it was."""
    try:
        with transaction.atomic():
            _do(row, order, default, status=ChoiceStatus.EXPIRED, by=by, now=now)
    except NotOffered:
        return False
    return True


@command
def withdraw_choice(order_id: int, *, by: Actor, now: datetime) -> bool:
    """End the open question of an order of which nothing is missing any more; whether there was one to end."""
    if not ShortageChoice.objects.filter(order=order_id, status=ChoiceStatus.ASKED).exists():
        return False
    order = lock_one(Order.objects.all(), pk=order_id)
    row = ShortageChoice.objects.select_related("order").filter(order=order, status=ChoiceStatus.ASKED).first()
    if row is None:
        return False
    if order.status == OrderStatus.CONFIRMED and _offers(order, now=now)[1]:
        return False
    advance(row, ChoiceStatus.WITHDRAWN, by=by, now=now, data={"order_id": order.pk}, answered_at=now)
    return True


def _do(row: ShortageChoice, order: Order, choice: Choice, *, status: str, by: Actor, now: datetime) -> None:
    """The caller holds the order's row."""
    lines, missing, instead = _offers(order, now=now)
    fills: list[Filled] = []
    if order.status != OrderStatus.CONFIRMED or not missing:
        raise ChoiceOver(_("Everything that was missing has come in the meantime. Nothing has to be chosen."))
    who = "deadline" if status == ChoiceStatus.EXPIRED else "customer" if by.kind == CUSTOMER.kind else "staff"
    advance(
        row,
        status,
        by=by,
        now=now,
        data={"order_id": order.pk, "choice": str(choice), "by": who, "lines": _pairs(missing)},
        choice=choice,
        answered_at=now,
        answered_by=by.name[:150],
    )
    Order.objects.filter(pk=order.pk).update(version=order.version + 1)
    order.version += 1
    if choice == Choice.SHIP_AVAILABLE:
        let_parts_go(order, by=by, now=now)
    elif choice == Choice.SUBSTITUTE:
        fills = _substitute(order, lines, instead, by=by, now=now)
    elif choice == Choice.CANCEL:
        cause = "unanswered" if status == ChoiceStatus.EXPIRED else ""
        cancel_units(order, lines, _whole_kits(lines, missing), reason=_why(status), cause=cause, by=by, now=now)
    for filled in fills:
        # What is sent instead leaves no sooner than now; a promise that holds all the same stays as it is.
        renew_promise(order, filled.warehouse_id, reason="edited", by=by, now=now)
    if order.status == OrderStatus.CONFIRMED:
        promise_sooner(order, reason="edited", by=by, now=now)
    take_all(fills)


def _why(status: str) -> str:
    return str(ChoiceStatus.EXPIRED.label) if status == ChoiceStatus.EXPIRED else _("Chosen by the customer")


def _substitute(
    order: Order, lines: Mapping[int, OrderLine], instead: list[Replacement], *, by: Actor, now: datetime
) -> list[Filled]:
    """Give other products for what is missing, at the price that was agreed; all that is offered, or nothing."""
    if not instead:
        raise NotOffered(_("There is nothing left that could be sent instead. Choose something else."))
    products = products_by_id([one.product_id for one in instead])
    channel = channel_by_id(order.channel_id)
    position = max(line.position for line in lines.values())
    fresh = []
    for one in instead:
        old, product = lines[one.line_id], products[one.product_id]
        wishes = {"note": old.note, "properties": old.properties}
        change = LineChange(one.units, sku=product.sku, unit_price=old.unit_price, **wishes)
        (line,) = new_lines(order, product, change, NO_KITS, after=position)
        OrderLine.objects.filter(pk=line.pk).update(instead_of=old)
        fresh.append(line)
        position += 1
    fills = fill_from(order, fresh, [channel.warehouse_id], buffers=buffers_of(channel), now=now)
    if sum(filled.units for filled in fills) < sum(one.units for one in instead):
        raise NotOffered(_("There is nothing left that could be sent instead. Choose something else."))
    wanted = {one.line_id: one.units for one in instead}
    cancel_units(order, lines, wanted, reason=_("Replaced by something else"), cause="substituted", by=by, now=now)
    return fills


def _offers(order: Order, *, now: datetime) -> tuple[dict[int, OrderLine], dict[int, int], list[Replacement]]:
    channel = channel_by_id(order.channel_id)
    lines = {line.pk: line for line in OrderLine.objects.filter(order=order).order_by("position", "pk")}
    missing = missing_of(lines.values(), today=_today(channel, now))
    return lines, missing, replacements_for(channel, missing, lines)


def _whole_kits(lines: Mapping[int, OrderLine], missing: Mapping[int, int]) -> dict[int, int]:
    """{line: units} to cancel: what is missing, and of kits all parts of those that cannot be made whole."""
    kits: dict[int, int] = {}
    for pk, units in missing.items():
        line = lines[pk]
        if line.kit_id is not None:
            kits[line.kit_id] = max(kits.get(line.kit_id, 0), -(-units // (line.per_kit or 1)))
    wanted = {pk: units for pk, units in missing.items() if lines[pk].kit_id is None}
    for line in lines.values():
        if line.kit_id in kits and line.open_quantity:
            wanted[line.pk] = min(kits[line.kit_id] * (line.per_kit or 1), line.open_quantity)
    return wanted


def _pairs(missing: Mapping[int, int]) -> list[list[int]]:
    return [[pk, units] for pk, units in missing.items()]


def _today(channel: ChannelFact, now: datetime) -> date:
    return local_day(now, warehouse_by_id(channel.warehouse_id).time_zone)
