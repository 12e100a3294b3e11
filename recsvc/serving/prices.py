"""Prices as shoppers read them, in the languages and currencies that the service can write."""

from decimal import ROUND_HALF_UP, Decimal

from recsvc.domain.catalogue import Item

LOCALES = frozenset({"en", "en-US", "ja", "ja-JP"})
ABROAD = {"USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "INR": "₹", "VND": "₫", "TWD": "NT$", "HKD": "HK$"}
SIGNS = {"en": ABROAD | {"JPY": "¥", "CNY": "CN¥"}, "ja": ABROAD | {"JPY": "￥"}}
"""As browsers write them (CLDR): a page of ours and an element on a shop's page show one price."""
ZERO_DECIMALS = frozenset({"JPY", "KRW", "VND", "CLP"})


def price_of(item: Item) -> float | None:
    """What an item costs now."""
    return item.price if item.sale_price is None else item.sale_price


def decimal(amount: float, currency: str | None) -> str:
    """An amount with as many decimals as its currency has: `1,234.50`, `1,234`."""
    decimals = 0 if currency in ZERO_DECIMALS else 2
    exact = Decimal(str(amount)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{exact:,}"


def price_text(amount: float | None, currency: str | None, locale: str) -> str | None:
    """A price: `$1,234.50`, `¥1,234`; None where a browser knows better how to write it."""
    sign = SIGNS[locale[:2]].get(currency or "") if locale in LOCALES else None
    return None if amount is None or sign is None else f"{sign}{decimal(amount, currency)}"
