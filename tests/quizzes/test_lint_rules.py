"""Bad and sound definitions for effects, wording, consent, touchpoints, facts and arms."""

from typing import Any

import pytest

from quizzes.definition import Quiz
from quizzes.lint import Finding, lint, lint_source
from quizzes.rules.consent import CONSENT_MODE, GENERAL
from quizzes.rules.rule import Level
from recsvc.domain.purposes import RESERVED
from tests.quizzes.parts import Raw, build, choice, kept, purpose, question, raw_quiz, words

RANGE = {"min": 0, "max": 9}
LONG = "とても長くてボタンに入りきらない選択肢の文字がここにあります"


def weighing(question_id: str, weight: float, kind: str = "single", **fields: Any) -> Raw:
    choices = [choice(one, w={"colour": {f"{question_id}-{one}": -weight}}) for one in "ab"]
    return question(question_id, kind, **{"choices": choices, **fields})


def contact(*channels: tuple[str, str, str], **fields: Any) -> Raw:
    made = [dict(zip(("via", "purpose", "confirm"), one, strict=True)) for one in channels]
    return question("mail", "contact", **{"place": "after_result", "channels": made, **fields})


def named(name: str) -> Raw:
    return {"p": purpose(), name: purpose(basis="opt_in", keep="365d")}


def touchpoint(*ask: str, **fields: Any) -> list[Raw]:
    return [{"id": "t", "page": "product", "ask": ask, **(fields or {"every": "7d"})}]


def arms(patch: Raw | None = None, **shares: float) -> Raw:
    return {
        "key": "k",
        "arms": shares or {"control": 0.5, "other": 0.5},
        "set": {"other": patch} if patch else {},
    }


def piped(text: str, **fields: Any) -> Raw:
    return kept("two", title=words(text), **fields)


ADDING = [choice(one, w={"colour": {"red": -2}}) for one in "abc"]
SAFE = choice("a", must="'red' not in item.colour", relax=1)
WISH = kept("one", choices=[choice("a", w={"colour": {"red": 1}}), choice("b")])
REQUIRED = kept("one", required=True)
GIVING = kept("gate", choices=[choice("a", ends=True), choice("b")])
EMAIL, LINE = ("email", "health", "double"), ("line", "long", "platform")
MISMATCH = {"ja": "{one|x}", "en": "x"}

