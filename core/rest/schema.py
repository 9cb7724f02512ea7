"""OpenAPI: what drf-spectacular cannot see by itself, read off the attributes of an ``Endpoint``."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from core.rest.serializers import StrictSerializer

PROBLEM = "application/problem+json"
_ERROR = {
    "type": "object",
    "properties": {
        "pointer": {"type": "string", "description": "JSON pointer into the body, such as /lines/0/sku"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
    "required": ["pointer", "code", "detail"],
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. A refusal may add members of its own, such as the ref of the first order.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable and machine-readable"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": _ERROR},
    },
    "required": ["type", "title", "status", "code", "detail", "request_id"],
}
_ANYTHING = {"type": "object", "additionalProperties": {}}
WRITES = ("POST", "PUT", "PATCH", "DELETE")


class BearerKey(OpenApiAuthenticationExtension):  # type: ignore[misc, no-untyped-call, unused-ignore]
    """``Authorization: Bearer ffk_…``"""

    target_class = "core.rest.auth.APIKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key with the scope the operation names."}


class Schema(AutoSchema):
    """One operation: ``bodies`` and ``answers`` of the view by method, its filters, and the problems it may answer."""

    def get_tags(self) -> list[str]:
        """The first word of the address: products, stock, orders, …"""
        return [str(self._tokenize_path()[0])]

    def get_operation_id(self) -> str:
        """Method and address, so that it is unique and never changes: ``post_orders_by_ref_cancel``."""
        steps = self.path.removeprefix("/api/v1/").strip("/").split("/")
        words = (f"by_{step[1:-1]}" if step.startswith("{") else step for step in steps)
        return "_".join([self.method.lower(), *words])

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """``OrdersCancelIn``: two apps may use one name."""
        app = type(serializer).__module__.partition(".")[0]
        return f"{app.capitalize()}{super().get_serializer_name(serializer, direction)}"

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def get_description(self) -> str:  # type: ignore[override]
        """The docstring of the view, and the scope."""
        text = str(super().get_description() or "")
        scope = getattr(self.view, "scopes", {}).get(self.method)
        return f"{text}\n\nScope `{scope}`." if scope else text

    def get_request_serializer(self) -> Any:
        """What ``bodies`` names for the method, else None: no body."""
        return getattr(self.view, "bodies", {}).get(self.method)

    def get_response_serializers(self) -> Any:
        """The answer of success, and a problem document for every status the view may refuse with."""
        view, method = self.view, self.method
        declared = getattr(view, "answers", {}).get(method)
        # An endpoint that declares none, or an address that only deletes, answers without a fixed shape.
        body = self._page(declared) if method == "GET" and getattr(view, "paged", False) else declared
        status = {"POST": 201, "DELETE": 204}.get(method, 200)
        status = getattr(view, "statuses", {}).get(method, status)
        found: dict[Any, Any] = {str(status): None if status == 204 else body or _ANYTHING}
        for code in self._problems():
            found[str(code), PROBLEM] = self._problem()
        return found

    def get_override_parameters(self) -> list[Any]:
        """Filters, cursor and limit of a list; Idempotency-Key of a write; If-Match where a version is known."""
        view, method = self.view, self.method
        found: list[Any] = []
        if method == "GET":
            filters = getattr(view, "filters", None)
            if filters is not None:
                found.append(filters)
            found += [OpenApiParameter(name) for name in getattr(view, "params", ())]
            if getattr(view, "paged", False):
                found += [
                    OpenApiParameter("cursor", description="From `next` or `previous` of another page"),
                    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
                ]
        if method in WRITES and self._is_keyed():
            found.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    description="The same key and body get the first answer again (at most 255 characters)",
                )
            )
        if method in getattr(view, "versioned", ()):
            found.append(
                OpenApiParameter(
                    "If-Match",
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    description="The ETag the change is based on; 412 when it is no longer current",
                )
            )
        return found

    def _is_keyed(self) -> bool:
        return bool(getattr(self.view, "authentication_classes", ()))

    def _problems(self) -> list[int]:
        codes = [400, 429, 503]
        if self._is_keyed():
            codes += [401, 403]
        if "{" in self.path or self.method in getattr(self.view, "looks_up", ()):
            codes.append(404)
        if self.method in WRITES:
            codes.append(409)
        if self.method in ("POST", "PATCH", "PUT"):
            codes += [413, 415]
        if self.method in WRITES and self._is_keyed():
            codes.append(422)
        if self.method in getattr(self.view, "versioned", ()):
            codes.append(412)
        return sorted(codes)

    def _problem(self) -> dict[str, Any]:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name="Problem", type=ResolvedComponent.SCHEMA, schema=_PROBLEM, object="Problem"
        )
        self.registry.register_on_missing(component)
        reference: dict[str, Any] = component.ref
        return reference

    def _page(self, row: Any) -> dict[str, Any]:
        item: dict[str, Any] = _ANYTHING
        if isinstance(row, dict):
            item = row
        elif row is not None:
            item = self.resolve_serializer(row, "response").ref
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "properties": {"next": link, "previous": link, "results": {"type": "array", "items": item}},
            "required": ["next", "previous", "results"],
        }
