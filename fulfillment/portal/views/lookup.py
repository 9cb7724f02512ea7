"""The look-up: order number and e-mail in, a mail out, and the same answer whether they belong together or not."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.rest.throttles import private_bucket, spend
from fulfillment.portal.forms import LookupForm
from fulfillment.portal.pages import language_of, show
from returns.services.links import request_links

MINUTES, PER_ORDER, PER_ADDRESS = 15, 5, 20


@require_http_methods(["GET", "HEAD", "POST"])
def lookup(request: HttpRequest) -> HttpResponse:
    """Show the form, or have the links mailed. At most 5 tries for an order and 20 from an address in 15 minutes."""
    language = language_of(request)
    with translation.override(language):
        if request.method != "POST":
            return show(request, "portal/lookup.html", {"form": LookupForm()}, language=language)
        form = LookupForm(request.POST)
        if not form.is_valid():
            return show(request, "portal/lookup.html", {"form": form}, language=language, status=422)
        wait = _spend(request, form.cleaned_data["order"])
        if wait:
            form.add_error(None, _("That was a few times too often. Try again in a quarter of an hour."))
            response = show(request, "portal/lookup.html", {"form": form}, language=language, status=429)
            response["Retry-After"] = str(wait)
            return response
    request_links(form.cleaned_data["order"], form.cleaned_data["email"], now=timezone.now())
    return show(request, "portal/lookup_done.html", {}, language=language)


def _spend(request: HttpRequest, number: str) -> int:
    """Count a try for the order and for the address; the seconds to wait when either is used up."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    return max(
        spend(private_bucket("portal-order", number), limit=PER_ORDER, minutes=MINUTES),
        spend(private_bucket("portal-address", address), limit=PER_ADDRESS, minutes=MINUTES),
    )
