"""The words of the pages, in every language of the demo, from one table."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import msgspec

LANGUAGES = ("en", "ja")
Table = dict[str, dict[str, dict[str, str]]]  # section → key → locale → words


@cache
def table() -> Table:
    """The table, read once."""
    source = files("recsvc.storefront.demo").joinpath("texts.toml").read_bytes()
    return msgspec.toml.decode(source, type=Table)


class Texts:
    """The table in one locale."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def __call__(self, name: str, **values: object) -> str:
        """The words under `section.key`, with their places filled."""
        section, _, key = name.partition(".")
        return table()[section][key][self.locale].format(**values)

    def has(self, name: str) -> bool:
        """Whether there are words under that name."""
        section, _, key = name.partition(".")
        return key in table().get(section, {})


def preferred(accept_language: str, locales: Iterable[str]) -> str:
    """The locale that a browser likes best, the first one where it likes none of them."""
    known = list(locales)
    wished: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, quality = part.strip().partition(";q=")
        wished.append((_quality(quality), tag.split("-")[0].lower()))
    ranked = sorted(wished, key=lambda one: -one[0])
    return next((tag for weight, tag in ranked if weight > 0 and tag in known), known[0])


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
