import pytest
from django.test import Client

from core.accounts.models import User
from core.rest.models import RateCounter

pytestmark = pytest.mark.django_db

RIGHT = {"username": "ann", "password": "correct horse battery", "next": "/healthz"}
WRONG = RIGHT | {"password": "wrong"}


@pytest.fixture(autouse=True)
def ann() -> User:
    return User.objects.create_user("ann", password=RIGHT["password"])


def test_five_wrong_passwords_close_the_account_for_a_while() -> None:
    browser = Client()
    assert [browser.post("/login", WRONG).status_code for _ in range(6)] == [200] * 5 + [429]
    refused = browser.post("/login", RIGHT)
    assert refused.status_code == 429 and 1 <= int(refused["Retry-After"]) <= 900
    assert "_auth_user_id" not in browser.session


def test_right_passwords_never_close_it() -> None:
    for _ in range(12):
        assert Client().post("/login", RIGHT).status_code == 302


def test_an_account_that_does_not_exist_answers_alike() -> None:
    nobody = WRONG | {"username": "nobody"}
    assert [Client().post("/login", nobody).status_code for _ in range(6)] == [200] * 5 + [429]


def test_an_address_that_tries_many_accounts_is_closed() -> None:
    answers = [Client().post("/login", WRONG | {"username": f"user{n}"}).status_code for n in range(51)]
    assert answers == [200] * 50 + [429]


def test_the_counters_keep_no_name() -> None:
    Client().post("/login", WRONG)
    assert not any("ann" in bucket for bucket in RateCounter.objects.values_list("bucket", flat=True))
