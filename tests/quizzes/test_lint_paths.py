"""Bad and sound definitions for what the enumeration of paths finds."""

from typing import Any

import msgspec
import pytest

from quizzes.definition import Quiz
from quizzes.lint import Finding, lint
from quizzes.proofs.reach import reach
from quizzes.rules.rule import Level
from tests.quizzes.parts import Raw, choice, raw_quiz
from tests.quizzes.parts import kept as question

ONE = question("one")
RANGE = {"min": 0, "max": 9}
NUMBER = question("n", "slider", range=RANGE)
ENDING = [choice("a", ends=True), choice("b")]
CERTAIN_END = question("one", choices=[choice("a", ends=True)], required=True)


def row(count: int, **fields: Any) -> list[Raw]:
    return [question(f"q{number}", **fields) for number in range(count)]


def factless(count: int) -> list[Raw]:
    """Questions of whose answers the profile knows nothing beforehand."""
    weights = [{"colour": {one: -1}} for one in "ab"]
    choices = [choice(one, w=weight) for one, weight in zip("ab", weights, strict=True)]
    return [question(f"q{number}", choices=choices, fact=None) for number in range(count)]


BAD: dict[str, list[Raw]] = {
    "unreachable-question": [
        raw_quiz(
            ONE, question("two", when="one == 'a'"), question("three", when="two == 'b' and one == 'c'")
        ),
        raw_quiz(CERTAIN_END, question("two")),
        raw_quiz(question("one", choices=ENDING), question("two", when="one == 'a'")),
        raw_quiz(CERTAIN_END, question("two"), question("three", place="after_result", when="two == 'a'")),
    ],
    "unreachable-choice": [
        raw_quiz(
            question("m", "multi", choices=[choice("a"), choice("b"), choice("no", alone=True)], pick=[2, 2])
        ),
        raw_quiz(
            question("m", "rank", choices=[choice("a"), choice("b"), choice("x", unsure=True)], pick=[2, 3])
        ),
        raw_quiz(question("m", "multi", choices=[choice("a"), choice("no", alone=True)], pick=[2, 2]))
        | {"id": "all", "revision": 1},
    ],
    "when-always-true": [
        raw_quiz(ONE, question("two", when="one != 'a' or one != 'b'")),
        raw_quiz(question("one", choices=ENDING), question("two", when="one != 'a'")),
        raw_quiz(question("n", "slider", range=RANGE, required=True), question("two", when="n >= 0")),
        raw_quiz(
            question("one", required=True), question("two", when="one in ['a', 'b', 'c'] or known(elsewhere)")
        ),
    ],
    "when-contradiction": [
        raw_quiz(ONE, question("two", when="one == 'c' or (one == 'a' and one == 'b')")),
        raw_quiz(NUMBER, question("two", when="(n < 2 and n > 5) or n == 3")),
        raw_quiz(NUMBER, question("two", when="n > 9 or n == 3")),
    ],
    "path-shorter-than-min": [
        raw_quiz(ONE, pace={"min": 2}),
        raw_quiz(question("one", choices=ENDING), question("two"), pace={"min": 2}),
        raw_quiz(ONE, question("two", when="one == 'a'"), pace={"min": 2}),
        raw_quiz(ONE, question("i", "info"), pace={"min": 2}),
        raw_quiz(ONE, question("t", "text", place="after_result"), pace={"min": 2}),
    ],
    "path-longer-than": [
        raw_quiz(*row(7)),
        raw_quiz(*row(3), pace={"max": 2}),
        raw_quiz(*row(7), pace={"order": "informative"}),
        raw_quiz(*row(2), question("more", when="q0 == 'a'"), pace={"max": 2}),
    ],
}

SOUND: dict[str, Raw] = {
    "early end": raw_quiz(question("one", choices=ENDING), question("two"), pace={"min": 1}),
    "either branch": raw_quiz(
        ONE,
        question("two", when="one == 'a'"),
        question("three", when="one != 'a'"),
        pace={"min": 2, "max": 2},
    ),
    "two of three": raw_quiz(question("m", "multi", pick=[2, 3])),
    "alone at one": raw_quiz(
        question("m", "multi", choices=[choice("a"), choice("b", alone=True)], pick=[1, 2])
    ),
    "only known": raw_quiz(question("one", required=True), question("two", when="known(of_one)")),
    "known elsewhere": raw_quiz(ONE, question("two", when="not known(f)"), pace={"min": 1}),
    "unless known": raw_quiz(question("one", when="not known(f)"), question("two", fact="g")),
    "six": raw_quiz(*row(6)),
    "seven by will": raw_quiz(*row(7), pace={"max": 7}),
    "six of nine by information": raw_quiz(*row(9), pace={"order": "informative", "max": 6}),
    "until it says little": raw_quiz(*row(9), pace={"order": "adaptive", "stop_gain": 0.01}),
    "information is not counted": raw_quiz(*row(2), question("i", "info"), pace={"max": 2}),
    "offer is not counted": raw_quiz(*row(2), question("t", "text", place="after_result"), pace={"max": 2}),
    "gap between numbers": raw_quiz(NUMBER, question("two", when="n > 3 and n < 3.5")),
    "numbers of two questions": raw_quiz(
        NUMBER, question("k", "slider", range=RANGE), question("two", when="n > 3 and n < k and k < 4")
    ),
    "text of two questions": raw_quiz(
        question("s", "text"), question("t", "text"), question("two", when="s != t and s != 'x' and t != 'x'")
    ),
    "known before it is asked": raw_quiz(
        ONE, question("two", when="one == 'a'"), question("three", when="known(of_two) and one == 'b'")
    ),
}


