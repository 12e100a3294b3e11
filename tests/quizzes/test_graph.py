"""`RECSVC_GOLDEN=write` in the environment writes tests/golden/graph.svg anew."""

import os
import re
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from quizzes.definition import Quiz
from quizzes.graph import draw
from quizzes.loader import load_quiz
from quizzes.picture.lettering import width
from tests.quizzes.parts import build, choice, question, words
from tests.quizzes.proofs.test_reach_properties import tangled

GOLDEN = Path(__file__).parents[1] / "golden" / "graph.svg"
SVG = "{http://www.w3.org/2000/svg}"
ENDING = choice("no", text={"ja": "いいえ", "en": "No"}, ends=True)
WIDE = choice("wide", text=words("A choice of so many words that they do not fit into one line of its card"))
SMALL = build(
    question(
        "age", choices=[choice("yes", text={"ja": "はい", "en": "Yes"}), ENDING], title=words("20 or older?")
    ),
    question(
        "left", "slider", range={"min": 1, "max": 5, "unit": words("JPY")}, when="age == 'yes'", fact="f"
    ),
    question("right", "multi", when="age != 'yes'", purpose="health", sensitive=True, must="item.a == 'b'"),
    question("three", when="known(f)", choices=[choice("a", must="item.c < 3"), ENDING, WIDE], required=True),
    question("news", "text", place="after_result", when="left > 3 or three in ['a', 'no']"),
    title={"ja": "どれに<する>?", "en": "Which <one> & why?"},
    result={"min": 3},
)


class Box(NamedTuple):
    """A rectangle of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: "Box") -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


def parsed(picture: str) -> ET.Element:
    return ET.fromstring(picture)  # noqa: S314 (our own picture)


def rectangles(root: ET.Element, looks: set[str]) -> list[Box]:
    found = [one for one in root.iter(f"{SVG}rect") if one.get("class") in looks]
    corners = [[float(one.get(name, "")) for name in ("x", "y", "width", "height")] for one in found]
    return [Box(x, y, x + broad, y + high) for x, y, broad, high in corners]


def lines_of_words(root: ET.Element) -> list[Box]:
    found: list[Box] = []
    for one in root.iter(f"{SVG}text"):
        x, y, size = (float(one.get(name, "")) for name in ("x", "y", "font-size"))
        broad = width(one.text or "", size)
        start = {"start": x, "middle": x - broad / 2, "end": x - broad}[one.get("text-anchor", "start")]
        found.append(Box(start, y - size * 0.8, start + broad, y + size * 0.2))
    return found


def lines(root: ET.Element) -> list[Box]:
    """The straight parts of every line, as boxes without breadth."""
    found: list[Box] = []
    for path in root.iter(f"{SVG}path"):
        if path.get("class") in {"line", "end"}:
            numbers = [float(one) for one in re.findall(r"-?[\d.]+", path.get("d", ""))]
            points = list(zip(numbers[::2], numbers[1::2], strict=True))
            for (x, y), (to_x, to_y) in pairwise(points):
                found.append(Box(min(x, to_x), min(y, to_y), max(x, to_x) + 0.01, max(y, to_y) + 0.01))
    return found


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_picture_is_well_formed_and_runs_nothing(locale: str) -> None:
    picture = draw(SMALL, locale)
    root = parsed(picture)
    assert root.findtext(f"{SVG}title") == SMALL.title[locale]
    assert {one.tag.removeprefix(SVG) for one in root.iter()} == {
        *("svg", "title", "desc", "style", "defs", "marker", "path", "rect", "g", "text", "circle")
    }
    assert "<one>" not in picture
    assert not any(name.startswith("on") or "href" in name for one in root.iter() for name in one.attrib)


def test_picture_is_the_golden_one() -> None:
    picture = draw(SMALL)
    if os.environ.get("RECSVC_GOLDEN") == "write":
        GOLDEN.write_text(picture, "utf-8")
    assert GOLDEN.read_text("utf-8") == picture


def test_conditions_are_in_words_and_what_nobody_is_asked_is_marked() -> None:
    quiz = build(question("one"), question("two", when="one == 'a' and one == 'b'"))
    texts = [one.text for one in parsed(draw(quiz, "en")).iter(f"{SVG}text")]
    assert "one is “a” and one is “b”" in texts
    assert "two · single · never asked" in texts
    assert "try@1 · 1 question" in texts


def test_characters_that_svg_cannot_hold_are_left_out() -> None:
    quiz = build(question("one", title=words("a\0b\x1b\ufffec")), title=words("\x08]]>&"))
    parsed(draw(quiz))


def assert_readable(quiz: Quiz, locale: str) -> None:
    root = parsed(draw(quiz, locale))
    (paper,) = rectangles(root, {"paper"})
    cards, inside = rectangles(root, {"card", "never", "result"}), lines_of_words(root)
    chips = rectangles(root, {"chip", "fact", "filter", "consent"})
    assert not any(one.overlaps(other) for one, other in combinations(cards, 2))
    assert not any(one.overlaps(other) for one, other in combinations(chips, 2))
    assert all(paper.holds(one) for one in (*cards, *inside, *lines(root)))
    assert all(any(card.holds(chip) for card in cards) for chip in chips)
    outside = [one for one in inside if not any(card.overlaps(one) for card in cards)]
    assert not any(line.overlaps(one) for line in lines(root) for one in outside)
    assert all(any(card.holds(one) for card in cards) for one in inside if one not in outside)


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_nothing_runs_over_anything_else(locale: str, example: bytes) -> None:
    assert_readable(SMALL, locale)
    assert_readable(load_quiz(example, "skin-finder.quiz.toml"), locale)


@settings(max_examples=20)
@given(tangled())
def test_any_quiz_can_be_drawn_readably(quiz: Quiz) -> None:
    assert_readable(quiz, "en")
