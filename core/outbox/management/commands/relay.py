"""``manage.py relay``: hand due deliveries to the workers, until told to stop."""

import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from core.outbox import relay


class Command(BaseCommand):
    help = "Hand due deliveries over to the workers. Stops cleanly on SIGTERM and Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=relay.BATCH, help="deliveries claimed at once")
        parser.add_argument(
            "--in-hand", type=int, default=2000, help="deliveries of one queue claimed and not yet done, at most"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        relay.run(stop, batch=options["batch"], in_hand=options["in_hand"])
