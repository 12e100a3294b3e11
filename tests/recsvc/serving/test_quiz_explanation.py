"""Which questions matter, which can go and which stay for another reason."""

from typing import Any

import pytest

from quizzes.definition import Quiz
from recsvc.domain.catalogue import Item
from recsvc.serving.quiz_explanation import Explanation, QuestionWorth, Verdict, explain
from tests.artifacts import arrays_of, item_ids, make_artifact
from tests.quizzes.parts import build, choice, question

TEA, COFFEE = {"category": {"tea": 2.0}}, {"category": {"coffee": 1.0}}
UNLEARNT = "without a `fact` nothing is learnt from its answers"
FAINT = {"category": {"tea": 0.001}}
SKIN = question(
    "skin", fact="skin", choices=[choice("dry"), choice("oily", w=TEA), choice("any", unsure=True)]
)
AGE = question("age", "number", fact="age", range={"min": 18, "max": 99})
DRINK = question("drink", choices=[choice("tea", w=TEA), choice("coffee", w=COFFEE)])
ITEMS = [Item(item_id=name, category="tea" if row % 2 else "coffee") for row, name in enumerate(item_ids(12))]


def explained(*questions: dict[str, Any], **fields: Any) -> Explanation:
    return explain(build(*questions, **fields), make_artifact(), ITEMS, "en")


def by_id(found: Explanation) -> dict[str, QuestionWorth]:
    return {one.id: one for one in found.questions}


def faint(**fields: Any) -> dict[str, Any]:
    return question("faint", choices=[choice("a", w=FAINT), choice("b")], **fields)


def test_questions_come_in_informative_order_and_settle_everything_together() -> None:
    found = explained(AGE, DRINK, SKIN)
    gains = [one.gain for one in found.questions if one.gain is not None]
    assert gains == sorted(gains, reverse=True)
    assert sum(gains) == pytest.approx(1.0, abs=1e-5)
    assert found.questions[-1].cumulative == pytest.approx(1.0, abs=1e-5)
    assert found.questions[0].verdict is Verdict.FIRST
    assert found.questions[0].gain == found.questions[0].alone


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({}, Verdict.DROP),
        ({"required": True}, Verdict.REQUIRED),
        ({"must": "item.price < 9"}, Verdict.FILTERS),
    ],
)
def test_question_that_settles_little_could_go_unless_it_has_another_reason(
    fields: dict[str, Any], verdict: Verdict
) -> None:
    assert by_id(explained(DRINK, faint(**fields)))["faint"].verdict is verdict


def test_least_gain_is_that_of_the_pace() -> None:
    found = explained(DRINK, faint(), pace={"order": "informative", "stop_gain": 0.0})
    assert (found.least_gain, by_id(found)["faint"].verdict) == (0.0, Verdict.WORTH)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (question("q", "info"), "it asks nothing"),
        (question("q", "text"), "free text is never scored"),
        ({**DRINK, "id": "q", "place": "after_result"}, "it is offered beside the result"),
        (question("q"), UNLEARNT),
        (question("q", fact="new"), "nobody who bought has answered it yet"),
        (question("q", fact="skin"), "what was learnt of its fact is not about these answers"),
        (
            question("q", fact="new", choices=[choice("a", must="item.price < 9"), choice("b")]),
            "it only filters, and nobody who bought has answered it yet",
        ),
        (
            question("q", choices=[choice("a", w={"brand": {"x": 1.0}}), choice("b")]),
            f"the model knows none of the values that its `w` name, and {UNLEARNT}",
        ),
    ],
)
def test_question_that_is_not_measured_says_why(asked: dict[str, Any], why: str) -> None:
    found = explained(asked, DRINK).questions[-1]
    assert (found.id, found.verdict, found.gain, found.why) == ("q", Verdict.UNMEASURED, None, why)


def test_answers_show_the_weights_of_the_shop_beside_what_was_learnt() -> None:
    skin = by_id(explained(SKIN))["skin"]
    assert (skin.visitors, round(skin.blend, 3)) == (400, 0.667)
    dry, oily, unsure = skin.answers
    assert [value.w for value in dry.values] == [None]
    assert [(value.attribute, value.w) for value in oily.values] == [("category.tea", 2.0)]
    assert unsure.unsure
    assert unsure.values == ()


def test_number_shows_its_bins() -> None:
    age = by_id(explained(AGE))["age"]
    assert [answer.id for answer in age.answers] == ["to 30", "30 to 50", "from 50"]
    assert all(len(answer.values) == 1 for answer in age.answers)


def test_without_a_model_the_weights_of_the_shop_stand_alone() -> None:
    quiz: Quiz = build(SKIN, AGE)
    found = explain(quiz, None, [], "ja")
    assert (found.model, found.items) == (None, 0)
    assert [one.id for one in found.questions] == ["skin", "age"]
    assert all(one.why == "there is no model" and one.gain is None for one in found.questions)
    [value] = found.questions[0].answers[1].values
    assert (value.w, value.by_w, value.learnt, value.now) == (2.0, None, None, None)


def test_texts_are_filled_with_what_they_fall_back_to() -> None:
    piped = {**DRINK, "title": {"en": "And {skin|your skin}?", "ja": "?"}}
    assert by_id(explained(SKIN, piped))["drink"].title == "And your skin?"


def test_model_without_answers_measures_nothing_of_facts() -> None:
    arrays = arrays_of(12)
    arrays |= {"answers": arrays["answers"][:0], "answer_means": arrays["answer_means"][:0]}
    arrays["answer_covariance"] = arrays["answer_covariance"][:0, :0]
    found = explain(build(AGE, DRINK), make_artifact(arrays=arrays, facts=()), ITEMS, "en")
    assert [one.gain is None for one in found.questions] == [False, True]
