"""``make bench-stock``: what stock costs at size, each part on servers of its own; writes docs/benchmarks-stock.md.

BENCH_MOVEMENTS (10,000,000), BENCH_BINS (50,000), BENCH_ROWS (100,000) and BENCH_LEVELS (100,000) say how large;
BENCH_WRITE=0 leaves the page alone.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.parts import Part, run_parts

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks-stock.md"
NOTES = Path(__file__).with_name("stock_notes.md")


def parts(environment: Mapping[str, str]) -> list[Part]:
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


if __name__ == "__main__":
    sys.exit(run_parts("Benchmarks of stock", "bench-stock", PAGE, NOTES, parts(os.environ)))
