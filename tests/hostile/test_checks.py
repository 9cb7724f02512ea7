"""No text a shop may send breaks what looks at it."""

from decimal import Decimal

import pytest

from orders.planning.addresses import look_at_address
from orders.planning.checks import Bought, look_at_quantities
from orders.planning.phones import look_at_phone
from orders.services.check_words import sentence_of
from tests.hostile.conftest import NAUGHTY


@pytest.mark.parametrize("country", ["GB", "US", "JP", "TH", "SE", "DE", "CN", "HK", "", "../../etc"])
def test_naughty_strings_are_looked_at_and_told_in_bounds(country: str) -> None:
    for text in NAUGHTY:
        fields = dict.fromkeys(("name", "company", "line1", "line2", "city", "region", "postal_code"), text)
        findings = look_at_address({**fields, "country": country}, method=text)
        findings += look_at_phone(text, country, required=True)
        findings += look_at_quantities([Bought(1, text, 99, Decimal(1))], usual_units=2, usual={})
        assert 0 < len(sentence_of(findings)) <= 300


def test_a_naughty_country_is_no_country() -> None:
    for text in NAUGHTY:
        look_at_address({"line1": text, "country": text})
        look_at_phone("020 7946 0000", text, required=True)
