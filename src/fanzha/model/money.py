"""Money: integer minor units with a currency. Never a float, never rounded before the end."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from fanzha.errors import UnreadableInput

# ISO 4217 minor units that are not 2 (list one, 2024), and the units of the field's crypto-assets.
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
DECIMALS = {
    **dict.fromkeys(_WHOLE.split(), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    "USDT": 6,
    "USDC": 6,
    "TRX": 6,
    "BTC": 8,
    "ETH": 18,
}
MAX_DIGITS = 24  # a sum beyond this is a garbled field, not money
_CODE = re.compile(r"[A-Z][A-Z0-9]{2,4}")
_AMOUNT = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)?(?:\.(\d*))?")


def decimals(currency: str) -> int:
    """How many decimal places the minor unit of `currency` has.

    >>> decimals("CNY"), decimals("JPY"), decimals("USDT")
    (2, 0, 6)
    """
    return DECIMALS.get(currency, 2)


def currency_code(text: str) -> str:
    """A clean currency code (`cny` → `CNY`); words such as 人民币 are the mapping's business."""
    code = unicodedata.normalize("NFKC", text).strip().upper()
    if not _CODE.fullmatch(code):
        raise UnreadableInput("currency_unreadable", value=text)
    return code


def to_minor(text: str, currency: str) -> int:
    """Minor units from decimal major units as people and banks write them.

    Takes full-width digits, `¥`/`￥`/`元`, thousands commas and a sign. Refuses anything else,
    and refuses more decimals than the currency has: nothing is rounded on the way in.

    >>> to_minor("300,000.00", "CNY"), to_minor("¥1.5", "CNY"), to_minor("-12", "JPY")
    (30000000, 150, -12)
    """
    clean = unicodedata.normalize("NFKC", text).strip()
    for mark in ("¥", "元", " ", "\u00a0", "'"):
        clean = clean.replace(mark, "")
    match = _AMOUNT.fullmatch(clean)
    if not match or len(clean) > MAX_DIGITS or not (match[2] or match[3]):
        raise UnreadableInput("amount_unreadable", value=text)
    places = decimals(currency)
    fraction = (match[3] or "").rstrip("0")
    if len(fraction) > places:
        raise UnreadableInput("amount_too_fine", value=text, currency=currency, places=places)
    whole = (match[2] or "0").replace(",", "")
    minor = int(whole + fraction.ljust(places, "0"))
    return -minor if match[1] == "-" else minor


def to_major(minor: int, currency: str) -> str:
    """Decimal major units as written in our CSV files: no grouping, all decimals.

    >>> to_major(30000000, "CNY"), to_major(-5, "CNY"), to_major(7, "JPY")
    ('300000.00', '-0.05', '7')
    """
    return f"{Decimal(minor).scaleb(-decimals(currency)):f}"


def show(minor: int, currency: str) -> str:
    """An amount as a reader wants it: grouped, with its currency.

    >>> show(30000000, "CNY")
    '300,000.00 CNY'
    """
    return f"{Decimal(minor).scaleb(-decimals(currency)):,f} {currency}"
