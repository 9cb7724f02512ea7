"""The API's field types. Each takes exactly one JSON type and is checked without DRF's validator chains."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import Field, empty

from core.kernel.countries import is_country
from core.rest.currencies import CURRENCIES
from core.rest.renderers import instant

_EMAIL = EmailValidator()
_PHONE = re.compile(r"\+?[0-9(][0-9 ()./\-]{3,30}[0-9]")
_LANGUAGE = re.compile(
    r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?\d*([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MONEY = re.compile(r"-?\d{1,18}(\.\d{1,6})?", re.ASCII)
# PCI DSS: card data may not even arrive here.
_CARD_NAMES = frozenset({"card", "card_number", "cardnumber", "pan", "cvv", "cvc", "cvv2"})


class Text(serializers.CharField):
    """Base of all text: a JSON string, NFC, trimmed; ``refused`` names the Unicode categories it may not hold."""

    refused: frozenset[str] = frozenset({"Cc", "Cf", "Cs"})
    kept = ""
    default_error_messages = {
        "invalid": _("Send text."),
        "characters": _("This text has a character that cannot be used here."),
        "max_length": _("This text may have {max_length} characters at most."),
        "malformed": _("This value is not well-formed."),
    }

    def run_validation(self, data: Any = empty) -> Any:
        """The tidied text. Raises ValidationError: required, null, invalid, blank, max_length, characters."""
        if type(data) is not str:
            if data is empty or data is None:
                return Field.run_validation(self, data)
            self.fail("invalid")
        text = data.strip()
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        if not text:
            if not self.allow_blank:
                self.fail("blank")
            return text
        if self.max_length and len(text) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        if not text.isprintable():
            text = self.look_closely(text)
        return self.read(text)

    def look_closely(self, text: str) -> str:
        """Decide about text with characters beyond the plainly printable."""
        for character in text:
            if character not in self.kept and unicodedata.category(character) in self.refused:
                self.fail("characters")
        return text

    def read(self, text: str) -> Any:
        """The value the text stands for; a subclass raises ``malformed`` when it stands for none."""
        return text

    def to_internal_value(self, data: Any) -> Any:
        return self.run_validation(data)


class RefText(Text):
    """A reference made by a machine or typed by a person: no control or format characters (no bidi tricks), ≤ 64."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        super().__init__(**kwargs)


class Sku(RefText):
    """A product's SKU, or any barcode."""


class HumanText(Text):
    """Names, address lines, notes: emoji and right-to-left text are welcome, control characters are not.

    ``multiline`` keeps line breaks (as ``\\n``) and tabs.
    """

    refused = frozenset({"Cc", "Cs", "Zl", "Zp"})

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        super().__init__(**kwargs)
        if multiline:
            self.kept = "\n\t"

    def look_closely(self, text: str) -> str:
        if self.kept:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return super().look_closely(text)


class Email(Text):
    """One address, nothing else: no display name, no list, no line break; ≤ 254."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 254)
        super().__init__(**kwargs)

    def read(self, text: str) -> str:
        try:
            _EMAIL(text)
        except DjangoValidationError:
            self.fail("malformed")
        return text


class Phone(Text):
    """A telephone number as people write it: digits, blanks, ``+ ( ) . - /``; ≤ 32."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        super().__init__(**kwargs)

    def read(self, text: str) -> str:
        if not _PHONE.fullmatch(text):
            self.fail("malformed")
        return text


class Country(Text):
    """ISO 3166-1 alpha-2, upper case."""

    default_error_messages = {"malformed": _("Send a two-letter ISO 3166 country code.")}

    def read(self, text: str) -> str:
        if not is_country(text):
            self.fail("malformed")
        return text


class Currency(Text):
    """ISO 4217 code of a currency in use, upper case."""

    default_error_messages = {"malformed": _("Send a three-letter ISO 4217 currency code.")}

    def read(self, text: str) -> str:
        if text not in CURRENCIES:
            self.fail("malformed")
        return text