def decode(raw: Raw) -> Quiz:
    return msgspec.convert(raw, Quiz)


def cases() -> list[Any]:
    return [
        pytest.param(code, raw, id=f"{code}-{number}")
        for code, raws in BAD.items()
        for number, raw in enumerate(raws)
    ]


@pytest.mark.parametrize(("code", "raw"), cases())
def test_bad_paths_are_found_by_their_rule_alone(code: str, raw: Raw) -> None:
    found = lint(decode(raw))
    assert {one.code for one in found} == {code}
    assert all(one.message.endswith(".") for one in found)
    level = Level.ERROR if code.startswith(("un", "path-s")) else Level.WARNING
    assert {one.level for one in found} == {level}


@pytest.mark.parametrize("raw", SOUND.values(), ids=SOUND)
def test_sound_paths_have_no_finding(raw: Raw) -> None:
    assert lint(decode(raw)) == []


def only(raw: Raw) -> Finding:
    (found,) = lint(decode(raw))
    return found


def test_short_path_is_shown_with_what_ends_it() -> None:
    found = only(raw_quiz(ONE, question("two", choices=ENDING), question("three"), pace={"min": 3}))
    assert found.path == "one=a, two=a"
    assert "after 2 questions, `pace.min` is 3" in found.message
    assert "let `two` not end the quiz" in found.message


def test_long_path_is_shown_up_to_what_is_not_asked() -> None:
    found = only(raw_quiz(ONE, question("two", when="one == 'b'"), question("three"), pace={"max": 2}))
    assert found.path == "one=b, two=a"
    assert "lead to 3 questions, `pace.max` is 2, and `three` is not asked" in found.message


def test_what_always_comes_past_the_maximum_is_never_asked() -> None:
    found = lint(decode(raw_quiz(*factless(2), question("late"), pace={"max": 2})))
    assert {one.code for one in found} == {"unreachable-question", "path-longer-than"}
    assert any("`pace.max` ends the quiz after 2 questions" in one.message for one in found)


def test_what_a_returning_visitor_is_asked_is_not_called_unreachable() -> None:
    found = lint(decode(raw_quiz(*row(3), pace={"max": 2})))
    assert {one.code for one in found} == {"path-longer-than"}


def test_arm_that_changes_the_order_may_ask_what_the_file_hides() -> None:
    arms = {"key": "k", "arms": {"x": 0.5, "y": 0.5}, "set": {"y": {"first": "late"}}}
    found = lint(decode(raw_quiz(*factless(2), question("late"), pace={"max": 2}, experiment=arms)))
    assert {one.code for one in found} == {"path-longer-than"}


@pytest.mark.parametrize(
    "when", ["one == 'a' and one == 'b'", "one == 'a' and other == 'b' and one == other"]
)
def test_whole_contradiction_is_both_the_reason_and_the_question_never_asked(when: str) -> None:
    found = lint(decode(raw_quiz(ONE, question("other"), question("two", when=when))))
    assert [one.code for one in found] == ["unreachable-question", "when-contradiction"]


def test_contradicting_part_is_quoted() -> None:
    found = only(BAD["when-contradiction"][0])
    assert "`one == 'a' and one == 'b'` can never hold" in found.message


def test_nothing_is_said_about_paths_through_an_unsound_condition() -> None:
    found = lint(
        decode(raw_quiz(ONE, question("two", when="one == 'z'"), question("three", when="two == 'a'")))
    )
    assert {one.code for one in found} == {"choice-unknown"}


def test_nothing_is_said_about_paths_that_are_too_many() -> None:
    many = [choice(f"c{number}") for number in range(20)]
    condition = " and ".join(f"'c{number}' in one" for number in range(20))
    wide = question("one", "multi", choices=many)
    assert lint(decode(raw_quiz(wide, question("two", when=condition), pace={"min": 2, "max": 2}))) == []


def test_a_dozen_questions_take_few_steps() -> None:
    later = [
        question(f"q{number}", when=f"q{number - 1} in ['a', 'b'] or q{number // 2} == 'c'")
        for number in range(1, 12)
    ]
    found = reach(decode(raw_quiz(question("q0"), *later, pace={"max": 8})), limit=3_000)
    assert found.exact
    assert len(found.routes) == 12
