"""Prices, shares and dates as each locale writes them."""

from datetime import UTC, datetime

from recsvc.domain.catalogue import Item
from recsvc.serving.prices import decimal, price_of, price_text

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def money(amount: float, currency: str | None, locale: str) -> str:
    """A price: `$1,234.50`, `¥1,235`; a currency without a sign stands before the number as its code."""
    return price_text(amount, currency, locale) or f"{currency or ''} {decimal(amount, currency)}".strip()


def percent(share: float) -> str:
    """A share of 1 in whole percent; never 0 for something that is there."""
    return f"{max(1, round(100 * share))}%"


def day(seconds: float, locale: str) -> str:
    """The date of a Unix time, in UTC."""
    when = datetime.fromtimestamp(seconds, UTC)
    if locale == "ja":
        return f"{when.year}年{when.month}月{when.day}日"
    return f"{MONTHS[when.month - 1]} {when.day}, {when.year}"


def total(lines: list[tuple[Item, int]], locale: str) -> str | None:
    """The sum of the lines; None where there is nothing to sum or the currencies differ."""
    currencies = {item.currency for item, _ in lines}
    whole = sum(units * (price_of(item) or 0.0) for item, units in lines)
    return money(whole, currencies.pop(), locale) if len(currencies) == 1 else None
