"""Rules in the admin: to read. They are made where they are tried out first, on the rules screen."""

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from core.kernel.read_only import ReadOnly
from orders.models import Rule


@admin.register(Rule)
class RuleAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["position", "name", "event", "channel", "active", "changed_by", "changed_at", "builder"]
    list_display_links = ["name"]
    list_select_related = ["channel"]
    list_filter = ["event", "active"]
    ordering = ["position", "pk"]

    @admin.display(description=_("change it"))
    def builder(self, rule: Rule) -> SafeString | str:
        """The way to where it can be changed."""
        try:
            url = reverse("dashboard:rule", args=[rule.pk])
        except NoReverseMatch:
            return ""
        return format_html('<a href="{}">{}</a>', url, _("Rules"))
