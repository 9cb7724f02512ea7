"""Import and export: take a file in, see what is wrong with which row, write it, take it back; give files out."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.kernel.errors import DomainError, NotFound
from core.kernel.refs import tidy_ref
from fulfillment.dashboard.access import (
    current_warehouse,
    refuse_foreign_warehouse,
    requires,
    staff,
    visible_warehouses,
)
from fulfillment.dashboard.desk import act_once, next_link, number_in, position_in, text_in
from fulfillment.dashboard.forms.imports import UploadForm
from inventory.selectors.importing import (
    ImportFact,
    column_choices,
    faulty_rows_csv,
    import_by_ref,
    imports_page,
    rows_page,
)
from inventory.services.exporting import export_csv, export_xlsx
from inventory.services.import_reading import cancel_import, change_columns, run_import, start_import, tick_rows
from inventory.services.import_reading import start_undo as start_undo_of
from inventory.states import ImportKind

PERMISSION = "import.work"
PAGE = 50
ROWS = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "POST"])
@requires(PERMISSION)
def imports(request: HttpRequest) -> HttpResponse:
    """What was taken in, newest first (GET); take a file in (POST)."""
    if request.method == "GET":
        return _list(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form, status=422)
    found, now = form.cleaned_data["file"], timezone.now()
    try:
        ref = start_import(
            form.cleaned_data["kind"],
            file_name=found.name,
            content=found.read(),
            warehouse_id=current_warehouse(request).id,
            warehouse_ids=[warehouse.id for warehouse in visible_warehouses(request)],
            by=staff(request).actor,
            now=now,
        )
    except DomainError as refusal:
        return _list(request, form, problem=refusal.detail, status=422)
    return redirect("dashboard:import", ref)


@require_GET
@requires(PERMISSION)
def import_page(request: HttpRequest, ref: str) -> HttpResponse:
    """An import: its columns, its rows with what is wrong first, and what came of it."""
    return _page(request, _read(request, ref))


@require_GET
@requires(PERMISSION)
def progress(request: HttpRequest, ref: str) -> HttpResponse:
    """How far the background is; the page asks every second, and is loaded anew at the end."""
    found = _read(request, ref)
    response = render(request, "dashboard/imports/_progress.html", {"job": found})
    if not found.busy:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@requires(PERMISSION)
def columns(request: HttpRequest, ref: str) -> HttpResponse:
    """Match the columns by hand; the file is read again."""
    found = _read(request, ref)
    fields = [request.POST.get(f"column-{number}", "")[:40] for number in range(len(found.header))]

    def work() -> None:
        change_columns(found.ref, fields, by=staff(request).actor, now=timezone.now())

    return _after(request, found, work)


@require_POST
@requires(PERMISSION)
def rows(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep which rows of the page are ticked."""
    found = _read(request, ref)
    shown = {int(number) for number in request.POST.getlist("shown")[:ROWS] if number.isdecimal() and len(number) < 8}
    ticked = {int(number) for number in request.POST.getlist("ticked")[:ROWS] if number.isdecimal() and len(number) < 8}

    def work() -> None:
        ticks = {number: number in ticked for number in shown}
        tick_rows(found.ref, ticks, by=staff(request).actor, now=timezone.now())

    return _after(request, found, work, _("Your choice is kept. Import the ticked rows when you are done."))


@require_POST
@requires(PERMISSION)
def run(request: HttpRequest, ref: str) -> HttpResponse:
    """Write all rows, the good ones, or the ticked ones."""
    found, which = _read(request, ref), request.POST.get("which", "")

    def work() -> dict[str, Any]:
        run_import(found.ref, which=which, by=staff(request).actor, now=timezone.now())
        return {}

    return _once(request, found, f"run:{which}", work)


@require_POST
@requires(PERMISSION)
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Put the import aside."""
    found = _read(request, ref)

    def work() -> dict[str, Any]:
        cancel_import(found.ref, by=staff(request).actor, now=timezone.now())
        return {}

    return _once(request, found, "cancel", work)


@require_POST
@requires(PERMISSION)
def start_undo(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back what was written."""
    found = _read(request, ref)

    def work() -> dict[str, Any]:
        start_undo_of(found.ref, by=staff(request).actor, now=timezone.now())
        return {}

    return _once(request, found, "undo", work)


