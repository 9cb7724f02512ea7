"""Strict, quick serializers: an unknown field is refused, and nothing is copied for a request."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import SkipField, empty
from rest_framework.request import Request
from rest_framework.serializers import as_serializer_error

from core.rest.currencies import decimals_of
from core.rest.fields import (
    Choice,
    Country,
    Currency,
    Day,
    Email,
    Flag,
    HumanText,
    Identifier,
    Instant,
    Language,
    Money,
    Phone,
    Properties,
    Quantity,
    RefText,
    Sku,
    Text,
    WebAddress,
    Whole,
)

__all__ = [
    "Choice",
    "Country",
    "Currency",
    "Day",
    "Email",
    "Flag",
    "HumanText",
    "Identifier",
    "Instant",
    "Language",
    "Money",
    "Phone",
    "Properties",
    "Quantity",
    "RefText",
    "Sku",
    "StrictSerializer",
    "Text",
    "WebAddress",
    "Whole",
    "list_of",
]

Step = tuple[str, str, Callable[..., Any], Callable[[Any], Any] | None, bool, Any]


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer whose unknown fields are an error (code ``unknown_field``), at every depth.

    Use ``OrderIn.parse(request.data)`` and ``Filters.parse_query(request)``: they validate through one shared
    instance for each class, because building DRF's fields anew costs more than checking them. ``validate`` and
    ``validate_<field>`` work as usual but may not keep state on ``self``; ``source`` may rename but not reach inside.
    """

    # The name of the field whose ISO 4217 code limits the decimals of every amount in this object and below it.
    money_currency: ClassVar[str] = ""

    @classmethod
    def parse(cls, data: Any, *, partial: bool = False) -> dict[str, Any]:
        """The validated fields. ``partial`` lets required ones be absent (PATCH). Raises ValidationError (400)."""
        found: dict[str, Any] = _shared(cls, partial).run_validation(data)
        return found

    @classmethod
    def parse_query(cls, request: Request, *, paged: bool = False) -> dict[str, Any]:
        """The query parameters, each at most once; ``paged`` leaves ``cursor`` and ``limit`` to ``cursor_page``."""
        return cls.parse(query_of(request, ignore=("cursor", "limit") if paged else ()))

    @classmethod
    def field_names(cls) -> frozenset[str]:
        """The names of the fields that may be sent."""
        return _shared(cls, False)._known

    @cached_property
    def _steps(self) -> list[Step]:
        steps: list[Step] = []
        partial = bool(getattr(self.root, "partial", False))
        for name, field in self.fields.items():
            if field.read_only:
                continue
            source = str(field.source or name)
            if "." in source or source == "*":
                raise ImproperlyConfigured(f"{type(self).__name__}.{name}: source may only rename.")
            needed = not partial and (field.required or field.default is not empty)
            # A default that is nothing to call is the same for every request: what is absent needs no asking.
            absent = field.default if needed and not callable(field.default) else empty
            steps.append((name, source, field.run_validation, getattr(self, f"validate_{name}", None), needed, absent))
        return steps

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(step[0] for step in self._steps)

    def run_validation(self, data: Any = empty) -> Any:
        if data is empty or data is None:
            return super().run_validation(data)
        value = self.to_internal_value(data)
        try:
            if self.money_currency:
                self._refuse_decimals(value)
            return self.validate(value)
        except ValidationError as error:
            raise ValidationError(as_serializer_error(error)) from error

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise ValidationError({"non_field_errors": [ErrorDetail(_("Send a JSON object."), "invalid")]})
        found: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for name, source, check, more, needed, absent in self._steps:
            if name in data:
                value = data[name]
            elif absent is not empty and more is None:
                found[source] = absent
                continue
            elif needed:
                value = empty
            else:
                continue
            try:
                value = check(value)
                found[source] = more(value) if more else value
            except ValidationError as error:
                errors[name] = error.detail
            except SkipField:
                pass
        if not self._known.issuperset(data):
            for name in data:
                if name not in self._known:
                    errors[name] = [ErrorDetail(self._why_not(name), code="unknown_field")]
        if errors:
            raise ValidationError(errors)
        return found

    def _why_not(self, name: str) -> str:
        if name in self.fields:
            return _("This field is read-only.")
        return _("There is no such field.")

    def _refuse_decimals(self, value: Mapping[str, Any]) -> None:
        """Refuse an amount finer than its currency: 12.50 JPY does not exist."""
        currency = value.get(self.money_currency)
        if not currency or (decimals := decimals_of(currency)) >= 2:
            return
        errors = _too_fine(value, decimals, currency)
        if errors:
            raise ValidationError(errors)


def list_of(
    item: StrictSerializer, *, max_length: int, allow_empty: bool = False, **how: Any
) -> "serializers.ListSerializer[Any]":
    """A field that takes a JSON list of such objects; ``how`` as for any field (``required=False``)."""
    return serializers.ListSerializer(child=item, max_length=max_length, allow_empty=allow_empty, **how)


def _too_fine(value: Any, decimals: int, currency: str) -> Any:
    if isinstance(value, Decimal):
        if value != round(value, decimals):
            detail = _("An amount in %(currency)s may have %(decimals)d decimals at most.")
            return [ErrorDetail(detail % {"currency": currency, "decimals": decimals}, code="decimals")]
        return None
    if isinstance(value, Mapping):
        found = {name: _too_fine(inner, decimals, currency) for name, inner in value.items()}
        return {name: error for name, error in found.items() if error}
    if isinstance(value, list):
        items = [_too_fine(inner, decimals, currency) or {} for inner in value]
        return items if any(items) else None
    return None


@cache
def _shared(kind: type[StrictSerializer], partial: bool) -> StrictSerializer:
    """The instance of the class that all threads validate with: built whole here, only read afterwards."""
    reader = kind(partial=partial)
    _build(reader)
    return reader


def _build(field: Any) -> None:
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        _build(field.child)
    elif isinstance(field, serializers.Serializer):
        for inner in field.fields.values():
            _build(inner)
        if isinstance(field, StrictSerializer):
            assert field._known is not None  # noqa: S101 -- computes and keeps the plan of steps


def query_of(request: Request, *, ignore: tuple[str, ...] = ()) -> dict[str, str]:
    """The query parameters as one value each; raises ValidationError for a parameter sent twice."""
    found: dict[str, str] = {}
    for name, values in request.query_params.lists():
        if name in ignore:
            continue
        if len(values) != 1:
            raise ValidationError({name: [ErrorDetail(_("Send this parameter once."), code="repeated")]})
        found[name] = values[0]
    return found
