"""Slips on paper: every word can be read again, in every language, and a dozen lines stay on one page."""

from dataclasses import replace

import pypdfium2
import pytest

from fulfillment.packing_slips import Slip, SlipLine, draw, width, wrap

WORDS = {"units": "Units", "article": "Article", "price": "Price", "total": "In total", "to": "To", "later": "Later"}


def slip(lines: int = 2, **more: object) -> Slip:
    values: dict[str, object] = {
        "brand": "Gift shop",
        "title": "Packing slip",
        "code": "SHP-7K3M9Q2X",
        "facts": (("Order", "536365"), ("Your order number", "PO-77")),
        "address": ("Ada Byron", "12 Mill Lane", "LS1 4AP Leeds", "GB"),
        "lines": tuple(
            SlipLine(
                2,
                f"Hand-painted mug with a rather long name, number {number}",
                f"MUG-{number}",
                "Engraving: For Grace, with love · Colour: cobalt blue · please wrap each one on its own",
                "2.50 GBP",
                "5.00 GBP",
            )
            for number in range(1, lines + 1)
        ),
        "later": (),
        "sums": (("Items", "10.00 GBP"), ("In total", "14.95 GBP")),
        "note": "Thank you for buying from a small shop.",
        "message": "",
        "footer": "Questions? Write to help@example.com",
        "words": WORDS,
        "with_prices": True,
    }
    return Slip(**{**values, **more})  # type: ignore[arg-type]


def read(pdf: bytes) -> list[str]:
    """The text of each page, without its spaces."""
    document = pypdfium2.PdfDocument(pdf)
    return ["".join(page.get_textpage().get_text_bounded().split()) for page in document]


def test_a_dozen_lines_with_all_they_can_hold_stay_on_one_a4_page() -> None:
    pdf = draw([slip(12)])
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    assert [round(one) for one in document[0].get_size()] == [595, 842]
    (text,) = read(pdf)
    for words in ("MUG-1", "MUG-12", "PO-77", "14.95GBP", "Thankyouforbuying", "help@example.com", "SHP-7K3M9Q2X"):
        assert words in text
    assert "1/" not in text


def test_more_lines_go_on_as_many_pages_as_they_need_and_say_which() -> None:
    pages = read(draw([slip(60)]))
    assert len(pages) > 1
    assert all(f"{number}/{len(pages)}" in text for number, text in enumerate(pages, start=1))
    assert sum(text.count("Hand-paintedmug") for text in pages) == 60


@pytest.mark.parametrize(
    "words",
    [
        "Tack för att du handlar hos oss på Gårdens verkstad",
        "ขอบคุณที่สั่งซื้อกับเรา",
        "ご注文ありがとうございます",
        "Σ’ ευχαριστούμε",
    ],
)
def test_what_is_written_in_any_language_can_be_read_again(words: str) -> None:
    (text,) = read(draw([slip(note=words, message=words, lines=1, address=(words,))]))
    assert text.count("".join(words.split())) >= 2


def test_other_scripts_are_drawn_and_not_left_blank() -> None:
    def ink(note: str) -> int:
        page = pypdfium2.PdfDocument(draw([slip(note=note)]))[0].render(scale=1).to_pil().convert("L")
        return sum(page.histogram()[:128])

    assert ink("ขอบคุณที่สั่งซื้อกับเรา") > ink(".") + 50
    assert ink("ご注文ありがとうございます") > ink(".") + 50


def test_a_slip_without_prices_shows_no_money() -> None:
    plain = replace(slip(), with_prices=False, sums=())
    (text,) = read(draw([plain]))
    assert "GBP" not in text and "Price" not in text


def test_many_slips_are_one_document_each_on_its_own_page() -> None:
    pages = read(draw([slip(code="ORD-1"), slip(code="ORD-2", lines=40), slip(code="ORD-3")]))
    assert "ORD-1" in pages[0] and "ORD-3" in pages[-1] and len(pages) >= 4


def test_lines_break_at_words_and_in_scripts_without_spaces_anywhere() -> None:
    assert wrap("one two three", 10, width("one two", 10) + 1) == ["one two", "three"]
    found = wrap("ご注文ありがとうございます", 10, 60)
    assert "".join(found) == "ご注文ありがとうございます" and len(found) > 1
    assert all(width(one, 10) <= 60 for one in found)
    assert "".join(wrap("x" * 200, 10, 100)) == "x" * 200
    assert wrap("", 10, 100) == []
