"""People and API clients in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_protect
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from core.accounts.models import APIClient, SavedView, User
from core.accounts.roles import Role
from core.accounts.scopes import PARTNERS, Scope
from core.accounts.services import issue_api_key, revoke_api_key

# Roles, not groups, say what a member of staff may do.
admin.site.unregister(Group)


class RolesMixin(forms.ModelForm[User]):
    """Roles as checkboxes; nobody types them."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, required=False
    )


class UserForm(RolesMixin, UserChangeForm):  # type: ignore[misc, unused-ignore]
    pass


class NewUserForm(RolesMixin, UserCreationForm):  # type: ignore[misc, unused-ignore]
    class Meta:
        model = User
        fields = ("username", "roles")


@admin.register(User)
class UserAdmin(BaseUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg, unused-ignore]
    """Staff. Unticking “active” ends the person's sessions at once."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "role_names", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "first_name", "last_name", "email")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language", "single_key_shortcuts")}),
        (_("Work"), {"fields": ("roles", "warehouse_ids")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "usable_password", "password1", "password2", "roles")}),)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()

    @admin.display(description=_("Roles"))
    def role_names(self, user: User) -> str:
        """The roles as a person reads them."""
        return ", ".join(str(Role(role).label) for role in user.roles if role in Role.values)


class APIClientForm(forms.ModelForm[APIClient]):
    """Scopes as checkboxes."""

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), choices=Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, required=False
    )

    class Meta:
        model = APIClient
        fields = ("name", "scopes", "channel_id", "warehouse_id", "requests_per_minute", "expires_at")

    def clean(self) -> dict[str, Any]:
        """A third party's key has no other scopes than a third party's."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        belongs = found.get("warehouse_id", self.instance.warehouse_id) is not None
        if belongs and any(not scope.startswith(PARTNERS) for scope in found.get("scopes", ())):
            self.add_error("scopes", _("A third party's key may have the fulfillment scopes alone."))
        return found


@admin.register(APIClient)
class APIClientAdmin(ModelAdmin):  # type: ignore[misc, type-arg, unused-ignore]
    """API clients. The key is shown on the page after adding one, and never again."""

    form = APIClientForm
    list_display = ("name", "key_prefix", "channel_id", "requests_per_minute", "expires_at", "revoked_at")
    search_fields = ("name", "key_prefix")
    actions = ("revoke",)

    def get_readonly_fields(self, request: HttpRequest, obj: APIClient | None = None) -> tuple[str, ...]:
        return ("channel_id", "warehouse_id", "key_prefix", "created_at", "revoked_at") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: APIClient | None = None) -> bool:
        """Never: revoke instead, so that what the client did keeps a name."""
        return False

    @method_decorator(csrf_protect)
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Without the admin's own transaction: the command below opens its own."""
        page: HttpResponse = self._changeform_view(request, object_id, form_url, extra_context)
        return page

    def save_model(self, request: HttpRequest, obj: APIClient, form: Any, change: bool) -> None:
        """Issue a key for a new client; an existing one keeps its key."""
        if change:
            super().save_model(request, obj, form, change)
            return
        client, key = issue_api_key(
            name=obj.name,
            scopes=obj.scopes,
            channel_id=obj.channel_id,
            warehouse_id=obj.warehouse_id,
            requests_per_minute=obj.requests_per_minute,
            expires_at=obj.expires_at,
            now=timezone.now(),
        )
        obj.pk = client.pk
        request.new_api_key = key  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: APIClient, post_url_continue: str | None = None) -> HttpResponse:
        """The one page that shows the key: no redirect, so that it never lies in a cookie or a session."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Copy the key now"),
            "client": obj,
            "key": request.new_api_key,  # type: ignore[attr-defined]
            "opts": self.opts,
        }
        return TemplateResponse(request, "accounts/key_issued.html", context)

    @admin.action(description=_("Revoke the selected keys"))
    def revoke(self, request: HttpRequest, queryset: "QuerySet[APIClient]") -> None:
        """From now on every request with these keys is a 401."""
        now = timezone.now()
        for client_id in queryset.order_by("pk").values_list("pk", flat=True):
            revoke_api_key(client_id, now=now)
        self.message_user(request, _("The keys no longer open the API."))


@admin.register(SavedView)
class SavedViewAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "page", "owner", "shared", "created_at"]
    list_select_related = ["owner"]
    list_filter = ["page", "shared"]
    readonly_fields = ["owner", "page", "created_at"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are made on the page they belong to."""
        return False
