import pytest

from recsvc.storefront.formats import day, money, percent


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        (1234.5, "USD", "en", "$1,234.50"),
        (1234.5, "JPY", "ja", "￥1,235"),
        (1900, "JPY", "en", "¥1,900"),
        (1234.565, "EUR", "en", "€1,234.57"),
        (1900, "KRW", "ja", "₩1,900"),
        (0.99, "USD", "ja", "$0.99"),
        (5, "CHF", "en", "CHF 5.00"),
        (5, None, "en", "5.00"),
    ],
)
def test_price_is_written_as_its_currency_asks(
    amount: float, currency: str | None, locale: str, text: str
) -> None:
    assert money(amount, currency, locale) == text


def test_share_that_is_there_is_never_zero() -> None:
    assert [percent(share) for share in (0.001, 0.125, 1.0)] == ["1%", "12%", "100%"]


def test_date_follows_the_language() -> None:
    assert (day(0, "en"), day(0, "ja")) == ("Jan 1, 1970", "1970年1月1日")
