"""Invented people for real customer numbers: always the same ones for the same number, all at example.com."""

import random
from typing import Any

# The shop's words for countries, in ISO 3166. Unspecified ones are at home.
COUNTRIES = {
    "United Kingdom": "GB", "EIRE": "IE", "Germany": "DE", "France": "FR", "Spain": "ES", "Netherlands": "NL",
    "Belgium": "BE", "Switzerland": "CH", "Portugal": "PT", "Australia": "AU", "Norway": "NO", "Italy": "IT",
    "Channel Islands": "JE", "Finland": "FI", "Cyprus": "CY", "Sweden": "SE", "Austria": "AT", "Denmark": "DK",
    "Japan": "JP", "Poland": "PL", "Israel": "IL", "USA": "US", "Hong Kong": "HK", "Singapore": "SG",
    "Iceland": "IS", "Canada": "CA", "Greece": "GR", "Malta": "MT", "United Arab Emirates": "AE", "RSA": "ZA",
    "Lebanon": "LB", "Lithuania": "LT", "Brazil": "BR", "Czech Republic": "CZ", "Bahrain": "BH",
    "Saudi Arabia": "SA", "European Community": "BE", "Unspecified": "GB",
}  # fmt: skip

LOCALES = {"SE": "sv", "JP": "ja"}

# city, region, postal code
_CITIES: dict[str, list[tuple[str, str, str]]] = {
    "GB": [
        ("London", "", "E1 6AN"), ("Leeds", "", "LS1 4AP"), ("Bristol", "", "BS1 5TR"), ("Glasgow", "", "G1 1XQ"),
        ("Norwich", "", "NR2 1TF"), ("Cardiff", "", "CF10 1EP"), ("York", "", "YO1 7HH"), ("Exeter", "", "EX1 1HS"),
    ],
    "IE": [("Dublin", "", "D02 X285"), ("Cork", "", "T12 W8KX")],
    "DE": [("Berlin", "", "10115"), ("München", "", "80331"), ("Köln", "", "50667")],
    "FR": [("Paris", "", "75004"), ("Lyon", "", "69002"), ("Nantes", "", "44000")],
    "ES": [("Madrid", "Madrid", "28012"), ("Sevilla", "Sevilla", "41001")],
    "NL": [("Utrecht", "", "3511 LN"), ("Groningen", "", "9712 HM")],
    "BE": [("Gent", "", "9000"), ("Liège", "", "4000")],
    "CH": [("Zürich", "", "8001"), ("Genève", "", "1204")],
    "PT": [("Lisboa", "", "1100-148"), ("Porto", "", "4000-322")],
    "AU": [("Melbourne", "VIC", "3000"), ("Hobart", "TAS", "7000")],
    "NO": [("Oslo", "", "0150"), ("Bergen", "", "5003")],
    "IT": [("Torino", "TO", "10121"), ("Lecce", "LE", "73100")],
    "JE": [("St Helier", "", "JE2 3RT")],
    "FI": [("Helsinki", "", "00100"), ("Turku", "", "20100")],
    "CY": [("Nicosia", "", "1010")],
    "SE": [("Göteborg", "", "411 06"), ("Umeå", "", "903 26")],
    "AT": [("Wien", "", "1010"), ("Graz", "", "8010")],
    "DK": [("København", "", "1050"), ("Aarhus", "", "8000")],
    "JP": [("千代田区", "東京都", "100-0005"), ("京都市", "京都府", "604-8005")],
    "PL": [("Kraków", "", "31-042"), ("Łódź", "", "90-001")],
    "IL": [("Tel Aviv", "", "6100001")],
    "US": [("Portland", "OR", "97205"), ("Madison", "WI", "53703")],
    "HK": [("Hong Kong", "Kowloon", "")],
    "SG": [("Singapore", "", "048624")],
    "IS": [("Reykjavík", "", "101")],
    "CA": [("Toronto", "ON", "M5V 2T6")],
    "GR": [("Αθήνα", "", "105 57")],
    "MT": [("Valletta", "", "VLT 1117")],
    "AE": [("Dubai", "Dubai", "")],
    "ZA": [("Cape Town", "", "8001")],
    "LB": [("Beirut", "", "1107")],
    "LT": [("Vilnius", "", "01103")],
    "BR": [("Curitiba", "PR", "80010-010")],
    "CZ": [("Praha", "", "110 00")],
    "BH": [("Manama", "", "317")],
    "SA": [("Riyadh", "", "11564")],
}  # fmt: skip

_FIRST = ["Ada", "Bea", "Cleo", "Dana", "Eli", "Finn", "Gus", "Hana", "Ida", "Jon", "Kit", "Lea", "Max", "Nia", "Otto"]
_LAST = ["Archer", "Baker", "Carter", "Dyer", "Fletcher", "Glover", "Hooper", "Mason", "Potter", "Sadler", "Weaver"]
_STREETS = ["Mill Lane", "Station Road", "Church Street", "Harbour Street", "Market Square", "Orchard Way"]
_LOCAL_STREETS = {
    "DE": ["Lindenstraße", "Mühlweg"], "AT": ["Lindengasse"], "FR": ["rue des Lilas", "quai de la Fosse"],
    "NO": ["Storgata", "Kirkegata"], "SE": ["Storgatan"], "NL": ["Kerkstraat"], "ES": ["Calle Mayor"],
    "JP": ["丸の内1丁目", "寺町通"], "GR": ["Οδός Ερμού"], "PL": ["ulica Długa"], "DK": ["Vestergade"],
}  # fmt: skip
_NAMES = {"JP": [("佐藤", "花子"), ("鈴木", "太郎")], "GR": [("Παπαδόπουλος", "Νίκος")]}


def country_of(shop_country: str) -> str:
    """The ISO 3166 alpha-2 code of the shop's word for a country; a word never seen before is at home."""
    return COUNTRIES.get(shop_country, "GB")


def customer_of(number: str, shop_country: str) -> dict[str, Any]:
    """The ``customer`` member of an order for a customer number, or for a guest's invoice number."""
    country = country_of(shop_country)
    return {
        "name": _name(number, country),
        "email": f"customer-{number.lower()}@example.com",
        "phone": "",
        "locale": LOCALES.get(country, "en"),
        "notify_by": ["email"],
    }


def address_of(number: str, shop_country: str) -> dict[str, str]:
    """A plausible postal address of that customer in that country; postal codes have the country's form."""
    country = country_of(shop_country)
    pick = random.Random(f"address {number} {country}")
    city, region, postal_code = pick.choice(_CITIES[country])
    street = pick.choice(_LOCAL_STREETS.get(country, _STREETS))
    house = str(pick.randint(1, 180))
    number_first = country in {"GB", "IE", "US", "CA", "AU", "FR", "JE", "MT", "ZA"}
    return {
        "name": _name(number, country),
        "line1": f"{house} {street}" if number_first else f"{street} {house}",
        "city": city,
        "region": region,
        "postal_code": postal_code,
        "country": country,
    }


def _name(number: str, country: str) -> str:
    pick = random.Random(f"name {number}")
    if country in _NAMES:
        return " ".join(pick.choice(_NAMES[country]))
    return f"{pick.choice(_FIRST)} {pick.choice(_LAST)}"
