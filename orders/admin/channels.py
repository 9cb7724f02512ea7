"""Channels in the admin: a short form to add one, which then starts with what its kind usually wants."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from core.kernel.refs import OTHER_PREFIXES
from orders.models import Channel, ChannelBuffer, ChannelWarehouse
from orders.planning.channel_defaults import CHANNEL_DEFAULTS
from orders.services.buffers import renew_buffers
from orders.states import IntakeCheck


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A channel; its numbers may not begin like those of another document."""

    checks = forms.MultipleChoiceField(
        choices=IntakeCheck.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label=_("Checks"),
        help_text=_("What is looked at when an order comes in; what looks wrong is held."),
    )

    class Meta:
        model = Channel
        fields = "__all__"  # noqa: DJ007  the admin's fieldsets name them

    def clean_ref_prefix(self) -> str:
        prefix = str(self.cleaned_data["ref_prefix"])
        if prefix in OTHER_PREFIXES:
            raise ValidationError(_("Other documents begin like that. Choose other letters."), code="taken")
        return prefix


class ChannelBufferInline(TabularInline):  # type: ignore[misc]
    model = ChannelBuffer
    extra = 0
    autocomplete_fields = ["product"]


class ChannelWarehouseInline(TabularInline):  # type: ignore[misc]
    model = ChannelWarehouse
    extra = 0
    verbose_name = _("further warehouse it ships from")
    verbose_name_plural = _("further warehouses it ships from")


_ADDING = [(None, {"fields": ["code", "name", "kind", "warehouse", "currency", "default_locale"]})]
_CHANGING = [
    (None, {"fields": ["code", "name", "kind", "active"]}),
    (_("Numbers and money"), {"fields": ["ref_prefix", "currency"]}),
    (_("Stock and shortage"), {"fields": ["warehouse", "shortage_policy", "stock_buffer", "fill_policy"]}),
    (_("Promise and shipping"), {"fields": ["ships_within_days", "ship_policy"]}),
    (_("Checks of new orders"), {"fields": ["checks", "requires_phone", "usual_units", "duplicate_hours"]}),
    (_("When something is missing"), {"fields": ["choice_days", "choice_default"]}),
    (_("Buyers"), {"fields": ["default_locale", "sends_messages", "support_email", "return_window_days"]}),
    (_("Packing"), {"fields": ["slip_name"]}),
]


@admin.register(Channel)
class ChannelAdmin(ModelAdmin):  # type: ignore[misc]
    form = ChannelForm
    inlines = [ChannelWarehouseInline, ChannelBufferInline]
    list_display = ["code", "name", "kind", "shortage_policy", "warehouse", "currency", "sends_messages", "active"]
    list_filter = ["kind", "shortage_policy", "active"]
    list_select_related = ["warehouse"]
    search_fields = ["code", "name"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Six fields to add one: the others start as its kind usually wants them."""
        return _CHANGING if obj else _ADDING

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else []

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Adding asks for no checks: they come with the kind."""
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None:
            form.base_fields.pop("checks", None)
        return form

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        if not change:
            for name, value in CHANNEL_DEFAULTS[obj.kind].items():
                setattr(obj, name, list(value) if isinstance(value, tuple) else value)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Channel, post_url_continue: str | None = None) -> HttpResponse:
        """On to the whole form, which now shows what the kind brought."""
        words = {"kind": obj.get_kind_display()}
        messages.success(
            request, _("It starts with what is usual for this kind (%(kind)s). Change what differs.") % words
        )
        return redirect("admin:orders_channel_change", obj.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A channel with orders stays; it is made inactive."""
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What was changed of the buffers is known with the next order."""
        super().save_related(request, form, formsets, change)
        renew_buffers(form.instance.pk)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The code is what programs know a channel by."""
        return ["code"] if obj else []
