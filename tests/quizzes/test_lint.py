import importlib
import importlib.util
from typing import Any

import msgspec
import pytest

from quizzes.catalogue import Catalogue
from quizzes.definition import Quiz
from quizzes.lint import RULES, Finding, lint, lint_source
from quizzes.rules.rule import Level
from tests.quizzes.parts import Raw, choice, purpose, raw_quiz, words
from tests.quizzes.parts import kept as question

CATALOGUE = Catalogue(
    [
        {"price": 3.0, "category": "tea", "colour": ("green", "red"), "brand": "B"},
        {"price": 4.0, "category": "cup", "colour": ("blue",), "brand": "B"},
    ]
)
LIMITS = {"min": 0, "max": 9}
ELSEWHERE = ("test_lint_rules", "test_lint_paths", "test_lint_results")
"""Modules with more of BAD and SOUND."""


def picture(choice_id: str, **fields: Any) -> Raw:
    return choice(choice_id, image="x.svg", alt=words("x"), **fields)


ONE = question("one")
NUMBER = question("n", "slider", range=LIMITS)
MANY = question("many", "multi")
WISHING = question("one", choices=[choice("a", w={"colour": {"red": 1}})])
REASONS = {"because": {"colour": {"red": words("red")}}}

BAD: dict[str, list[Raw]] = {
    "id-duplicate": [
        raw_quiz(ONE, ONE),
        raw_quiz(question("one", choices=[choice("a"), choice("a")])),
        raw_quiz(ONE, touchpoints=[{"id": "t", "page": "p", "ask": [], "per_session": 1}] * 2),
    ],
    "id-reserved": [raw_quiz(question("item")), raw_quiz(question("one", fact="known"))],
    "type-kind": [
        raw_quiz(question("one", "single", choices=[])),
        raw_quiz(question("one", "slider")),
        raw_quiz(question("one", "scale")),
        raw_quiz(question("one", "contact", place="after_result")),
        raw_quiz(question("one", "text", fact="f")),
        raw_quiz(question("one", "text", choices=[choice("a")])),
        raw_quiz(question("one", pick=[1, 2])),
        raw_quiz(question("one", "multi", pick=[2, 1])),
        raw_quiz(question("one", "multi", pick=[1, 4])),
        raw_quiz(question("one", "multi", pick=[0, 0])),
        raw_quiz(question("one", "image", choices=[choice("a", alt=words("x"))])),
        raw_quiz(question("one", "slider", range={"min": 9, "max": 9})),
        raw_quiz(question("one", "slider", range={**LIMITS, "start": 10})),
        raw_quiz(question("one", "scale", scale={"min": 1, "max": 5, "labels": [words("x")]})),
        raw_quiz(question("one", required=True, purpose="health")),
        raw_quiz(question("one", choices=[choice("a", unsure=True, must="item.price < 9"), choice("b")])),
        raw_quiz(question("one", "image", choices=[choice("a", image="javascript:x", alt=words("x"))])),
    ],
    "ref-unknown": [
        raw_quiz(ONE, question("two", when="on == 'a'")),
        raw_quiz(question("one", must="gone == item.category")),
        raw_quiz(ONE, question("two", when="item.price < 3")),
        raw_quiz(question("one", title=words("{gone|x}"))),
        raw_quiz(WISHING, result={"because": {"colour": {"red": words("{gone}")}}}),
        raw_quiz(ONE, experiment={"key": "k", "arms": {"x": 1}, "set": {"x": {"first": "gone"}}}),
    ],
    "ref-forward": [
        raw_quiz(question("one", when="two == 'a'"), question("two")),
        raw_quiz(question("one", must="item.category == two"), question("two")),
        raw_quiz(question("one", when="not known(f)"), question("two", fact="f")),
        raw_quiz(question("mail", "text", place="after_result"), question("two", when="mail == 'x'")),
    ],
    "ref-self": [
        raw_quiz(question("one", when="one != 'a'")),
        raw_quiz(question("one", title=words("{one|x}"))),
        raw_quiz(question("one", when="not known(f)", fact="f")),
    ],
    "pipe-later": [
        raw_quiz(question("one", title=words("{two|x}")), question("two")),
        raw_quiz(question("one", choices=[choice("a", text=words("{two}"))]), question("two")),
    ],
    "choice-unknown": [
        raw_quiz(ONE, question("two", when="one == 'z'")),
        raw_quiz(MANY, question("two", when="'z' not in many")),
        raw_quiz(ONE, question("two", when="one in ['a', 'z']")),
    ],
    "type-mismatch": [
        raw_quiz(MANY, question("two", when="many == 'a'")),
        raw_quiz(NUMBER, question("two", when="n == '3'")),
        raw_quiz(ONE, question("two", when="one < 3")),
        raw_quiz(ONE, question("two", when="'a' in one")),
        raw_quiz(question("note", "info"), question("two", when="note != 'x'")),
        raw_quiz(question("one", must="item.price == 'cheap'")),
        raw_quiz(question("one", must="not (item.colour >= 5)")),
        raw_quiz(question("one", must="item.colour != 'red'")),
    ],
    "attr-unknown": [
        raw_quiz(question("one", choices=[choice("a", w={"color": {"red": -1}})])),
        raw_quiz(question("one", must="item.sale_price < 3")),
        raw_quiz(ONE, result={"because": {"material": {"wood": words("x")}}}, title=words("unused, too")),
    ],
    "attr-value-unknown": [
        raw_quiz(question("one", choices=[choice("a", w={"colour": {"purple": -1}})])),
        raw_quiz(question("one", must="item.category in ['tea', 'pot']")),
        raw_quiz(question("one", must="'pink' not in item.colour")),
        raw_quiz(ONE, result={"slots": ["tea", "pot"]}),
    ],
    "unreachable-question": [
        raw_quiz(
            ONE, question("two", when="one == 'a'"), question("three", when="two == 'b' and one == 'c'")
        ),
        raw_quiz(question("one", choices=[choice("a", ends=True)], required=True), question("two")),
    ],
    "text-missing": [
        raw_quiz(question("one", title={"ja": "x"})),
        raw_quiz(question("one", help={"en": "x", "ja": " "})),
        raw_quiz(question("one", choices=[choice("a", text={"en": "x"})])),
        raw_quiz(ONE, title={"ja": "x"}),
        raw_quiz(question("one", "slider", range={**LIMITS, "unit": {"ja": "円"}})),
        raw_quiz(question("one", "scale", scale={"min": 1, "max": 3, "labels": [words("x"), {"en": "y"}]})),
        raw_quiz(WISHING, result={"because": {"colour": {"red": {"en": "red"}}}}),
    ],
    "alt-missing": [raw_quiz(question("one", "image", choices=[choice("a", image="x.svg")]))],
    "reason-missing": [
        raw_quiz(WISHING),
        raw_quiz(WISHING, result={"because": {"colour": {"blue": words("x")}}}, title=words("unused, too")),
    ],
    "reason-unused": [
        raw_quiz(WISHING, result={"because": {"colour": {"red": words("x"), "blue": words("y")}}}),
        raw_quiz(WISHING, result={"because": {"one": {"a": words("x")}}}, title=words("missing, too")),
    ],
    "purpose-missing": [
        raw_quiz(question("one", purpose="gone")),
        raw_quiz(ONE, purpose=None),
        raw_quiz(
            question(
                "one",
                "contact",
                place="after_result",
                channels=[{"via": "email", "purpose": "gone", "confirm": "double"}],
            )
        ),
    ],
    "sensitive-without-opt-in": [
        raw_quiz(question("one", sensitive=True)),
        raw_quiz(question("one", sensitive=True, purpose="long")),
    ],
    "keep-missing": [
        raw_quiz(ONE, purposes={"p": {key: purpose()[key] for key in ("basis", "policy", "text")}})
    ],
    "revision-not-raised": [raw_quiz(ONE, title=words("Changed"))],
    "choice-removed": [raw_quiz(question("one", choices=[choice("a")]), revision=2)],
}

