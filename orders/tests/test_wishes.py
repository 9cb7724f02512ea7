"""What a buyer wants of a line is told in one line."""

import pytest

from orders.planning.wishes import wish_words


@pytest.mark.parametrize(
    ("properties", "note", "words"),
    [
        ({}, "", ""),
        ({"colour": "blue", "size": "M"}, "", "Colour: blue · Size: M"),
        (
            {"gift_wrap": True, "sample": False, "returnable": False, "_id": "7", "empty": "", "none": None},
            "",
            "Gift wrap",
        ),
        ({"engraving": "Ada\nByron"}, "ring  twice", "Engraving: Ada Byron · “ring twice”"),
        ({"size": 42}, "", "Size: 42"),
        ({"สี": "น้ำเงิน"}, "", "สี: น้ำเงิน"),
    ],
)
def test_wishes_are_told_as_the_buyer_said_them(properties: dict[str, object], note: str, words: str) -> None:
    assert wish_words(properties, note) == words
