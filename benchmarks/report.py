"""The table: each figure beside its floor, its ratio, and what it must be."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

MISSED = Path(__file__).with_name("missed.md")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table. ``ratio`` is ours to the floor's; ``met`` None where there is nothing to meet."""

    name: str
    figure: str
    floor: str = ""
    ratio: float | None = None
    must: str = ""
    met: bool | None = None
    note: str = ""


def as_table(results: Sequence[Result]) -> str:
    """The results as a Markdown table, columns aligned."""
    head = ("what", "figure", "floor, same run", "ratio", "must", "", "note")
    rows = [
        (
            one.name,
            one.figure,
            one.floor,
            "" if one.ratio is None else f"{one.ratio:.3f}",
            one.must,
            "" if one.met is None else ("met" if one.met else "**missed**"),
            one.note,
        )
        for one in results
    ]
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    lines = [head, tuple("-" * width for width in widths), *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def machine() -> str:
    """What these figures were measured on."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = models[0] if models else ""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({model or platform.processor() or 'unknown'}), {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def write_page(path: Path, results: Sequence[Result], *, seconds: float) -> None:
    """Write docs/benchmarks.md."""
    path.write_text(
        f"""# Benchmarks

Measured by `make bench` on {datetime.now(UTC):%Y-%m-%d} in {seconds / 60:.0f} minutes: {machine()}.
PostgreSQL from its wheel with full durability (fsync, synchronous_commit and full_page_writes on). Web server, workers,
load generator and database share the cores; middleware, authentication, idempotency keys, ledger and outbox are on.

**Read the ratios.** A floor is the same rows written by pgbench with prepared statements, in the same run, alternating
with ours; figures are medians of the rounds. The speed of a virtual core changes within minutes; a ratio changes less.
After the runs `check_stock` compares ledger and stock; a mismatch voids them.

{as_table(results)}

Statement counts are asserted in the tests, not here.

{MISSED.read_text()}"""
    )
