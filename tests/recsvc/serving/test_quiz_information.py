"""What the answers of a quiz settle, from an artifact; and the choosers that come of it."""

from typing import Any

import msgspec
import numpy as np
import pytest

from quizzes.definition import Quiz
from quizzes.engine import Answer, State, in_file_order, replay
from quizzes.order import gains
from recsvc.model.artifact import Artifact
from recsvc.model.prior import FactColumns
from recsvc.model.scoring import Scores
from recsvc.serving.quiz_information import KEPT, TOP, Measured, QuizInformation, front, measure
from tests.artifacts import arrays_of, make_artifact
from tests.quizzes.parts import build, choice, question

TEA, COFFEE = {"category": {"tea": 2.0}}, {"category": {"coffee": 1.0}}
SKIN = question("skin", fact="skin", choices=[choice("dry"), choice("oily"), choice("any", unsure=True)])
AGE = question("age", "number", fact="age", range={"min": 18, "max": 99})
DRINK = question("drink", choices=[choice("tea", w=TEA), choice("coffee", w=COFFEE), choice("none")])


def measured(*questions: dict[str, Any], artifact: Artifact | None = None) -> Measured:
    return measure(build(*questions), artifact or make_artifact())


def test_learnt_answers_go_together_as_training_saw_them() -> None:
    found = measured(SKIN, AGE)
    skin, age = found.columns["skin"], found.columns["age"]
    learnt = make_artifact().arrays["answer_covariance"]
    weight = (400 / 600 * 50 / 250) ** 0.5
    assert np.allclose(found.covariance[skin, age], weight * learnt[:2, 2:], atol=1e-6)
    assert np.allclose(found.covariance[skin, skin], learnt[:2, :2], atol=1e-6)  # even, as is the guess


def test_question_without_a_model_of_its_own_is_taken_evenly_and_for_itself() -> None:
    found = measured(DRINK, SKIN)
    drink = found.columns["drink"]
    assert np.allclose(found.covariance[drink, drink], np.eye(3) / 3 - 1 / 9)
    assert not found.covariance[drink, found.columns["skin"]].any()
    assert not found.vectors[drink][2].any()  # "none" names nothing, and yet it is an answer


def test_choice_of_nothing_alone_leaves_a_question_worth_asking() -> None:
    only = question("drink", choices=[choice("tea", w=TEA), choice("none")])
    found = measured(only)
    assert gains(found.over(make_artifact(), np.arange(5, dtype=np.int32)), ())["drink"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (question("hello", "info"), "asks nothing"),
        (question("words", "text"), "is never scored"),
        (question("plain"), "no weights, no fact"),
        (question("far", choices=[choice("a", w={"brand": {"x": 1.0}}), choice("b")]), "unknown values"),
        (question("size", "number", fact="size", range={"min": 1, "max": 9}), "nobody answered"),
        ({**DRINK, "place": "after_result"}, "beside the result"),
    ],
)
def test_question_without_measurable_effect_is_left_out(asked: dict[str, Any], reason: str) -> None:
    assert measured(asked, SKIN).questions == ("skin",), reason


def test_quiz_of_nothing_measurable_is_empty() -> None:
    found = measured(question("words", "text"))
    information = found.over(make_artifact(), np.arange(3, dtype=np.int32))
    assert (information.questions, information.order, gains(information, ())) == ((), (), {})


def test_several_choices_are_taken_for_a_few_of_many() -> None:
    several = question("drink", "multi", choices=[choice(f"c{n}", w=TEA) for n in range(12)])
    assert np.allclose(measured(several).covariance, np.eye(12) * 0.25 * 0.75)


def test_ranking_shares_out_the_same_whatever_it_says() -> None:
    ranked = question("drink", "rank", choices=[choice(f"c{n}", w=TEA) for n in range(4)], pick=[4, 4])
    found = measured(ranked).covariance
    shares = np.array([1.0, 0.75, 0.5, 0.25])
    assert np.allclose(np.diag(found), shares.var())
    assert np.allclose(found.sum(axis=1), 0, atol=1e-12)


def test_value_that_training_never_saw_is_only_guessed() -> None:
    extra = question("skin", fact="skin", choices=[choice("dry"), choice("oily"), choice("new", w=TEA)])
    found = measured(extra)
    assert found.covariance[2, 2] == pytest.approx(200 / 600 * (1 / 3 - 1 / 9))
    assert found.vectors[2].any()


def test_rounding_of_the_artifact_leaves_a_covariance() -> None:
    arrays = arrays_of(12)
    arrays["answer_covariance"] -= np.eye(5, dtype="f4") * 1e-3
    found = measured(SKIN, AGE, artifact=make_artifact(arrays=arrays)).covariance
    assert np.linalg.eigvalsh(found).min() > -1e-12