SOUND: dict[str, Raw] = {
    "plain": raw_quiz(),
    "branch": raw_quiz(ONE, question("two", when="one == 'a'"), question("three", when="two != 'b'")),
    "number": raw_quiz(NUMBER, question("two", when="n > 3 and n <= 9")),
    "own must": raw_quiz(question("n", "slider", range=LIMITS, must="item.price <= n", relax=1)),
    "list": raw_quiz(MANY, question("two", when="'a' in many or many in ['a', 'b']")),
    "rank": raw_quiz(question("r", "rank"), question("two", when="'a' in r")),
    "image": raw_quiz(question("one", "image", choices=[picture("a"), picture("b")])),
    "images": raw_quiz(question("one", "image", pick=[1, 2], choices=[picture("a"), picture("b")])),
    "scale": raw_quiz(
        question("one", "scale", scale={"min": 1, "max": 3, "labels": [words(x) for x in "xyz"]})
    ),
    "text": raw_quiz(question("t", "text"), question("two", when="t == 'gift'")),
    "info": raw_quiz(question("i", "info"), ONE, purpose="p"),
    "wish": raw_quiz(WISHING, result=REASONS),
    "unsure wish": raw_quiz(question("one", choices=[choice("a", unsure=True), choice("b")])),
    "fewer": raw_quiz(question("one", choices=[choice("a", w={"colour": {"red": -1}})])),
    "filter": raw_quiz(question("one", choices=[choice("a", must="'red' not in item.colour")])),
    "price": raw_quiz(question("one", choices=[choice("a", must="item.price < 3 and item.brand == 'B'")])),
    "slots": raw_quiz(ONE, result={"slots": ["tea", "cup"], "min": 2}),
    "pipe": raw_quiz(
        ONE, question("two", title=words("{one|x} or {three}"), when="one == 'a'"), question("three")
    )
    | {"questions": [ONE, question("two", title=words("{one|x}"))]},
    "reason pipe": raw_quiz(WISHING, result={"because": {"colour": {"red": words("{one|x}")}}}),
    "known elsewhere": raw_quiz(question("one", when="not known(f)")),
    "known before": raw_quiz(question("one", fact="f"), question("two", when="known(f)")),
    "sensitive": raw_quiz(question("one", sensitive=True, purpose="health", fact="f")),
    "required": raw_quiz(question("one", required=True)),
    "early end": raw_quiz(question("one", choices=[choice("a", ends=True), choice("b")]), question("two")),
    "alone": raw_quiz(question("one", "multi", choices=[choice("a"), choice("b"), choice("no", alone=True)])),
    "gift": raw_quiz(question("one", choices=[choice("me"), choice("friend", gift=True)]), question("two")),
    "contact": raw_quiz(
        ONE,
        question(
            "mail",
            "contact",
            place="after_result",
            channels=[{"via": "email", "purpose": "long", "confirm": "double"}],
        ),
    ),
    "touchpoint": raw_quiz(ONE, touchpoints=[{"id": "t", "page": "p", "ask": ["one"], "every": "7d"}]),
    "arms": raw_quiz(
        ONE, experiment={"key": "k", "arms": {"x": 0.5, "y": 0.5}, "set": {"x": {"first": "one"}}}
    ),
    "same ids": raw_quiz(question("a", choices=[choice("a"), choice("b")]), question("b", when="a == 'b'")),
    "one locale": raw_quiz(question("one", title={"en": "x"}, choices=[choice("a")]), locales=["en"]),
    "pace": raw_quiz(ONE, question("two"), pace={"order": "adaptive", "min": 1, "max": 2, "stop_gain": 0.01}),
    "negated": raw_quiz(ONE, question("two", when="not (one == 'a' or one == 'b')")),
}


