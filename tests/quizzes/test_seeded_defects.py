"""Twelve seeded defects of kinds that linters of quizzes miss, each found with its code and its place."""

from pathlib import Path

import pytest

from quizzes.catalogue import Catalogue
from quizzes.lint import Finding, lint_source

BASE = Path(__file__).with_name("walking-shoes.quiz.toml").read_text("utf-8")

SHOES = (
    ("town", "summer", "brown", "leather", "no"),
    ("town", "winter", "red", "wool", "no"),
    ("forest", "summer", "red", "canvas", "no"),
    ("forest", "winter", "brown", "leather", "yes"),
    ("mountain", "summer", "brown", "canvas", "no"),
    ("mountain", "winter", "red", "leather", "yes"),
)
NAMES = ("terrain", "season", "colour", "material", "waterproof")
CATALOGUE = Catalogue(
    {"price": 5000.0, **{name: (value,) for name, value in zip(NAMES, shoe, strict=True)}} for shoe in SHOES
)

RAIN = "when = \"terrain != 'town'\""
SPIKES = "when = \"terrain == 'mountain' and 'winter' in season\""
LOOK = 'id = "look"\nkind = "image"\nfact = "shoe_look"'
ENDING = 'text = { ja = "落ち着いた色", en = "Quiet" }', 'text = { ja = "明るい色", en = "Bright" }'

Change = tuple[str, str]

DEFECTS: dict[str, tuple[str, str, str, tuple[Change, ...]]] = {
    "unreachable after an early end": (
        "unreachable-question",
        "avoid",
        "$.questions[4].when",
        ((LOOK, f"{LOOK}\nrequired = true"), *((text, f"{text}, ends = true") for text in ENDING)),
    ),
    "contradiction across two questions": (
        "unreachable-question",
        "spikes",
        "$.questions[5].when",
        ((SPIKES, "when = \"terrain == 'town' and rain == 'yes'\""),),
    ),
    "condition on a later question": (
        "ref-forward",
        "rain",
        "$.questions[2].when",
        ((RAIN, "when = \"look != 'quiet'\""),),
    ),
    "mutual visibility": (
        "ref-forward",
        "rain",
        "$.questions[2].when",
        ((RAIN, "when = \"spikes == 'yes'\""), (SPIKES, "when = \"rain == 'yes'\"")),
    ),
    "missing Japanese text": (
        "text-missing",
        "wool",
        "$.questions[4].choices[1].text",
        (('{ ja = "ウール", en = "Wool" }', '{ en = "Wool" }'),),
    ),
    "piping of a later answer": (
        "pipe-later",
        "season",
        "$.questions[1].title",
        (('"When do you walk?"', '"When do you walk in {look|such}?"'),),
    ),
    "image without alternative": (
        "alt-missing",
        "bright",
        "$.questions[3].choices[1].alt",
        ((', alt = { ja = "赤い靴", en = "A red shoe" }', ""),),
    ),
    "path with an empty result": (
        "empty-result",
        "",
        "avoid=leather",
        (("\"item.waterproof == 'yes'\", relax = 1", "\"item.waterproof == 'yes'\""),),
    ),
    "maximum that hides a required question": (
        "path-longer-than",
        "budget",
        "terrain=mountain, season=winter, rain=yes, look=quiet, avoid=leather, spikes=yes",
        (("max = 7", "max = 6"),),
    ),
    "choice that can never be picked": (
        "unreachable-choice",
        "always",
        "$.questions[1].choices[2].id",
        (("pick = [1, 2]", "pick = [2, 2]"),),
    ),
    "known fact of itself": (
        "ref-self",
        "rain",
        "$.questions[2].when",
        ((RAIN, "when = \"terrain != 'town' and not known(walk_rain)\""),),
    ),
    "touchpoint that asks what depends on an unasked question": (
        "ask-depends-on-unasked",
        "product-page",
        "$.touchpoints[0].ask",
        (('ask = ["terrain", "rain"]', 'ask = ["rain"]'),),
    ),
}


def findings(source: str) -> list[Finding]:
    return lint_source(source.encode(), "walking-shoes.quiz.toml", CATALOGUE)


def line_of(source: str, name: str) -> int:
    return next(row for row, line in enumerate(source.splitlines(), 1) if f'id = "{name}"' in line)


def test_there_are_twelve_and_the_base_has_no_finding() -> None:
    assert len(DEFECTS) == 12
    assert findings(BASE) == []


@pytest.mark.parametrize("kind", DEFECTS)
def test_seeded_defect_is_found_with_its_place(kind: str) -> None:
    code, name, path, changes = DEFECTS[kind]
    source = BASE
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    found = [one for one in findings(source) if one.code == code]
    assert any(path in one.path for one in found)
    assert not name or line_of(source, name) in {one.line for one in found}
