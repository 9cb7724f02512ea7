"""Where a clock stands: the time zone of a country, and what a zone is called beside a time."""

from datetime import datetime, timedelta
from functools import cache
from importlib import resources

# The zone of a country with several: where most of its people live. The rest have one, read from the tz database.
_POPULOUS = {
    "US": "America/New_York",
    "CA": "America/Toronto",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "RU": "Europe/Moscow",
    "MX": "America/Mexico_City",
    "ID": "Asia/Jakarta",
    "CN": "Asia/Shanghai",
    "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon",
    "DE": "Europe/Berlin",
    "NZ": "Pacific/Auckland",
    "CL": "America/Santiago",
    "AR": "America/Argentina/Buenos_Aires",
    "UA": "Europe/Kyiv",
    "KZ": "Asia/Almaty",
    "MY": "Asia/Kuala_Lumpur",
}


def time_zone_of(country: str, fallback: str = "UTC") -> str:
    """The time zone of an ISO 3166 country, the most populous one of several; ``fallback`` for an unknown country."""
    return _zones().get(country.upper(), fallback)


def zone_name(local: datetime) -> str:
    """What to write behind a local time so that nobody takes it for their own: ``CET``, ``UTC+7``."""
    name = local.tzname() or "UTC"
    if name[0] not in "+-":
        return name
    # The tz database names most zones by their offset alone, and "+07" says nothing to people.
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


@cache
def _zones() -> dict[str, str]:
    found: dict[str, str] = {}
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    for row in table.splitlines():
        if row and not row.startswith("#"):
            country, _place, zone = row.split("\t")[:3]
            found.setdefault(country, zone)
    return found | _POPULOUS
