"""Pure decisions of returns: who may send what back until when, what it is worth, and where it goes. No I/O, no clock.

Days are calendar days at the destination; money is in the order's currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

# Until a carrier reports the delivery, a parcel counts as delivered this many days after it was shipped, so that a
# customer whose carrier is silent loses nothing of the window.
DAYS_ASSUMED_IN_TRANSIT = 7
# How long an approved return may be on its way before it expires.
DAYS_TO_SEND = 28

OUR_FAULT = frozenset({"damaged", "defective", "wrong_item", "not_as_described", "too_late"})
"""Reasons for which the shop pays the way back and its share of the way out."""

LINE_REASONS = (
    "damaged",
    "defective",
    "wrong_item",
    "not_as_described",
    "too_late",
    "no_longer_wanted",
    "other",
)
"""The reasons a customer can choose from, in the order they are asked."""

RESOLUTIONS_OFFERED = ("refund", "exchange", "replacement", "store_credit")


@dataclass(frozen=True, slots=True)
class LineToJudge:
    """What is known of an order line. ``spoken_for`` units are already asked for by returns.

    ``delivered_on`` and ``shipped_on`` are those of the last parcel that carried units of the line.
    """

    order_line_id: int
    shipped: int
    spoken_for: int
    shipped_on: date | None
    delivered_on: date | None
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """How many units of a line may be returned, until which day, and in a word why not.

    ``code`` is ``ok``, ``not_shipped``, ``all_returned``, ``window_over`` or ``not_returnable``. ``units`` are
    those that exist to be returned whatever the window says; ``within`` says whether the policy needs no person.
    """

    order_line_id: int
    units: int
    until: date | None
    code: str

    @property
    def within(self) -> bool:
        return self.code == "ok"


def last_day(line: LineToJudge, window_days: int) -> date | None:
    """The last day on which a return may be asked for: ``window_days`` after delivery. None while nothing is shipped.

    Without a delivery report the parcel counts as delivered ``DAYS_ASSUMED_IN_TRANSIT`` days after it was shipped.
    """
    if line.delivered_on is not None:
        return line.delivered_on + timedelta(days=window_days)
    if line.shipped_on is not None:
        return line.shipped_on + timedelta(days=DAYS_ASSUMED_IN_TRANSIT + window_days)
    return None


def judge(line: LineToJudge, *, window_days: int, today: date) -> LineVerdict:
    """Whether units of the line may be returned today. The last day itself still counts."""
    until = last_day(line, window_days)
    units = max(line.shipped - line.spoken_for, 0)
    if not line.shipped or until is None:
        code = "not_shipped"
    elif not units:
        code = "all_returned"
    elif line.excluded:
        code = "not_returnable"
    elif today > until:
        code = "window_over"
    else:
        code = "ok"
    return LineVerdict(line.order_line_id, units, until, code)


def pays_the_way_back(reasons: Sequence[str]) -> str:
    """``shop`` when anything in the return is the shop's fault, else ``customer``."""
    return "shop" if any(reason in OUR_FAULT for reason in reasons) else "customer"


# --- inspection -----------------------------------------------------------------------------------------------------

FULL_CHECKLIST = ("identity", "completeness", "damage", "tampering", "function", "packaging")
SHORT_CHECKLIST = ("identity", "damage", "packaging")
"""For goods no customer has used: put back before they left, or sent back by the carrier."""

HOURS_TO_INSPECT = {"customer": 48, "return_to_sender": 48, "put_back": 24}

# A refusal or a doubt about goods worth this much needs a second pair of eyes.
SECOND_OPINION_FROM = Decimal(200)

_GRADE_OF_NO = {
    "identity": "D",
    "function": "D",
    "completeness": "C",
    "damage": "C",
    "tampering": "B",
    "packaging": "B",
}
_DISPOSITION_OF = {"A": "restock", "B": "restock_as_open_box", "C": "quarantine", "D": "dispose"}

WRITES_OFF = frozenset({"dispose", "donate", "return_to_vendor", "missing"})


