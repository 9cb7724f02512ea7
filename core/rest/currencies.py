"""ISO 4217: the currencies that are legal tender somewhere, how many decimals each has, and amounts for customers."""

from decimal import Decimal

from django.utils.formats import number_format

# Source: the CLDR's territory-to-currency table (tender, no end date), which follows ISO 4217 list one. Funds and
# metals (XDR, XAU, CHE, …) are left out: nobody pays an order in them. BGN is out since Bulgaria took the euro.
_CODES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS
    VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())

# ISO 4217 "minor unit" where it is not 2.
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_DECIMALS = dict.fromkeys(_NONE.split(), 0) | dict.fromkeys(_THREE.split(), 3)


def decimals_of(currency: str) -> int:
    """How many decimals an amount of the currency may have: 0 for JPY, 3 for KWD, 2 for most."""
    return _DECIMALS.get(currency, 2)


_SYMBOLS = {"GBP": "£%s", "USD": "$%s", "JPY": "¥%s", "THB": "฿%s", "SEK": "%s kr"}


def money(amount: Decimal, currency: str) -> str:
    """An amount as a customer reads it in the active language: ``£12.50``, ``−£3.00``, ``1 250,00 kr``, ``¥1,200``."""
    figure = number_format(abs(amount), decimal_pos=decimals_of(currency), use_l10n=True, force_grouping=True)
    return f"{'−' if amount < 0 else ''}{_SYMBOLS.get(currency, f'%s {currency}') % figure}"
