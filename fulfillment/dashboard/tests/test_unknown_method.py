"""An order by a shipping method nobody knows: its page says so and leads to where the method is set."""

import pytest
from django.urls import reverse

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import action, signed_in
from orders.models import Hold, Order
from orders.selectors.methods import forget_methods
from shipping.models import CarrierService
from shipping.services.upgrading import set_method
from shipping.tests.floor import NOW, TESTER, Floor, build_floor


@pytest.fixture
def floor(db: None) -> Floor:
    """A shop whose one service is ``standard``."""
    return build_floor({"MUG": 20})


def test_the_page_names_the_word_and_setting_a_method_lets_it_go(floor: Floor) -> None:
    order = floor.shop.order({"MUG": 1}, shipping_method="pigeon")
    support = signed_in(Role.SUPPORT)
    form = reverse("dashboard:edit_order", args=[order.ref])

    page = support.get(f"/orders/{order.ref}").content.decode()
    assert "No shipping method of this shop has that name." in page
    assert f'href="{form}#id_shipping_method"' in page
    shown = support.get(form)
    assert 'id="id_shipping_method"' in shown.content.decode()
    values = {bound.name: bound.value() for bound in shown.context["form"] if bound.value() is not None}
    assert values["shipping_method"] == "pigeon"
    saved = support.post(form, action(**{**values, "shipping_method": "standard", "save": "1"}))
    assert saved.status_code == 302
    assert (Order.objects.get().shipping_method, Order.objects.get().open_holds) == ("standard", 0)
    assert "#id_shipping_method" not in support.get(f"/orders/{order.ref}").content.decode()


def test_sending_it_another_way_ends_the_hold(floor: Floor) -> None:
    order = floor.shop.order({"MUG": 1}, shipping_method="pigeon")
    assert Order.objects.get().open_holds == 1
    set_method(order.ref, "standard", reason="The shop meant this", by=TESTER, now=NOW)
    assert (Order.objects.get().open_holds, Hold.objects.get().released_by) == (0, TESTER.name)


def test_a_service_that_is_switched_off_is_known_no_more(floor: Floor) -> None:
    CarrierService.objects.create(
        method="express", carrier="own_delivery", service="express", name="Express", active=False
    )
    forget_methods()
    assert [hold.code for hold in floor.shop.order({"MUG": 1}, shipping_method="express").holds] == ["method.unknown"]
    CarrierService.objects.filter(method="express").update(active=True)
    forget_methods()
    assert floor.shop.order({"MUG": 1}, shipping_method="express").holds == ()
