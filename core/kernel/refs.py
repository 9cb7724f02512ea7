"""References people read aloud and scanners type: random base 32 with a check character."""

import secrets

# Crockford's alphabet: no I, L, O, U, so that nothing is misread. Only characters that survive every
# keyboard layout of a wedge scanner.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})


def check_character(body: str) -> str:
    """The check character of a base-32 body: weighted sum modulo 31, weights 2, 3, 4, … from the right.

    31 is prime, so every single wrong character but 0 for Z, and every swap of neighbours within it, is noticed.
    """
    total = sum(_VALUE[character] * weight for weight, character in enumerate(reversed(body), start=2))
    return ALPHABET[total % 31]


def new_ref(prefix: str, length: int = 7) -> str:
    """A new random reference such as ``ORD-7K3M9Q2X``: prefix, hyphen, ``length`` characters and a check character."""
    drawn = secrets.randbits(5 * length)
    body = "".join(ALPHABET[drawn >> shift & 31] for shift in range(0, 5 * length, 5))
    return f"{prefix}-{body}{check_character(body)}"


def scan_code(letter: str, number: int) -> str:
    """The code printed on a place: type letter, the number in base 32 (at least three characters), check character."""
    body = ""
    while number or len(body) < 3:
        number, digit = divmod(number, 32)
        body = ALPHABET[digit] + body
    return f"{letter}{body}{check_character(body)}"


def is_scan_code(code: str, letter: str) -> bool:
    """Whether ``code`` is a well-formed code of that type letter with a right check character."""
    if len(code) < 5 or not code.startswith(letter):
        return False
    body, check = code[1:-1], code[-1]
    return all(character in _VALUE for character in body) and check_character(body) == check


# What other documents begin with; a channel's orders may not.
OTHER_PREFIXES = frozenset({"ASN", "CNT", "IMP", "PCK", "PO", "REC", "RMA", "RPL", "SHP", "TRF", "WAV", "WRK"})


def is_order_ref(text: str) -> bool:
    """Whether it is a tidy, whole reference of an order, whatever its channel's begin with."""
    prefix, _hyphen, body = text.partition("-")
    if not (2 <= len(prefix) <= 4 and prefix.isascii() and prefix.isupper() and prefix.isalpha()):
        return False
    known = len(body) == 8 and all(character in _VALUE for character in body)
    return known and prefix not in OTHER_PREFIXES and check_character(body[:-1]) == body[-1]


def tidy_ref(text: str) -> str:
    """What a person typed as a reference, upper-cased and with look-alike characters mended after the prefix."""
    prefix, hyphen, body = text.strip().upper().partition("-")
    return f"{prefix}{hyphen}{body.translate(_MISREAD)}" if hyphen else prefix
