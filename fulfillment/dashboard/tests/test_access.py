"""The matrix: every staff route against every role, against nobody, and against a foreign warehouse."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse

from core.accounts.roles import PERMISSIONS, Role, permissions_of
from fulfillment.dashboard.tests.desk import Day, person, signed_in
from fulfillment.dashboard.urls import urlpatterns
from inventory.tests.places import another_warehouse

ROUTES = [route for route in urlpatterns if isinstance(route, URLPattern)]
ALL = frozenset().union(*PERMISSIONS.values())


def url_of(route: URLPattern, day: Day) -> str:
    """The route's URL with an existing thing of the day in it, as far as the day has one."""
    start = str(route.pattern).partition("/")[0]
    refs = {"waves": day.wave_ref, "parcels": day.parcel_ref, "orders": day.fresh.ref, "pick": "PCK-00000000"}
    samples: dict[str, object] = {
        "ref": refs.get(start, "RMA-00000000"),
        "sku": "MUG",
        "code": day.floor.shelves["A-02-1"].code,
        "case_id": day.case_id,
        "list_id": day.list_id,
        "hold_id": 1,
        "product_id": day.floor.shop.products["MUG"],
        "format": "pdf",
    }
    names = route.pattern.converters
    return reverse(
        f"dashboard:{route.name}",
        kwargs={
            name: samples.get(name, 1 if "int" in type(kind).__name__.lower() else "X") for name, kind in names.items()
        },
    )


def ask(client: Client, url: str) -> HttpResponse:
    """Open the URL by GET, or by POST where only that is allowed."""
    response = client.get(url)
    return client.post(url) if response.status_code == 405 else response  # type: ignore[return-value]


def refused(response: HttpResponse) -> bool:
    return response.status_code == 403


def sent_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.name))
def test_every_route_asks_for_one_permission_that_exists(route: URLPattern) -> None:
    permission = getattr(route.callback, "permission", None)
    assert permission in ALL, f"{route.name} asks for {permission}"
    assert any(permission in permissions_of([role]) for role in Role)


def test_routes_open_for_exactly_the_roles_of_the_table(day: Day) -> None:
    nobody, without_roles = Client(), signed_in_without_roles()
    people = {role: signed_in(role) for role in Role}
    wrong: list[str] = []
    for route in ROUTES:
        permission, url = route.callback.permission, url_of(route, day)  # type: ignore[attr-defined]
        if not sent_to_sign_in(ask(nobody, url)):
            wrong.append(f"{route.name}: opens for people who are signed out")
        if not refused(ask(without_roles, url)):
            wrong.append(f"{route.name}: opens for people without a role")
        # First those who may not: they change nothing.
        for role in sorted(Role, key=lambda role: permission in permissions_of([role])):
            response = ask(people[role], url)
            allowed = permission in permissions_of([role])
            if refused(response) is allowed or sent_to_sign_in(response) or response.status_code >= 500:
                wrong.append(f"{route.name}: {role} got {response.status_code}")
    assert wrong == []


def test_nothing_of_a_foreign_warehouse_exists_for_people_of_another(day: Day) -> None:
    client = signed_in(Role.SUPERVISOR, warehouse_ids=[another_warehouse()])
    secrets = [day.shipped.ref, day.waiting.ref, day.short.ref, day.fresh.ref, day.parcel_ref]
    wrong: list[str] = []
    for route in ROUTES:
        url = url_of(route, day)
        response = ask(client, url)
        # A page may repeat the address it was asked for; it may say nothing else.
        seen = b"" if response.streaming else response.content.replace(url.encode(), b"")
        wrong += [f"{route.name}: tells {secret}" for secret in secrets if secret.encode() in seen]
        if response.status_code >= 500:
            wrong.append(f"{route.name}: {response.status_code}")
        belongs = {"ref", "code", "case_id", "list_id"} & route.pattern.converters.keys()
        if belongs and response.status_code not in (404, 422):
            wrong.append(f"{route.name}: {response.status_code} instead of not found")
    assert wrong == []


def test_who_is_no_longer_active_gets_nowhere(day: Day) -> None:
    user = person(Role.SUPERVISOR)
    client = Client()
    client.force_login(user)
    user.is_active = False
    user.save()
    assert sent_to_sign_in(ask(client, reverse("dashboard:home")))


def signed_in_without_roles() -> Client:
    client = Client()
    client.force_login(person())
    return client
