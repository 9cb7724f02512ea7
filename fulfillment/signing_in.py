"""Signing in to the staff screens."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.rest.clients import client_ip
from core.rest.throttles import give_back, private_bucket, spend

PER_ACCOUNT, PER_ADDRESS, MINUTES = 5, 50, 15


class SignInForm(AuthenticationForm):
    """Counts an attempt before it looks at the password, so that attempts sent at once cannot pass the limit."""

    wait_s = 0

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError ``too_many``, whether or not the account exists."""
        waits = [spend(bucket, limit=limit, minutes=MINUTES) for bucket, limit in self.buckets()]
        self.wait_s = max(waits)
        if self.wait_s:
            minutes = -(-self.wait_s // 60)
            raise ValidationError(
                _("There were too many attempts. Try again in %(minutes)d minutes.") % {"minutes": minutes},
                code="too_many",
            )
        cleaned: dict[str, Any] = super().clean()
        for bucket, _limit in self.buckets():
            give_back(bucket, minutes=MINUTES)
        return cleaned

    def buckets(self) -> list[tuple[str, int]]:
        """What the attempt counts against, with the limit of each."""
        account = str(self.cleaned_data.get("username", ""))
        address = client_ip(self.request) if self.request else ""
        return [
            (private_bucket("login-account", account), PER_ACCOUNT),
            (private_bucket("login-address", address), PER_ADDRESS),
        ]


class SignIn(LoginView):
    """Django's log-in with a limit on wrong passwords: 5 an account and 50 an address in 15 minutes."""

    redirect_authenticated_user = True
    authentication_form = SignInForm

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        page = super().form_invalid(form)
        wait_s = getattr(form, "wait_s", 0)
        if wait_s:
            page.status_code = 429
            page["Retry-After"] = str(wait_s)
        return page
