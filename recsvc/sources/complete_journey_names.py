"""What the demo shop calls the categories and departments of The Complete Journey; needs no polars."""

import tomllib
from functools import cache
from importlib.resources import files

Names = dict[str, dict[str, str]]


def category_name(category: str, locale: str) -> str:
    """The name of a product category in a locale (en, ja), in English for another locale, else itself."""
    return _name(_tables()["categories"], category, locale)


def department_name(department: str, locale: str) -> str:
    """The name of a department in a locale (en, ja), in English for another locale, else itself."""
    return _name(_tables()["departments"], department, locale)


def category_names() -> Names:
    """All categories: category → locale → name."""
    return _tables()["categories"]


def _name(names: Names, key: str, locale: str) -> str:
    found = names.get(key, {})
    return found.get(locale) or found.get("en") or key


@cache
def _tables() -> dict[str, Names]:
    return tomllib.loads(files("recsvc.sources").joinpath("complete_journey_names.toml").read_text("utf-8"))