BAD: dict[str, list[Raw]] = {
    "no-effect": [
        raw_quiz(question("one")),
        raw_quiz(question("n", "slider", range=RANGE)),
        raw_quiz(question("one", choices=[choice("a", alone=True), choice("b", unsure=True)])),
    ],
    "choice-identical-effect": [
        raw_quiz(question("one", choices=[choice("a", gift=True), choice("b"), choice("c")])),
        raw_quiz(question("one"), kept("two", when="one in ['a', 'b']")),
        raw_quiz(
            question("one", choices=[choice(one, w={"colour": {"red": -2}}) for one in "ab"] + [choice("c")])
        ),
        raw_quiz(question("one", choices=[choice(one, must="item.price < 3") for one in "ab"])),
    ],
    "scale-imbalance": [
        raw_quiz(weighing("one", 5), weighing("two", 2), weighing("three", 2)),
        raw_quiz(weighing("two", 2), weighing("three", 3), kept("many", "multi", choices=ADDING)),
    ],
    "relax-on-safety": [
        raw_quiz(kept("one", purpose="health", choices=[SAFE])),
        raw_quiz(kept("one", purpose="health", sensitive=True, choices=[SAFE])),
        raw_quiz(question("n", "slider", range=RANGE, purpose="health", must="item.price <= n", relax=1)),
    ],
    "label-too-long": [
        raw_quiz(kept("one", choices=[choice("a", text={"ja": LONG, "en": "x"}), choice("b")])),
        raw_quiz(kept("one", choices=[choice("a", text={"ja": "x", "en": "x" * 61}), choice("b")])),
        raw_quiz(
            kept("one"),
            experiment=arms({"texts": {"questions.one.choices.a.text": {"en": "x" * 61}}}),
        ),
    ],
    "placeholder-mismatch": [
        raw_quiz(kept("one"), kept("two", title=MISMATCH)),
        raw_quiz(kept("zero"), kept("one"), kept("two", help={"ja": "{one|x}", "en": "{zero|x}"})),
        raw_quiz(
            kept("one"), kept("two"), experiment=arms({"texts": {"questions.two.title": {"en": "{one|x}"}}})
        ),
    ],
    "pipe-may-be-empty": [
        raw_quiz(kept("one"), piped("{one}")),
        raw_quiz(kept("one", required=True, choices=[choice("a"), choice("b", unsure=True)]), piped("{one}")),
        raw_quiz(kept("zero"), kept("one", required=True, when="zero == 'a'"), piped("{one}")),
        raw_quiz(kept("one"), piped("{one}", when="one != 'a'")),
        raw_quiz(GIVING, REQUIRED, piped("{one}", place="after_result")),
        raw_quiz(question("note", "info"), piped("{note}")),
        raw_quiz(REQUIRED, title=words("{one}")),
        raw_quiz(
            WISH,
            kept("two", choices=[choice("a", w={"colour": {"red": 1}})]),
            result={"because": {"colour": {"red": words("{one}")}}},
        ),
    ],
    "purpose-reserved": [
        raw_quiz(kept("one"), contact(("email", "ad_storage", "double")), purposes=named("ad_storage")),
        raw_quiz(kept("one", purpose="ad_user_data"), purposes=named("ad_user_data")),
        raw_quiz(kept("one"), contact(("email", "share", "double")), purposes=named("share")),
        raw_quiz(kept("one"), contact(("line", "personalise", "platform")), purposes=named("personalise")),
    ],
    "opt-in-gates-result": [
        raw_quiz(contact(EMAIL, place="before_result"), kept("one")),
        raw_quiz(kept("one"), contact(EMAIL, required=True)),
        raw_quiz(question("address", "text", purpose="health"), contact(EMAIL)),
    ],
    "email-single-confirm": [raw_quiz(kept("one"), contact(("email", "health", "single")))],
    "line-as-email": [
        raw_quiz(kept("one"), contact(("line", "long", "double"))),
        raw_quiz(kept("one"), contact(("line", "long", "single"))),
        raw_quiz(kept("one"), contact(("email", "long", "platform"))),
        raw_quiz(kept("one"), contact(("email", "long", "double"), LINE)),
    ],
    "ask-unknown": [raw_quiz(kept("one"), touchpoints=touchpoint("on"))],
    "ask-depends-on-unasked": [
        raw_quiz(kept("one"), kept("two", when="one == 'a'"), touchpoints=touchpoint("two")),
        raw_quiz(kept("one"), kept("two", when="one == 'a'"), touchpoints=touchpoint("two", "one")),
        raw_quiz(kept("one"), piped("{one|x}"), touchpoints=touchpoint("two")),
        raw_quiz(question("one", "text"), kept("two", when="one == 'x'"), touchpoints=touchpoint("two")),
        raw_quiz(kept("one"), kept("two", when="known(of_one) or one == 'a'"), touchpoints=touchpoint("two")),
    ],
    "cap-missing": [raw_quiz(kept("one"), touchpoints=touchpoint("one", every=None))],
    "fact-conflict": [
        raw_quiz(kept("one", fact="f"), kept("n", "slider", range=RANGE, fact="f")),
        raw_quiz(kept("one", fact="f"), kept("two", choices=[choice("x"), choice("y")], fact="f")),
        raw_quiz(
            kept("one", fact="f"),
            kept("two", choices=[choice("a"), choice("x"), choice("y")], fact="f"),
        ),
    ],
    "ref-unknown": [
        raw_quiz(kept("one"), experiment=arms({"order": "fixed"}, control=1)),
        raw_quiz(kept("one"), experiment=arms({"texts": {"questions.on.title": words("x")}})),
        raw_quiz(kept("one"), experiment=arms({"texts": {"title": words("{gone|x}")}})),
    ],
    "type-kind": [
        raw_quiz(kept("one"), experiment=arms(control=1, other=0)),
        raw_quiz(kept("one"), experiment=arms() | {"arms": {}}),
        raw_quiz(kept("one"), kept("two", when="one == 'a'"), experiment=arms({"first": "two"})),
        raw_quiz(kept("one"), piped("{one|x}"), experiment=arms({"first": "two"})),
        raw_quiz(kept("one"), contact(EMAIL), experiment=arms({"first": "mail"})),
        raw_quiz(GIVING, kept("two"), experiment=arms({"first": "two"})),
        raw_quiz(kept("one"), kept("two"), pace={"min": 2}, experiment=arms({"max": 1})),
        raw_quiz(question("one", "text"), touchpoints=touchpoint("one")),
        raw_quiz(weighing("one", 1), touchpoints=touchpoint("one")),
    ],
    "pipe-later": [
        raw_quiz(
            kept("one"), kept("two"), experiment=arms({"texts": {"questions.one.title": words("{two|x}")}})
        )
    ],
    "ref-self": [
        raw_quiz(kept("one"), experiment=arms({"texts": {"questions.one.title": words("{one|x}")}}))
    ],
    "text-missing": [raw_quiz(kept("one"), experiment=arms({"texts": {"title": {"en": " "}}}))],
}

