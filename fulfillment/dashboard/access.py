"""Who may open a screen, and which warehouse it shows. Every dashboard view goes through ``requires``."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from core.accounts.models import User
from inventory.selectors.places import WarehouseFact, warehouses

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

WAREHOUSE_KEY = "warehouse_id"

FLOOR_WORK = frozenset(
    {
        "pick.work",
        "pack.work",
        "handover.work",
        "receive.work",
        "quality.work",
        "move.work",
        "count.work",
        "replenish.work",
        "assemble.work",
        "return.receive",
        "return.inspect",
    }
)
"""What hands do, in warehouses of our own alone: in the others somebody else's do it."""


def requires(permission: str) -> Callable[[View[P]], View[P]]:
    """Only for signed-in staff with that permission (``core.accounts.roles``).

    Others are sent to sign in, or told which permission is missing: a page, or JSON for a scan. The permission stays
    readable on the view as ``.permission``, so that a test can compare every route with the table of roles.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                if _wants_json(request):
                    return JsonResponse(
                        {"verdict": "stop", "title": _("Signed out"), "message": _("Sign in again.")}, status=401
                    )
                return redirect_to_login(request.get_full_path())
            if not staff(request).may(permission):
                if _wants_json(request):
                    sentence = _("Your role does not include this work. Ask a supervisor.")
                    return JsonResponse({"verdict": "stop", "title": _("Not allowed"), "message": sentence}, status=403)
                raise PermissionDenied(permission)
            request.floor_work = permission in FLOOR_WORK  # type: ignore[attr-defined]
            # For the shell's top bar; asked only by pages that show it.
            request.warehouse = SimpleLazyObject(lambda: _chosen_or_first(request))  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def staff(request: HttpRequest) -> User:
    """The signed-in member of staff. Only behind ``requires``."""
    return cast(User, request.user)


def visible_warehouses(request: HttpRequest) -> list[WarehouseFact]:
    """The warehouses in the person's scope, by code; read once for each request."""
    known: list[WarehouseFact] | None = getattr(request, "visible_warehouses", None)
    if known is None:
        known = [warehouse for warehouse in warehouses() if staff(request).sees_warehouse(warehouse.id)]
        request.visible_warehouses = known  # type: ignore[attr-defined]
    return known


def current_warehouse(request: HttpRequest) -> WarehouseFact:
    """The warehouse the person works in: the one chosen, else the first in scope, our own before others.

    Raises Http404 when there is none, or for floor work in a warehouse that somebody else runs.
    """
    warehouse = _chosen_or_first(request)
    if warehouse is None:
        raise Http404(_("There is no warehouse you can see yet. Ask an admin to add one."))
    if not warehouse.is_own and getattr(request, "floor_work", False):
        raise Http404(_("%(name)s is run by somebody else. Choose a warehouse of your own.") % {"name": warehouse.name})
    return warehouse


def _chosen_or_first(request: HttpRequest) -> WarehouseFact | None:
    visible = visible_warehouses(request)
    chosen = request.session.get(WAREHOUSE_KEY)
    first = next((one for one in visible if one.is_own), visible[0] if visible else None)
    return next((one for one in visible if one.id == chosen), first)


def refuse_foreign_warehouse(request: HttpRequest, warehouse_id: int) -> None:
    """Raise Http404 for a thing of a warehouse outside the person's scope: it does not exist for them."""
    if not staff(request).sees_warehouse(warehouse_id):
        raise Http404


def _wants_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"


__all__ = [
    "current_warehouse",
    "refuse_foreign_warehouse",
    "requires",
    "staff",
    "visible_warehouses",
]