def decode(raw: Raw) -> Quiz:
    return msgspec.convert(raw, Quiz)


def findings(raw: Raw) -> list[Finding]:
    return lint(
        decode(raw),
        CATALOGUE,
        [decode(raw_quiz())] if raw["title"] != words("Try") or raw["revision"] > 1 else [],
    )


def cases() -> list[Any]:
    return [
        pytest.param(code, raw, id=f"{code}-{row}")
        for code, raws in BAD.items()
        for row, raw in enumerate(raws)
    ]


@pytest.mark.parametrize(("code", "raw"), cases())
def test_bad_definition_is_found_by_its_rule_alone(code: str, raw: Raw) -> None:
    found = findings(raw)
    assert code in {one.code for one in found}
    if raw["title"] == words("Try"):
        assert {one.code for one in found} == {code}
    assert all(one.message.endswith((".", "?")) and one.path.startswith("$") for one in found)


def test_every_rule_has_a_bad_definition() -> None:
    bad = set(BAD).union(*(module.BAD for module in _elsewhere()))
    assert {rule.code for rule in RULES} == bad
    assert len({rule.code for rule in RULES}) == len(RULES)


def _elsewhere() -> list[Any]:
    names = [f"tests.quizzes.{name}" for name in ELSEWHERE]
    return [importlib.import_module(name) for name in names if importlib.util.find_spec(name)]


