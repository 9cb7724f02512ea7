"""What a line typed into a form may hold: the same as the API takes for names and address lines."""

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

plain_text = RegexValidator(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]",
    _("This text has a character that cannot be used here."),
    code="characters",
    inverse_match=True,
)
"""Refuses control characters, line breaks and halves of characters in a Django form field."""
