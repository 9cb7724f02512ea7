"""The account at the end: every invoice, order, line and unit, and where it is now."""

from collections import Counter
from datetime import datetime
from pathlib import Path

from django.db.models import Count, F, Q, Sum

from core.attention.models import ExceptionCase
from core.kernel.actors import system
from core.messaging.models import Message
from inventory.models import StockMovement
from inventory.services.checking import check_stock
from orders.models import Order, OrderLine
from returns.models import RefundInstruction, Return, ReturnItem
from shipping.models import Parcel

Row = tuple[str, str]


def summary(counts: Counter[str], *, mail_dir: Path | None, now: datetime) -> list[Row]:
    """Title and figure of each line, in reading order; a title alone is a heading."""
    return [
        ("Read from the file", ""),
        *_counted(counts, _READ),
        *_counted(counts, sorted(key for key in counts.keys() - _READ if key.startswith(_ODD) and counts[key])),
        ("Orders", ""),
        *_orders(counts),
        ("Lines and units", ""),
        *_units(),
        ("Parcels", ""),
        *[(status.replace("_", " "), f"{number:,}") for status, number in _by_status(Parcel)],
        ("Returns", ""),
        *_returns(),
        ("Mails", ""),
        *_mails(mail_dir),
        ("Open exception cases", ""),
        *_cases(),
        ("Simulated work", ""),
        *_counted(counts, sorted(key for key in counts if key.startswith(_WORK))),
        ("Proof", ""),
        ("dead letters", f"{counts['dead letters']:,}"),
        ("check_stock", _proof(now)),
        ("seconds", f"{counts['seconds']:,}"),
    ]


_READ = ("invoices read", "lines read", "goods lines", "units", "cancellations read")
_ODD = ("charge lines", "invoices without", "invoices split", "lines at no price", "stock notes", "cancelled ",
        "cancellations ", "orders refused", "returns refused", "refunds ")  # fmt: skip
_WORK = ("waves", "lists ", "lines picked", "lines found", "walks ", "scans", "parcels", "work stopped",
         "inspections", "returns received", "units in the second")  # fmt: skip


def _counted(counts: Counter[str], keys: list[str] | tuple[str, ...]) -> list[Row]:
    return [(key, f"{counts[key]:,}") for key in keys if key != "cancellations read" or counts[key]]


def _orders(counts: Counter[str]) -> list[Row]:
    figures = Order.objects.aggregate(
        placed=Count("pk"),
        completed=Count("pk", filter=Q(status="completed")),
        open=Count("pk", filter=Q(status="confirmed")),
        cancelled=Count("pk", filter=Q(status="cancelled")),
        fulfilled=Count("pk", filter=Q(fulfillment_status="fulfilled")),
        partly=Count("pk", filter=Q(fulfillment_status="partially_fulfilled")),
    )
    names = {
        "placed": "placed",
        "completed": "completed",
        "open": "still open",
        "cancelled": "cancelled",
        "fulfilled": "fulfilled",
        "partly": "partially fulfilled",
    }
    placed, *rest = [(title, f"{figures[key]:,}") for key, title in names.items()]
    return [placed, ("of them out of the file", f"{counts['orders']:,}"), *rest]


def _units() -> list[Row]:
    figures = OrderLine.objects.aggregate(
        lines=Count("pk"),
        lines_waiting=Count("pk", filter=Q(backordered__gt=0)),
        units_ordered=Sum("quantity"),
        units_shipped=Sum("shipped"),
        units_here=Sum(F("allocated") - F("shipped")),
        units_backordered=Sum("backordered"),
        units_cancelled=Sum("cancelled"),
        units_returned=Sum("returned"),
    )
    # Ordered is the sum of the four below it: an account that does not add up would show here.
    names = {
        "lines": "order lines",
        "lines_waiting": "lines waiting for stock",
        "units_ordered": "units ordered",
        "units_shipped": "units shipped",
        "units_here": "units allocated, still here",
        "units_backordered": "units backordered",
        "units_cancelled": "units cancelled",
        "units_returned": "units returned, of those shipped",
    }
    return [(title, f"{figures[key] or 0:,}") for key, title in names.items()]


def _returns() -> list[Row]:
    rows = [(f"{kind.replace('_', ' ')}, {status}", f"{number:,}") for kind, status, number in _returns_by_kind()]
    restocked = StockMovement.objects.filter(
        reason="inspect", from_condition="quality_control", to_condition="sellable"
    ).aggregate(units=Sum("quantity"))["units"]
    decided = ReturnItem.objects.exclude(disposition="").values_list("disposition").annotate(units=Sum("received"))
    refunds = RefundInstruction.objects.aggregate(number=Count("pk"), amount=Sum("amount"))
    return [
        *rows,
        ("units put back on sale, by the ledger", f"{restocked or 0:,}"),
        *[
            (f"units to {disposition.replace('_', ' ')}", f"{units or 0:,}")
            for disposition, units in decided.order_by()
        ],
        ("refund instructions", f"{refunds['number']:,} over {refunds['amount'] or 0:,} GBP"),
    ]


def _returns_by_kind() -> list[tuple[str, str, int]]:
    rows = Return.objects.values_list("kind", "status").annotate(number=Count("pk")).order_by("kind", "status")
    return [(str(kind), str(status), int(number)) for kind, status, number in rows]


def _by_status(model: type[Parcel]) -> list[tuple[str, int]]:
    rows = model.objects.values_list("status").annotate(number=Count("pk")).order_by("status")
    return [(str(status), int(number)) for status, number in rows]


def _mails(mail_dir: Path | None) -> list[Row]:
    rows = Message.objects.values_list("template", "status").annotate(number=Count("pk")).order_by("template", "status")
    told = [(f"{str(template).replace('_', ' ')}, {status}", f"{number:,}") for template, status, number in rows]
    sent = Message.objects.filter(status="sent").count()
    told.append(("sent", f"{sent:,}"))
    if mail_dir is not None:
        told.append(("accepted at the sink", f"{sum(1 for _ in mail_dir.glob('*.eml')):,}"))
    return told


def _cases() -> list[Row]:
    rows = (
        ExceptionCase.objects.filter(closed_at=None).values_list("kind").annotate(number=Count("pk")).order_by("kind")
    )
    return [(str(kind).replace("_", " "), f"{number:,}") for kind, number in rows] or [("none", "")]


def _proof(now: datetime) -> str:
    drifts = check_stock(by=system("demo"), now=now)
    return "clean" if not drifts else f"{len(drifts)} drifts: {drifts[0]}"
