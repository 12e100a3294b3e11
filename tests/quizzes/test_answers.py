import math
from typing import Any

import msgspec
import pytest

from quizzes.answers import SKIPPED, Answer, check, fact_value, from_fact, from_form
from quizzes.definition import Question
from quizzes.errors import AnswerError

EMAIL = {"via": "email", "purpose": "health", "confirm": "double"}
LINE = {"via": "line", "purpose": "health", "confirm": "platform"}
LONELY: list[dict[str, Any]] = [{"id": one, "text": {}, "alone": one == "none"} for one in ("a", "b", "none")]
CHOICES: list[dict[str, Any]] = [
    {"id": one, "text": {}, "unsure": one == "dunno"} for one in ("a", "b", "c", "dunno")
]

QUESTIONS: dict[str, dict[str, Any]] = {
    "single": {"choices": CHOICES, "fact": "f"},
    "multi": {"choices": CHOICES, "pick": [1, 2], "fact": "f"},
    "two": {"kind": "multi", "choices": CHOICES, "pick": [2, 3]},
    "any": {"kind": "multi", "choices": CHOICES, "pick": [0, 4]},
    "lonely": {"kind": "multi", "choices": LONELY},
    "image": {"choices": CHOICES},
    "images": {"kind": "image", "choices": CHOICES, "pick": [1, 2]},
    "rank": {"choices": CHOICES, "fact": "f"},
    "slider": {"range": {"min": 10, "max": 20}, "fact": "f"},
    "scale": {"scale": {"min": 1, "max": 5}},
    "number": {},
    "text": {},
    "contact": {"channels": [EMAIL, LINE]},
    "info": {},
    "must": {"kind": "single", "choices": CHOICES, "required": True},
}


def question(name: str) -> Question:
    return msgspec.convert({"id": name, "kind": name, "title": {}, **QUESTIONS[name]}, Question)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("single", "a", "a"),
        ("multi", ["c", "a"], ("a", "c")),
        ("any", [], ()),
        ("lonely", ["none"], ("none",)),
        ("image", "b", "b"),
        ("images", ["b"], ("b",)),
        ("rank", ["c", "a"], ("c", "a")),
        ("slider", 10, 10.0),
        ("slider", 12.5, 12.5),
        ("scale", 3, 3.0),
        ("number", -4, -4.0),
        ("text", "  x ", "x"),
        ("text", "x" * 500, "x" * 500),
        ("contact", {"via": "line"}, {"via": "line"}),
        ("contact", {"via": "email", "address": "a@b.jp"}, {"via": "email", "address": "a@b.jp"}),
    ],
)
def test_fitting_answer_is_taken(name: str, value: object, expected: object) -> None:
    answer = check(question(name), {"value": value})
    assert answer == Answer(expected)  # type: ignore[arg-type]
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Answer) == answer


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("single", "z", "unknown_choice"),
        ("single", ["a"], "wrong_type"),
        ("single", 1, "wrong_type"),
        ("single", None, "wrong_type"),
        ("multi", "a", "wrong_type"),
        ("multi", ["a", 1], "wrong_type"),
        ("multi", ["a", "z"], "unknown_choice"),
        ("multi", ["a", "a"], "repeated_choice"),
        ("multi", ["a", "b", "c"], "too_many_picks"),
        ("multi", [], "too_few_picks"),
        ("two", ["a"], "too_few_picks"),
        ("lonely", ["a", "none"], "alone"),
        ("image", ["a"], "wrong_type"),
        ("images", "a", "wrong_type"),
        ("slider", 9.99, "out_of_range"),
        ("slider", 21, "out_of_range"),
        ("slider", "12", "wrong_type"),
        ("slider", True, "wrong_type"),
        ("slider", math.nan, "wrong_type"),
        ("number", math.inf, "wrong_type"),
        ("number", 10**400, "wrong_type"),
        ("scale", 2.5, "wrong_type"),
        ("scale", 6, "out_of_range"),
        ("text", 5, "wrong_type"),
        ("text", "a\0b", "wrong_type"),
        ("text", "   ", "empty"),
        ("text", "x" * 501, "too_long"),
        ("contact", "a@b.jp", "wrong_type"),
        ("contact", {"address": "a@b.jp"}, "wrong_type"),
        ("contact", {"via": "line", "more": "x"}, "wrong_type"),
        ("contact", {"via": "fax"}, "unknown_channel"),
        ("contact", {"via": "email"}, "wrong_type"),
        ("contact", {"via": "email", "address": "a b@c.d"}, "wrong_type"),
        ("contact", {"via": "email", "address": "@b.jp"}, "wrong_type"),
    ],
)
def test_misfit_is_refused_with_its_code(name: str, value: object, code: str) -> None:
    with pytest.raises(AnswerError) as caught:
        check(question(name), {"value": value})
    assert caught.value.code == code
    assert name in caught.value.message


