"""``manage.py issue_api_key "Main shop" --scope orders:write --channel 1``"""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.accounts.scopes import ALL_SCOPES
from core.accounts.services import issue_api_key
from core.kernel.errors import Invalid


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("has to be 1 or more")
    return number


class Command(BaseCommand):
    """Prints the key and nothing else, so that it can be piped into a secret store."""

    help = "Issue an API key. It is printed once and cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument(
            "--scope", action="append", default=[], metavar="SCOPE", help=f"one of {', '.join(ALL_SCOPES)}; or all"
        )
        parser.add_argument("--channel", type=_positive, help="id of the channel the key belongs to")
        parser.add_argument("--warehouse", type=_positive, help="id of the third party's warehouse the key answers for")
        limit = parser.add_mutually_exclusive_group()
        limit.add_argument("--limit", type=_positive, default=12_000, help="requests a minute (12000)")
        limit.add_argument("--no-limit", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for an unknown scope."""
        scopes = ALL_SCOPES if "all" in options["scope"] else options["scope"]
        try:
            _client, key = issue_api_key(
                name=options["name"],
                scopes=scopes,
                channel_id=options["channel"],
                warehouse_id=options["warehouse"],
                requests_per_minute=None if options["no_limit"] else options["limit"],
                now=timezone.now(),
            )
        except Invalid as error:
            raise CommandError(error.detail) from error
        self.stdout.write(key)
