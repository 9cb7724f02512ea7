"""``make bench-orders``: what the order desk costs at size; writes docs/benchmarks-orders.md.

BENCH_ORDERS (1,000,000) is the size of the lists, BENCH_WAVE (10,000) that of a wave; BENCH_WRITE=0 leaves the page
alone.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.parts import Part, run_parts

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks-orders.md"
NOTES = Path(__file__).with_name("orders_notes.md")


def parts(environment: Mapping[str, str]) -> list[Part]:
    """Title, module and arguments of each part."""
    orders, wave = environment.get("BENCH_ORDERS", "1000000"), environment.get("BENCH_WAVE", "10000")
    return [
        ("Waves", "bench_waves", ["--orders", wave]),
        ("Routing", "bench_routing", ["--orders", "1000", "--warehouses", "20"]),
        ("Intake with rules", "bench_rules", ["--rules", "50"]),
        ("Promises and the watcher", "bench_promises", ["--orders", "10000"]),
        ("Filling backorders", "bench_backorders", []),
        ("Lists and searches", "bench_order_lists", ["--sizes", f"1000,{orders}"]),
    ]


if __name__ == "__main__":
    sys.exit(run_parts("Benchmarks of the order desk", "bench-orders", PAGE, NOTES, parts(os.environ)))
