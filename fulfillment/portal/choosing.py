"""What a customer reads on the page of a shortage: the question, or what was decided. In the active language."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext as _

from fulfillment.portal.words import full_day
from orders.notifications import answer_by, clock
from orders.selectors.choices import ChoiceFact, Missing, Question
from orders.selectors.facts import OrderFact


@dataclass(frozen=True, slots=True)
class Option:
    """A choice with what it means."""

    value: str
    word: str
    hint: str


@dataclass(frozen=True, slots=True)
class MissingView:
    """A line that is missing, with when more of it is expected."""

    name: str
    units: int
    when: str


@dataclass(slots=True)
class ChoiceView:
    """The page: a headline and a sentence; ``options`` only while there is something to choose."""

    headline: str
    sentence: str
    tone: str
    missing: list[MissingView] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    deadline: str = ""


def choice_view(
    order: OrderFact, choice: ChoiceFact | None, asked: Question, *, default: str, time_zone: str, now: datetime
) -> ChoiceView:
    """What the page says now."""
    if choice is not None and choice.is_open and asked.missing and order.status == "confirmed":
        if choice.deadline <= now:
            return ChoiceView(
                headline=_("The time to choose is over"),
                sentence=_("We now do what our mail said. Write to us if you want something else."),
                tone="neutral",
                missing=_missing(asked),
            )
        return ChoiceView(
            headline=_("What shall we do?"),
            sentence=_("Something you ordered is not in stock, and we are sorry. You decide what happens now."),
            tone="warn",
            missing=_missing(asked),
            options=[_option(value, order, asked) for value in asked.options],
            deadline=answer_by(clock(choice.deadline, time_zone), default, asked.options),
        )
    if order.status == "cancelled":
        return ChoiceView(
            headline=_("This order was cancelled"),
            sentence=_("Nothing will be sent. If you have paid, the shop gives the money back."),
            tone="neutral",
        )
    waits = choice is not None and choice.choice in ("wait", "ship_available")
    if choice is not None and choice.status in ("chosen", "expired") and not (waits and not asked.missing):
        return ChoiceView(headline=_decided(choice.choice), sentence=_what_now(choice), tone="ok")
    return ChoiceView(
        headline=_("Nothing to choose"),
        sentence=_("Everything that was missing has come in the meantime. Your order goes on as planned."),
        tone="ok",
    )


def _missing(asked: Question) -> list[MissingView]:
    return [MissingView(one.name, one.units, _when(one.expected_on)) for one in asked.missing]


def _when(day: date | None) -> str:
    return _("Expected on %(day)s") % {"day": full_day(day)} if day else _("We do not know yet when it comes.")


def _option(value: str, order: OrderFact, asked: Question) -> Option:
    if value == "wait":
        return Option(value, _("Wait for it"), _("We send it as soon as it comes. You pay no extra postage."))
    if value == "ship_available":
        return Option(
            value,
            _("Send what is here now"),
            _("The rest follows as soon as it comes. You pay no extra postage."),
        )
    if value == "substitute":
        instead = ", ".join(_swap(one) for one in asked.missing if one.instead_name)
        return Option(
            value, _("Take something else instead"), _("%(what)s. The price stays the same.") % {"what": instead}
        )
    if any(line.allocated > line.shipped for line in order.lines):
        hint = _("The rest of your order is sent. If you have paid, the shop gives the money back.")
    else:
        hint = _("If you have paid, the shop gives the money back.")
    return Option("cancel", _("Cancel what is missing"), hint)


def _swap(one: Missing) -> str:
    return _("%(units)d × %(new)s instead of %(old)s") % {
        "units": one.units,
        "new": one.instead_name,
        "old": one.name,
    }


def _decided(choice: str) -> str:
    return {
        "wait": _("We wait until it comes"),
        "ship_available": _("We send what is here now"),
        "substitute": _("We send something else instead"),
        "cancel": _("What was missing is cancelled"),
    }[choice]


def _what_now(choice: ChoiceFact) -> str:
    if choice.status == "expired":
        return _("We heard nothing in time and did this for you. Write to us if you want something else.")
    if choice.choice == "cancel":
        return _("Thank you. If you have paid for it, the shop gives the money back.")
    return _("Thank you. We write to you as soon as it is on its way.")
