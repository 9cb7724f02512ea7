"""What tells one article from its neighbour: the word a picker has to look for."""

import re

_COLOURS = (
    "black blue bronze brown copper cream gold golden green grey gray ivory lilac mint navy orange pink purple red "
    "rose silver teal turquoise violet white yellow clear natural"
)
_SIZES = "xs s m l xl xxl mini small medium large big giant jumbo tall short single double"
_WORDS = frozenset(f"{_COLOURS} {_SIZES}".split())
_AMOUNT = re.compile(r"^(set|pack|box|s)$|^\d+([.,]\d+)?(cm|mm|ml|cl|l|g|kg|pcs?|pieces?)?$", re.IGNORECASE)


def telling_words(name: str) -> str:
    """The part of a name that tells size, colour or count, to stand out beside it; empty when nothing does.

    What follows the last comma is such a part; without one, words for colours, sizes and amounts are.
    """
    _head, comma, tail = name.rpartition(",")
    if comma and tail.strip():
        return tail.strip()
    found = [word for word in name.replace("/", " ").split() if word.casefold() in _WORDS or _AMOUNT.match(word)]
    return " ".join(found[:4])
