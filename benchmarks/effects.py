"""What follows an order: the relay's throughput, mails at the sink, memory of each process."""

import time
from pathlib import Path

from benchmarks.intake import placing, three_lines
from benchmarks.load import Measured, run
from benchmarks.report import Result
from core.messaging.models import Message
from core.outbox.models import Delivery
from core.outbox.relay import hand_over
from fulfillment.devtools.stack import Stack


def measure_relay(stack: Stack, base_url: str, key: str, *, orders: int) -> list[Result]:
    """Orders placed while relay and mail worker rest, then handed over and mailed as fast as they go."""
    for name in ("relay", "worker_mail", "worker_stock"):
        stack.children[name].kill()
    placed: Measured = run(placing(base_url, key, three_lines), clients=4, each=orders // 4)
    waiting = Delivery.objects.filter(status="due").count()
    sent_before = Message.objects.filter(status="sent").count()
    began = time.perf_counter()
    handed = 0
    while taken := hand_over(in_hand=1_000_000):
        handed += taken
    relay_seconds = time.perf_counter() - began
    # The workers find the messages in the broker; how they got there is measured above.
    began = time.perf_counter()
    for name in ("worker_mail", "worker_stock", "relay"):
        stack.children[name].start()
    wanted = sent_before + placed.succeeded
    first = 0.0
    while (sent := Message.objects.filter(status="sent").count()) < wanted:
        if not first and sent > sent_before:
            first = time.perf_counter()
        if time.perf_counter() - began > 300:
            break
        time.sleep(0.05)
    mail_seconds = time.perf_counter() - (first or began)
    return [
        Result(
            "relay: due deliveries claimed and handed to the broker",
            f"{handed / relay_seconds:,.0f}/s",
            note=f"{waiting:,} were waiting",
        ),
        Result(
            "order confirmations rendered and accepted at the sink",
            f"{(sent - sent_before) / mail_seconds:,.0f}/s",
            note=f"{sent - sent_before:,} of {placed.succeeded:,} sent, one worker with two processes",
        ),
    ]


def measure_memory(stack: Stack) -> list[Result]:
    """Proportional set size of each process with its children, after all the work above."""
    results = []
    for name, child in stack.children.items():
        if not child.alive:
            continue
        megabytes = sum(_pss(pid) for pid in _family(child.pid)) / 1024
        must = "≤ 180 MB" if name == "web" else ""
        results.append(
            Result(f"memory of {name}", f"{megabytes:,.0f} MB", must=must, met=megabytes <= 180 if must else None)
        )
    return results


def _family(pid: int) -> list[int]:
    found = [pid]
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found += _family(int(status.parent.name))
    return found


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
