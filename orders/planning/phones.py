"""Whether a telephone number can be dialled. Pure."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from orders.planning.findings import Finding


def look_at_phone(number: str, country: str, *, required: bool) -> list[Finding]:
    """What looks wrong with it; ``country`` (ISO 3166) is where a number without ``+`` is dialled from."""
    number = number.strip()
    if not number:
        return [Finding("phone.missing", "phone")] if required else []
    if _dialled(number, country):
        return []
    digits = "".join(one for one in number if one.isdecimal())
    meant = _dialled(f"+{digits}", country) if not number.startswith("+") else ""
    return [Finding("phone.wrong", "phone", number, meant)]


def _dialled(number: str, country: str) -> str:
    """The number in international form; empty when nobody could have it."""
    try:
        parsed = phonenumbers.parse(number, country.upper() or None)
    except NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL))
