"""What a buyer wants of a line beyond the article: colour, size, personalisation, a note. Pure."""

from collections.abc import Mapping
from typing import Any

# What a shop tells us, not the people who pick and pack.
_NOT_A_WISH = frozenset({"returnable"})


def wish_words(properties: Mapping[str, Any], note: str = "") -> str:
    """The wishes in one line, such as ``Colour: blue · Size: M · “Ring twice”``; empty without any.

    A property that is just true is told by its name; one that is false, empty or named ``_so`` is left out.
    """
    told = []
    for name, value in properties.items():
        if name in _NOT_A_WISH or name.startswith("_") or value in (None, False, ""):
            continue
        label = name.replace("_", " ").strip()
        label = label[:1].upper() + label[1:]
        told.append(label if value is True else f"{label}: {' '.join(str(value).split())}")
    if note.strip():
        told.append(f"“{' '.join(note.split())}”")
    return " · ".join(told)
