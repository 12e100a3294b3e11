"""What a visitor has told is never asked again: at a touchpoint, in a quiz, in any other quiz."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.serving.session_view import QuestionView, SessionView
from tests.shop import Shop

LIBRARY = Path(__file__).parents[3] / "quizzes" / "library"
PAGES = ("product", "order", "cart")


def raw_answer(data: st.DataObject, question: QuestionView) -> object:
    if question.range is not None:
        return {"value": question.range.min}
    ids = [choice.id for choice in question.choices if choice.id != "gift"]  # it would be about another one
    if not ids or (not question.required and data.draw(st.integers(0, 4)) == 0):
        return {"skip": True}
    if question.pick is None:
        return {"value": data.draw(st.sampled_from(ids))}
    sure = [choice.id for choice in question.choices if not choice.alone and not choice.unsure]
    return {"value": sure[: data.draw(st.integers(question.pick[0], question.pick[1]))]}


def known(shop: Shop) -> set[str]:
    return set(shop.store.read_visitor("v").profile.facts)


def fact_of(shop: Shop, quiz: str, question: str) -> str | None:
    found = shop.quizzes.get(quiz).question(question)
    assert found is not None
    return found.fact


def answer_all(shop: Shop, view: SessionView, data: st.DataObject) -> SessionView:
    before = known(shop)
    while view.question is not None:
        assert fact_of(shop, view.quiz, view.question.id) not in before
        shop.clock.advance(seconds=5)
        raw = raw_answer(data, view.question)
        view = asyncio.run(shop.journey.answer(view.session, "v", view.question.id, raw))
    return view


@settings(max_examples=6)
@given(data=st.data())
def test_nothing_known_is_asked_anywhere(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as directory:
        shop = Shop(Path(directory)).open()
        for path in sorted(LIBRARY.glob("*.quiz.toml")):
            shop.publish(path.read_bytes())
        for quiz_id in data.draw(st.permutations(shop.quizzes.ids())):
            for page in PAGES:
                while (found := shop.touchpoints.ask(page, "v")).question is not None:
                    assert found.quiz is not None
                    assert fact_of(shop, found.quiz, found.question.id) not in known(shop)
                    begun = asyncio.run(shop.journey.start(found.quiz, "v", None, found.touchpoint))
                    assert begun.question == found.question
                    answer_all(shop, begun, data)
            answer_all(shop, asyncio.run(shop.journey.start(quiz_id, "v")), data)
        told = known(shop)
        again = [asyncio.run(shop.journey.start(quiz_id, "v")) for quiz_id in shop.quizzes.ids()]
        for view in again:
            assert view.question is None or fact_of(shop, view.quiz, view.question.id) not in told
