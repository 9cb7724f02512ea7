"""Prove that the stock books balance; with ``--repair`` mend them from the ledger."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.kernel.actors import system
from inventory.services.checking import check_stock
from inventory.services.reporting import report_drifts


class Command(BaseCommand):
    help = "Prove that movements, bins, levels, holds, allocations and pick plans agree. Exit status 1 when not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="Mend what is found, from the ledger")

    def handle(self, *args: Any, repair: bool = False, **options: Any) -> None:
        by, now = system("check_stock"), timezone.now()
        drifts = check_stock(repair=repair, by=by, now=now)
        report_drifts(drifts, by=by, now=now)
        for drift in drifts:
            self.stdout.write(str(drift))
            for sentence in drift.because:
                self.stdout.write(f"    {sentence}")
        left = sum(not drift.repaired for drift in drifts)
        if left:
            raise CommandError(f"{left} of the stock's invariants do not hold.", returncode=1)
        if drifts:
            self.stdout.write(f"{len(drifts)} repaired; the books balance.")
        else:
            self.stdout.write("The books balance.")
