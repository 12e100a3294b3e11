from typing import Any

import pytest

from quizzes.engine import Answer, check_answer, replay
from quizzes.errors import AnswerError
from quizzes.loader import load_quiz
from tests.quizzes.parts import build, choice, question


def test_questions_come_in_file_order_until_the_result(example: bytes, answered: Any) -> None:
    quiz = load_quiz(example, "skin-finder.quiz.toml")
    state = answered(quiz, {"skin": "dry", "concern": ["lines"], "look": "dewy", "allergy": ["none"]})
    assert state.question.id == "retinol"
    assert (state.answered, state.at_most) == (4, 6)
    state = answered(
        quiz,
        {"skin": "oily", "concern": ["spots"], "allergy": ["alcohol"], "budget": 5000},
    )
    assert state.finished
    assert state.path == ("skin", "concern", "allergy", "budget")
    assert (state.answered, state.at_most) == (4, 4)
    assert state.offer.id == "keep"
    assert state.facts == {
        "skin_type": ("oily",),
        "skin_concern": ("spots",),
        "avoid": ("alcohol",),
        "budget": 5000.0,
    }


def test_question_waits_for_what_its_when_names() -> None:
    quiz = build(question("one"), question("two", when="one != 'a'"))
    assert replay(quiz, []).reachable == ("one",)
    assert replay(quiz, [("one", Answer(skip=True))]).question.id == "two"
    assert replay(quiz, [("one", Answer("a"))]).finished


def test_question_waits_for_what_its_words_name() -> None:
    quiz = build(question("one"), question("two", title={"ja": "{one|x}", "en": "x"}))
    assert replay(quiz, []).reachable == ("one",)


def test_answer_of_a_left_branch_is_kept_and_inert(answered: Any) -> None:
    quiz = build(question("one", fact="f"), question("two", when="one == 'a'", fact="g"))
    given = [("one", Answer("a")), ("two", Answer("b")), ("one", Answer("c"))]
    state = replay(quiz, given)
    assert state.inert == ("two",)
    assert state.live == answered(quiz, {"one": "c"}).live
    assert state.facts == {"f": ("c",)}
    assert replay(quiz, [*given, ("one", Answer("a"))]).live["two"] == Answer("b")


def test_answer_whose_condition_was_taken_back_is_inert() -> None:
    quiz = build(question("one"), question("two", when="one != 'a'"))
    state = replay(quiz, [("two", Answer("b"))])
    assert state.question.id == "one"
    assert state.inert == ("two",)
    assert not state.live


def test_known_fact_counts_as_the_answer_and_is_not_asked(answered: Any) -> None:
    quiz = build(question("one", fact="f"), question("two", when="one == 'a'"))
    state = replay(quiz, [], {"f": ("a",), "other": ("x",)})
    assert state.question.id == "two"
    assert state.known == ("one",)
    assert state.live == {"one": Answer("a")}
    assert state.facts == {"f": ("a",)}
    assert (state.path, state.answered, state.at_most) == ((), 0, 1)
    assert answered(quiz, {"one": "b"}, known={"f": ("a",)}).live == {"one": Answer("b")}


def test_fact_of_another_type_is_asked() -> None:
    quiz = build(question("one", fact="f"))
    assert replay(quiz, [], {"f": 3.0}).question.id == "one"


def test_known_predicate_sees_facts_and_earlier_answers() -> None:
    quiz = build(question("one", fact="f"), question("two", when="known(f) or known(g)"))
    assert replay(quiz, []).reachable == ("one",)
    assert replay(quiz, [("one", Answer(skip=True))]).finished
    assert replay(quiz, [("one", Answer("a"))]).question.id == "two"
    assert replay(quiz, [("one", Answer(skip=True))], {"g": 1.0}).question.id == "two"


def test_unsure_sets_no_fact_yet_answers_conditions() -> None:
    choices = [choice("a"), choice("dunno", unsure=True)]
    quiz = build(question("one", choices=choices, fact="f"), question("two", when="one != 'a'"))
    state = replay(quiz, [("one", Answer("dunno"))])
    assert not state.facts
    assert state.question.id == "two"


def test_ending_choice_closes_the_quiz() -> None:
    choices = [choice("stop", ends=True), choice("go")]
    quiz = build(
        question("zero"),
        question("one", choices=choices),
        question("two"),
        question("mail", "text", place="after_result"),
    )
    assert replay(quiz, []).reachable == ("zero", "one")
    stopped = replay(quiz, [("zero", Answer("a")), ("one", Answer("stop"))])
    assert stopped.finished
    assert stopped.offer.id == "mail"
    back = replay(quiz, [("one", Answer("go")), ("two", Answer("a")), ("one", Answer("stop"))])
    assert back.inert == ("two",)
    assert back.question.id == "zero"


def test_longest_pace_ends_the_questions() -> None:
    quiz = build(question("note", "info"), *map(question, "abcd"), pace={"max": 2})
    assert replay(quiz, []).at_most == 2
    state = replay(quiz, [("note", Answer(skip=True)), ("b", Answer("a")), ("a", Answer(skip=True))])
    assert state.finished
    assert (state.answered, state.reachable) == (2, ("note", "a", "b"))


def test_information_is_passed_but_not_counted() -> None:
    quiz = build(question("note", "info"), question("one"))
    state = replay(quiz, [("note", Answer(skip=True))])
    assert state.path == ("note",)
    assert (state.answered, state.at_most) == (0, 1)


