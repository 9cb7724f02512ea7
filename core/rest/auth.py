"""Who calls the API, and what the key allows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from core.accounts.clients import client_by_key_hash
from core.accounts.keys import hash_key
from core.accounts.models import APIClient
from core.accounts.scopes import PARTNERS

if TYPE_CHECKING:  # the view module reads the settings, which name the classes below
    from rest_framework.views import APIView


class APIKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer ffk_…``. ``request.auth`` becomes the APIClient, ``request.user`` is None. One query."""

    def authenticate(self, request: Request) -> tuple[None, APIClient] | None:
        """None without the header; raises AuthenticationFailed (401) for a key that is unknown or no longer valid."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _space, key = header.partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key.isascii() or not 20 <= len(key) <= 200:
            raise AuthenticationFailed(_("Send the API key as “Authorization: Bearer <key>”."))
        client = client_by_key_hash(hash_key(key))
        now = timezone.now()
        if client is None or client.revoked_at or (client.expires_at and client.expires_at <= now):
            # One sentence for all three, so that a guess learns nothing.
            raise AuthenticationFailed(_("This API key is not valid."))
        return None, client

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """The key carries the scope that the view names for the method: ``scopes = {"GET": "orders:read"}``.

    ``partner_scopes`` names others for the key of a third party's warehouse, which gets by with no other kind.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """False without a key (401); raises PermissionDenied (403) when the scope is missing."""
        client = request.auth
        if not isinstance(client, APIClient):
            return False
        method = "GET" if request.method == "HEAD" else str(request.method)
        scopes: Mapping[str, str] = getattr(view, "scopes", {})
        scope = scopes.get(method)
        if scope is None:
            name = method.lower()
            if name in view.http_method_names and name != "options" and hasattr(view, name):
                raise ImproperlyConfigured(f"{type(view).__name__} names no scope for {method}.")
            return True  # answered with 405
        if client.warehouse_id is not None:
            scope = getattr(view, "partner_scopes", {}).get(method, scope)
        if client.warehouse_id is not None and not scope.startswith(PARTNERS):
            # Whatever scopes it was given: without a channel it would read every shop's orders.
            raise PermissionDenied(_("This key of a third party's warehouse answers its requests alone."))
        if scope not in client.scopes:
            raise PermissionDenied(_("This API key lacks the scope “%(scope)s”.") % {"scope": scope})
        return True


def client_of(request: Request) -> APIClient:
    """The API client of an authenticated request."""
    client: Any = request.auth
    if not isinstance(client, APIClient):
        raise ImproperlyConfigured("This view is open to everybody, so it has no API client.")
    return client