SOUND: dict[str, Raw] = {
    "named by when": raw_quiz(
        question("one", choices=[choice("a"), choice("b")]), kept("two", when="one == 'a'")
    ),
    "named by must": raw_quiz(
        question("one"), kept("two", choices=[choice("a", must="item.category == one"), choice("b")])
    ),
    "named by a text": raw_quiz(question("one"), piped("{one|x}")),
    "text and information": raw_quiz(question("t", "text"), question("i", "info"), kept("one")),
    "no third weighing": raw_quiz(weighing("one", 9), weighing("two", 1, fact="f")),
    "weights in balance": raw_quiz(weighing("one", 4), weighing("two", 2), weighing("three", 2)),
    "picks of different values": raw_quiz(
        weighing("one", 4, "multi"), weighing("two", 2), weighing("three", 2)
    ),
    "zero and no weight": raw_quiz(kept("one", choices=[choice("a", w={"colour": {"red": 0}}), choice("b")])),
    "unloosened safety": raw_quiz(
        kept("one", purpose="health", sensitive=True, choices=[choice("a", must="item.price < 3")])
    ),
    "loosened taste": raw_quiz(kept("one", choices=[SAFE, choice("b")])),
    "long fallback is not counted twice": raw_quiz(
        kept("zero"), kept("one", choices=[choice("a", text=words("{zero|" + "x" * 28 + "}")), choice("b")])
    ),
    "pipes in another order": raw_quiz(
        kept("one"),
        kept("two"),
        kept("three", title={"ja": "{one|x}{two|y}", "en": "{two|y} {one|x} {one|x}"}),
    ),
    "pipe of what was required": raw_quiz(REQUIRED, piped("{one}")),
    "pipe of what the when needs": raw_quiz(
        kept("one"), piped("{one}", when="one in ['a', 'b'] and one != 'c'")
    ),
    "pipe of a number that the when needs": raw_quiz(
        kept("n", "slider", range=RANGE), piped("{n}", when="n > 3")
    ),
    "pipe with an empty fallback": raw_quiz(kept("one"), piped("{one|}x")),
    "pipe of the only wish": raw_quiz(WISH, result={"because": {"colour": {"red": words("{one}")}}}),
    "channels apart": raw_quiz(kept("one"), contact(EMAIL, LINE)),
    "asked in turn": raw_quiz(
        kept("one"), kept("two", when="one != 'a'"), touchpoints=touchpoint("one", "two", per_session=1)
    ),
    "waiting for a fact": raw_quiz(
        kept("one"), kept("two", when="known(of_one) and one != 'a'"), touchpoints=touchpoint("two")
    ),
    "fact from elsewhere": raw_quiz(kept("one", when="known(age)"), touchpoints=touchpoint("one")),
    "address at a touchpoint": raw_quiz(kept("one"), contact(LINE), touchpoints=touchpoint("mail")),
    "one fact twice": raw_quiz(
        kept("one", fact="f"),
        kept("two", "multi", choices=[choice("a"), choice("b"), choice("c"), choice("d")], fact="f"),
    ),
    "unsure is no part of a vocabulary": raw_quiz(
        kept("one", choices=[choice("a"), choice("no", unsure=True)], fact="f"),
        kept("two", choices=[choice("a"), choice("dunno", unsure=True)], fact="f"),
    ),
    "arm with words": raw_quiz(
        kept("one"),
        kept("two"),
        experiment=arms(
            {"first": "two", "max": 2, "texts": {"questions.two.title": {"en": "Which of the two?"}}}
        ),
    ),
}