def checklist_for(kind: str) -> tuple[str, ...]:
    """The questions to answer, in order: all of them for a customer's return, the short list otherwise."""
    return FULL_CHECKLIST if kind == "customer" else SHORT_CHECKLIST


def time_to_inspect(kind: str) -> timedelta:
    """How long after reception an inspection may stay open before it escalates."""
    return timedelta(hours=HOURS_TO_INSPECT.get(kind, 48))


def grade_of(checks: Mapping[str, bool]) -> str:
    """The grade of the worst answer: A when every answer is yes."""
    return max((_GRADE_OF_NO.get(check, "C") for check, fine in checks.items() if not fine), default="A")


def disposition_of(grade: str) -> str:
    """Where units of a grade go unless a person says otherwise."""
    return _DISPOSITION_OF[grade]


def needs_second_opinion(*, disposition: str, value: Decimal, overridden: bool) -> bool:
    """Whether somebody else has to agree: goods of value that are written off, or a proposal overruled on them."""
    return value >= SECOND_OPINION_FROM and (disposition in WRITES_OFF or overridden)


def acceptance_of(*, kind: str, reason: str, grade: str, identity: bool, announced: bool) -> str:
    """What we make of the units: ``accepted``, or ``needs_decision`` by a person. Nothing is rejected by itself.

    A person decides about what nobody announced, what is another article than was sold, and what a customer who had
    no complaint sends back unfit for sale.
    """
    if kind == "put_back":
        return "accepted"
    if not announced or not identity:
        return "needs_decision"
    if grade == "D" and kind == "customer" and reason not in OUR_FAULT:
        return "needs_decision"
    return "accepted"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where inspected units go: kinds of bins, best first, the condition they have there, and the ledger's reason."""

    kinds: tuple[str, ...]
    condition: str
    reason: str


_SHELF = Destination(("pick_face", "bulk"), "sellable", "inspect")
_SET_ASIDE = Destination(("quarantine",), "quarantined", "inspect")


def destination_of(disposition: str) -> Destination:
    """The place of a disposition.

    Only ``restock`` makes units sellable as new. Everything that still needs an act (open-box articles, repacking,
    repair, vendor, donation, sending back) is set aside in quarantine until that act is done.
    """
    if disposition == "restock":
        return _SHELF
    if disposition == "dispose":
        return Destination(("scrap",), "sellable", "inspect")
    if disposition == "missing":
        return Destination(("adjustment",), "sellable", "lost")
    return _SET_ASIDE


# --- money ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AcceptedUnits:
    """Units of one line that are paid back, and what they are worth together."""

    value: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class RefundSum:
    """What goes back: the goods, and the share of postage and other charges."""

    goods: Decimal
    charges: Decimal

    @property
    def amount(self) -> Decimal:
        return self.goods + self.charges


def refund_of(
    accepted: Sequence[AcceptedUnits],
    *,
    goods_total: Decimal,
    charges_total: Decimal,
    whole_order: bool,
    decimals: int = 2,
) -> RefundSum:
    """The price of the accepted units, and charges by policy: all of them when the whole order comes back in this
    return, else the share of the units that come back through the shop's fault, else nothing. Discounts of more than
    postage and charges come to (``charges_total`` below zero) are taken off by the share of the units that come back:
    nobody paid them.

    Never negative, never more than goods and charges together; ``decimals`` is the currency's.
    """
    step = Decimal(1).scaleb(-decimals)
    goods = sum((one.value for one in accepted), Decimal(0)).quantize(step, ROUND_HALF_UP)
    charges = Decimal(0)
    if charges_total < 0 < goods_total:
        charges = max(charges_total * min(goods / goods_total, Decimal(1)), -goods)
    elif charges_total > 0 and goods_total > 0:
        if whole_order:
            charges = charges_total
        else:
            ours = sum((one.value for one in accepted if one.reason in OUR_FAULT), Decimal(0))
            charges = charges_total * min(ours / goods_total, Decimal(1))
    return RefundSum(goods, charges.quantize(step, ROUND_HALF_UP))
