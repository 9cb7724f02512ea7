import pytest
from django.utils import translation

from core.kernel.countries import country_choices, country_name, is_country


def test_there_are_the_countries_of_the_standard() -> None:
    assert len(country_choices()) == 249
    assert all(is_country(code) for code in ("GB", "TH", "SE", "JP"))
    assert not any(is_country(code) for code in ("EU", "XK", "ZZ", "gb", "", "GBR"))


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Japan"), ("th", "ญี่ปุ่น"), ("sv", "Japan"), ("ja", "日本"), ("en-gb", "Japan")]
)
def test_a_country_is_called_as_its_reader_calls_it(language: str, name: str) -> None:
    with translation.override(language):
        assert country_name("JP") == name
        assert ("JP", name) in country_choices()


def test_what_is_no_country_stands_as_it_is() -> None:
    assert country_name("") == ""
    assert country_name("XK") == "XK"


def test_they_are_sorted_by_what_the_reader_sees() -> None:
    with translation.override("sv"):
        names = [name for _code, name in country_choices()]
    assert names.index("Storbritannien") < names.index("Tyskland")
