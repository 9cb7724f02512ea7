"""``manage.py erasures``: write down who was erased, beside the backups, and erase them again after a restore."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.kernel.actors import SYSTEM
from orders.selectors.customers import erasures
from orders.services.forgetting import replay_erasures


class Command(BaseCommand):
    """``erasures --write FILE`` after each backup; ``erasures --replay FILE`` after an older one was restored."""

    help = "Writes the erasures on record to a file, or erases the people it names again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--write", type=Path, metavar="FILE")
        which.add_argument("--replay", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many there were."""
        if options["write"]:
            records: list[dict[str, Any]] = []
            while chunk := erasures(after=records[-1]["id"] if records else 0):
                records += chunk
            options["write"].write_text(json.dumps(records, indent=1), encoding="utf-8")
            self.stdout.write(f"{len(records)} erasures written.")
        else:
            records = json.loads(options["replay"].read_text(encoding="utf-8"))
            done = replay_erasures(records, by=SYSTEM, now=timezone.now())
            self.stdout.write(f"{done} of {len(records)} customers were there again and are erased.")
