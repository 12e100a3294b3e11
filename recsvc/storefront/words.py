"""The words of the pages: tables of section.key = { locale = words }, and which language a browser likes."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import msgspec

Table = dict[str, dict[str, dict[str, str]]]  # section → key → locale → words
FALLBACK = "en"


@cache
def read_table(package: str) -> Table:
    """The table `texts.toml` of a package, read once."""
    source = files(package).joinpath("texts.toml").read_bytes()
    return msgspec.toml.decode(source, type=Table)


class Words:
    """A table in one locale; English where it has no words of that language."""

    def __init__(self, table: Table, locale: str) -> None:
        self._table = table
        self.locale = locale

    def __call__(self, name: str, **values: object) -> str:
        """The words under `section.key`, with their places filled."""
        section, _, key = name.partition(".")
        words = self._table[section][key]
        return words.get(self.locale.partition("-")[0], words[FALLBACK]).format(**values)

    def has(self, name: str) -> bool:
        """Whether there are words under that name."""
        section, _, key = name.partition(".")
        return key in self._table.get(section, {})


def preferred(accept_language: str, locales: Iterable[str]) -> str:
    """The locale that a browser likes best, the first one where it likes none of them."""
    known = list(locales)
    wished: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, quality = part.strip().partition(";q=")
        wished.append((_quality(quality), tag.lower()))
    ranked = [tag for weight, tag in sorted(wished, key=lambda one: -one[0]) if weight > 0]
    return next((found for tag in ranked if (found := _match(tag, known))), known[0])


def _match(tag: str, known: Iterable[str]) -> str | None:
    """The locale of a tag, else one of its language."""
    spoken = {locale.lower(): locale for locale in known}
    language = tag.partition("-")[0]
    near = next((locale for name, locale in spoken.items() if name.partition("-")[0] == language), None)
    return spoken.get(tag) or spoken.get(language) or near


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
