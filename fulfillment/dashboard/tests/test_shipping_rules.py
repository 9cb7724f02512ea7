"""Shipping rules, packing slips, inserts at the bench, and sending again: what people see and press."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.accounts.roles import Role
from core.attention.selectors import open_cases
from fulfillment.dashboard.tests.desk import signed_in
from fulfillment.dashboard.tests.device import Device
from orders.models import Channel, Order
from orders.services.intake import place_order
from orders.services.requests import CustomerRequest
from orders.tests.shop import ADDRESS, request_for
from shipping.models import (
    CarrierService,
    Carton,
    PackagingInsert,
    PackagingRule,
    Parcel,
    ParcelInsert,
    RateBand,
    ShippingZone,
    UpgradeBudget,
)
from shipping.services.packing import pack_all
from shipping.services.tracking import mark_lost
from shipping.services.upgrading import surprise
from shipping.tests.floor import NOW, TESTER, Floor, build_floor

pytestmark = pytest.mark.slow

NOTE = {"en": "Thank you so much", "sv": "Tack så mycket", "th": "ขอบคุณมาก", "ja": "ありがとうございます"}


@pytest.fixture
def floor(db: None) -> Floor:
    return build_floor({"ART01": 200, "ART02": 200, "CARD": 50, "SAMPLE": 5})


@pytest.fixture
def desk(floor: Floor) -> Client:
    return signed_in(Role.SUPERVISOR)


def act(**more: object) -> dict[str, Any]:
    return {"action_id": str(uuid.uuid4()), **more}


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "".join("".join(page.get_textpage().get_text_bounded().split()) for page in document)


def sold(floor: Floor, values: list[int], *, paid: str = "5.00") -> None:
    """Orders worth so many times 2.50, placed now."""
    now = timezone.now()
    for number, units in enumerate(values):
        request = request_for(
            {"ART01": units}, email=f"b{number}@example.com", placed_at=now, shipping_price=Decimal(paid)
        )
        place_order(floor.shop.channel_id, request, by=TESTER, now=now)


# --- thresholds -------------------------------------------------------------------------------------------------------


def test_every_figure_that_counts_orders_opens_exactly_those(floor: Floor, desk: Client) -> None:
    CarrierService.objects.update(price=Decimal("5.00"), cost=Decimal("4.00"), free_from=Decimal("40.00"))
    sold(floor, [8, 8, 13, 16, 16, 22])
    sold(floor, [16], paid="0.00")
    Order.objects.filter(shipping_price=0).update(status="cancelled")
    page = desk.get(reverse("dashboard:shipping_rules"), {"at": "45"}).context
    behind = page["behind"]
    figures = [(behind["all"], 6), (behind["now"], 3), (behind["free"], page["effect"].free_orders)]
    figures += [(behind["near"], page["effect"].near)]
    figures += [(bar["url"], bar["orders"]) for bar in page["bars"]["bars"]]
    figures += [(row["behind"]["free"], row["effect"].free_orders) for row in page["rows"]]
    figures += [(row["behind"]["near"], row["effect"].near) for row in page["rows"]]
    assert {count for _url, count in figures} >= {0, 1, 2, 3, 6}
    for url, count in figures:
        answer = desk.get(url)
        assert len(answer.context["rows"]) == count, url
        assert "Sales by Standard of the last 90 days" in answer.content.decode()


@pytest.mark.parametrize("worth", ["", "90", "x.1.2.standard", "90.x..standard", "99999...standard", "90..."])
def test_a_link_that_makes_no_sense_narrows_nothing(floor: Floor, desk: Client, worth: str) -> None:
    sold(floor, [8])
    answer = desk.get(reverse("dashboard:orders"), {"channel": Channel.objects.get().code, "worth": worth})
    assert len(answer.context["rows"]) == 1


def test_the_page_suggests_a_threshold_and_shows_its_effect_before_it_is_saved(floor: Floor, desk: Client) -> None:
    CarrierService.objects.update(price=Decimal("5.00"), cost=Decimal("4.00"))
    sold(floor, [8, 8, 16, 16, 22])  # 20, 20, 40, 40, 55: 35 on average
    page = desk.get(reverse("dashboard:shipping_rules"))
    html = page.content.decode()
    assert page.context["seen"].average == Decimal("35.00")
    assert page.context["suggested"] == 45  # 35 and 15 % more, rounded up
    assert (page.context["effect"].free_orders, page.context["effect"].change) == (1, Decimal("-5.00"))
    assert "Free from 45 GBP: the effect" in html and "as set for a parcel of 1000 g" in html
    assert CarrierService.objects.get().free_from is None  # looking saves nothing
    bars = page.context["bars"]["bars"]
    assert sum(bar["orders"] for bar in bars) == 5
    assert all(f'<td class="num">{bar["orders"]}</td>' in html for bar in bars)  # the table says what the chart says


def test_saving_is_kept_with_who_and_what_was_shown_and_nobody_overwrites_unseen(floor: Floor, desk: Client) -> None:
    sold(floor, [16, 16])
    url = reverse("dashboard:save_free_from")
    body = {"service": "standard", "at": "50", "before": ""}
    assert desk.post(url, act(**body)).status_code == 302
    assert CarrierService.objects.get().free_from == 50
    html = desk.get(reverse("dashboard:shipping_rules")).content.decode()
    assert "Who set it, and when" in html and "supervisor" in html and "50" in html
    stale = desk.post(url, act(service="standard", at="60", before=""))
    assert stale.status_code == 422 and "Somebody else has set it to 50" in stale.content.decode()
    unsaid = desk.post(url, act(service="standard", channel="shop-main", before="50.00"))
    assert unsaid.status_code == 422 and "a whole number" in unsaid.content.decode()
    assert desk.post(url, act(service="standard", at="60", before="50.00")).status_code == 302
    assert desk.post(url, act(service="standard", never="1", before="60.00")).status_code == 302
    assert CarrierService.objects.get().free_from is None


def test_the_same_form_twice_saves_once(floor: Floor, desk: Client) -> None:
    sold(floor, [16])
    body = act(service="standard", at="50", before="")
    url = reverse("dashboard:save_free_from")
    assert [desk.post(url, body).status_code for _time in range(2)] == [302, 302]


@pytest.mark.parametrize("query", ["", "?at=x&days=999&margin=-1&percent=1e9&service=none&channel=none", "?margin=nan"])
def test_nonsense_in_the_address_is_ignored(floor: Floor, desk: Client, query: str) -> None:
    sold(floor, [10])
    assert desk.get(reverse("dashboard:shipping_rules") + query).status_code == 200


def test_without_orders_or_services_the_page_says_so(floor: Floor, desk: Client) -> None:
    assert "No orders to learn from" in desk.get(reverse("dashboard:shipping_rules")).content.decode()
    CarrierService.objects.update(active=False)
    assert "No service yet" in desk.get(reverse("dashboard:shipping_rules")).content.decode()


@pytest.mark.parametrize("orders", [1, 9])
def test_the_page_takes_the_same_statements_for_any_number_of_orders(
    floor: Floor, desk: Client, orders: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    zone = ShippingZone.objects.create(code="HIGH", name="Highlands", countries=["GB"], postal_prefixes=["IV"])
    for number in range(orders):
        RateBand.objects.create(
            service=CarrierService.objects.get(), zone=zone, weight_to_g=1000 * (number + 1), price=5
        )
    sold(floor, [10 + number for number in range(orders)])
    desk.get(reverse("dashboard:shipping_rules"))
    with django_assert_max_num_queries(24):
        assert "Highlands" in desk.get(reverse("dashboard:shipping_rules")).content.decode()


def test_budgets_show_who_how_many_and_how_much_and_are_stopped(floor: Floor, desk: Client) -> None:
    express = {"carrier": "own_delivery", "service": "express", "name": "Express", "price": 9, "transit_days_max": 1}
    CarrierService.objects.create(method="express", **express)
    row = UpgradeBudget.objects.create(
        channel_id=floor.shop.channel_id, from_method="standard", to_method="express", orders_a_month=3
    )
    now = timezone.now()
    order = place_order(floor.shop.channel_id, request_for({"ART01": 1}), by=TESTER, now=now)
    assert surprise(order.id, by=TESTER, now=now) == "express"
    html = desk.get(reverse("dashboard:shipping_rules")).content.decode()
    assert "1 / 3" in html and "£9.00" in html and order.ref in html
    assert desk.post(reverse("dashboard:switch_budget", args=[row.pk]), act(active="0")).status_code == 302
    row.refresh_from_db()
    assert not row.active


# --- the bench --------------------------------------------------------------------------------------------------------


def test_the_packer_sees_instruction_material_and_inserts_before_the_first_scan(floor: Floor) -> None:
    bench = Client()
    bench.force_login(floor.picker)
    gift = Carton.objects.create(code="GIFT", name="Gift box", length_mm=250, width_mm=200, height_mm=150)
    rule = PackagingRule.objects.create(
        code="all", name="Every order", carton=gift, material="silk paper", instruction="Tie a bow.", note=NOTE
    )
    PackagingInsert.objects.create(rule=rule, product_id=floor.shop.products["SAMPLE"])
    order = floor.order({"ART01": 1})
    floor.pick(order)
    device = Device(bench, reverse("dashboard:pack"))
    device.scan(floor.tote_of(order))
    for words in ("Tie a bow. Material: silk paper.", "Lay in", "Article SAMPLE", "Gift box", "Thank you so much"):
        assert words in device.html
    scanned = device.scan("EAN-ART01")
    assert scanned.verdict == "line_done" and "Laid in, close the box" in scanned.html
    closed = device.scan("EAN-SAMPLE")
    parcel = Parcel.objects.get()
    label, slip = closed.body["print"]
    assert (label, slip) == (
        reverse("dashboard:label", args=[parcel.ref, "pdf"]),
        reverse("dashboard:slip", args=[parcel.ref]),
    )
    assert "Thankyousomuch" in text_of(bench.get(slip).content)
    assert parcel.carton == gift and ParcelInsert.objects.get().issued == 1


def test_a_key_says_that_an_insert_is_not_there(floor: Floor) -> None:
    bench = Client()
    bench.force_login(floor.picker)
    rule = PackagingRule.objects.create(code="all", name="Every order")
    PackagingInsert.objects.create(rule=rule, product_id=floor.shop.products["SAMPLE"])
    order = floor.order({"ART01": 1})
    floor.pick(order)
    device = Device(bench, reverse("dashboard:pack"))
    device.scan(floor.tote_of(order))
    device.scan("EAN-ART01")
    assert device.press("leave_out").verdict == "line_done"
    assert Parcel.objects.get().status == "label_purchased"
    assert ParcelInsert.objects.get().issued == 0


# --- slips ------------------------------------------------------------------------------------------------------------


def packed(floor: Floor, **more: Any) -> tuple[Any, Parcel]:
    order = place_order(floor.shop.channel_id, request_for({"ART01": 2, "ART02": 1}, **more), by=TESTER, now=NOW)
    floor.pick(order)
    pack_all(floor.fulfillment_order(order), by=TESTER, now=NOW)
    return order, Parcel.objects.get(order_id=order.id)


@pytest.mark.parametrize(
    ("locale", "day", "country"),
    [
        ("en", "23 November 2026", "United Kingdom"),
        ("sv", "23 november 2026", "Storbritannien"),
        ("th", "", ""),
        ("ja", "2026年11月23日", "イギリス"),
    ],
)
def test_a_slip_speaks_the_customers_language(floor: Floor, desk: Client, locale: str, day: str, country: str) -> None:
    Channel.objects.update(slip_name="The Mug Works", support_email="help@example.com")
    PackagingRule.objects.create(code="all", name="Every order", note=NOTE)
    order, parcel = packed(
        floor,
        external_id="536365",
        purchase_order_number="PO-77",
        customer=CustomerRequest(email="a@example.com", name="Ada", locale=locale),
    )
    for url in (reverse("dashboard:slip", args=[parcel.ref]), reverse("dashboard:order_slip", args=[order.ref])):
        answer = desk.get(url)
        assert answer["Content-Type"] == "application/pdf"
        text = text_of(answer.content)
        for words in ("TheMugWorks", "536365", "PO-77", "ArticleART01", "help@example.com", NOTE[locale], day, country):
            assert "".join(words.split()) in text
        assert "GBP" in text


def test_a_gift_slip_has_the_message_and_no_price(floor: Floor, desk: Client) -> None:
    gift = {"is_gift": True, "message": "Happy birthday, Grace"}
    order, parcel = packed(floor, gift=gift, shipping_price=Decimal("4.95"))
    for url in (reverse("dashboard:slip", args=[parcel.ref]), reverse("dashboard:order_slip", args=[order.ref])):
        text = text_of(desk.get(url).content)
        assert "Happybirthday,Grace" in text and "Agiftforyou" in text
        for money in ("GBP", "2.50", "4.95", "5.00", "7.50"):
            assert money not in text


def test_slips_of_several_orders_are_one_document_for_the_same_statements(
    floor: Floor, desk: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    orders = [floor.order({"ART01": 1}) for _ in range(6)]
    query = "&".join(f"ref={order.ref}" for order in orders)
    desk.get(f"{reverse('dashboard:order_slips')}?{query}")
    with django_assert_max_num_queries(18):
        answer = desk.get(f"{reverse('dashboard:order_slips')}?{query}&ref=ORD-NOBODY")
    assert len(pypdfium2.PdfDocument(answer.content)) == 6
    assert desk.get(f"{reverse('dashboard:order_slips')}?ref=ORD-NOBODY").status_code == 404


# --- the order page ---------------------------------------------------------------------------------------------------


def test_the_order_page_explains_each_decision_by_its_rule(floor: Floor, desk: Client) -> None:
    rule = PackagingRule.objects.create(code="gift", name="Gifts in silk", for_gifts=True, material="silk paper")
    PackagingInsert.objects.create(rule=rule, product_id=floor.shop.products["CARD"])
    gift = place_order(floor.shop.channel_id, request_for({"ART01": 1}, gift={"is_gift": True}), by=TESTER, now=NOW)
    html = desk.get(reverse("dashboard:order", args=[gift.ref])).content.decode()
    for words in ("silk paper", "Gifts in silk", "1 × Article CARD (first parcel)", "not in the box"):
        assert words in html
    plain = floor.order({"ART01": 1})
    html = desk.get(reverse("dashboard:order", args=[plain.ref])).content.decode()
    assert "No packaging rule counts for this order." in html


def test_the_order_page_says_what_was_laid_in_and_what_was_not_there(floor: Floor, desk: Client) -> None:
    rule = PackagingRule.objects.create(code="all", name="Every order")
    PackagingInsert.objects.create(rule=rule, product_id=floor.shop.products["SAMPLE"], quantity=9)
    order, _parcel = packed(floor)
    html = desk.get(reverse("dashboard:order", args=[order.ref])).content.decode()
    assert "Laid in: 5 of 9 × Article SAMPLE" in html


def test_a_lost_parcel_is_sent_again_from_the_page_once(floor: Floor, desk: Client) -> None:
    parcel = floor.ship(floor.order({"ART01": 2}))
    mark_lost(parcel.pk, by=TESTER, now=NOW)
    assert "Send it again" in desk.get(reverse("dashboard:order", args=[parcel.order_ref])).content.decode()
    url, body = reverse("dashboard:send_again", args=[parcel.ref]), act(reason="lost")
    first, again = desk.post(url, body), desk.post(url, body)
    assert first["Location"] == again["Location"] != reverse("dashboard:order", args=[parcel.order_ref])
    assert Order.objects.filter(kind="replacement").count() == 1
    html = desk.get(first["Location"]).content.decode()
    assert "Sent again for" in html and parcel.order_ref in html
    other = desk.post(url, act(reason="lost"), follow=True).content.decode()
    assert "sent again already with" in other
    assert Order.objects.filter(kind="replacement").count() == 1


def test_a_parcel_is_given_up_for_lost_from_the_page_and_only_while_a_carrier_has_it(
    floor: Floor, desk: Client
) -> None:
    parcel = floor.ship(floor.order({"ART01": 2}))
    page, url = (
        reverse("dashboard:order", args=[parcel.order_ref]),
        reverse("dashboard:give_up_parcel", args=[parcel.ref]),
    )
    html = desk.get(page).content.decode()
    assert url in html
    # It asks once, and the button that does it names the parcel.
    assert "<summary>Give it up for lost</summary>" in html and f"Give {parcel.ref} up for lost</button>" in html
    body = act()
    assert f"{parcel.ref} is given up for lost." in desk.post(url, body, follow=True).content.decode()
    assert desk.post(url, body)["Location"] == page
    assert [case.timeline for case in open_cases("delivery_problem")] == [parcel.order_ref]
    assert url not in desk.get(page).content.decode()
    again = desk.post(url, act(), follow=True).content.decode()
    assert "is given up for lost. Send it again" not in again


def test_support_changes_the_method_with_a_reason(floor: Floor) -> None:
    CarrierService.objects.create(method="express", carrier="own_delivery", service="express", name="Express", price=9)
    support, order = signed_in(Role.SUPPORT), floor.order({"ART01": 1})
    url = reverse("dashboard:change_method", args=[order.ref])
    refused = support.post(url, act(method="express", reason=""), follow=True).content.decode()
    assert "Say why the order goes another way." in refused
    changed = support.post(url, act(method="express", reason="Birthday"), follow=True).content.decode()
    assert "Ordered standard, goes by express." in changed and "Birthday" in changed
    assert Order.objects.get(pk=order.id).shipping_method == "express"


def test_an_address_without_anything_but_a_country_still_makes_a_slip(floor: Floor, desk: Client) -> None:
    address = {"country": ADDRESS["country"]}
    order = place_order(floor.shop.channel_id, request_for({"ART01": 1}, shipping_address=address), by=TESTER, now=NOW)
    assert desk.get(reverse("dashboard:order_slip", args=[order.ref])).status_code == 200


@pytest.mark.parametrize(("name", "typed"), [("margin", "lots"), ("percent", "-9"), ("at", "12.50")])
def test_a_figure_that_makes_no_sense_is_said_and_kept(floor: Floor, desk: Client, name: str, typed: str) -> None:
    html = desk.get(reverse("dashboard:shipping_rules"), {name: typed}).content.decode()
    assert "There is a problem" in html and f'<a href="#{name}">' in html
    assert f'value="{typed}" autocomplete="off" aria-invalid="true"' in html