@require_GET
@requires(PERMISSION)
def faulty_rows(request: HttpRequest, ref: str) -> HttpResponseBase:
    """The faulty rows as CSV, with a column that says what is wrong."""
    found = _read(request, ref)
    return _file(faulty_rows_csv(found), f"{found.ref}-faulty.csv", "text/csv; charset=utf-8")


@require_GET
@requires(PERMISSION)
def export(request: HttpRequest, kind: str, format: str) -> HttpResponseBase:
    """Products, bins, stock or purchase orders as a file: ``?search=``, and ``?here=1`` for this warehouse alone."""
    if kind not in ImportKind.values or format not in ("csv", "xlsx"):
        raise Http404
    here = [warehouse.id for warehouse in visible_warehouses(request)]
    if request.GET.get("here"):
        here = [current_warehouse(request).id]
    search = text_in(request, "search", limit=100)
    name = f"{kind.replace('_', '-')}-{timezone.localdate():%Y-%m-%d}.{format}"
    if format == "csv":
        return _file(export_csv(kind, warehouse_ids=here, search=search), name, "text/csv; charset=utf-8")
    return _file(export_xlsx(kind, warehouse_ids=here, search=search), name, XLSX)


def _file(parts: Any, name: str, content_type: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(parts, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _read(request: HttpRequest, ref: str) -> ImportFact:
    try:
        found = import_by_ref(tidy_ref(ref.replace("\0", "")))
    except NotFound as error:
        raise Http404(_("There is no such import.")) from error
    if found.warehouse_id is not None:
        refuse_foreign_warehouse(request, found.warehouse_id)
    return found


def _once(request: HttpRequest, found: ImportFact, act: str, work: Callable[[], dict[str, Any]]) -> HttpResponse:
    problem, _answer = act_once(request, f"import:{found.id}:{act}", work)
    if problem:
        return _page(request, _read(request, found.ref), problem=problem, status=422)
    return redirect("dashboard:import", found.ref)


def _after(request: HttpRequest, found: ImportFact, work: Callable[[], None], words: str = "") -> HttpResponse:
    """For what may be done twice: the second time it sets the same again."""
    try:
        work()
    except DomainError as refusal:
        return _page(request, _read(request, found.ref), problem=refusal.detail, status=422)
    if words:
        messages.success(request, words)
    return redirect("dashboard:import", found.ref)


def _list(request: HttpRequest, form: UploadForm, *, problem: str = "", status: int = 200) -> HttpResponse:
    at = position_in(request, "id")
    here = [warehouse.id for warehouse in visible_warehouses(request)]
    found = imports_page(warehouse_ids=here, limit=PAGE + 1, before_id=at.id if at else None)
    context = {
        "form": form,
        "problem": problem,
        "jobs": found[:PAGE],
        "next": next_link(request, found[PAGE - 1].id, found[PAGE - 1].id, "id") if len(found) > PAGE else "",
        "kinds": ImportKind.choices,
    }
    return render(request, "dashboard/imports/index.html", context, status=status)


def _page(request: HttpRequest, found: ImportFact, *, problem: str = "", status: int = 200) -> HttpResponse:
    view = request.GET.get("rows", "faulty" if found.faulty or found.kept else "good")
    after = number_in(request, "after", 0, low=0, high=10_000_000)
    shown = [] if found.busy else rows_page(found.id, faulty=view == "faulty", after=after, limit=ROWS + 1)
    names = [name for name in found.fields if name]
    context = {
        "job": found,
        "problem": problem,
        "view": view,
        "names": names,
        "rows": [(row, [(name, row.cells.get(name, ""), name in row.wrong) for name in names]) for row in shown[:ROWS]],
        "next": f"?rows={view}&after={shown[ROWS - 1].number}" if len(shown) > ROWS else "",
        "columns": list(enumerate(zip(found.header, found.fields, strict=False))),
        "choices": column_choices(found.kind),
    }
    return render(request, "dashboard/imports/page.html", context, status=status)
