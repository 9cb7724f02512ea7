"""Import rate: `python -m fulfillment.devtools.with_servers -- python -m benchmarks.bench_import --rows 100000`

Each figure stands beside its floor of the same run: the same products by one bare COPY.
"""

import argparse
import io
import os
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from openpyxl import Workbook  # noqa: E402

from benchmarks.report import Result, as_table  # noqa: E402
from core.kernel.actors import system  # noqa: E402
from inventory.models import ImportJob, Product  # noqa: E402
from inventory.planning.import_files import open_table  # noqa: E402
from inventory.services.exporting import export_csv, export_xlsx  # noqa: E402
from inventory.services.import_reading import read_file, run_import, start_import, start_undo  # noqa: E402
from inventory.services.import_undo import undo_rows  # noqa: E402
from inventory.services.import_writing import write_rows  # noqa: E402

BENCH = system("bench")
HEADER = ["sku", "name", "barcodes", "weight_g", "length_mm", "width_mm", "height_mm", "unit_cost", "reorder_point"]
MINUTE = 60.0


def line(number: int) -> list[str]:
    return [
        f"IMP-{number:07}",
        f"Imported article {number}",
        f"9{number:012}",
        "310",
        "90",
        "90",
        "110",
        "2.50",
        str(number % 50),
    ]


def as_csv(rows: int) -> bytes:
    return "\n".join([",".join(HEADER), *(",".join(line(number)) for number in range(rows))]).encode()


def as_xlsx(rows: int) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.append(HEADER)
    for number in range(rows):
        page.append(line(number))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def bare_copy(rows: int) -> float:
    """Seconds for the same products into the same table, by one COPY, rolled back."""
    text = "".join(
        f"FLOOR-{number:07}\tFloor {number}\t310\t90\t90\t110\t\t\t\tnone\tfewest_bins\t\t\tnone\t"
        "{}\tt\t1\t2026-01-01\n"
        for number in range(rows)
    )
    columns = (
        "sku, name, weight_g, length_mm, width_mm, height_mm, image_url, hs_code, origin_country, tracking, removal,"
        " hazard, velocity, kit_kind, attributes, active, version, created_at"
    )
    start = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY inventory_product ({columns}) FROM STDIN", io.StringIO(text))
        transaction.set_rollback(True)
    return time.perf_counter() - start


def result(name: str, rows: int, seconds: float, floor: float, *, must: str = "", met: bool | None = None) -> Result:
    return Result(
        name=name,
        figure=f"{rows / seconds:,.0f} rows/s ({seconds:.1f} s)",
        floor=f"{rows / floor:,.0f} rows/s",
        ratio=floor / seconds,
        must=must,
        met=met,
    )


def measure(rows: int) -> list[Result]:
    """Read, check, write and undo so many products, and give them out again."""
    call_command("migrate", verbosity=0)
    now = datetime.now(tz=UTC)
    content = as_csv(rows)
    floor = bare_copy(rows)
    parse = timed(lambda: sum(1 for _row in open_table(content).rows))
    ref = start_import("products", file_name="bench.csv", content=content, by=BENCH, now=now)
    job_id = ImportJob.objects.values_list("pk", flat=True).get(ref=ref)
    read = timed(lambda: read_file(job_id, by=BENCH, now=now))
    choose = timed(lambda: run_import(ref, which="all", by=BENCH, now=now))
    write = timed(lambda: write_rows(job_id, by=BENCH, now=now))
    if Product.objects.filter(sku__startswith="IMP-").count() < rows:
        raise RuntimeError("Not everything was written.")
    whole = read + choose + write
    limit = MINUTE * max(rows, 1) / 100_000
    results = [
        result("import: parse CSV", rows, parse, floor),
        result("import: read, check and keep for the preview", rows, read, floor),
        result("import: write products", rows, write, floor),
        result(
            "import: file to stock list, all of it",
            rows,
            whole,
            floor,
            must="100,000 in 60 s",
            met=whole < limit,
        ),
        result("export: CSV", rows, timed(lambda: sum(len(part) for part in export_csv("products"))), floor),
        result("export: XLSX", rows, timed(lambda: sum(len(part) for part in export_xlsx("products"))), floor),
    ]
    start_undo(ref, by=BENCH, now=now)
    results.append(result("import: undo", rows, timed(lambda: undo_rows(job_id, by=BENCH, now=now)), floor))
    sheet = as_xlsx(rows)
    results.append(result("import: parse XLSX", rows, timed(lambda: sum(1 for _row in open_table(sheet).rows)), floor))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results.append(Result("import: memory at most", f"{peak:,.0f} MB", note=f"process {os.getpid()}, file and all"))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    print(as_table(measure(parser.parse_args().rows)))


if __name__ == "__main__":
    main()