def test_gift_answers_leave_the_visitors_own_facts_aside() -> None:
    choices = [choice("me"), choice("friend", gift=True)]
    quiz = build(question("who", choices=choices), question("one", fact="f"))
    assert replay(quiz, [("who", Answer("me"))], {"f": ("a",)}).finished
    gift = replay(quiz, [("who", Answer("friend"))], {"f": ("a",)})
    assert gift.gift
    assert gift.question.id == "one"


def test_offer_beside_the_result_is_not_reachable_before() -> None:
    quiz = build(question("one"), question("mail", "text", place="after_result"))
    assert replay(quiz, []).reachable == ("one",)
    assert replay(quiz, [("one", Answer("a"))]).reachable == ("one", "mail")
    done = replay(quiz, [("one", Answer("a")), ("mail", Answer("x"))])
    assert done.offer is None
    assert done.reachable == ("one", "mail")


def test_answers_of_another_revision_are_inert() -> None:
    quiz = build(question("one"))
    state = replay(quiz, [("gone", Answer("a")), ("one", Answer("removed"))])
    assert state.finished
    assert not state.facts


def test_unsound_quiz_still_finishes() -> None:
    quiz = build(
        question("one", when="two == 'a' or one == 'a' or gone == 'a'"),
        question("two", when="known(f)", fact="f"),
    )
    assert replay(quiz, []).finished


@pytest.mark.parametrize(
    ("question_id", "raw", "code"),
    [
        ("gone", {"value": "a"}, "unknown_question"),
        ("two", {"value": "a"}, "not_reachable"),
        ("three", {"value": "a"}, "not_reachable"),
        ("one", {"value": "z"}, "unknown_choice"),
    ],
)
def test_refused_answer_says_why(question_id: str, raw: object, code: str) -> None:
    quiz = build(
        question("one"),
        question("two", when="one == 'a'"),
        question("three", "text", place="after_result"),
    )
    with pytest.raises(AnswerError) as caught:
        check_answer(quiz, replay(quiz, []), question_id, raw)
    assert caught.value.code == code


def test_given_answer_can_be_changed_after_the_end() -> None:
    quiz = build(question("one"))
    state = replay(quiz, [("one", Answer("a"))])
    assert check_answer(quiz, state, "one", {"value": "b"}) == Answer("b")


def test_what_is_offered_after_the_result_may_stand_anywhere_in_the_file() -> None:
    quiz = build(question("mail", place="after_result", when="one == 'a'"), question("one"), question("two"))
    state = replay(quiz, [("one", Answer("a")), ("two", Answer("b"))])
    assert state.offer is not None
    assert state.offer.id == "mail"
    assert replay(quiz, [("one", Answer("b")), ("two", Answer("b"))]).offer is None


AGE = question("age", required=True, choices=[choice("yes"), choice("no", must="item.category == 'juice'")])
QUICK = question("quick", choices=[choice("now", ends=True), choice("later")])


@pytest.mark.parametrize(
    ("questions", "answers", "withheld"),
    [
        ([AGE, QUICK], [], True),
        ([AGE, QUICK], [("age", Answer("yes"))], False),
        ([AGE, QUICK], [("age", Answer("no"))], False),
        ([QUICK, AGE], [("quick", Answer("now"))], True),
        ([QUICK, AGE], [("quick", Answer("now")), ("age", Answer("no"))], True),
        ([QUICK, AGE], [("quick", Answer("later"))], True),
        ([QUICK, AGE], [("quick", Answer("later")), ("age", Answer("yes"))], False),
        ([QUICK, AGE | {"when": "quick == 'later'"}], [("quick", Answer("now"))], False),
        ([QUICK, AGE | {"when": "quick == 'later'"}], [("quick", Answer("later"))], True),
        ([AGE | {"required": False}], [], False),
    ],
)
def test_nothing_is_shown_before_a_gate_is_answered_by_no_way_round(
    questions: list[dict[str, Any]], answers: list[tuple[str, Answer]], *, withheld: bool
) -> None:
    assert replay(build(*questions), answers).withheld is withheld


@pytest.mark.parametrize("known", [("yes", "no"), ("teen",), ("yes", "teen"), 3.0])
def test_gate_is_not_opened_by_a_fact_that_is_no_answer_to_it(known: Any) -> None:
    state = replay(build(AGE | {"fact": "age"}), [], {"age": known})
    assert state.withheld
    assert state.question is not None


def test_filter_is_asked_where_the_known_value_is_none_of_its_own() -> None:
    avoid = question(
        "avoid", "multi", fact="avoid", choices=[choice("nuts", must="item.nuts == 'no'"), choice("milk")]
    )
    quiz = build(avoid)
    assert replay(quiz, [], {"avoid": ("peanuts",)}).question is not None
    assert replay(quiz, [], {"avoid": ("nuts", "peanuts")}).question is not None
    assert replay(quiz, [], {"avoid": ("nuts",)}).live == {"avoid": Answer(("nuts",))}


def test_value_of_another_quiz_is_known_where_nothing_is_filtered() -> None:
    quiz = build(question("many", "multi", fact="f"), question("one", fact="g"))
    state = replay(quiz, [], {"f": ("a", "z"), "g": ("z",)})
    assert state.question is None
    assert state.live == {"many": Answer(("a",)), "one": Answer(skip=True)}
