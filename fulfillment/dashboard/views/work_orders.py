"""Work orders: the list, a new one, and the bench where kits are assembled or taken apart."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.kernel.errors import NotFound
from fulfillment.dashboard import desk
from fulfillment.dashboard.access import current_warehouse, refuse_foreign_warehouse, requires, staff
from fulfillment.dashboard.assembling import act, page_of
from fulfillment.dashboard.forms.work_orders import WorkOrderForm
from fulfillment.dashboard.inhand import Hand, act_in_hand
from fulfillment.dashboard.scanning import Scan
from inventory.selectors.assembling import (
    WorkOrderDetail,
    assembled_kits,
    open_work_orders,
    work_order,
    work_orders_page,
)
from inventory.selectors.products import products_by_sku
from inventory.services.assembling import cancel_work_order, create_work_order, release_work_order

PERMISSION = "assemble.work"
SHOWN = 100


@require_GET
@requires(PERMISSION)
def work_orders(request: HttpRequest) -> HttpResponse:
    """What is to be done, due first, and what was ordered lately. Two statements for the lists."""
    return _list(request)


def _list(request: HttpRequest, problem: str = "") -> HttpResponse:
    warehouse = current_warehouse(request)
    lately = work_orders_page(limit=30, warehouse_ids=[warehouse.id])
    rows = open_work_orders(warehouse.id, limit=SHOWN + 1)
    context = {
        "rows": rows[:SHOWN],
        "more": len(rows) > SHOWN,
        "others": [one for one in lately if not one.is_open],
        "problem": problem,
    }
    return render(request, "dashboard/work_orders/index.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
@requires("assembly.manage")
def new_work_order(request: HttpRequest) -> HttpResponse:
    """Order kits to be assembled or taken apart; what they use is held at once."""
    warehouse, kits = current_warehouse(request), assembled_kits()
    form = WorkOrderForm(request.POST if request.method == "POST" else None, kits=kits)
    context = {"form": form, "kits": kits}
    if request.method == "GET":
        return render(request, "dashboard/work_orders/new.html", context)
    if not form.is_valid():
        return render(request, "dashboard/work_orders/new.html", context, status=422)
    told = form.cleaned_data

    def work() -> dict[str, Any]:
        product = products_by_sku([told["sku"]])[told["sku"].casefold()]
        ref = create_work_order(
            product_id=product.id,
            warehouse_id=warehouse.id,
            quantity=told["quantity"],
            kind=told["kind"],
            due_on=told["due_on"],
            release="draft" not in request.POST,
            by=staff(request).actor,
            now=timezone.now(),
        )
        return {"ref": ref}

    problem, answer = desk.act_once(request, f"work_order:{warehouse.id}:{sorted(told.items())}", work)
    if problem:
        return render(request, "dashboard/work_orders/new.html", {**context, "problem": problem}, status=422)
    messages.success(request, _("%(ref)s is ordered.") % {"ref": answer["ref"]})
    return redirect("dashboard:work_orders")


@require_POST
@requires("assembly.manage")
def release(request: HttpRequest, ref: str) -> HttpResponse:
    """Give a draft to the floor."""
    found = _read(request, ref)

    def work() -> dict[str, Any]:
        release_work_order(found.order.ref, by=staff(request).actor, now=timezone.now())
        return {}

    return _after(request, found, "release", work, _("%(ref)s is on the floor."))


@require_POST
@requires("assembly.manage")
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Call off what is not done of it."""
    found = _read(request, ref)

    def work() -> dict[str, Any]:
        cancel_work_order(found.order.ref, by=staff(request).actor, now=timezone.now())
        return {}

    return _after(request, found, "cancel", work, _("%(ref)s is called off. What was held for it is free again."))


@require_GET
@requires(PERMISSION)
def work_order_bench(request: HttpRequest, ref: str) -> HttpResponseBase:
    """One work order at the bench: fetch, assemble, scan the kit."""
    found = _read(request, ref)
    return render(request, "dashboard/work_orders/job.html", _page(request, found))


@require_POST
@requires(PERMISSION)
def work_order_scan(request: HttpRequest, ref: str) -> JsonResponse:
    """The kit's code books what is in hand, a bin says where it goes."""
    found = _read(request, ref)
    ref = found.order.ref

    def work(scan: Scan, hand: Hand | None) -> Mapping[str, Any]:
        return act(scan, ref, hand or {}, by=staff(request).actor, now=timezone.now())

    return act_in_hand(
        request,
        _key(found),
        scope=f"work_order:{found.order.id}",
        work=work,
        template="dashboard/work_orders/_job.html",
        page=lambda _judged: _page(request, work_order(ref)),
    )


def _read(request: HttpRequest, ref: str) -> WorkOrderDetail:
    try:
        found = work_order(ref)
    except NotFound as error:
        raise Http404(str(error)) from error
    refuse_foreign_warehouse(request, found.order.warehouse_id)
    return found


def _key(found: WorkOrderDetail) -> str:
    return f"work_order:{found.order.id}"


def _page(request: HttpRequest, found: WorkOrderDetail) -> dict[str, Any]:
    return page_of(found, request.session.get(_key(found)) or {})


def _after(request: HttpRequest, found: WorkOrderDetail, name: str, work: Any, words: str) -> HttpResponse:
    problem, _answer = desk.act_once(request, f"{name}_work_order:{found.order.id}", work)
    if problem:
        return _list(request, problem)
    messages.success(request, words % {"ref": found.order.ref})
    return redirect("dashboard:work_orders")
