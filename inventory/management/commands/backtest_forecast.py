"""Say how good the demand forecast would have been over the last 28 trading days, beside the plain 28-day mean."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from inventory.planning.backtest import Report, Score, backtest, best_sellers
from inventory.planning.sales_file import History, read_history
from inventory.selectors.demand import trading_history

YEAR = 400


class Command(BaseCommand):
    help = (
        "Forecast the last 28 trading days of the best-selling products from what was known before, and print the "
        "error as WAPE: the sum of absolute errors over the sum of demand, per product and day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, help="Invoice lines or sku,day,units as .csv or .csv.gz; else orders.")
        parser.add_argument("--products", type=int, default=200, help="How many best sellers")
        parser.add_argument("--window", type=int, default=28, help="How many trading days to forecast")

    def handle(self, *args: Any, file: Path | None, products: int, window: int, **options: Any) -> None:
        try:
            history = _from_file(file) if file else _from_orders()
            best = best_sellers(history.units, products)
            report = backtest(history.days, {sku: history.units[sku] for sku in best}, window=window)
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(str(error)) from error
        self._tell(report, window)

    def _tell(self, report: Report, window: int) -> None:
        self.stdout.write(
            f"{report.products} best-selling products, {window} trading days {report.first_day} to {report.last_day}, "
            f"{report.demand:,.0f} units sold.\n\n"
        )
        self.stdout.write(f"{'':<32}{'all days at once':>20}{'day by day':>20}\n")
        self.stdout.write(f"{'':<32}{'WAPE':>10}{'bias':>10}{'WAPE':>10}{'bias':>10}\n")
        for score in (report.baseline, report.expected, report.typical):
            self.stdout.write(_row(score))
        better = 1 - report.typical.fixed_wape / report.baseline.fixed_wape
        self.stdout.write(
            f"\nHeadline: WAPE {report.typical.fixed_wape:.3f} against {report.baseline.fixed_wape:.3f} of the plain "
            f"28-day mean, all {window} days forecast at once from what was known before them ({better:.1%} less).\n"
            "Bias is forecast over demand: 1 is neither way. Stock is ordered by the expected units.\n\n"
            "Best method of a product's trials, all before the window:\n"
        )
        for label, count in report.chosen.most_common():
            self.stdout.write(f"  {count:>4}  {label}\n")


def _row(score: Score) -> str:
    return (
        f"{score.name:<32}{score.fixed_wape:>10.3f}{score.fixed_bias:>10.2f}"
        f"{score.rolling_wape:>10.3f}{score.rolling_bias:>10.2f}\n"
    )


def _from_file(path: Path) -> History:
    with _lines(path) as lines:
        return read_history(lines)


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[str]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            yield iter(lines)
    else:
        with path.open(encoding="utf-8", newline="") as lines:
            yield iter(lines)


def _from_orders() -> History:
    today = timezone.localdate()
    return trading_history(today - timedelta(days=YEAR), today)
