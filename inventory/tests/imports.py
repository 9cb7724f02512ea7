"""Take a file in, write it and take it back, with the background done at once."""

from core.outbox.services import run_due
from inventory.models import ImportRow
from inventory.services.import_reading import run_import, start_import, start_undo
from inventory.tests.conftest import NOW, TESTER


def upload(kind: str, content: str | bytes, *, name: str = "file.csv", warehouse_id: int | None = None) -> str:
    """Take a file in and let the background read it."""
    told = content.encode() if isinstance(content, str) else content
    ref = start_import(kind, file_name=name, content=told, warehouse_id=warehouse_id, by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    return ref


def run(ref: str, which: str = "all") -> None:
    run_import(ref, which=which, by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)


def undo(ref: str) -> None:
    start_undo(ref, by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)


def errors(ref: str) -> dict[int, list[str]]:
    """{number: codes} of the faulty rows."""
    rows = ImportRow.objects.filter(job__ref=ref).exclude(errors=[])
    return {row.number: [f"{one['column']}:{one['code']}" for one in row.errors] for row in rows}
