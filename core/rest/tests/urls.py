"""A tiny API to try the plumbing with."""

from uuid import uuid4

from django.contrib.auth.models import Group
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.fields import ListField
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.models import User
from core.kernel.commands import TryAgain, command
from core.kernel.errors import DomainError
from core.rest.documents import developers, error_codes, openapi
from core.rest.etags import etag, expected_version, is_unchanged, refuse_stale
from core.rest.health import healthz, readyz
from core.rest.idempotency import Answer, idempotent, idempotent_each
from core.rest.pages import cursor_page
from core.rest.parsers import BulkJSONParser
from core.rest.serializers import HumanText, RefText, StrictSerializer
from core.rest.views import Endpoint


class GroupIn(StrictSerializer):
    name = RefText()
    note = HumanText(multiline=True, required=False, allow_blank=True)


class BulkIn(StrictSerializer):
    names = ListField(child=RefText())


class Refused(DomainError):
    code = "name_refused"


@command
def make_group(name: str) -> Group:
    """The work: one row for each time it is done."""
    group = Group.objects.create(name=f"{name} {uuid4()}")
    if name == "refused":
        raise Refused("This name is refused.", errors=[{"pointer": "/name", "code": "bad", "detail": "No."}])
    if name == "stuck":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
    if name == "refused by the database":
        Group.objects.create(name="x" * 500)
    if name == "overtaken":
        raise TryAgain
    if name == "twin":
        Group.objects.create(name=group.name)
    if name == "defect":
        raise RuntimeError("secret")
    return group


class GroupsView(Endpoint):
    """Groups of staff."""

    scopes = {"GET": "orders:read", "POST": "orders:write"}
    bodies = {"POST": GroupIn}
    params = ("name",)
    paged = True

    def get(self, request: Request) -> Response:
        groups = Group.objects.all()
        return Response(cursor_page(request, groups, by="name", render=lambda group: group.name))

    def post(self, request: Request) -> HttpResponse:
        wanted = GroupIn.parse(request.data)

        def work() -> Answer:
            group = make_group(wanted["name"])
            return Answer({"id": group.pk, "name": group.name}, headers={"Location": f"/{group.pk}"})

        return idempotent(request, work)


class BulkView(Endpoint):
    scopes = {"POST": "orders:write"}
    parser_classes = (BulkJSONParser,)

    def post(self, request: Request) -> HttpResponse:
        names = BulkIn.parse(request.data)["names"]
        return idempotent_each(request, lambda: Answer([make_group(name).pk for name in names], status=200))


class GroupView(Endpoint):
    scopes = {"GET": "orders:read", "PATCH": "orders:write"}

    def get(self, request: Request, ref: str) -> Response:
        if is_unchanged(request, 7):
            return Response(status=304, headers={"ETag": etag(7)})
        return Response({"ref": ref}, headers={"ETag": etag(7)})

    def patch(self, request: Request, ref: str) -> Response:
        refuse_stale(7, expected_version(request))
        return Response({"ref": ref})


def page(request: HttpRequest) -> HttpResponse:
    """A page of staff: it needs the database."""
    return HttpResponse(str(User.objects.count()))


handler400 = "core.rest.errors.bad_request"
handler403 = "core.rest.errors.permission_denied"
handler404 = "core.rest.errors.page_not_found"
handler500 = "core.rest.errors.server_error"

api = [
    path("groups/", GroupsView.as_view()),
    path("groups/bulk/", BulkView.as_view()),
    path("groups/<str:ref>/", GroupView.as_view()),
]
urlpatterns = [
    path("api/v1/", include(api)),
    path("api/v1/schema/", openapi, name="openapi"),
    path("developers/", developers),
    path("developers/errors/", error_codes),
    path("page", page),
    path("healthz", healthz),
    path("readyz", readyz),
]
