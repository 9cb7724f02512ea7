"""Stock levels in the admin: to read, and to say how many units are kept back from sale."""

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from core.kernel.actors import Actor
from core.kernel.errors import DomainError
from core.kernel.read_only import ReadOnly
from inventory.models import FeedReader, StockAlert, StockLevel
from inventory.services.safety import set_safety_stocks


class UnitsForm(ActionForm):  # type: ignore[misc]
    """The action to run, and the units it is about."""

    units = forms.IntegerField(
        label="",
        required=False,
        min_value=0,
        widget=UnfoldAdminIntegerFieldWidget(
            {"aria-label": gettext_lazy("Units"), "placeholder": gettext_lazy("Units"), "min": 0}
        ),
    )


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = [
        "product",
        "warehouse",
        "on_hand",
        "allocated",
        "reserved",
        "unavailable",
        "safety_stock",
        "available",
        "changed_at",
    ]
    list_filter = ["warehouse"]
    list_select_related = ["product", "warehouse"]
    search_fields = ["product__sku__istartswith"]
    action_form = UnitsForm
    actions = ["keep_back"]

    @admin.action(description=gettext_lazy("Keep so many units back from sale"), permissions=["view"])
    def keep_back(self, request: HttpRequest, queryset: "QuerySet[StockLevel]") -> None:
        """Set the safety stock of the chosen levels to the units typed beside the action."""
        text = request.POST.get("units", "")
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            self.message_user(request, _("Type how many units to keep back."), messages.ERROR)
            return
        by = Actor(kind="staff", id=request.user.pk, name=request.user.get_username())
        keys = dict.fromkeys(queryset.values_list("product_id", "warehouse_id"), int(text))
        try:
            set_safety_stocks(keys, by=by, now=timezone.now())
        except DomainError as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
            return
        self.message_user(request, _("Kept back in %(count)d stock levels.") % {"count": len(keys)})


@admin.register(StockAlert)
class StockAlertAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["level", "state", "since"]
    list_filter = ["state"]
    list_select_related = ["level"]


@admin.register(FeedReader)
class FeedReaderAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "xid"]
