"""``make bench-stock``: what stock costs at size, each part on servers of its own; writes docs/benchmarks-stock.md.

BENCH_MOVEMENTS (10,000,000), BENCH_BINS (50,000), BENCH_ROWS (100,000) and BENCH_LEVELS (100,000) say how large;
BENCH_WRITE=0 leaves the page alone.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import machine

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks-stock.md"
NOTES = Path(__file__).with_name("stock_notes.md")


def parts(environment: Mapping[str, str]) -> list[tuple[str, str, list[str]]]:
    """Title, module and arguments of each part."""
    size = {
        name: environment.get(f"BENCH_{name}", default)
        for name, default in (("MOVEMENTS", "10000000"), ("BINS", "50000"), ("ROWS", "100000"), ("LEVELS", "100000"))
    }
    return [
        ("Availability and the change feed", "bench_availability", ["--levels", size["LEVELS"]]),
        ("Put-away suggestion", "bench_putaway", ["--bins", size["BINS"]]),
        ("Import and export", "bench_import", ["--rows", size["ROWS"]]),
        ("Kits", "bench_kits", []),
        ("Counting", "bench_counting", []),
        ("The ledger as a time machine", "bench_ledger", ["--movements", size["MOVEMENTS"]]),
    ]


def main() -> int:
    """Run every part; exit code 1 when one breaks or misses a figure it must meet."""
    began = time.monotonic()
    pages: list[str] = []
    broken: list[str] = []
    for title, module, arguments in parts(os.environ):
        print(f"{title} …", flush=True)
        command = ["-m", f"benchmarks.{module}", *arguments]
        told = subprocess.run(
            [sys.executable, "-m", "fulfillment.devtools.with_servers", "--keep-fsync", "--", sys.executable, *command],
            capture_output=True,
            text=True,
            env={**os.environ, "DB_STATEMENT_TIMEOUT_MS": "0"},
            check=False,
        )
        lines = told.stdout.strip()
        print(lines, flush=True)
        if told.returncode:
            print(told.stderr[-3000:], flush=True)
        if told.returncode or "**missed**" in lines:
            broken.append(title)
        table = lines if "| what" in lines else f"```\n{lines}\n```"
        pages.append(f"## {title}\n\n`python {' '.join(command)}`\n\n{table}\n")
    if os.environ.get("BENCH_WRITE", "1") == "1":
        minutes = (time.monotonic() - began) / 60
        PAGE.write_text(
            f"# Benchmarks of stock\n\nMeasured by `make bench-stock` on {datetime.now(UTC):%Y-%m-%d} in {minutes:.0f} "
            f"minutes: {machine()}.\nPostgreSQL with full durability. Each part has its own servers, and a floor or a "
            f"smaller size in the same run: read the ratios.\n\n" + "\n".join(pages) + "\n" + NOTES.read_text()
        )
        print(f"Written to {PAGE.relative_to(PAGE.parents[1])}.")
    if broken:
        print(f"Broken or missed: {', '.join(broken)}.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
