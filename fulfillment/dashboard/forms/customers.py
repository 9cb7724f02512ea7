"""What staff may change about a customer."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from orders.selectors.customers import CustomerFact


class CustomerForm(forms.Form):
    """Name, phone, language, the ways they want to be told, and tags separated by commas."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    locale = forms.ChoiceField(label=_("Language"), choices=())
    by_email = forms.BooleanField(label=_("E-mail about orders"), required=False)
    by_sms = forms.BooleanField(label=_("Text messages about orders"), required=False)
    tags = forms.CharField(label=_("Tags"), max_length=400, required=False, help_text=_("Separate several by commas."))

    def __init__(self, data: Any = None, *, customer: CustomerFact) -> None:
        super().__init__(
            data,
            auto_id="customer_%s",
            initial={
                "name": customer.name,
                "phone": customer.phone,
                "locale": customer.locale,
                "by_email": "email" in customer.notify_by,
                "by_sms": "sms" in customer.notify_by,
                "tags": ", ".join(customer.tags),
            },
        )
        known: list[Any] = list(settings.LANGUAGES)
        if customer.locale not in dict(known):
            known.append((customer.locale, customer.locale))
        self.fields["locale"].choices = known  # type: ignore[attr-defined]

    def notify_by(self) -> list[str]:
        """The ways they want to be told."""
        ways = [("email", self.cleaned_data["by_email"]), ("sms", self.cleaned_data["by_sms"])]
        return [way for way, wanted in ways if wanted]

    def clean_tags(self) -> list[str]:
        """The tags one by one."""
        tags = [tag.strip()[:40] for tag in self.cleaned_data["tags"].split(",")]
        return list(dict.fromkeys(tag for tag in tags if tag))[:20]


class NoteForm(forms.Form):
    """A note for colleagues."""

    text = forms.CharField(
        label=_("Note"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Colleagues read it, customers never do."),
        error_messages={"required": _("Write something first.")},
    )
