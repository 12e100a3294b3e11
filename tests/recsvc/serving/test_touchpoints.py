"""One question where it fits: which, when, how often; and the journey asks what the page was told."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from recsvc.domain.errors import StoreUnavailableError
from recsvc.domain.events import EventKind, QuizStep
from recsvc.serving.ports import VisitorRead
from recsvc.serving.session_view import SessionView
from recsvc.serving.touchpoints import TouchpointView
from recsvc.stores.memory import MemoryStore
from tests.shop import TEA_QUIZ, Shop


def with_touchpoints(*tables: str, quiz: str = "tea", more: str = "") -> bytes:
    source = TEA_QUIZ.replace(b'id = "tea"\nrev', f'id = "{quiz}"\nrev'.encode())
    source = source.replace(b"revision = 1", b"revision = 2")
    return source + "".join(f"\n[[touchpoints]]\n{table}\n" for table in tables).encode() + more.encode()


PDP = 'id = "pdp"\npage = "product"\nask = ["kids", "drink", "strength"]'


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.publish(with_touchpoints(f'{PDP}\nevery = "7d"\nper_session = 1'))
    return shop


def run(coroutine: Coroutine[Any, Any, SessionView]) -> SessionView:
    return asyncio.run(coroutine)


def ask(shop: Shop, visitor: str | None = "v", **more: str) -> TouchpointView:
    return shop.touchpoints.ask("product", visitor, **more)


def asked(shop: Shop, visitor: str = "v", **more: str) -> str | None:
    found = ask(shop, visitor, **more)
    return found.question.id if found.question else None


def show(shop: Shop, touchpoint: str = "pdp", visitor: str = "v") -> None:
    step = QuizStep("tea", 2, "kids", touchpoint=touchpoint)
    shop.happen(visitor, EventKind.QUESTION_SHOWN, step=step)


def answer(shop: Shop, question: str, said: object, touchpoint: str = "pdp") -> SessionView:
    """What a widget does: begin a session at the touchpoint, answer its one question."""
    view = run(shop.journey.start("tea", "v", touchpoint=touchpoint))
    assert (view.question and view.question.id) == question
    shop.clock.advance(seconds=1)
    raw = {"skip": True} if said is None else {"value": said}
    view = run(shop.journey.answer(view.session, "v", question, raw))
    shop.clock.advance(seconds=1)
    return view


def test_stranger_is_asked_the_first_question(shop: Shop) -> None:
    found = ask(shop, "stranger", locale="ja")
    assert (found.touchpoint, found.quiz, found.revision) == ("pdp", "tea", 2)
    assert found.question is not None
    assert (found.question.id, found.question.title, found.question.opt_in) == ("kids", "お子さま", True)


def test_nobody_other_pages_and_unpublished_touchpoints_get_nothing(shop: Shop) -> None:
    assert ask(shop, None) == TouchpointView()
    assert shop.touchpoints.ask("cart", "v") == TouchpointView()


def test_asking_writes_nothing(shop: Shop) -> None:
    ask(shop)
    assert list(shop.store.read_events(set(EventKind))) == []
    assert ask(shop) == ask(shop)


def test_answer_ends_the_session_changes_the_profile_and_brings_the_next_question(shop: Shop) -> None:
    found = ask(shop)
    begun = run(shop.journey.start("tea", "v", touchpoint="pdp"))
    assert begun.question == found.question
    view = answer(shop, "kids", "yes")
    assert (view.state, view.question) == ("done", None)
    assert view.slate is not None
    assert view.slate.items
    fact = shop.store.read_visitor("v").profile.facts["kids"]
    assert (fact.values, fact.touchpoint) == (("yes",), "pdp")
    assert asked(shop) == "drink"
    answer(shop, "drink", "tea")
    assert ask(shop) == TouchpointView()


def test_question_waits_until_its_condition_holds(shop: Shop) -> None:
    answer(shop, "kids", "yes")
    answer(shop, "drink", "coffee")
    assert asked(shop) == "strength"


def test_expired_fact_is_asked_again(shop: Shop) -> None:
    answer(shop, "kids", "yes")
    shop.clock.advance(days=11)
    assert asked(shop) == "kids"


def test_no_second_question_before_every_is_over(shop: Shop) -> None:
    show(shop)
    assert asked(shop) is None
    shop.clock.advance(days=6.9)
    assert asked(shop) is None
    shop.clock.advance(days=0.2)
    assert asked(shop) == "kids"


def test_caps_are_those_of_one_visitor_and_one_touchpoint(shop: Shop) -> None:
    show(shop)
    show(shop, touchpoint="another", visitor="w")
    assert asked(shop, "w") == "kids"


def test_no_more_than_per_session_in_one_visit(shop: Shop) -> None:
    shop.publish(with_touchpoints(f"{PDP}\nper_session = 2").replace(b"revision = 2", b"revision = 3"))
    show(shop)
    assert asked(shop) == "kids"
    shop.clock.advance(minutes=20)
    show(shop)
    assert asked(shop) is None
    shop.clock.advance(minutes=29)
    shop.happen("v", EventKind.VIEW, "item-01")
    shop.clock.advance(minutes=29)
    assert asked(shop) is None
    shop.clock.advance(minutes=2)
    assert asked(shop) == "kids"


def test_per_session_of_none_never_asks(shop: Shop) -> None:
    shop.publish(with_touchpoints(f"{PDP}\nper_session = 0").replace(b"revision = 2", b"revision = 3"))
    assert asked(shop) is None


@pytest.mark.parametrize(
    ("cap", "rests"), [('every = "10m"', 1 / 144), ('every = "3d"', 3), ("per_session = 9", 30)]
)
def test_skipped_question_rests_at_its_touchpoint(shop: Shop, cap: str, rests: float) -> None:
    shop.publish(with_touchpoints(f"{PDP}\n{cap}").replace(b"revision = 2", b"revision = 3"))
    view = answer(shop, "kids", None)
    assert (view.state, view.question) == ("done", None)
    assert asked(shop) == "drink"
    shop.clock.advance(days=rests - 0.005)
    assert asked(shop) == "drink"
    begun = run(shop.journey.start("tea", "v", touchpoint="pdp"))
    assert begun.question == ask(shop).question
    shop.clock.advance(days=0.01, minutes=31)
    assert asked(shop) == "kids"


def test_skip_taken_back_is_asked_again_in_its_session(shop: Shop) -> None:
    view = answer(shop, "kids", None)
    back = run(shop.journey.take_back(view.session, "v", "kids"))
    assert (back.state, back.question and back.question.id) == ("open", "kids")


def test_question_skipped_in_the_quiz_may_be_asked_at_a_touchpoint(shop: Shop) -> None:
    view = run(shop.journey.start("tea", "v", touchpoint="banner"))
    run(shop.journey.answer(view.session, "v", "drink", {"skip": True}))
    run(shop.journey.answer(view.session, "v", "kids", {"skip": True}))
    assert asked(shop) == "kids"


def test_withdrawn_purpose_is_not_asked_for(shop: Shop) -> None:
    shop.happen("v", EventKind.CONSENT, consent={"family": False})
    assert asked(shop) == "drink"
    begun = run(shop.journey.start("tea", "v", touchpoint="pdp"))
    assert begun.question == ask(shop).question


def test_whoever_is_not_to_be_remembered_is_not_asked(shop: Shop) -> None:
    shop.happen("v", EventKind.CONSENT, consent={"personalise": False})
    assert ask(shop) == TouchpointView()


def test_question_that_becomes_no_fact_is_not_asked(shop: Shop) -> None:
    source = with_touchpoints(PDP).replace(b'fact = "kids"\n', b"").replace(b"revision = 2", b"revision = 3")
    shop.publish(source)
    assert asked(shop) == "drink"
    begun = run(shop.journey.start("tea", "v", touchpoint="pdp"))
    assert begun.question == ask(shop).question


def test_one_touchpoint_of_several_asks_the_first_by_quiz_and_file(shop: Shop) -> None:
    two = with_touchpoints(
        'id = "b"\npage = "product"\nask = ["drink"]\nper_session = 1',
        'id = "a"\npage = "product"\nask = ["drink"]',
        quiz="coffee",
    )
    shop.publish(two)
    assert (ask(shop).quiz, ask(shop).touchpoint) == ("coffee", "b")
    shop.happen("v", EventKind.QUESTION_SHOWN, step=QuizStep("coffee", 2, "drink", touchpoint="b"))
    assert (ask(shop).quiz, ask(shop).touchpoint) == ("coffee", "a")


def test_quiz_that_knows_the_product_of_the_page_comes_alone(shop: Shop) -> None:
    away = with_touchpoints('id = "x"\npage = "product"\nask = ["drink"]', quiz="a").replace(
        b"category.", b"colour."
    )
    shop.publish(away)
    assert ask(shop).quiz == "a"
    assert ask(shop, item="item-00").quiz == "tea"
    show(shop)
    assert ask(shop, item="item-00") == TouchpointView()
    assert ask(shop, item="item-02").quiz == "a"
    assert ask(shop, item="unheard-of").quiz == "a"


def test_arm_of_an_experiment_speaks_at_the_touchpoint_too(shop: Shop) -> None:
    words = """
[experiment]
key = "words"
arms = { other = 1 }
set = { other = { texts = { "questions.kids.title" = { en = "Kids?" } } } }
"""
    shop.publish(with_touchpoints(PDP, more=words).replace(b"revision = 2", b"revision = 3"))
    found = ask(shop)
    assert found.question is not None
    assert found.question.title == "Kids?"
    assert run(shop.journey.start("tea", "v", touchpoint="pdp")).question == found.question


class SilentStore(MemoryStore):
    """Answers no read of a visitor."""

    def read_visitor(self, visitor_id: str) -> VisitorRead:
        raise StoreUnavailableError(visitor_id)


def test_without_the_store_nothing_is_asked(tmp_path: Path) -> None:
    silent = Shop(tmp_path, store=SilentStore())
    silent.publish(with_touchpoints(PDP))
    assert ask(silent) == TouchpointView()
