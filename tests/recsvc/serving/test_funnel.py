"""What the log says about a quiz: counts by session, the last thing seen, and purchases counted once."""

import asyncio
from typing import Any

import msgspec
import pytest

from recsvc.domain.events import EventKind, EventLine, QuizStep
from recsvc.serving.funnel import OUTCOMES, STEPS, Funnel, QuestionFunnel, funnels
from recsvc.serving.session_view import SessionView
from tests.shop import Shop

QUESTIONS = ("drink", "strength", "kids")
HOUR_S = 3600.0


def funnel(shop: Shop, by: str | None = None, *, idle_s: float = 0.0, window_days: float = 7) -> list[Funnel]:
    return funnels(
        shop.store.read_events(STEPS),
        lambda visitor_id: shop.store.read_events(OUTCOMES, visitor_id),
        quiz="tea",
        questions=QUESTIONS,
        by=by,
        window_days=window_days,
        idle_before=shop.clock.now.timestamp() - idle_s,
    )


def play(shop: Shop, visitor: str, *answers: tuple[str, object], **more: Any) -> SessionView:
    """Answer a few questions, ten seconds each; `None` skips."""
    view = asyncio.run(shop.journey.start("tea", visitor, **more))
    for question, value in answers:
        shop.clock.advance(seconds=10)
        raw = {"skip": True} if value is None else {"value": value}
        view = asyncio.run(shop.journey.answer(view.session, visitor, question, raw))
    return view


WHOLE = (("drink", "tea"), ("kids", None))


def shown(view: SessionView) -> list[str]:
    assert view.slate is not None
    return [item.id for item in view.slate.items]


def buy(shop: Shop, visitor: str, item_id: str, kind: EventKind = EventKind.PURCHASE, **line: Any) -> None:
    shop.clock.advance(minutes=1)
    shop.happen(visitor, kind, item_id, currency="JPY")
    # The shop of the tests writes lines without a price: say one.
    event = list(shop.store._log)[-1]
    priced = msgspec.structs.replace(event, lines=(EventLine(item_id, **({"price": 100.0} | line)),))
    shop.store._log.replace(priced)


def test_steps_are_counted_by_session(shop: Shop) -> None:
    play(shop, "a", *WHOLE)
    play(shop, "b", ("drink", "coffee"))
    play(shop, "c")
    shop.clock.advance(hours=1)
    (only,) = funnel(shop)
    assert (only.part, only.started, only.completed) == ("all", 3, 1)
    assert only.questions == (
        QuestionFunnel("drink", shown=3, answered=2, skipped=0, left=1, seconds=10.0),
        QuestionFunnel("strength", shown=1, answered=0, skipped=0, left=1, seconds=None),
        QuestionFunnel("kids", shown=1, answered=0, skipped=1, left=0, seconds=10.0),
    )


def test_running_session_is_not_left_yet(shop: Shop) -> None:
    play(shop, "a")
    (only,) = funnel(shop, idle_s=HOUR_S)
    assert [one.left for one in only.questions] == [0, 0, 0]


def test_changed_answer_counts_once(shop: Shop) -> None:
    view = play(shop, "a", ("drink", "coffee"))
    asyncio.run(shop.journey.take_back(view.session, "a", "drink"))
    asyncio.run(shop.journey.answer(view.session, "a", "drink", {"value": "tea"}))
    (only,) = funnel(shop)
    assert only.questions[0].answered == 1


def test_purchases_of_the_result_count_once_and_for_the_newest(shop: Shop) -> None:
    first, second = play(shop, "a", *WHOLE), play(shop, "a", *WHOLE, locale="ja")
    (item_id, *_) = sorted(set(shown(first)) & set(shown(second)))
    for kind in (EventKind.VIEW, EventKind.ADD_TO_CART, EventKind.PURCHASE):
        buy(shop, "a", item_id, kind, quantity=2)
    other, own = funnel(shop, by="locale")
    assert {other.part, own.part} == {"en", "ja"}
    by = {one.part: one for one in (other, own)}
    assert (by["ja"].clicked, by["ja"].carted, by["ja"].bought, by["ja"].revenue) == (1, 1, 1, {"JPY": 200.0})
    assert (by["en"].clicked, by["en"].bought, by["en"].revenue) == (0, 0, {})


def test_what_was_taken_back_was_not_bought(shop: Shop) -> None:
    item_id = shown(play(shop, "a", *WHOLE))[0]
    buy(shop, "a", item_id, quantity=2)
    buy(shop, "a", item_id, EventKind.RETURN, quantity=1)
    assert (funnel(shop)[0].bought, funnel(shop)[0].revenue) == (1, {"JPY": 100.0})
    buy(shop, "a", item_id, EventKind.CANCEL, quantity=5)
    assert (funnel(shop)[0].bought, funnel(shop)[0].revenue) == (0, {"JPY": 0.0})


def test_other_items_other_times_and_other_visitors_do_not_count(shop: Shop) -> None:
    view = play(shop, "a", *WHOLE)
    item_id = shown(view)[0]
    buy(shop, "b", item_id)
    shop.happen("a", EventKind.PURCHASE, item_id, days_ago=1)
    shop.clock.advance(days=8)
    buy(shop, "a", item_id)
    assert (funnel(shop)[0].bought, funnel(shop)[0].clicked) == (0, 0)
    assert funnel(shop, window_days=9)[0].bought == 1


@pytest.mark.parametrize("by", ["touchpoint", "device", "source"])
def test_parts_follow_what_the_session_began_with(shop: Shop, by: str) -> None:
    play(shop, "a", *WHOLE, **{by: "x"})
    play(shop, "b", **{by: "x"})
    play(shop, "c")
    assert [(one.part, one.started) for one in funnel(shop, by=by)] == [("x", 2), ("(none)", 1)]


def test_seen_counts_visitors(shop: Shop) -> None:
    for visitor in ("a", "a", "b"):
        shop.happen(visitor, EventKind.QUIZ_SEEN, step=QuizStep("tea", 1, touchpoint="home"))
    shop.happen("c", EventKind.QUIZ_SEEN, step=QuizStep("other", 1))
    (only,) = funnel(shop, by="touchpoint")
    assert (only.part, only.seen, only.started) == ("home", 2, 0)


def test_who_began_has_seen_it(shop: Shop) -> None:
    shop.happen("a", EventKind.QUIZ_SEEN, step=QuizStep("tea", 1))
    play(shop, "a", *WHOLE)
    play(shop, "b")
    (only,) = funnel(shop)
    assert (only.seen, only.started) == (2, 2)


def test_nothing_happened(shop: Shop) -> None:
    assert funnel(shop) == []
