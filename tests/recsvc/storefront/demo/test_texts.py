import re
from pathlib import Path
from string import Formatter

import pytest

import recsvc.storefront.demo
from recsvc.storefront.demo.texts import LANGUAGES, Texts, preferred, table

ROOT = Path(recsvc.storefront.demo.__file__).parent
KEYS = [f"{section}.{key}" for section, texts in table().items() for key in texts]


def places(text: str) -> set[str | None]:
    return {place for _, place, _, _ in Formatter().parse(text) if place is not None}


def test_every_text_has_every_language_with_the_same_places() -> None:
    for section, texts in table().items():
        for key, languages in texts.items():
            assert set(languages) == set(LANGUAGES), f"{section}.{key}"
            assert len({frozenset(places(text)) for text in languages.values()}) == 1, f"{section}.{key}"


def test_every_text_is_used_and_every_used_text_exists() -> None:
    sources = "".join(path.read_text("utf-8") for path in ROOT.rglob("*") if path.suffix in {".html", ".py"})
    used = set(re.findall(r"""(?:\bt|texts|_texts)\(\s*["']([a-z]+\.[a-z_]+)["']""", sources))
    made = {key for key in KEYS if key.split(".")[0] in {"basis", "brand", "dropped", "problem"}}
    assert used <= set(KEYS)
    assert set(KEYS) <= used | made


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
    assert preferred(header, LANGUAGES) == locale


def test_places_are_filled() -> None:
    assert Texts("ja")("shop.household", id="<9>") == "世帯 <9>"