@pytest.mark.parametrize(
    "raw", [None, [], "a", {}, {"valeu": "a"}, {"value": "a", "skip": True}, {"skip": False}, {"skip": 1}]
)
def test_body_that_is_no_answer_is_refused(raw: object) -> None:
    with pytest.raises(AnswerError) as caught:
        check(question("single"), raw)
    assert caught.value.code == "wrong_type"


def test_every_question_may_be_skipped_unless_required() -> None:
    assert check(question("single"), {"skip": True}).skip
    with pytest.raises(AnswerError) as caught:
        check(question("must"), {"skip": True})
    assert caught.value.code == "required"


def test_information_takes_any_answer_as_read() -> None:
    assert check(question("info"), {"value": None}).skip
    assert check(question("info"), {"skip": True}).skip


@pytest.mark.parametrize(
    ("name", "values", "raw"),
    [
        ("single", ["a"], {"value": "a"}),
        ("single", [], {"skip": True}),
        ("multi", ["a", "b"], {"value": ["a", "b"]}),
        ("multi", [], {"value": []}),
        ("slider", ["12.5"], {"value": 12.5}),
        ("slider", ["dear"], {"value": "dear"}),
        ("contact", ["email", "a@b.jp"], {"value": {"via": "email", "address": "a@b.jp"}}),
        ("contact", ["line", "a@b.jp"], {"value": {"via": "line"}}),
        ("rank", ["b", "a"], {"value": ["b", "a"]}),
        ("rank", ["2:a", "10:c", "1:b"], {"value": ["b", "a", "c"]}),
        ("rank", ["2:a", "b"], {"value": ["2:a", "b"]}),
        ("rank", [], {"value": []}),
        ("text", ["12"], {"value": "12"}),
    ],
)
def test_form_values_become_a_body(name: str, values: list[str], raw: dict[str, object]) -> None:
    assert from_form(question(name), values) == raw


def test_form_with_two_choices_on_one_place_is_refused() -> None:
    with pytest.raises(AnswerError) as refused:
        from_form(question("rank"), ["1:a", "1:b"])
    assert refused.value.code == "same_place"


@pytest.mark.parametrize(
    ("name", "answer", "fact"),
    [
        ("single", Answer("a"), ("a",)),
        ("single", Answer("dunno"), None),
        ("single", Answer(skip=True), None),
        ("multi", Answer(("a", "dunno")), ("a",)),
        ("rank", Answer(("c", "a")), ("c", "a")),
        ("slider", Answer(12.0), 12.0),
        ("scale", Answer(3.0), None),
    ],
)
def test_answer_says_its_fact(name: str, answer: Answer, fact: object) -> None:
    assert fact_value(question(name), answer) == fact


@pytest.mark.parametrize(
    ("name", "fact", "answer"),
    [
        ("single", ("a",), Answer("a")),
        ("single", ("elsewhere",), SKIPPED),
        ("single", ("a", "b"), SKIPPED),
        ("single", (), None),
        ("single", 3.0, None),
        ("multi", ("c", "a"), Answer(("a", "c"))),
        ("multi", (), None),
        ("rank", ("c", "a"), Answer(("c", "a"))),
        ("slider", 99.0, Answer(99.0)),
        ("slider", ("a",), None),
        ("scale", 3.0, None),
    ],
)
def test_known_fact_stands_for_an_answer_of_its_type(name: str, fact: Any, answer: Answer | None) -> None:
    assert from_fact(question(name), {"f": fact}) == answer


@pytest.mark.parametrize(
    "address",
    [
        "a@b.c,d@e.f",
        "a;b@c.d",
        "a@b@c.d",
        "a@.c.",
        "-oX@b.c",
        "a b@c.d",
        "a@b",
        "a%0d%0aBcc:x@y.z",
        "a@b.c\n",
        "<a@b.c>",
    ],
)
def test_what_a_mail_program_could_take_for_more_is_no_address(address: str) -> None:
    with pytest.raises(AnswerError):
        check(question("contact"), {"value": {"via": "email", "address": address}})


@pytest.mark.parametrize(
    "address", ["a@b.co", "first.last+tag@sub.example.com", "o'hara@example.org", "買い物@例え.jp"]
)
def test_plain_address_is_taken(address: str) -> None:
    assert check(question("contact"), {"value": {"via": "email", "address": address}}).value
