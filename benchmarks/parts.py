"""A page of benchmarks whose parts each get servers of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import machine

Part = tuple[str, str, list[str]]
"""Title, module and arguments."""


def run_parts(heading: str, target: str, page: Path, notes: Path, parts: Sequence[Part]) -> int:
    """Run every part and write the page; 1 when a part breaks or misses a figure it must meet, else 0.

    With BENCH_WRITE=0 the page is left alone.
    """
    began = time.monotonic()
    pages: list[str] = []
    broken: list[str] = []
    for title, module, arguments in parts:
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
        page.write_text(
            f"# {heading}\n\nMeasured by `make {target}` on {datetime.now(UTC):%Y-%m-%d} in {minutes:.0f} "
            f"minutes: {machine()}.\nPostgreSQL with full durability. Each part has its own servers, and a floor or a "
            f"smaller size in the same run: read the ratios.\n\n" + "\n".join(pages) + "\n" + notes.read_text()
        )
        print(f"Written to {page.relative_to(page.parents[1])}.")
    if broken:
        print(f"Broken or missed: {', '.join(broken)}.")
    return 1 if broken else 0
