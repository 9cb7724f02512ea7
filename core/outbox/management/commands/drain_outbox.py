"""``manage.py drain_outbox``: run what is due in this process, without broker and workers."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.outbox.services import run_due


class Command(BaseCommand):
    help = "Run due deliveries in this process, without broker and workers, until none is left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=10_000, help="deliveries at most")

    def handle(self, *args: Any, **options: Any) -> None:
        drained = run_due(now=timezone.now(), limit=options["limit"])
        self.stdout.write(f"{drained.done} done, {drained.retried} to be tried again, {drained.dead} given up")
