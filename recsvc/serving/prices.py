"""Prices as shoppers read them, in the languages and currencies that the service can write."""

from recsvc.domain.catalogue import Item

LOCALES = frozenset({"en", "en-US", "ja", "ja-JP"})
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
ZERO_DECIMALS = frozenset({"JPY", "KRW", "VND", "CLP"})


def price_of(item: Item) -> float | None:
    """What an item costs now."""
    return item.price if item.sale_price is None else item.sale_price


def decimal(amount: float, currency: str | None) -> str:
    """An amount with as many decimals as its currency has: `1,234.50`, `1,234`."""
    return f"{amount:,.{0 if currency in ZERO_DECIMALS else 2}f}"


def price_text(amount: float | None, currency: str | None, locale: str) -> str | None:
    """A price: `$1,234.50`, `¥1,234`; None where a browser knows better how to write it."""
    sign = SIGNS.get(currency or "") if locale in LOCALES else None
    return None if amount is None or sign is None else f"{sign}{decimal(amount, currency)}"
