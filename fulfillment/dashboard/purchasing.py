"""What the purchasing screens share: their tabs, and a proposal's figures in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inventory.selectors.replenishing import ProposalFact

TABS: tuple[tuple[str, str, str | Promise], ...] = (
    ("proposals", "dashboard:purchasing", gettext_lazy("Proposals")),
    ("orders", "dashboard:purchase_orders", gettext_lazy("Purchase orders")),
    ("cover", "dashboard:cover", gettext_lazy("How long stock lasts")),
    ("peaks", "dashboard:peaks", gettext_lazy("Seasons")),
)


@dataclass(frozen=True)
class ProposalRow:
    """A proposal with its reason in sentences; the last one says what to do."""

    fact: ProposalFact
    sentences: tuple[str, ...]
    pack_size: int
    late: bool


def proposal_rows(found: Sequence[ProposalFact], today: date) -> list[ProposalRow]:
    """The proposals as the screen shows them."""
    return [
        ProposalRow(
            fact=one,
            sentences=tuple(reason_in_words(one, today)),
            pack_size=int(one.reason.get("pack_size", 1)),
            late=one.order_by is not None and one.order_by < today,
        )
        for one in found
    ]


def reason_in_words(one: ProposalFact, today: date) -> list[str]:
    """Why a proposal: what sells, what is there, how long a delivery takes, what to order by when."""
    why = one.reason
    found = [
        _("Sells %(mean)s a day ± %(deviation)s")
        % {"mean": _number(why["mean"]), "deviation": _number(why["deviation"])}
        if why.get("mean")
        else _("No sale to go by"),
        _stock(one),
        _delivery(one),
    ]
    if why.get("safety_stock"):
        found.append(
            _("%(count)s as safety stock for a service level of %(level)s\u00a0%%")
            % {"count": why["safety_stock"], "level": _number(100 * why["service_level"])}
        )
    return [*found, what_to_do(one, today)]


def _stock(one: ProposalFact) -> str:
    why = one.reason
    left = _("%(count)d left") % {"count": why["free"]}
    if why.get("backordered"):
        left += " " + _("and %(count)d owed") % {"count": why["backordered"]}
    if why.get("incoming"):
        left += " " + _("and %(count)d on the way") % {"count": why["incoming"]}
    if why.get("cover_days") is None:
        return left
    days = round(why["cover_days"])
    return ngettext("%(left)s = %(days)d day", "%(left)s = %(days)d days", days) % {"left": left, "days": days}


def _delivery(one: ProposalFact) -> str:
    days = round(one.reason["lead_days"])
    told = ngettext("lead time %(days)d day", "lead time %(days)d days", days) % {"days": days}
    learned = one.reason.get("learned_from", 0)
    if not learned:
        return told
    receipts = ngettext("learned from %(count)d receipt", "learned from %(count)d receipts", learned)
    return f"{told} ({receipts % {'count': learned}})"


def what_to_do(one: ProposalFact, today: date) -> str:
    """``order 60 = 5 packs of 12 by Friday``."""
    pack = int(one.reason.get("pack_size", 1))
    amount = _("order %(count)d") % {"count": one.quantity}
    if pack > 1:
        packs = ngettext("%(amount)s = %(packs)d pack of %(size)d", "%(amount)s = %(packs)d packs of %(size)d", 2)
        if one.quantity == pack:
            packs = ngettext("%(amount)s = %(packs)d pack of %(size)d", "%(amount)s = %(packs)d packs of %(size)d", 1)
        amount = packs % {"amount": amount, "packs": one.quantity // pack, "size": pack}
    if one.order_by is None:
        return amount
    if one.order_by == today:
        return _("%(amount)s today") % {"amount": amount}
    return _("%(amount)s by %(day)s") % {"amount": amount, "day": day_in_words(one.order_by, today)}


def day_in_words(day: date, today: date) -> str:
    """Tomorrow, the weekday within a week, else the date."""
    ahead = (day - today).days
    if ahead == 1:
        return _("tomorrow")
    return date_format(day, "l") if 0 < ahead < 7 else date_format(day, "j F")


def _number(value: float) -> str:
    return str(number_format(value, decimal_pos=0 if value >= 100 or value == int(value) else 1))
