"""What a scanned code says."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from inventory.planning.gs1 import NOTHING, Gs1, read_gs1, same_article
from inventory.selectors.scans import read_readings, read_scan
from inventory.services.products import add_barcode
from inventory.tests.conftest import NOW, TESTER, make_products

GTIN = "09506000134352"
SSCC = "106141412345678908"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"]C101{GTIN}10ABC123\x1d17270531", Gs1(gtin=GTIN, lot="ABC123", expires_on=date(2027, 5, 31))),
        (f"01{GTIN}10ABC123\x1d17270531", Gs1(gtin=GTIN, lot="ABC123", expires_on=date(2027, 5, 31))),
        (f"\x1d01{GTIN}21SER1", Gs1(gtin=GTIN, serial="SER1")),
        (f"(01){GTIN}(10)ABC123(17)270531", Gs1(gtin=GTIN, lot="ABC123", expires_on=date(2027, 5, 31))),
        (f"https://id.gs1.org/01/{GTIN}/10/AB?17=270531", Gs1(gtin=GTIN, lot="AB", expires_on=date(2027, 5, 31))),
        (f"01{GTIN}17270200", Gs1(gtin=GTIN, expires_on=date(2027, 2, 28))),
        (f"01{GTIN}15270228", Gs1(gtin=GTIN, expires_on=date(2027, 2, 28))),
        (f"]C102{GTIN}37000012", Gs1(gtin=GTIN, count=12)),
        (f"]C100{SSCC}", Gs1(sscc=SSCC)),
        (f"00{SSCC}", Gs1(sscc=SSCC)),
        (f"(00){SSCC}", Gs1(sscc=SSCC)),
        (SSCC, Gs1(sscc=SSCC)),
        ("9506000134352", Gs1(gtin=GTIN)),
    ],
)
def test_gs1_is_read_in_every_form_it_is_printed_in(text: str, read: Gs1) -> None:
    assert read_gs1(text) == read


@pytest.mark.parametrize("text", ["", "MUG-GRN", "LA03K2", "9506000134351", "]C1", "((((", "01" * 400, "٠١٢٣٤٥٦٧٨٩٠١٢"])
def test_what_is_no_gs1_code_is_nothing(text: str) -> None:
    assert read_gs1(text) == NOTHING


def test_of_a_label_with_an_impossible_date_the_article_still_counts() -> None:
    assert read_gs1(f"01{GTIN}1726022910A") == Gs1(gtin=GTIN)
    assert read_gs1(f"(01){GTIN}(17)269931") == Gs1(gtin=GTIN)


@given(st.text(max_size=80) | st.text(alphabet="0123456789()\x1d]C1d2AB", max_size=80))
def test_no_text_a_scanner_can_send_breaks_the_reading(text: str) -> None:
    label = read_gs1(text)
    assert label.count >= 1
    assert len(label.gtin) in (0, 14)
    assert len(label.sscc) in (0, 18)


def test_a_gtin_is_looked_for_with_and_without_its_zeros() -> None:
    assert same_article(GTIN) == [GTIN, GTIN[1:]]
    assert same_article("00012345678905") == ["00012345678905", "0012345678905", "012345678905"]


@pytest.mark.django_db
def test_a_scan_finds_its_article_by_barcode_gtin_or_sku(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    (product,) = make_products(1)
    add_barcode(product, code="9506000134352", units=6, by=TESTER, now=NOW)
    for text in ("9506000134352", GTIN, f"01{GTIN}10L7", "p-001"):
        with django_assert_max_num_queries(2):
            scan = read_scan(text)
        assert scan.product is not None and scan.product.id == product, text
        assert scan.units == (1 if text == "p-001" else 6)
    assert read_scan(f"]C101{GTIN}10L7").lot == "L7"
    assert read_scan(f"]C101{GTIN}21S9").lot == "S9"
    assert read_scan(f"]C102{GTIN}3710").units == 60
    assert read_readings(["qwerty", "9506000134352"]).units == 6


@pytest.mark.django_db
def test_a_code_nobody_knows_has_no_product(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(2):
        scan = read_scan("\0 nobody\0 ")
    assert (scan.product, scan.units, scan.text) == (None, 1, "nobody")
    assert read_scan(f"00{SSCC}").sscc == SSCC
    assert read_scan("").product is None
