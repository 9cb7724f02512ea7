"""The admin of people and keys, as a browser would use it."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from core.accounts.keys import hash_key
from core.accounts.models import APIClient, User
from core.accounts.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser() -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root"))
    return browser


def test_a_key_is_shown_once(browser: Client) -> None:
    form = {"name": "Shop", "scopes": ["orders:read", "stock:read"], "requests_per_minute": "100"}
    page = browser.post("/admin/accounts/apiclient/add/", form)
    shown = re.findall(r"ffk_[\w-]{43}", page.content.decode())
    client = APIClient.objects.get()
    assert [hash_key(key) for key in shown] == [client.key_hash]
    assert client.scopes == ["orders:read", "stock:read"] and client.requests_per_minute == 100
    assert "no-store" in page["Cache-Control"]
    for where in ("", f"{client.pk}/change/"):
        assert shown[0] not in browser.get(f"/admin/accounts/apiclient/{where}").content.decode()


def test_a_client_is_changed_without_changing_its_key(browser: Client) -> None:
    browser.post("/admin/accounts/apiclient/add/", {"name": "Shop", "requests_per_minute": "1"})
    before = APIClient.objects.get()
    form = {"name": "Shop 2", "scopes": ["orders:write"], "requests_per_minute": ""}
    assert browser.post(f"/admin/accounts/apiclient/{before.pk}/change/", form).status_code == 302
    after = APIClient.objects.get()
    assert (after.name, after.scopes, after.requests_per_minute) == ("Shop 2", ["orders:write"], None)
    assert after.key_hash == before.key_hash


def test_keys_are_revoked_not_deleted(browser: Client) -> None:
    browser.post("/admin/accounts/apiclient/add/", {"name": "Shop"})
    client = APIClient.objects.get()
    form = {"action": "revoke", "_selected_action": [client.pk]}
    browser.post("/admin/accounts/apiclient/", form)
    assert APIClient.objects.get().revoked_at
    assert browser.post(f"/admin/accounts/apiclient/{client.pk}/delete/", {"post": "yes"}).status_code == 403


def test_roles_are_ticked(browser: Client) -> None:
    form = {
        "username": "ann",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
        "roles": ["picker", "packer"],
    }
    assert browser.post("/admin/accounts/user/add/", form).status_code == 302
    ann = User.objects.get(username="ann")
    assert ann.roles == ["picker", "packer"] and ann.may("pick.work") and not ann.may("stock.adjust")
    page = browser.get(f"/admin/accounts/user/{ann.pk}/change/").content.decode()
    assert page.count('name="roles"') == len(Role)
    assert browser.get("/admin/accounts/user/").status_code == 200


def test_the_command_prints_a_key_that_works_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("issue_api_key", "Tool", "--scope", "all", "--no-limit")
    key = capsys.readouterr().out.strip()
    client = APIClient.objects.get()
    assert hash_key(key) == client.key_hash and client.requests_per_minute is None
    with pytest.raises(CommandError):
        call_command("issue_api_key", "Tool", "--scope", "orders:eat")


def test_only_the_admin_has_the_relaxed_policy(browser: Client) -> None:
    assert "'unsafe-eval'" in browser.get("/admin/")["Content-Security-Policy"]
    assert "unsafe" not in Client().get("/login")["Content-Security-Policy"]