@pytest.mark.parametrize("raw", SOUND.values(), ids=SOUND)
def test_sound_definition_has_no_finding(raw: Raw) -> None:
    assert lint(decode(raw), CATALOGUE) == []


def test_example_has_no_finding(example: bytes) -> None:
    assert lint_source(example, "skin-finder.quiz.toml") == []


def test_attributes_are_not_judged_without_a_catalogue() -> None:
    assert lint(decode(BAD["attr-unknown"][0])) == []


def test_same_published_revision_is_no_change() -> None:
    assert lint(decode(raw_quiz()), published=[decode(raw_quiz())]) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "line_of", "path"),
    [
        ("skin != 'oily'", "skim != 'oily'", "ref-unknown", 'id = "look"', "$.questions[2].when"),
        ("'alcohol' not in allergy", "'wine' not in allergy", "choice-unknown", 'id = "retinol"', "when"),
        ('en = "Fine lines"', 'fr = "x"', "text-missing", 'id = "lines"', "choices[1].text"),
        (', keep = "730d"', "", "keep-missing", "mail = {", "$.purposes.mail.keep"),
        ("concern.aging = 3", "concern.aging = 3, concern.agng = 1", "reason-missing", 'id = "lines"', ".w"),
    ],
)
def test_finding_names_the_line_of_the_nearest_id(
    example: bytes,
    old: str,
    new: str,
    code: str,
    line_of: str,
    path: str,
) -> None:
    lines = example.decode().splitlines()
    expected = next(row for row, line in enumerate(lines, 1) if line_of in line)
    (only,) = lint_source(example.decode().replace(old, new, 1).encode(), "s.toml")
    assert (only.code, only.line, only.file) == (code, expected, "s.toml")
    assert path in only.path


BY_QUESTION = """[result.because.kind]
green = { en = "Green", ja = "緑" }
black = { en = "Black", ja = "黒" }
"""


def test_reasons_by_question_in_place_of_attribute_are_one_finding_at_their_table(example: bytes) -> None:
    source = (example.decode() + BY_QUESTION.replace("kind", "skin")).encode()
    (unused,) = lint_source(source, "s.toml")
    line = source.decode().splitlines().index("[result.because.skin]") + 1
    assert (unused.code, unused.line, unused.path) == ("reason-unused", line, "$.result.because.skin")
    assert "`skin` is a question" in unused.message
    unknown = [one for one in lint_source(source, "s.toml", CATALOGUE) if "because.skin" in one.path]
    assert [(one.code, one.line) for one in unknown] == [("attr-unknown", line), ("reason-unused", line)]


def test_broken_file_is_one_finding() -> None:
    (only,) = lint_source(b'schema = 1\nid = "x"\nfoo = 2\n', "x.quiz.toml")
    assert (only.code, only.level, only.line) == ("field-unknown", Level.ERROR, 2)
    assert set(msgspec.json.decode(msgspec.json.encode(only))) == {
        "code",
        "level",
        "file",
        "line",
        "message",
        "path",
    }
