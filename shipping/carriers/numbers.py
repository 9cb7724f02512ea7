"""Tracking numbers in the shape of UPU S10: two letters, eight digits, a check digit, two letters of a country."""

import re

# 8 6 4 2 3 5 9 7, modulo 11: the check digit of every item number of the postal union.
WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
SERVICE = "FD"
_SHAPE = re.compile(r"([A-Z]{2})(\d{8})(\d)([A-Z]{2})")


def check_digit(serial: str) -> int:
    """The S10 check digit of eight digits."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def tracking_number(serial: int, country: str) -> str:
    """Our own number for a parcel bound for ``country``: FD, the serial number, its check digit, the country."""
    digits = f"{serial % 100_000_000:08}"
    letters = country.upper() if re.fullmatch(r"[A-Za-z]{2}", country) else "ZZ"
    return f"{SERVICE}{digits}{check_digit(digits)}{letters}"


def is_tracking_number(text: str) -> bool:
    """Whether it is a number of ours with a right check digit."""
    match = _SHAPE.fullmatch(text)
    return bool(match and match[1] == SERVICE and check_digit(match[2]) == int(match[3]))
