"""Import and export at the desk: check, choose, write, take back, give out."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.outbox.services import run_due
from fulfillment.dashboard.tests.desk import action, signed_in
from inventory.selectors.importing import ImportFact, import_by_ref, imports_page
from inventory.selectors.products import products_by_sku
from inventory.tests.places import another_warehouse
from shipping.tests.floor import Floor, build_floor

pytestmark = pytest.mark.slow


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"MUG": 10})


@pytest.fixture
def client(floor: Floor) -> Client:
    return signed_in("supervisor")


def upload(client: Client, content: str, kind: str = "products") -> ImportFact:
    """Post a file and let the background read it."""
    file = SimpleUploadedFile("things.csv", content.encode())
    answer = client.post(reverse("dashboard:imports"), {"kind": kind, "file": file})
    assert answer.status_code == 302, answer.content
    work()
    return imports_page()[0]


def work() -> None:
    run_due(now=timezone.now(), raise_errors=True)


def send(client: Client, route: str, job: ImportFact, **form: object) -> str:
    answer = client.post(reverse(f"dashboard:{route}", args=[job.ref]), action(**form), follow=True)
    work()
    return str(answer.content.decode())


def test_a_file_is_checked_written_and_taken_back(client: Client) -> None:
    job = upload(client, "sku,name\nNEW-1,New\nNEW-2,\n")
    page = client.get(reverse("dashboard:import", args=[job.ref])).content.decode()
    assert "name: is missing. A new product needs it." in page
    assert "Import the 1 good row" in page
    send(client, "run_import", job, which="good")
    assert "new-1" in products_by_sku(["NEW-1"])
    assert import_by_ref(job.ref).done == 1
    send(client, "undo_import", job)
    assert import_by_ref(job.ref).status == "undone"
    assert not products_by_sku(["NEW-1"])["new-1"].active


def test_ticks_of_a_page_are_kept(client: Client) -> None:
    job = upload(client, "sku,name\nNEW-1,One\nNEW-2,Two\n")
    send(client, "import_rows", job, shown=["2", "3"], ticked=["3"])
    send(client, "run_import", job, which="ticked")
    assert set(products_by_sku(["NEW-1", "NEW-2"])) == {"new-2"}


def test_columns_are_matched_by_hand(client: Client) -> None:
    job = upload(client, "Artikel,sku,name\nNEW-1,old,One\n")
    send(client, "import_columns", job, **{"column-0": "sku", "column-1": "", "column-2": "name"})
    assert import_by_ref(job.ref).fields == ("sku", "", "name")
    told = send(client, "import_columns", job, **{"column-0": "", "column-1": "", "column-2": "name"})
    assert "Choose which column holds: sku." in told


def test_progress_is_asked_for_until_it_is_done(client: Client) -> None:
    file = SimpleUploadedFile("things.csv", b"sku,name\nNEW-1,One\n")
    client.post(reverse("dashboard:imports"), {"kind": "products", "file": file})
    job = imports_page()[0]
    where = reverse("dashboard:import_progress", args=[job.ref])
    assert where in client.get(reverse("dashboard:import", args=[job.ref])).content.decode()
    assert "HX-Refresh" not in client.get(where)
    work()
    assert client.get(where)["HX-Refresh"] == "true"


def test_faulty_rows_are_downloaded_with_what_is_wrong(client: Client) -> None:
    job = upload(client, "sku,name,weight_g\nNEW-1,=1+1,heavy\n")
    answer = client.get(reverse("dashboard:faulty_rows", args=[job.ref]))
    told = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "NEW-1,'=1+1,heavy,2,weight_g: is no whole number." in told


@pytest.mark.parametrize("kind", ["products", "bins", "stock", "purchase_orders"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_each_kind_is_given_out_as_csv_and_xlsx(client: Client, kind: str, form: str) -> None:
    answer = client.get(reverse("dashboard:export", args=[kind, form]), {"here": "1"})
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].endswith(f'.{form}"')
    assert content[:3] == (b"\xef\xbb\xbf" if form == "csv" else b"PK\x03")


def test_a_file_that_is_no_table_is_refused_in_words(client: Client) -> None:
    file = SimpleUploadedFile("x.xlsx", b"PK\x03\x04 nonsense")
    answer = client.post(reverse("dashboard:imports"), {"kind": "products", "file": file})
    assert answer.status_code == 422
    assert "The file cannot be read." in answer.content.decode()


def test_rows_of_a_warehouse_out_of_sight_are_refused(floor: Floor) -> None:
    another_warehouse()
    client = signed_in("supervisor", warehouse_ids=[floor.warehouse_id])
    job = upload(client, "warehouse,name\nFAR,X-1\n", kind="bins")
    assert import_by_ref(job.ref).faulty == 1
    stock = b"".join(client.get(reverse("dashboard:export", args=["stock", "csv"])).streaming_content)  # type: ignore[attr-defined]
    assert b"FAR" not in stock


def test_an_import_of_another_warehouse_does_not_exist(client: Client) -> None:
    job = upload(client, "sku,name\nNEW-1,One\n")
    stranger = signed_in("supervisor", warehouse_ids=[another_warehouse()])
    for route in ("import", "import_progress", "faulty_rows"):
        assert stranger.get(reverse(f"dashboard:{route}", args=[job.ref])).status_code == 404
    assert job.ref not in stranger.get(reverse("dashboard:imports")).content.decode()


def test_a_long_preview_takes_as_many_statements_as_a_short_one(client: Client) -> None:
    from_few = _statements(client, 2)
    assert _statements(client, 120) == from_few


def _statements(client: Client, rows: int) -> int:
    job = upload(client, "sku,name\n" + "".join(f"Q{rows}-{number},Name\n" for number in range(rows)))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse("dashboard:import", args=[job.ref])).status_code == 200
    return len(queries)
