"""``make bench``: measure on this machine, print the table, write docs/benchmarks.md.

BENCH_ROUNDS (5) and BENCH_SECONDS (5) say how long; BENCH_WRITE=0 leaves the page alone.
"""

import os
import shutil
import sys
import time
from pathlib import Path

import django
from django.db import connection

from fulfillment.devtools.embedded import scratch_folder
from fulfillment.devtools.stack import Memory, Stack

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def main() -> int:
    """Run everything; exit code 1 when a figure that must be met is missed."""
    rounds, seconds = int(os.environ.get("BENCH_ROUNDS", "5")), float(os.environ.get("BENCH_SECONDS", "5"))
    began = time.monotonic()
    folder = scratch_folder("fulfillment-bench-")
    stack = Stack(folder, environment=dict(os.environ), memory=Memory())
    os.environ.update(stack.environment | {"DB_STATEMENT_TIMEOUT_MS": "0"})
    try:
        stack.start_servers()
        django.setup()
        # Only now: these modules read the settings.
        from benchmarks.suite import run_suite  # noqa: PLC0415

        results, clean = run_suite(stack, folder, rounds=rounds, seconds=seconds, say=_say)
    finally:
        connection.close()
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
    from benchmarks.report import as_table, write_page  # noqa: PLC0415

    print(f"\n{as_table(results)}\n")
    if not clean:
        print("check_stock found drifts: these figures are void.")
        return 1
    if os.environ.get("BENCH_WRITE", "1") == "1":
        write_page(PAGE, results, seconds=time.monotonic() - began)
        print(f"Written to {PAGE.relative_to(PAGE.parents[1])}.")
    missed = [one.name for one in results if one.met is False]
    if missed:
        print(f"Missed: {', '.join(missed)}.")
    return 1 if missed else 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
