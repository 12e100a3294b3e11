import re
from pathlib import Path
from string import Formatter

import pytest

import recsvc.storefront.demo
import recsvc.storefront.quiz
from recsvc.storefront.words import Words, preferred, read_table

LANGUAGES = {"en", "ja"}
PACKAGES = {
    "recsvc.storefront.demo": recsvc.storefront.demo,
    "recsvc.storefront.quiz": recsvc.storefront.quiz,
}
MADE = {"basis", "brand", "channel", "contact", "did", "dropped", "problem", "purpose", "refused", "source"}
"""Sections whose keys are put together from codes."""


def places(text: str) -> set[str | None]:
    return {place for _, place, _, _ in Formatter().parse(text) if place is not None}


@pytest.mark.parametrize("package", [*PACKAGES, "recsvc.cli.report", "recsvc.cli.quiz"])
def test_every_text_has_every_language_with_the_same_places(package: str) -> None:
    for section, texts in read_table(package).items():
        for key, languages in texts.items():
            assert set(languages) == LANGUAGES, f"{section}.{key}"
            assert len({frozenset(places(text)) for text in languages.values()}) == 1, f"{section}.{key}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_is_used_and_every_used_text_exists(package: str) -> None:
    root = Path(str(PACKAGES[package].__file__)).parent
    sources = "".join(path.read_text("utf-8") for path in root.rglob("*") if path.suffix in {".html", ".py"})
    used = set(re.findall(r"""(?:\bt|texts|_texts)\(\s*["']([a-z]+\.[a-z_]+)["']""", sources))
    there = {f"{section}.{key}" for section, texts in read_table(package).items() for key in texts}
    assert used <= there
    assert {key for key in there - used if key.partition(".")[0] not in MADE} == set()


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "en"),
        ("ja", "ja"),
        ("ja-JP,ja;q=0.9,en-US;q=0.8", "ja"),
        ("fr, de;q=0.7", "en"),
        ("ja;q=0, en;q=0.1", "en"),
        (";q=x,,", "en"),
    ],
)
def test_browser_gets_the_language_it_likes_best(header: str, locale: str) -> None:
    assert preferred(header, ("en", "ja")) == locale


@pytest.mark.parametrize(
    ("header", "locale"), [("pt-PT", "pt-BR"), ("zh-TW", "zh-TW"), ("zh", "zh-CN"), ("en-GB", "en")]
)
def test_browser_gets_its_region_else_its_language(header: str, locale: str) -> None:
    assert preferred(header, ("en", "pt-BR", "zh-CN", "zh-TW")) == locale


def test_places_are_filled_and_other_languages_read_english() -> None:
    table = {"shop": {"hello": {"en": "Hello {whom}", "ja": "{whom}様"}}}
    assert Words(table, "ja-JP")("shop.hello", whom="<9>") == "<9>様"
    assert Words(table, "de")("shop.hello", whom="x") == "Hello x"