def test_front_is_the_best_that_may_be_shown() -> None:
    scores = np.arange(80, dtype=np.float32)
    assert front(scores).tolist() == list(range(79, 79 - TOP, -1))
    scores[3:] = -np.inf
    assert front(scores).tolist() == [2, 1, 0]


def quiz_of(order: str, **changes: Any) -> Quiz:
    return build(DRINK, SKIN, AGE, pace={"order": order}, **changes)


def next_of(quiz: Quiz, artifact: Artifact | None, **others: Any) -> str | None:
    state = replay(quiz, [], {}, QuizInformation().chooser(quiz, artifact, **others))
    return state.question.id if state.question else None


def test_without_a_model_and_in_fixed_order_the_file_decides() -> None:
    choosers = QuizInformation()
    assert choosers.chooser(quiz_of("informative"), None) is in_file_order
    assert choosers.chooser(quiz_of("fixed"), make_artifact()) is in_file_order


def strong(fact: str) -> Artifact:
    """A model in which one fact decides nearly everything."""
    arrays = arrays_of(60)
    rows = {"skin": slice(0, 2), "age": slice(2, 5)}[fact]
    arrays["answers"] *= 0.01
    arrays["directions"] *= 0.01
    arrays["answers"][rows] *= 1_000
    return make_artifact(60, arrays=arrays)


@pytest.mark.parametrize("order", ["informative", "adaptive"])
@pytest.mark.parametrize("fact", ["skin", "age"])
def test_fact_that_decides_most_is_asked_first(order: str, fact: str) -> None:
    assert next_of(quiz_of(order), strong(fact)) == fact


def test_arm_may_put_another_question_first() -> None:
    assert next_of(quiz_of("informative"), strong("age"), first="drink") == "drink"


def test_adaptive_order_looks_at_what_this_visitor_would_see() -> None:
    """Item 0 differs by skin alone, item 1 by age alone."""
    arrays = arrays_of(60)
    arrays["factors"][:] = 0
    arrays["factors"][0, 0] = arrays["factors"][1, 1] = 1
    arrays["answers"][:] = 0
    arrays["answers"][:2, 0] = 1, -1
    arrays["answers"][2:, 1] = 1, 0, -1
    artifact = make_artifact(60, arrays=arrays)
    seen: list[State] = []

    def only(row: int) -> Any:
        def scores(state: State) -> Scores:
            seen.append(state)
            return np.where(np.arange(60) == row, 1.0, -np.inf)

        return scores

    quiz = build(SKIN, AGE, pace={"order": "adaptive"})
    assert [next_of(quiz, artifact, scores=only(row)) for row in (0, 1)] == ["skin", "age"]
    assert seen
    informative = build(SKIN, AGE, pace={"order": "informative"})
    assert next_of(informative, artifact, scores=lambda _: pytest.fail("not asked for")) == "skin"


def test_information_is_computed_once_a_model_and_revision() -> None:
    choosers, quiz, artifact = QuizInformation(), quiz_of("informative"), make_artifact()
    worded = msgspec.structs.replace(quiz, title={"en": "Other words"}, questions=quiz.questions[::-1])
    first = choosers._measured(quiz, artifact, None)
    assert choosers._measured(worded, artifact, None)[1] is first[1]
    assert (
        choosers._measured(quiz, make_artifact(version="20260402T120000Z-0badcafe"), None)[1] is not first[1]
    )
    assert choosers._measured(quiz, artifact, None)[1] is first[1]


def test_draft_that_changes_under_its_revision_is_measured_again() -> None:
    choosers, quiz, artifact = QuizInformation(), quiz_of("informative"), make_artifact()
    draft = msgspec.structs.replace(quiz, questions=quiz.questions[1:])
    assert choosers._measured(quiz, artifact, None)[0].questions == ("drink", "skin", "age")
    assert choosers._measured(draft, artifact, None)[0].questions == ("skin", "age")


def test_kept_information_is_bounded() -> None:
    choosers, artifact = QuizInformation(), make_artifact()
    for revision in range(1, KEPT + 3):
        choosers.chooser(quiz_of("informative", revision=revision), artifact)
    assert len(choosers._kept) == KEPT


def test_fact_learnt_as_another_type_is_not_measured() -> None:
    artifact = make_artifact(facts=(FactColumns("age", 0, ("dry", "oily"), 400),))
    assert measured(AGE, SKIN, artifact=artifact).questions == ()


def test_answers_move_the_choice_on() -> None:
    quiz = quiz_of("informative")
    choose = QuizInformation().chooser(quiz, strong("skin"))
    state = replay(quiz, [("skin", Answer("dry"))], {}, choose)
    assert state.question is not None
    assert state.question.id != "skin"
