"""Names of many bins from a first and a last: "A-01-1-A … A-10-4-D". Pure."""

import re
from itertools import product

MOST = 10_000
_DOTS = re.compile(r"\s*(?:…|\.\.\.?|:)\s*")
_PART = re.compile(r"[0-9]+|[A-Z]+|[^0-9A-Z]+")


class BadPattern(ValueError):
    """The pattern names no bins. The message is one of the words below."""


SHAPE, ORDER, TOO_MANY, TOO_LONG = "shape", "order", "too_many", "too_long"


def expand(pattern: str) -> list[str]:
    """Every name between the first and the last, both included: numbers and single letters run, the right one fastest.

    ``A-01-1 … A-02-3`` is six names; numbers keep their leading zeros. A pattern without dots is one name. Raises
    BadPattern with SHAPE (the two do not look alike), ORDER (the last comes first), TOO_MANY (more than MOST) or
    TOO_LONG (a name of more than 40 characters).
    """
    ends = _DOTS.split(pattern.strip().upper())
    if len(ends) > 2 or not all(ends):
        raise BadPattern(SHAPE)
    first, last = _PART.findall(ends[0]), _PART.findall(ends[-1])
    if len(first) != len(last):
        raise BadPattern(SHAPE)
    runs = [_run(low, high) for low, high in zip(first, last, strict=True)]
    count = 1
    for run in runs:
        count *= len(run)
        if count > MOST:
            raise BadPattern(TOO_MANY)
    names = ["".join(parts) for parts in product(*runs)]
    if max(map(len, names)) > 40:
        raise BadPattern(TOO_LONG)
    return names


def _run(low: str, high: str) -> list[str]:
    if low == high:
        return [low]
    if low.isdigit() and high.isdigit() and len(low) <= len(high) <= 6:
        if int(low) > int(high):
            raise BadPattern(ORDER)
        if int(high) - int(low) >= MOST:
            raise BadPattern(TOO_MANY)
        return [f"{number:0{len(low)}}" for number in range(int(low), int(high) + 1)]
    if low.isalpha() and high.isalpha() and len(low) == len(high) == 1:
        if low > high:
            raise BadPattern(ORDER)
        return [chr(code) for code in range(ord(low), ord(high) + 1)]
    raise BadPattern(SHAPE)
