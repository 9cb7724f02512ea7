"""How one product is kept in stock: what is forecast and computed, and what people decided."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.kernel.errors import NotFound
from fulfillment.dashboard.access import current_warehouse, requires, staff
from fulfillment.dashboard.desk import act_once
from fulfillment.dashboard.forms.stock_plan import FaceForm, PolicyForm, TermsForm
from inventory.selectors.places import bin_by_code
from inventory.selectors.policies import face_rules_of, policy_of, suppliers, terms_of
from inventory.selectors.products import ProductFact, product_detail
from inventory.selectors.replenishing import forecasts_page, outlooks
from inventory.services.policies import set_face_rule, set_policy, set_terms
from inventory.states import ForecastMethod

Forms = dict[str, forms.Form]
FACE_ID = "face_%s"
"""Two of the forms have a maximum; their fields need ids of their own."""


@require_http_methods(["GET", "POST"])
@requires("stock.plan")
def stock_plan(request: HttpRequest, sku: str) -> HttpResponse:
    """The product's plan (GET); ``what`` = policy, terms or face changes one part of it (POST)."""
    try:
        product = product_detail(sku.replace("\0", "")).product
    except NotFound as error:
        raise Http404(_("There is no product %(sku)s.") % {"sku": sku[:64]}) from error
    here = current_warehouse(request).id
    shown: Forms = {
        "policy": PolicyForm.of(policy_of(product.id, here)),
        "terms": TermsForm(suppliers=suppliers()),
        "face": FaceForm(auto_id=FACE_ID),
    }
    if request.method == "GET":
        return _page(request, product, shown)
    what = request.POST.get("what", "")
    makers: dict[str, Callable[[], forms.Form]] = {
        "policy": lambda: PolicyForm(request.POST),
        "terms": lambda: TermsForm(request.POST, suppliers=suppliers()),
        "face": lambda: FaceForm(request.POST, auto_id=FACE_ID),
    }
    if what not in makers:
        raise Http404
    form = shown[what] = makers[what]()
    if not form.is_valid():
        return _page(request, product, shown, status=422)

    def work() -> dict[str, Any]:
        _change(request, what, product.id, here, form.cleaned_data)
        return {}

    problem, _answer = act_once(request, f"plan:{product.id}:{here}:{what}", work)
    if problem:
        form.add_error(None, problem)
        return _page(request, product, shown, status=422)
    messages.success(request, _("Saved. The next proposals go by it."))
    return redirect("dashboard:stock_plan", product.sku)


def _change(request: HttpRequest, what: str, product_id: int, warehouse_id: int, clean: dict[str, Any]) -> None:
    who: dict[str, Any] = {"by": staff(request).actor, "now": timezone.now()}
    if what == "policy":
        set_policy(product_id, warehouse_id, **clean, **who)
    elif what == "terms":
        set_terms(clean.pop("supplier"), product_id, **clean, **who)
    else:
        face = bin_by_code(clean["bin"], warehouse_id=warehouse_id)
        set_face_rule(product_id, face.id, minimum=clean["minimum"], maximum=clean["maximum"], **who)


def _page(request: HttpRequest, product: ProductFact, shown: Forms, *, status: int = 200) -> HttpResponse:
    here = current_warehouse(request).id
    outlook = next(iter(outlooks(here, product_ids=[product.id])), None)
    forecasts = forecasts_page(product_ids=[product.id], limit=200)
    forecast = next((one for one in forecasts if one.warehouse_id == here), None)
    context = {
        "product": product,
        "outlook": outlook,
        "plan": outlook.plan() if outlook else None,
        "forecast": forecast,
        "method": ForecastMethod(forecast.method).label if forecast else "",
        "terms": terms_of(product.id),
        "faces": face_rules_of(product.id, here),
        "forms": shown,
    }
    return render(request, "dashboard/purchasing/plan.html", context, status=status)
