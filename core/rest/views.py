"""The base of every REST view: declares what may be asked, and by whom."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from core.accounts.models import APIClient
from core.kernel.actors import Actor
from core.rest.auth import client_of
from core.rest.serializers import StrictSerializer

PAGE_PARAMS = frozenset({"cursor", "limit"})


class Endpoint(APIView):
    """A view that refuses every query parameter it does not name, and any method it gives no scope to.

    ``scopes`` maps method to scope. The query parameters of GET are the fields of ``filters`` (read them with
    ``filters.parse_query``) and the names in ``params``; ``paged`` adds cursor and limit. ``bodies``, ``answers``
    (a serializer each, or a JSON schema; for a paged GET that of one row) and ``statuses`` (where not 201 for POST,
    204 for DELETE, 200 else) by method are for the OpenAPI document alone, as are ``versioned``: the methods that take
    ``If-Match`` (read it with ``core.rest.etags.expected_version``), and ``looks_up``: those that answer 404 when there
    is not what their body or query names.
    """

    http_method_names: ClassVar[Sequence[str]] = ("get", "post", "put", "patch", "delete", "head")  # type: ignore[assignment, misc, unused-ignore]
    scopes: ClassVar[Mapping[str, str]] = {}
    params: ClassVar[Collection[str]] = ()
    filters: ClassVar[type[StrictSerializer] | None] = None
    paged: ClassVar[bool] = False
    bodies: ClassVar[Mapping[str, Any]] = {}
    answers: ClassVar[Mapping[str, Any]] = {}
    statuses: ClassVar[Mapping[str, int]] = {}
    versioned: ClassVar[Collection[str]] = ()
    looks_up: ClassVar[Collection[str]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """DRF's checks, then the names of the query parameters (400)."""
        super().initial(request, *args, **kwargs)
        if not request.META.get("QUERY_STRING"):
            return
        known: set[str] = set()
        if request.method in ("GET", "HEAD"):
            known.update(self.params, PAGE_PARAMS if self.paged else ())
            if self.filters:
                known.update(self.filters.field_names())
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            detail = _("There is no such parameter.")
            raise ValidationError({name: [ErrorDetail(detail, code="unknown_parameter")] for name in unknown})

    @property
    def client(self) -> APIClient:
        """The API client that calls."""
        return client_of(self.request)

    @property
    def actor(self) -> Actor:
        """Who acts: the API client."""
        return self.client.actor
