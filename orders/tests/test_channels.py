"""Channels: each kind starts with what it usually wants, numbers its orders, and keeps to its own promises."""

import ast
from pathlib import Path

import pytest
from django.core import mail
from django.test import Client

from core.accounts.models import User
from core.kernel.refs import OTHER_PREFIXES, is_order_ref, new_ref
from core.messaging.models import Message
from core.outbox.services import run_due
from inventory.planning.documents import KINDS, kind_of
from orders.models import Channel
from orders.planning.channel_defaults import CHANNEL_DEFAULTS
from orders.selectors.channels import channel_by_code
from orders.selectors.lists import OrderFilter, orders_list
from orders.selectors.orders import access_order
from orders.services.cancellation import cancel_order
from orders.services.holds import place_hold
from orders.states import ChannelKind, IntakeCheck, ShortagePolicy
from orders.tests.shop import NOW, TESTER, Shop

ROOT = Path(__file__).parents[2]


@pytest.fixture
def boss(db: None) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root", "root@example.com", "a-long-password"))
    return browser


def short_form(shop: Shop, kind: str, **more: str) -> dict[str, object]:
    return {
        "code": f"new-{kind}".replace("_", "-"),
        "name": "New",
        "kind": kind,
        "warehouse": shop.warehouse_id,
        "currency": "SEK",
        "default_locale": "sv",
        **more,
    }


@pytest.mark.parametrize("kind", ChannelKind.values)
def test_a_new_channel_starts_with_what_its_kind_usually_wants(shop: Shop, boss: Client, kind: str) -> None:
    assert b'name="checks"' not in boss.get("/admin/orders/channel/add/").content
    answer = boss.post("/admin/orders/channel/add/", short_form(shop, kind), follow=True)
    channel = Channel.objects.get(kind=kind, name="New")
    assert answer.redirect_chain == [(f"/admin/orders/channel/{channel.pk}/change/", 302)]
    assert b'name="routes-TOTAL_FORMS"' in answer.content
    for name, value in CHANNEL_DEFAULTS[kind].items():
        assert getattr(channel, name) == (list(value) if isinstance(value, tuple) else value), name
    assert channel.checks
    Channel.full_clean(channel)


def test_every_kind_has_defaults_that_exist() -> None:
    assert CHANNEL_DEFAULTS.keys() == set(ChannelKind.values)
    for defaults in CHANNEL_DEFAULTS.values():
        assert set(defaults["checks"]) <= set(IntakeCheck.values)
        assert defaults["ref_prefix"] not in OTHER_PREFIXES
        assert defaults.get("shortage_policy", "reject") in ShortagePolicy.values


def test_the_numbers_of_orders_begin_like_those_of_no_other_document(shop: Shop, boss: Client) -> None:
    assert KINDS.keys() - {"ORD"} <= OTHER_PREFIXES
    boss.post("/admin/orders/channel/add/", short_form(shop, "shop"))
    channel = Channel.objects.get(code="new-shop")
    page = f"/admin/orders/channel/{channel.pk}/change/"
    form = boss.get(page).context["adminform"].form
    filled = {name: value for name, value in form.initial.items() if value is not None}
    management = {
        f"{inline}-{part}": "0" for inline in ("routes", "buffers") for part in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    answer = boss.post(page, {**filled, **management, "ref_prefix": "WAV"})
    assert "Other documents begin like that." in answer.content.decode()
    assert boss.post(page, {**filled, **management, "ref_prefix": "WEB"}).status_code == 302
    assert channel_by_code("new-shop").ref_prefix == "WEB"


def test_an_order_is_found_by_its_number_whatever_it_begins_with(shop: Shop, boss: Client) -> None:
    Channel.objects.update(ref_prefix="MKT")
    order = shop.order({"MUG": 1}, purchase_order_number="PO 77/12")
    assert order.ref.startswith("MKT-")
    assert is_order_ref(order.ref)
    assert kind_of(order.ref) == "order"
    assert access_order(order.ref.lower()).id == order.id
    for text in (order.ref, order.ref.lower(), order.ref[:7], order.ref[4:], "PO 77/12"):
        assert [one.ref for one in orders_list(OrderFilter(search=text), limit=5)] == [order.ref], text
    assert order.ref in boss.get("/admin/orders/order/", {"q": order.ref}).content.decode()


@pytest.mark.parametrize("prefix", sorted(OTHER_PREFIXES))
def test_another_documents_number_is_no_order(prefix: str) -> None:
    assert not is_order_ref(new_ref(prefix))
    assert not is_order_ref(f"{prefix}-")


def test_a_marketplaces_buyers_hear_nothing_from_us(shop: Shop) -> None:
    Channel.objects.update(kind="marketplace", sends_messages=CHANNEL_DEFAULTS["marketplace"]["sends_messages"])
    first, second = shop.order({"MUG": 1}), shop.order({"VASE": 1})
    place_hold(first.ref, type="operator", reason="", by=TESTER, now=NOW)
    cancel_order(second.ref, reason="", by=TESTER, now=NOW)
    run_due(now=NOW, raise_errors=True)
    assert mail.outbox == []
    assert set(Message.objects.values_list("status", flat=True)) == {"suppressed"}


def test_nothing_is_said_to_a_buyer_without_asking_whether_it_may_be() -> None:
    """Every message is asked for with ``allowed``, but for the one a buyer has just asked for at the return portal."""
    calls = [
        node
        for room in ("orders", "shipping", "returns")
        for path in (ROOT / room).rglob("*.py")
        if "tests" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "send_email_once"
    ]
    assert calls
    unasked = [call for call in calls if "allowed" not in {word.arg for word in call.keywords}]
    assert ["portal_links" in ast.unparse(call) for call in unasked] == [True]
