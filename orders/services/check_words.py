"""What the checks of an order say to people."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.planning.findings import Finding

LONGEST = 300

# None of these repeats what a person wrote: that stands in the hold's detail, which is erased with the customer.
_WORDS = {
    "address.placeholder": gettext_lazy("The address looks like a form filled in to get past it."),
    "address.no_postal_code": gettext_lazy("The postal code is missing."),
    "address.postal_code": gettext_lazy("The postal code is none of this country."),
    "address.swapped": gettext_lazy("City and postal code seem to be swapped."),
    "address.country": gettext_lazy("The postal code belongs to another country."),
    "address.city": gettext_lazy("The city is a number."),
    "address.no_region": gettext_lazy("The state or province is missing."),
    "address.region": gettext_lazy("There is no such state or province in this country."),
    "address.region_and_code": gettext_lazy("The postal code belongs to another state or province."),
    "address.house_number": gettext_lazy("The house number is missing."),
    "address.po_box": gettext_lazy("This shipping method does not deliver to a PO box."),
    "phone.missing": gettext_lazy("The carrier needs a phone number."),
    "phone.wrong": gettext_lazy("Nobody can have this phone number."),
    "quantity.unusual": gettext_lazy("%(quantity)s of %(sku)s are far more than usual (%(usual)s)."),
    "price.zero": gettext_lazy("%(sku)s has no price."),
    "price.unusual": gettext_lazy("%(sku)s at %(price)s is far from its usual price (%(usual)s)."),
    "total.differs": gettext_lazy("The shop says %(stated)s in total, but it comes to %(computed)s."),
    "method.unknown": gettext_lazy("No shipping method of this shop has that name. Set the method."),
    "duplicate": gettext_lazy("The same goods for the same buyer as %(ref)s."),
    "window.late": gettext_lazy("It cannot arrive by %(until)s; it arrives %(arrives)s."),
}


def sentence_of(findings: Sequence[Finding]) -> str:
    """What was found, in words; as many of them as fit."""
    told = ""
    for one in findings:
        words = str(_WORDS[one.code]) % dict(one.words)
        if len(told) + len(words) + 1 > LONGEST - 10:
            return _("%(first)s And more.") % {"first": told}
        told = f"{told} {words}".strip()
    return told
