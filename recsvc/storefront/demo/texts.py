"""The words of the demo's pages, in every language of the demo, from one table."""

from recsvc.storefront.words import Words, read_table

LANGUAGES = ("en", "ja")
PACKAGE = "recsvc.storefront.demo"


class Texts(Words):
    """The demo's table in one locale."""

    def __init__(self, locale: str) -> None:
        super().__init__(read_table(PACKAGE), locale)
