"""``manage.py seed_demo``: the demo's house, people, articles and opening stock."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from fulfillment.devtools.demo.story import set_scene


class Command(BaseCommand):
    help = "Set up the demo: staff, channels with keys, a warehouse, articles and their opening stock."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--credentials", type=Path, help="Where user names, passwords and API keys are written.")
        parser.add_argument("--csv", type=Path, help="Another invoice file of the same form, .csv or .csv.gz.")

        parser.add_argument("--without-orders", action="store_true", help="No order is placed.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        articles = set_scene(
            credentials=options["credentials"],
            csv=options["csv"],
            today=timezone.localdate(now),
            now=now,
            with_orders=not options["without_orders"],
        )
        self.stdout.write(f"{len(articles)} articles are on their shelves.")