def made(raw: Raw) -> Quiz:
    return build(*raw["questions"], **{name: raw[name] for name in raw if name != "questions"})


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        pytest.param(code, raw, id=f"{code}-{row}")
        for code, raws in BAD.items()
        for row, raw in enumerate(raws)
    ],
)
def test_bad_definition_is_found_by_its_rule_alone(code: str, raw: Raw) -> None:
    found = lint(made(raw))
    assert {one.code for one in found} == {code}
    assert all(one.message.endswith((".", "?")) and one.path.startswith("$") for one in found)


def test_names_that_are_reserved_are_those_that_the_service_takes_for_something_else() -> None:
    assert {*CONSENT_MODE, *GENERAL} == RESERVED


def test_reserved_purpose_is_found_where_it_is_written(example: bytes) -> None:
    (only,) = lint_source(example.replace(b"skin_health", b"ad_storage"), "s.toml")
    assert b"skin_health = {" in example.splitlines()[only.line - 1]
    assert only.message.endswith("call it by what it is for, such as `mail`.")


@pytest.mark.parametrize("raw", SOUND.values(), ids=SOUND)
def test_sound_definition_has_no_finding(raw: Raw) -> None:
    assert lint(made(raw)) == []


def conflicts(own: Quiz, *siblings: Quiz) -> list[Finding]:
    return [one for one in lint(own, siblings=siblings) if one.code == "fact-conflict"]


def test_fact_is_held_against_the_other_quizzes() -> None:
    own = build(kept("one", fact="f"))
    number = build(kept("n", "slider", range=RANGE, fact="f"), id="numbers")
    (only,) = conflicts(own, build(kept("x", fact="g"), id="fine"), number)
    assert "question `n` of the quiz `numbers`" in only.message
    assert (only.level, only.path) == (Level.ERROR, "$.questions[0].fact")


def test_another_revision_of_the_quiz_is_no_sibling() -> None:
    own = build(kept("one", fact="f"))
    assert conflicts(own, build(kept("n", "slider", range=RANGE, fact="f"), revision=2)) == []


def test_siblings_with_a_part_of_the_vocabulary_are_sound() -> None:
    own = build(kept("one", fact="f"))
    assert conflicts(own, build(kept("one", choices=[choice("b")], fact="f"), id="part")) == []


def test_touchpoint_without_its_question_is_found_with_the_nearest(example: bytes) -> None:
    broken = example.replace(b'ask = ["skin", "look", "budget"]', b'ask = ["skim", "budget"]')
    (only,) = lint_source(broken, "s.toml")
    assert only.code == "ask-unknown"
    assert "did you mean `skin`?" in only.message
    lines = example.decode().splitlines()
    assert lines[only.line - 1].startswith('id = "pdp-inline"')


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('ask = ["skin", "look", "budget"]', 'ask = ["look", "skin"]', "ask-depends-on-unasked"),
        ('every = "7d"\nper_session = 1\n', "", "cap-missing"),
        ('place = "after_result" ', "", "opt-in-gates-result"),
        ("skin_health", "ad_storage", "purpose-reserved"),
        ('confirm = "double"', 'confirm = "single"', "email-single-confirm"),
        ('confirm = "platform"', 'confirm = "double"', "line-as-email"),
        ("{concern|your skin}", "your skin", "placeholder-mismatch"),
        ("concern_first = 0.5", "concern_first = 0", "type-kind"),
        ('first = "concern"', 'first = "retinol"', "type-kind"),
        ("set = { concern_first", "set = { concern_last", "ref-unknown"),
    ],
)
def test_defect_of_the_example_is_found_alone(example: bytes, old: str, new: str, code: str) -> None:
    text = example.decode()
    assert old in text
    assert {one.code for one in lint_source(text.replace(old, new).encode(), "s.toml")} == {code}
