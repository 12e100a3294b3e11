"""What a quiz session leads to: events, slots, loosened filters, offers, touchpoints, arms and gates."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from recsvc.domain.events import EventKind
from recsvc.domain.profile import FactValue
from recsvc.serving.session_view import SessionView
from tests.artifacts import NOW
from tests.shop import TEA_QUIZ, Shop


def run(coroutine: Coroutine[Any, Any, SessionView]) -> SessionView:
    return asyncio.run(coroutine)


def start(shop: Shop, visitor: str = "v", **more: str) -> SessionView:
    return run(shop.journey.start("tea", visitor, **more))


def say(shop: Shop, view: SessionView, question: str, value: object, visitor: str = "v") -> SessionView:
    return run(shop.journey.answer(view.session, visitor, question, {"value": value}))


EXTENDED = TEA_QUIZ.replace(b"revision = 1", b"revision = 2").replace(
    b"[result]\nmin = 2",
    b"""[[questions]]
id = "keep"
kind = "contact"
place = "after_result"
title = { en = "Keep it?", ja = "KEEP" }
channels = [ { via = "email", purpose = "family", confirm = "double" } ]
[[touchpoints]]
id = "pdp"
page = "product"
ask = ["kids", "drink"]
per_session = 1
[experiment]
key = "first"
arms = { control = 1, kids = 1 }
set = { kids = { first = "kids", texts = { "questions.kids.title" = { en = "Kids?" } } } }
[result]
slots = ["coffee", "tea"]
min = 2""",
)


def kinds(shop: Shop, visitor: str = "v") -> list[tuple[str, str | None]]:
    events = [*shop.store.read_events(set(EventKind), visitor)]
    return [(event.kind.value, event.step and event.step.question) for event in events]


def test_every_step_is_an_event(shop: Shop) -> None:
    view = start(shop, source="mail", device="phone")
    view = say(shop, view, "drink", "tea")
    run(shop.journey.answer(view.session, "v", "kids", {"skip": True}))
    assert kinds(shop) == [
        ("quiz_started", None),
        ("question_shown", "drink"),
        ("question_answered", "drink"),
        ("question_shown", "kids"),
        ("question_skipped", "kids"),
        ("quiz_completed", None),
        ("result_shown", None),
    ]
    first, *_, last = shop.store.read_events(set(EventKind), "v")
    assert first.step is not None
    assert (first.step.source, first.step.device, first.step.locale) == ("mail", "phone", "en")
    final = shop.journey.view(view.session, "v")
    assert final.slate is not None
    assert [line.item_id for line in last.lines] == [one.id for one in final.slate.items]
    run(shop.journey.finish(view.session, "v"))
    assert len(kinds(shop)) == 7


def test_finishing_early_shows_the_result_once(shop: Shop) -> None:
    view = start(shop)
    run(shop.journey.finish(view.session, "v"))
    run(shop.journey.finish(view.session, "v"))
    assert kinds(shop)[2:] == [("quiz_completed", None), ("result_shown", None)]


def test_revision_of_the_slate_is_that_of_the_profile(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "tea")
    assert view.slate is not None
    facts = shop.signer.read(view.slate.slate_id)
    assert facts.profile_revision == shop.visitors.read("v").revision > 0


def test_result_fills_the_slots(shop: Shop) -> None:
    shop.publish(EXTENDED)
    view = say(shop, start(shop), "drink", "coffee")
    assert view.slate is not None
    assert [one.slot for one in view.slate.items] == ["coffee", "tea"]


def test_loosened_filters_are_named(shop: Shop) -> None:
    strict = TEA_QUIZ.replace(b"w = { category.tea = 2 }", b'must = "item.price > 109", relax = 1')
    shop.publish(strict.replace(b"revision = 1", b"revision = 2").replace(b"min = 2", b"min = 3"))
    view = say(shop, start(shop), "drink", "tea")
    assert view.slate is not None
    assert view.slate.relaxed == ("drink",)
    assert len(view.slate.items) >= 3


def test_contact_is_offered_beside_the_result_only(shop: Shop) -> None:
    shop.publish(EXTENDED)
    view = start(shop)
    assert view.offer is None
    while view.question:
        view = run(shop.journey.answer(view.session, "v", view.question.id, {"skip": True}))
    assert (view.state, view.offer and view.offer.id) == ("done", "keep")
    assert kinds(shop)[-2:] == [("result_shown", None), ("question_shown", "keep")]
    view = say(shop, view, "keep", {"via": "email", "address": "a@example.com"})
    assert view.offer is None
    assert view.answers["keep"] == {"value": {"via": "email"}}
    assert "example.com" not in str([*shop.store.read_events(set(EventKind))])
    assert "example.com" not in str(shop.store.read_session(view.session))
    assert view.contact == "waiting"


def test_an_address_that_nobody_confirmed_grants_nothing(shop: Shop) -> None:
    shop.publish(EXTENDED.replace(b'kind = "contact"', b'kind = "contact"\npurpose = "family"'))
    view = start(shop)
    while view.question:
        view = run(shop.journey.answer(view.session, "v", view.question.id, {"skip": True}))
    say(shop, view, "keep", {"via": "email", "address": "a@example.com"})
    assert shop.store.read_visitor("v").profile.consents == {}


def test_touchpoint_asks_one_question(shop: Shop) -> None:
    shop.publish(EXTENDED)
    view = start(shop, touchpoint="pdp")
    assert (view.question and view.question.id, view.progress.at_most) == ("kids", 1)
    view = say(shop, view, "kids", "yes")
    assert (view.state, view.question, view.offer) == ("done", None, None)
    assert "kids" in shop.visitors.read("v").facts
    second = start(shop, touchpoint="pdp")
    assert second.question is not None
    assert second.question.id == "drink"


def test_arms_are_sticky_and_patch_the_revision(shop: Shop) -> None:
    shop.publish(EXTENDED)
    asked = {}
    for number in range(12):
        view, again = start(shop, f"v{number}"), start(shop, f"v{number}")
        assert view.question is not None
        assert again.question == view.question
        asked[view.question.id] = view.question.title
    assert asked == {"drink": "Which?", "kids": "Kids?"}
    arms = {one.step.arm for one in shop.store.read_events({EventKind.QUIZ_STARTED}) if one.step}
    assert arms == {"control", "kids"}


GATED = TEA_QUIZ.replace(b"revision = 1", b"revision = 2").replace(
    b'id = "kids"\nkind = "single"\nfact = "kids"\npurpose = "family"\nsensitive = true',
    b'id = "kids"\nkind = "single"\nrequired = true',
)


def test_nothing_is_shown_before_what_decides_over_it_is_said(shop: Shop) -> None:
    shop.publish(GATED)
    view = say(shop, start(shop), "drink", "tea")
    assert view.slate is not None
    assert (view.slate.items, view.slate.dropped) == ((), {"required_answer": 12})
    shown = say(shop, view, "kids", "no").slate
    assert shown is not None
    assert shown.items
    assert {"item-02", "item-05", "item-08", "item-11"}.isdisjoint(one.id for one in shown.items)


def test_finishing_without_what_decides_over_it_shows_nothing(shop: Shop) -> None:
    shop.publish(GATED)
    view = run(shop.journey.finish(start(shop).session, "v"))
    assert view.slate is not None
    assert (view.state, view.slate.items) == ("done", ())


def test_nothing_is_shown_once_what_decides_over_it_may_not_be_used(shop: Shop) -> None:
    shop.publish(GATED)
    view = say(shop, say(shop, start(shop), "drink", "tea"), "kids", "no")
    shop.happen("v", EventKind.CONSENT, consent={"personalise": False})
    slate = shop.journey.view(view.session, "v").slate
    assert slate is not None
    assert slate.items == ()


def test_skipping_after_a_withdrawal_agrees_to_nothing(shop: Shop) -> None:
    shop.publish(EXTENDED)
    view = say(shop, start(shop), "drink", "tea")
    view = say(shop, view, "kids", "no")
    shop.happen("v", EventKind.CONSENT, consent={"family": False})
    run(shop.journey.take_back(view.session, "v", "kids"))
    run(shop.journey.answer(view.session, "v", "kids", {"skip": True}))
    granted = [one.consent for one in shop.store.read_events({EventKind.CONSENT}, "v")]
    assert granted == [{"family": True}, {"family": False}]
    assert "kids" not in shop.visitors.read("v").facts


def test_unsure_answer_and_a_gift_are_answers_in_the_log(shop: Shop) -> None:
    source = TEA_QUIZ.replace(b"revision = 1", b"revision = 2")
    unsure = (
        b'{ id = "any", text = { en = "Any", ja = "ANY" }, unsure = true },\n  { id = "coffee", gift = true,'
    )
    shop.publish(source.replace(b'{ id = "coffee",', unsure))
    view = start(shop)
    for value in ("any", "coffee"):
        view = say(shop, view, "drink", value)
    view = say(shop, view, "strength", "mild")
    assert [name for kind, name in kinds(shop) if kind == "question_answered"] == [
        "drink",
        "drink",
        "strength",
    ]
    assert shop.visitors.read("v").facts == {}


def test_answers_end_with_the_time_their_purpose_keeps_them(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "tea")
    run(shop.journey.answer(view.session, "v", "kids", {"value": "no"}))
    shop.clock.advance(days=11)
    assert shop.journey.view(view.session, "v").answers == {"drink": {"value": "tea"}}
    shop.clock.advance(days=20)
    assert shop.journey.view(view.session, "v").answers == {}


def test_steps_of_who_withdrew_are_not_logged(shop: Shop) -> None:
    shop.happen("v", EventKind.CONSENT, consent={"personalise": False})
    run(shop.journey.finish(start(shop).session, "v"))
    assert kinds(shop) == [("consent", None)]


def test_future_word_overrules_nothing(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "tea")
    later = NOW.timestamp() + 9e7
    value = FactValue(("coffee",), later, "personalise")
    shop.happen("v", EventKind.QUESTION_ANSWERED, days_ago=-1000, fact="drink", value=value)
    assert shop.journey.view(view.session, "v").answers["drink"] == {"value": "tea"}