class Language(Text):
    """A BCP 47 language tag such as ``th`` or ``en-GB``; ≤ 35."""

    default_error_messages = {"malformed": _("Send a BCP 47 language tag.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 35)
        super().__init__(**kwargs)

    def read(self, text: str) -> str:
        if not _LANGUAGE.fullmatch(text):
            self.fail("malformed")
        return text


class WebAddress(Text):
    """An absolute https or http address; ≤ 500. It is stored, never fetched on the way in."""

    default_error_messages = {"malformed": _("Send an http or https address.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 500)
        super().__init__(**kwargs)

    def read(self, text: str) -> str:
        if not re.fullmatch(r"https?://[^\s/?#@]+([/?#]\S*)?", text):
            self.fail("malformed")
        return text


class Instant(serializers.DateTimeField):
    """A moment as RFC 3339 with its offset (``Z`` or ``+07:00``), years 2000 to 2100. Becomes UTC."""

    default_error_messages = {"invalid": _("Send an RFC 3339 time with its offset, such as 2026-11-21T09:30:00Z.")}

    def run_validation(self, data: Any = empty) -> Any:
        """An aware datetime in UTC."""
        if data is empty or data is None:
            return Field.run_validation(self, data)
        if type(data) is not str or len(data) > 40 or not _INSTANT.fullmatch(data):
            self.fail("invalid")
        try:
            moment = datetime.fromisoformat(data.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")
        if not 2000 <= moment.year <= 2100:
            self.fail("invalid")
        return moment

    def to_representation(self, value: Any) -> Any:
        return instant(value)


class Day(serializers.DateField):
    """A calendar day, ``2026-11-21``, years 2000 to 2100."""

    default_error_messages = {"invalid": _("Send a day such as 2026-11-21.")}

    def run_validation(self, data: Any = empty) -> Any:
        if data is empty or data is None:
            return Field.run_validation(self, data)
        if type(data) is not str or not _DAY.fullmatch(data):
            self.fail("invalid")
        try:
            day = date.fromisoformat(data)
        except ValueError:
            self.fail("invalid")
        if not 2000 <= day.year <= 2100:
            self.fail("invalid")
        return day


class Money(serializers.DecimalField):
    """An amount as text, ``"12.50"`` (a JSON number is taken too), not negative unless ``min_value`` says so.

    At most ``decimal_places`` decimals; ``StrictSerializer.money_currency`` also checks them against the currency.
    """

    default_error_messages = {
        "invalid": _("Send an amount such as “12.50”."),
        "decimals": _("This amount may have {decimals} decimals at most."),
        "min_value": _("This amount has to be {min_value} or more."),
        "max_digits": _("This amount is too large."),
    }

    def __init__(self, *, max_digits: int = 12, decimal_places: int = 2, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal(0))
        super().__init__(max_digits=max_digits, decimal_places=decimal_places, **kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        """A Decimal; ``1.10`` sent as a JSON number is read by its shortest decimal form."""
        kind = type(data)
        if kind is float or kind is int:
            data = repr(data)
        elif kind is not str:
            if data is empty or data is None:
                return Field.run_validation(self, data)
            self.fail("invalid")
        if not _MONEY.fullmatch(data):
            self.fail("invalid")
        try:
            amount = Decimal(data)
        except InvalidOperation:
            self.fail("invalid")
        places = int(self.decimal_places or 0)
        exact = amount.quantize(Decimal(1).scaleb(-places))
        if exact != amount:
            self.fail("decimals", decimals=places)
        if self.min_value is not None and amount < self.min_value:
            self.fail("min_value", min_value=self.min_value)
        if abs(amount) >= Decimal(10) ** (int(self.max_digits or 12) - places):
            self.fail("max_digits")
        return exact

    def to_representation(self, value: Any) -> Any:
        return None if value is None else format(Decimal(value), "f")


class Whole(serializers.IntegerField):
    """A JSON integer within bounds; by default 0 to 2,147,483,647 (what the database holds)."""

    default_error_messages = {
        "invalid": _("Send a whole number."),
        "min_value": _("This number has to be {min_value} or more."),
        "max_value": _("This number has to be {max_value} or less."),
    }

    def __init__(self, *, min_value: int = 0, max_value: int = 2_147_483_647, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        if type(data) is not int:
            if data is empty or data is None:
                return Field.run_validation(self, data)
            self.fail("invalid")
        if data < self.min_value:  # type: ignore[operator]
            self.fail("min_value", min_value=self.min_value)
        if data > self.max_value:  # type: ignore[operator]
            self.fail("max_value", max_value=self.max_value)
        return data


class Quantity(Whole):
    """Whole units, 1 to 100,000."""

    def __init__(self, *, min_value: int = 1, max_value: int = 100_000, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)


class Flag(serializers.BooleanField):
    """JSON true or false; no ``"yes"``, no 1."""

    default_error_messages = {"invalid": _("Send true or false.")}

    def run_validation(self, data: Any = empty) -> Any:
        if data is True or data is False:
            return data
        if data is empty or data is None:
            return Field.run_validation(self, data)
        self.fail("invalid")


class Choice(serializers.ChoiceField):
    """One of a closed set of strings."""

    def run_validation(self, data: Any = empty) -> Any:
        if type(data) is str and data in self.choices:
            return data
        if data is empty or data is None:
            return Field.run_validation(self, data)
        self.fail("invalid_choice", input=str(data)[:64])


class Identifier(serializers.UUIDField):
    """A UUID as text; no number."""

    def run_validation(self, data: Any = empty) -> Any:
        if data is not empty and data is not None and type(data) is not str:
            self.fail("invalid", value=data)
        return super().run_validation(data)


class Properties(serializers.DictField):
    """Free name-value pairs (names ≤ 64, at most ``max_items``); values are text ≤ 1,000, numbers, booleans or null.

    A name that means card data is refused: such data may not be kept.
    """

    default_error_messages = {
        "too_many": _("At most {max_items} properties are kept."),
        "card_data": _("Card data may not be sent here."),
        "value": _("A property is text, a number, true, false or null."),
    }

    def __init__(self, *, max_items: int = 50, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_items = max_items
        self._text = HumanText(multiline=True, max_length=1000, allow_blank=True)
        self._name = RefText()

    def run_validation(self, data: Any = empty) -> Any:
        if not isinstance(data, Mapping):
            if data is empty or data is None:
                return Field.run_validation(self, data)
            self.fail("not_a_dict", input_type=type(data).__name__)
        if len(data) > self.max_items:
            self.fail("too_many", max_items=self.max_items)
        found = {}
        for name, value in data.items():
            name = self._name.run_validation(name)
            if name.casefold() in _CARD_NAMES:
                self.fail("card_data")
            if type(value) is str:
                value = self._text.run_validation(value)
            elif value is not None and type(value) not in (int, bool, float):
                self.fail("value")
            found[name] = value
        return found
