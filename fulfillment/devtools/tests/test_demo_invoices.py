"""The retailer's invoices are read whole: nothing dropped in silence."""

import csv
from collections import Counter
from datetime import date

from fulfillment.devtools.demo.catalogue import articles_of, ean13, late_delivery, opening_stock
from fulfillment.devtools.demo.invoices import (
    LINES_PER_ORDER,
    SLICE,
    Cancellation,
    Sale,
    is_goods,
    read_invoices,
    sku_of,
)
from fulfillment.devtools.demo.people import COUNTRIES, address_of, customer_of

TODAY = date(2026, 11, 21)


def read(counts: Counter[str] | None = None) -> list[Sale | Cancellation]:
    return list(read_invoices(SLICE, last_day=TODAY, counts=Counter() if counts is None else counts))


def test_every_line_of_the_file_is_counted_as_something() -> None:
    counts: Counter[str] = Counter()
    read(counts)
    assert counts["lines read"] == 5017
    assert counts["invoices read"] == 300
    dealt_with = counts["goods lines"] + counts["charge lines (no goods)"] + counts["stock notes on invoices (no sale)"]
    assert dealt_with == counts["lines read"]


def test_units_sold_and_given_back_are_those_of_the_file() -> None:
    with SLICE.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if is_goods(sku_of(row["StockCode"]))]
    sold = sum(int(row["Quantity"]) for row in rows if row["InvoiceNo"][0] != "C" and int(row["Quantity"]) > 0)
    back = -sum(int(row["Quantity"]) for row in rows if row["InvoiceNo"][0] == "C")
    invoices = read()
    assert sum(line.quantity for one in invoices if isinstance(one, Sale) for line in one.goods) == sold
    assert sum(line.quantity for one in invoices if isinstance(one, Cancellation) for line in one.goods) == back


def test_the_shop_s_last_day_becomes_today_and_hours_stay() -> None:
    first, last = read()[0], read()[-1]
    first_at = first.placed_at if isinstance(first, Sale) else first.at
    last_at = last.placed_at if isinstance(last, Sale) else last.at
    assert (first_at.date(), first_at.hour, first_at.minute) == (date(2026, 11, 20), 8, 26)
    assert last_at.date() == TODAY


def test_long_invoices_are_split_and_keep_their_number() -> None:
    sales = [one for one in read() if isinstance(one, Sale)]
    assert all(1 <= len(one.goods) <= LINES_PER_ORDER for one in sales)
    assert {"536544", "536544-2", "536544-3"} <= {one.external_id for one in sales}
    assert len({one.external_id for one in sales}) == len(sales)


def test_codes_that_differ_in_case_are_one_product_and_charges_are_none() -> None:
    assert sku_of(" 85123a") == sku_of("85123A")
    assert is_goods("85123A")
    assert not any(
        map(is_goods, ["POST", "DOT", "M", "D", "C2", "BANK CHARGES", "AMAZONFEE", "GIFT_0001_20", "S", "B"])
    )


def test_opening_stock_covers_most_but_not_all_of_the_demand() -> None:
    articles = articles_of(read()).values()
    demand = sum(article.demand for article in articles)
    covered = sum(min(article.demand, opening_stock(article)) for article in articles)
    assert 0.85 * demand < covered < demand
    assert sum(map(late_delivery, articles)) > 0


def test_articles_have_barcodes_of_their_own_with_right_check_digits() -> None:
    articles = articles_of(read())
    codes = {article.barcode for article in articles.values()}
    assert len(codes) == len(articles)
    assert ean13("400638133393") == "4006381333931"  # the example in GS1's General Specifications


def test_people_are_always_the_same_and_live_at_example_com() -> None:
    for country in COUNTRIES:
        assert address_of("17850", country) == address_of("17850", country)
        assert customer_of("17850", country)["email"].endswith("@example.com")
        assert len(address_of("17850", country)["country"]) == 2
