"""Shopify's ids and names: numbers in webhooks, text in pixels, addresses in its GraphQL."""

from typing import Final

SOURCE: Final = "shopify"


def plain(shopify_id: str | None) -> str | None:
    """`gid://shopify/Product/7` and `7` are one id."""
    if shopify_id is not None and shopify_id.startswith("gid://"):
        return shopify_id.partition("?")[0].rpartition("/")[2] or None
    return shopify_id
