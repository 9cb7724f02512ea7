"""Customers: who they are, what they bought, how they want to be told, and their right to be forgotten."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.kernel.errors import NotFound
from core.messaging.selectors import messages_to
from fulfillment.dashboard.access import requires, staff, visible_warehouses
from fulfillment.dashboard.desk import act_once, next_link, number_in, page, position_in, text_in
from fulfillment.dashboard.forms.customers import CustomerForm, NoteForm
from fulfillment.dashboard.order_words import badges_of
from orders.selectors.channels import channels
from orders.selectors.customers import (
    CustomerFact,
    customer,
    customers,
    figures,
    likely_duplicates,
    notes,
    order_refs,
    personal_data,
)
from orders.selectors.lists import OrderFilter, orders_list
from orders.services.customers import CustomerChanges, change_customer, merge_customers, write_note
from orders.services.forgetting import erase_customer
from returns.selectors.of_order import returns_of_orders

PAGE = 50
ORDERS = 20


@require_GET
@requires("customer.view")
def customer_list(request: HttpRequest) -> HttpResponse:
    """``?q=`` an e-mail address or the beginning of a name; without it the newest."""
    query = text_in(request, "q")
    before = number_in(request, "before", 0, low=0, high=10**9)
    rows = customers(query, channel_ids=_channel_ids(request), before=before or None, limit=PAGE + 1)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    count = ngettext("%(count)d customer", "%(count)d customers", len(rows)) % {"count": len(rows)}
    link = request.GET.copy()
    if more:
        link["before"] = str(rows[-1].id)
    context = {
        "query": query,
        "rows": rows,
        "count": count,
        "first_page": not before,
        "next": f"?{link.urlencode()}" if more else "",
    }
    return page(request, "dashboard/customers/index.html", "dashboard/customers/_list.html", context, say=count)


@require_GET
@requires("customer.view")
def customer_page(request: HttpRequest, customer_id: int) -> HttpResponse:
    """One customer; one that was merged away opens the customer they became."""
    found = _customer(request, customer_id)
    if found.merged_into_id is not None:
        return redirect("dashboard:customer", found.merged_into_id)
    return _page(request, found)


@require_POST
@requires("customer.edit")
def change(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Change what is known of them."""
    found = _customer(request, customer_id)
    form = CustomerForm(request.POST, customer=found)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    values = form.cleaned_data
    changes = CustomerChanges(
        name=values["name"],
        phone=values["phone"],
        locale=values["locale"],
        notify_by=form.notify_by(),
        tags=values["tags"],
    )
    return _act(
        request,
        found,
        f"customer:{found.id}:{changes}",
        lambda: change_customer(found.id, changes, by=staff(request).actor, now=timezone.now()),
        _("Saved. Their language and the ways to tell them count for the orders under way, too."),
    )


@require_POST
@requires("customer.edit")
def note(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Write a note for colleagues."""
    found = _customer(request, customer_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, note_form=form, status=422)
    text = form.cleaned_data["text"]
    return _act(
        request,
        found,
        f"note:{found.id}:{text}",
        lambda: write_note(found.id, text, by=staff(request).actor, now=timezone.now()),
        _("Noted."),
    )


@require_POST
@requires("customer.privacy")
def merge(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Make ``other`` and this customer one: this one stays."""
    found = _customer(request, customer_id)
    other = _customer(request, number_in(request, "other", 0, low=0, high=10**9))
    return _act(
        request,
        found,
        f"merge:{found.id}:{other.id}",
        lambda: merge_customers(found.id, other.id, by=staff(request).actor, now=timezone.now()),
        _("Merged. The orders of both are here now."),
    )


@require_GET
@requires("customer.privacy")
def export(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Everything that is kept of them, as a file to hand over."""
    found = _customer(request, customer_id)
    text = json.dumps(personal_data(found), ensure_ascii=False, indent=2, default=str)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="customer-{found.id}.json"'
    return response


@require_POST
@requires("customer.privacy")
def erase(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Erase their personal data, when the number of their orders was typed to confirm it."""
    found = _customer(request, customer_id)
    orders = figures(found.id)
    total = orders.orders + orders.cancelled
    if request.POST.get("confirm", "").strip() != str(total):
        problem = _("Type %(count)d, the number of their orders, to confirm.") % {"count": total}
        return _page(request, found, erasing=problem, status=422)
    return _act(
        request,
        found,
        f"erase:{found.id}",
        lambda: erase_customer(found.id, by=staff(request).actor, now=timezone.now()),
        _("Their personal data are erased. The orders stay, without a name."),
    )


def _act(request: HttpRequest, found: CustomerFact, act: str, do: Any, done: str) -> HttpResponse:
    def work() -> dict[str, Any]:
        do()
        return {}

    problem, _answer = act_once(request, act, work)
    if problem:
        return _page(request, _customer(request, found.id), problem=problem, status=422)
    messages.success(request, done)
    return redirect("dashboard:customer", found.id)


def _page(
    request: HttpRequest,
    found: CustomerFact,
    *,
    form: CustomerForm | None = None,
    note_form: NoteForm | None = None,
    problem: str = "",
    erasing: str = "",
    status: int = 200,
) -> HttpResponse:
    at = position_in(request, "placed_at")
    mine = OrderFilter(customer_id=found.id)
    rows = orders_list(mine, before=(at.value, at.id) if at else None, limit=ORDERS + 1)
    more, rows = len(rows) > ORDERS, rows[:ORDERS]
    refs = order_refs(found.id)
    context = {
        "customer": found,
        "figures": figures(found.id),
        "notes": notes(found.id),
        "rows": [{"row": row, "badges": badges_of(row)} for row in rows],
        "next": next_link(request, rows[-1].placed_at, rows[-1].id, "placed_at") if more else "",
        "first_page": at is None,
        "returns": returns_of_orders(refs),
        "told": messages_to(refs),
        "duplicates": [] if found.erased_at else likely_duplicates(found, channel_ids=_channel_ids(request)),
        "form": form or CustomerForm(customer=found),
        "note_form": note_form or NoteForm(),
        "problem": problem,
        "erasing": erasing,
    }
    return render(request, "dashboard/customers/customer.html", context, status=status)


def _channel_ids(request: HttpRequest) -> list[int]:
    """The channels whose orders the person may see: those that ship from a warehouse in their scope."""
    here = {warehouse.id for warehouse in visible_warehouses(request)}
    return [one.id for one in channels() if here & set(one.warehouse_ids)]


def _customer(request: HttpRequest, customer_id: int) -> CustomerFact:
    try:
        return customer(customer_id, channel_ids=_channel_ids(request))
    except NotFound as error:
        raise Http404(str(error)) from error
