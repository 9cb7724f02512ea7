from datetime import UTC
from itertools import chain
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from core.rest.pages import Position, cursor_page, decode_cursor, encode_cursor
from core.rest.tests.conftest import Call

pytestmark = pytest.mark.django_db


def walk(call: Call, where: str, link: str) -> list[list[str]]:
    pages = []
    while where:
        answer = call("GET", where).json()
        pages.append(answer["results"])
        where = (answer[link] or "").partition("/api/v1/")[2]
    return pages


def test_pages_show_every_row_once_newest_first_and_lead_back(call: Call) -> None:
    Group.objects.bulk_create([Group(name=f"g{number:02}") for number in range(23)])
    expected = [f"g{number:02}" for number in reversed(range(23))]
    pages = walk(call, "groups/?limit=5", "next")
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    assert list(chain(*pages)) == expected
    where, last = "groups/?limit=5", None
    while where:
        last, where = where, (call("GET", where).json()["next"] or "").partition("/api/v1/")[2]
    back = walk(call, str(last), "previous")
    assert list(chain(*reversed(back))) == expected


def test_a_row_that_arrives_meanwhile_moves_no_other(call: Call) -> None:
    Group.objects.bulk_create([Group(name=f"g{number}") for number in range(6)])
    first = call("GET", "groups/?limit=3").json()
    Group.objects.create(name="g9")
    second = call("GET", first["next"].partition("/api/v1/")[2]).json()
    assert second["results"] == ["g2", "g1", "g0"]
    assert second["next"] is None


def test_an_empty_list_has_no_neighbours(call: Call) -> None:
    assert call("GET", "groups/").json() == {"next": None, "previous": None, "results": []}


def test_the_link_keeps_the_filters(call: Call) -> None:
    Group.objects.bulk_create([Group(name=f"g{number}") for number in range(3)])
    assert "name=a%20b" in call("GET", "groups/?name=a%20b&limit=1").json()["next"].replace("+", "%20")


def test_a_selector_may_fetch_by_itself(rf: RequestFactory) -> None:
    rows = [{"at": number // 3, "id": number} for number in range(10)]

    def fetch(position: Position | None, limit: int) -> list[dict[str, int]]:
        found = sorted(rows, key=lambda row: (row["at"], row["id"]), reverse=True)
        if position:
            assert not position.backwards
            found = [row for row in found if (row["at"], row["id"]) < (position.value, position.id)]
        return found[:limit]

    seen: list[Any] = []
    address: str | None = "/x?limit=4"
    while address:
        page = cursor_page(Request(rf.get(address)), fetch, by="at", place=lambda row: (row["at"], row["id"]))
        seen += page["results"]
        address = page["next"]
    assert [row["id"] for row in seen] == list(reversed(range(10)))


@pytest.mark.parametrize(("name", "query"), [("limit", "limit=1&limit=2"), ("cursor", "cursor=&cursor=x")])
def test_cursor_and_limit_are_sent_once(rf: RequestFactory, name: str, query: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        cursor_page(Request(rf.get(f"/x?{query}")), lambda position, limit: [], by="at")
    assert refusal.value.get_codes() == {name: ["repeated"]}


TEXT = st.text(st.characters(codec="utf-8"), max_size=300)


@given(
    st.datetimes(timezones=st.just(UTC)) | st.integers() | TEXT | st.dates(),
    st.integers(min_value=1, max_value=2**63 - 1),
    st.booleans(),
)
def test_a_cursor_reads_back_and_fits_no_other_order(value: Any, row: int, backwards: bool) -> None:
    position = Position(value, row, backwards)
    text = encode_cursor(position, "created_at")
    assert decode_cursor(text, "created_at") == position
    with pytest.raises(ValueError):
        decode_cursor(text, "updated_at")


@given(st.text(max_size=600))
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError):
        decode_cursor(text, "created_at")
