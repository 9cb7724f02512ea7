"""The page of the channels."""

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.accounts.roles import Role
from fulfillment.dashboard.tests.desk import Day, signed_in
from orders.models import Channel
from orders.planning.channel_defaults import CHANNEL_DEFAULTS


def html(client: Client) -> str:
    return client.get("/channels").content.decode()


def test_each_channel_says_what_it_promises_and_what_came_in(day: Day) -> None:
    Channel.objects.update(
        kind="marketplace",
        **{name: list(value) if isinstance(value, tuple) else value
           for name, value in CHANNEL_DEFAULTS["marketplace"].items()},
    )  # fmt: skip
    page = html(signed_in(Role.SUPPORT))
    for words in (
        "Marketplace",
        "Orders that cannot be filled are rejected.",
        "It ships within 2 working days.",
        "The last 2 units of an article are left to the others.",
        "Buyers get no mails of ours.",
        "MKT-",
        "Same order twice",
    ):
        assert words in page, words
    assert "admin/orders/channel" not in page


def test_a_channel_of_somebody_elses_warehouse_is_not_told(day: Day) -> None:
    page = html(signed_in(Role.SUPPORT, warehouse_ids=[day.floor.warehouse_id]))
    assert Channel.objects.get().name in page


def test_more_channels_cost_no_more_statements(day: Day, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    first = Channel.objects.get()
    for number in range(10):
        Channel.objects.create(code=f"c{number}", name=f"C {number}", warehouse_id=first.warehouse_id)
    client = signed_in(Role.SUPERVISOR)
    with django_assert_max_num_queries(8):
        client.get("/channels")
