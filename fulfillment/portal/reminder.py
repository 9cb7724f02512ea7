"""A day to remember, as a calendar file (RFC 5545)."""

from datetime import UTC, date, datetime, timedelta


def reminder(*, uid: str, day: date, summary: str, url: str, now: datetime) -> bytes:
    """One whole-day event with a reminder at noon of the day before; CRLF line ends, long lines folded at 75 octets."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Fulfillment//Returns//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(summary)}",
        f"URL:{url}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(summary)}",
        "TRIGGER:-PT12H",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    found, row = b"", b""
    for letter in line:
        octets = letter.encode()
        if len(row) + len(octets) > 75:
            found, row = found + row + b"\r\n", b" "
        row += octets
    return found + row + b"\r\n"
