from typing import Any

from quizzes.parser import parse
from quizzes.partition import Mentions, representatives
from quizzes.reach import reach
from tests.quizzes.parts import Raw, build, choice, question


def answers(asked: Raw, *conditions: str) -> list[Any]:
    quiz = build(asked, question("other"))
    mentions = Mentions(quiz, [parse(one) for one in conditions])
    return list(representatives(quiz.questions[0], mentions))


def test_choices_that_nothing_tells_apart_count_as_one() -> None:
    assert answers(question("q")) == [None, "a"]
    assert answers(question("q"), "q == 'b'") == [None, "a", "b"]
    assert answers(question("q", required=True), "q == other") == ["a", "b", "c"]


def test_lists_respect_picks_and_lonely_choices() -> None:
    choices = [choice("a"), choice("b"), choice("c"), choice("no", alone=True)]
    two = question("q", "multi", choices=choices, pick=[2, 2], required=True)
    assert answers(two, "'c' in q") == [("a", "b"), ("a", "c")]
    free = question("q", "multi", choices=choices, required=True)
    assert answers(free, "'c' in q") == [("a",), ("c",), ("no",), ("a", "c")]


def test_numbers_lie_below_at_between_and_above_every_threshold() -> None:
    slider = question("q", "slider", range={"min": 0, "max": 10}, required=True)
    assert answers(slider, "q < 5") == [0.0, 1.0, 2.5, 4.0, 5.0, 6.0, 7.5, 9.0, 10.0]
    scale = question("q", "scale", scale={"min": 1, "max": 3}, required=True)
    assert answers(scale, "q > 1") == [1.0, 2.0, 3.0]
    assert 0.0 in answers(question("q", "number", required=True))


def test_texts_are_those_compared_and_one_other() -> None:
    assert len(answers(question("q", "text"), "q == 'x'")) == 3


def test_contradiction_across_two_questions_is_found() -> None:
    quiz = build(
        question("one"),
        question("two", when="one == 'a'"),
        question("three", when="two == 'b' and one == 'c'"),
        question("four", when="two == 'b' or one == 'c'"),
    )
    found = reach(quiz)
    assert found.exact
    assert set(found.paths) == {"one", "two", "four"}
    assert found.paths["four"] in {(("one", "c"),), (("one", "a"), ("two", "b"))}


def test_numbers_that_cannot_be_are_found() -> None:
    limits = {"min": 0, "max": 10}
    quiz = build(
        question("budget", "slider", range=limits),
        question("low", when="budget < 0"),
        question("none", when="budget > 4 and budget < 3"),
        question("some", when="budget > 3 and budget < 3.5"),
    )
    assert set(reach(quiz).paths) == {"budget", "some"}


def test_what_follows_a_certain_end_is_not_reached_but_the_offer_is() -> None:
    ending = [choice("a", ends=True), choice("b", ends=True)]
    quiz = build(
        question("one", choices=ending, required=True),
        question("two"),
        question("mail", "text", place="after_result"),
    )
    assert set(reach(quiz).paths) == {"one", "mail"}


def test_facts_of_elsewhere_may_be_known_or_not() -> None:
    quiz = build(
        question("one", when="known(f)"),
        question("two", when="not known(f)"),
        question("three", when="known(f) and not known(f)"),
    )
    assert set(reach(quiz).paths) == {"one", "two"}


def test_fact_is_known_after_its_question_unless_unsure() -> None:
    dunno = [choice("dunno", unsure=True)]
    quiz = build(
        question("one", fact="f"),
        question("two", when="known(f)"),
        question("three", choices=dunno, fact="g"),
        question("four", when="known(g)"),
    )
    assert set(reach(quiz).paths) == {"one", "two", "three"}


def test_too_many_answers_are_admitted_and_not_guessed() -> None:
    many = [choice(f"c{number}") for number in range(20)]
    condition = " and ".join(f"'c{number}' in one" for number in range(20))
    quiz = build(question("one", "multi", choices=many), question("two", when=condition))
    assert not reach(quiz).exact
    facts = " and ".join(f"known(f{number})" for number in range(20))
    assert not reach(build(question("one", when=facts))).exact


def test_a_dozen_branching_questions_are_enumerated() -> None:
    rows = range(1, 12)
    later = [question(f"q{row}", when=f"q{row - 1} == 'a' or q{row - 1} == 'b'") for row in rows]
    found = reach(build(question("q0"), *later))
    assert found.exact
    assert len(found.paths) == 12
