"""Titles for the products of The Complete Journey, made of what its tills print: type, category and size."""

import re
import tomllib
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from recsvc.sources.complete_journey_names import category_name

_CUT: Final = 30
"""The tills cut a type off after so many characters; its last word may then be half a word."""

_SMALL_WORDS: Final = {"a", "and", "for", "in", "of", "on", "or", "the", "to", "with"}
_PIECE: Final = re.compile(r"[A-Za-z0-9.%']+|[-&,]")
_OUNCES: Final = re.compile(r"(?<!FL )(?<![A-Z])OZ\b")
_THOUSAND: Final = {"g": "kg", "ml": "L"}
_WHOLE_FROM: Final = 100
_ARTICLE_CODE: Final = re.compile(r"\d{5}")
_FRACTIONS: Final = {"1/2", "1/3", "2/3", "1/4", "3/4", "1/8", "3/8", "5/8", "7/8"}


class _Unit(msgspec.Struct, frozen=True):
    """How a unit is called, and how many of the Japanese unit an English one is."""

    en: str
    ja: str
    ja_per_en: float = 1.0


class _Wording(msgspec.Struct, frozen=True):
    """The TOML file beside this one."""

    dropped_prefixes: frozenset[str]
    leading_nouns: frozenset[str]
    qualifiers: frozenset[str]
    liquids: frozenset[str]
    words: dict[str, str]
    titles: dict[str, str]
    units: dict[str, _Unit]


def english_title(product_type: str, category: str, package_size: str | None) -> str:
    """A title such as "Shredded Cheese, 8 oz"."""
    wording = _wording()
    name = wording.titles.get(product_type)
    if name is None:
        whole = product_type if len(product_type) < _CUT else product_type.rpartition(" ")[0]
        name = _words(_reordered(whole, wording), wording)
        if product_type in wording.qualifiers or not name:
            name = f"{name.replace(',', '')} {category_name(category, 'en')}".strip()
    size = size_in(package_size, "en")
    return name if size is None or size.removesuffix(" ct") in name else f"{name}, {size}"


def japanese_title(category: str, package_size: str | None) -> str:
    """The category's name with the size, what is poured by volume."""
    if package_size and category in _wording().liquids:
        package_size = _OUNCES.sub("FL OZ", package_size.upper())
    size = size_in(package_size, "ja")
    name = category_name(category, "ja")
    return name if size is None else f"{name} {size}"


def size_in(package_size: str | None, locale: str) -> str | None:
    """A package size in words of a locale (en, ja), None where it cannot be read.

    `6/12 OZ` and `6 PK/12 OZ` are packs of six, `7 1/4 OZ` and `1/2 GAL` fractions, and what comes by a
    bare `LB` is sold by weight. In Japanese sizes are metric.
    """
    if package_size is None:
        return None
    text = " ".join(package_size.upper().split())
    if text == "LB":
        return "by the pound" if locale == "en" else "量り売り"
    parts = [_part(part, locale) for part in re.split(r"(?<=[A-Z])\s*/\s*", text)]
    found = [part for part in parts if part is not None]
    return (" " if locale == "ja" else ", ").join(found) if found and parts[0] is not None else None


def _reordered(product_type: str, wording: _Wording) -> str:
    """Drop what stands in brackets, and put what follows a colon or a leading noun before it."""
    text = re.sub(r"\([^)]*\)?", " ", product_type.replace("W/", " WITH "))
    head, colon, tail = (part.strip() for part in text.partition(":"))
    if colon and tail:
        text = tail if head in wording.dropped_prefixes else f"{tail} {head}"
    text = re.sub(r"^SEAFOOD-(?:MISC-)?|\s*-\s*OTHER\b", "", text)
    text = re.sub(r"(?<=\bFRE)-|(?<=\bFRZ)-|(?<=\bHAMS)-|-(?=MAGAZINE)|-(?=FULLY)", " ", text)
    first, _, rest = text.strip().partition(" ")
    return f"{rest} {first}" if first in wording.leading_nouns and rest[:1].isalpha() else text


def _words(text: str, wording: _Wording) -> str:
    text = re.sub(r"\s+-\s*|\s*-\s+", " , ", text.replace("/", " & "))
    words: list[str] = []
    for piece in _PIECE.findall(text):
        word = wording.words.get(piece.rstrip("."), piece.capitalize())
        if piece in "-&," and (not words or words[-1] in "-&,"):
            continue
        if word:
            words.append(word.lower() if words and word.lower() in _SMALL_WORDS else word)
    while words and (words[-1] in "-&," or words[-1] in _SMALL_WORDS):
        words.pop()
    title = " ".join(words).replace(" - ", "-").replace(" ,", ",")
    return title.replace(" & ", ", ", max(0, title.count(" & ") - 1))


def _part(text: str, locale: str) -> str | None:
    units = _wording().units
    if text.removeprefix("HALF ") in units:
        number, unit = ("1/2" if text.startswith("HALF ") else "1"), text.removeprefix("HALF ")
        return _with_unit(number, units[unit], locale)
    found = _size_pattern().match(text)
    if found is None or _ARTICLE_CODE.match(found[3]):
        return None
    times, sign, number, unit = found.groups()
    if sign == "/" and f"{times}/{number}" in _FRACTIONS:
        times, number = None, f"{times}/{number}"
    elif times and "/" in number:
        times, number = None, f"{times} {number}"
    size = _with_unit(number, units[unit], locale)
    if times is None:
        return size
    return f"{size}×{times}" if locale == "ja" else f"{times} x {size}"


def _with_unit(number: str, unit: _Unit, locale: str) -> str:
    amount = float(sum(map(Fraction, number.split())))
    if locale == "ja":
        return _metric(amount * unit.ja_per_en, unit.ja)
    written = number if "/" in number else f"{amount:g}"
    return f"{written} {unit.en}"


def _metric(amount: float, unit: str) -> str:
    if amount >= 1000 and unit in _THOUSAND:  # noqa: PLR2004
        amount, unit = amount / 1000, _THOUSAND[unit]
    return f"{amount:.0f}{unit}" if amount >= _WHOLE_FROM else f"{amount:.3g}{unit}"


@cache
def _size_pattern() -> re.Pattern[str]:
    units = "|".join(sorted(map(re.escape, _wording().units), key=len, reverse=True))
    number = r"\d+ \d+/[1-9]\d*|\d+/[1-9]\d*|\d*\.?\d+"
    return re.compile(rf"^(?:[LNRB]\s?)?(?:(\d+)\s?([/-])\s?)?({number})\s?({units})(?![A-Z])")


@cache
def _wording() -> _Wording:
    text = files("recsvc.sources").joinpath("complete_journey_titles.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _Wording)
