"""Two workers at one import, as after a lost lease. The control takes the lock away."""

import threading

import pytest
from django.db import transaction

from inventory.models import ImportJob, ImportRow, Product, StockMovement
from inventory.services.checking import check_stock
from inventory.services.import_reading import read_file, run_import, start_import
from inventory.services.import_writing import write_rows
from inventory.services.ledger import Move, move
from inventory.tests.conftest import NOW, TESTER, Floor, build_floor, make_products
from inventory.tests.threads import together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROWS = 30


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> tuple[Floor, int]:
    """A floor, and an import of counted stock that is ready to be written in chunks of five."""
    monkeypatch.setattr("inventory.services.import_writing.CHUNK", 5)
    floor = build_floor()
    make_products(ROWS)
    lines = "".join(f"P-{number:03},A-01-1,{number}\n" for number in range(1, ROWS + 1))
    ref = start_import(
        "stock",
        file_name="s.csv",
        content=f"sku,bin,quantity\n{lines}".encode(),
        warehouse_id=floor.warehouse_id,
        by=TESTER,
        now=NOW,
    )
    job_id = ImportJob.objects.values_list("pk", flat=True).get(ref=ref)
    read_file(job_id, by=TESTER, now=NOW)
    run_import(ref, which="all", by=TESTER, now=NOW)
    return floor, job_id


def test_two_workers_write_each_row_once(counted: tuple[Floor, int]) -> None:
    _floor, job_id = counted
    ended = together(lambda _worker: write_rows(job_id, by=TESTER, now=NOW), range(3))
    assert ended == [True, True, True]
    job = ImportJob.objects.get(pk=job_id)
    assert (job.status, job.done) == ("done", ROWS)
    assert StockMovement.objects.filter(document=job.ref).count() == ROWS
    assert check_stock(by=TESTER, now=NOW) == []


def test_without_the_lock_two_workers_write_a_row_twice(counted: tuple[Floor, int]) -> None:
    floor, job_id = counted
    both_have_read = threading.Barrier(2)

    def write_carelessly(_worker: int) -> None:
        row = ImportRow.objects.filter(job_id=job_id, written=False).order_by("number")[0]
        both_have_read.wait(timeout=10)
        units = int(row.values["quantity"])
        product = _product(row.values["sku"])
        with transaction.atomic():
            move([Move(product, units, floor.bins["adjustment"], floor.shelves[0], "recount")], by=TESTER, now=NOW)
        ImportRow.objects.filter(pk=row.pk).update(written=True)

    together(write_carelessly, range(2))
    assert floor.level(_product("P-001")).on_hand == 2  # one was counted


def _product(sku: str) -> int:
    return Product.objects.values_list("pk", flat=True).get(sku=sku)
