"""The words of the quiz pages in one language."""

from recsvc.storefront.words import Words, read_table

LANGUAGES = ("en", "ja")
PACKAGE = "recsvc.storefront.quiz"


class Texts(Words):
    """The table of the quiz pages in one locale."""

    def __init__(self, locale: str) -> None:
        super().__init__(read_table(PACKAGE), locale)

    def spoken(self) -> str:
        """The language in which the words of the page itself stand."""
        language = self.locale.partition("-")[0]
        return language if language in LANGUAGES else LANGUAGES[0]
