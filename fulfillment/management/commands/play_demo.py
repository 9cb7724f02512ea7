"""``manage.py play_demo``: place a retailer's invoices through the REST API, work them, and account for every one."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from fulfillment.devtools.demo.play import play
from fulfillment.devtools.demo.story import set_scene
from fulfillment.devtools.demo.summary import summary


class Command(BaseCommand):
    help = "Place a retailer's invoices through the REST API, work them on a simulated floor, and account for each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--credentials", type=Path, required=True, help="The file seed_demo wrote.")
        parser.add_argument("--csv", type=Path, help="Another invoice file of the same form, .csv or .csv.gz.")
        parser.add_argument("--mail", type=Path, help="The mail sink's folder, to count what it accepted.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["csv"] is not None and not options["csv"].exists():
            raise CommandError(f"There is no file {options['csv']}.")
        now = timezone.now()
        today = timezone.localdate(now)
        articles = set_scene(credentials=None, csv=options["csv"], today=today, now=now)
        counts = play(
            base_url=settings.PUBLIC_URL,
            api_key=json.loads(options["credentials"].read_text(encoding="utf-8"))["api_key"],
            articles=articles,
            csv=options["csv"],
            today=today,
            say=self._say,
        )
        self.stdout.write("\n\n")
        for title, figure in summary(counts, mail_dir=options["mail"], now=timezone.now()):
            self.stdout.write(f"  {title:<46}{figure:>24}" if figure else f"\n{title}")
        self.stdout.write("")

    def _say(self, line: str) -> None:
        # On a terminal the line is written over, elsewhere each one stays.
        if os.isatty(1):
            self.stdout.write(f"\r\033[K{line}", ending="")
        else:
            self.stdout.write(line)
        self.stdout.flush()
