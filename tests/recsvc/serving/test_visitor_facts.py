"""A visitor's own facts: seen in words, corrected as the quiz would take them, forgotten everywhere."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from recsvc.domain.errors import FactRefusedError
from recsvc.domain.events import EventKind
from recsvc.domain.profile import FactValue, Profile
from recsvc.domain.slates import Basis, PlacementRequest, SlateRequest
from recsvc.serving.fact_view import FactView
from recsvc.serving.session_view import SessionView
from recsvc.serving.visitor_facts import Wanted
from recsvc.stores.rebuild import rebuild_profiles
from tests.shop import TEA_QUIZ, Shop

BUDGET = b"""
[[questions]]
id = "most"
kind = "slider"
fact = "budget"
title = { en = "How much?", ja = "JA" }
range = { min = 100, max = 5000, unit = { en = "yen" } }
[[questions]]
id = "tastes"
kind = "multi"
fact = "tastes"
title = { en = "What else?", ja = "JA" }
choices = [
  { id = "sweet", text = { en = "Sweet" } },
  { id = "bitter", text = { en = "Bitter" } },
  { id = "any", text = { en = "Any" }, unsure = true },
]
[result]
min = 2"""
FULL = TEA_QUIZ.replace(b"\n[result]\nmin = 2", BUDGET).replace(b"revision = 1", b"revision = 2")


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.publish(FULL)
    return shop


def start(shop: Shop, **more: str) -> SessionView:
    return asyncio.run(shop.journey.start("tea", "v", **more))


def say(shop: Shop, view: SessionView, question: str, value: object) -> SessionView:
    shop.clock.advance(seconds=1)
    return asyncio.run(shop.journey.answer(view.session, "v", question, {"value": value}))


def change(shop: Shop, *, consent: bool = False, **wanted: Wanted) -> None:
    shop.clock.advance(seconds=1)
    asyncio.run(shop.facts.change("v", wanted, consent=consent))


def forget(shop: Shop, fact: str | None = None) -> None:
    shop.clock.advance(seconds=1)
    asyncio.run(shop.facts.forget("v", fact))


def profile(shop: Shop) -> Profile:
    return shop.store.read_visitor("v").profile


def values(shop: Shop) -> dict[str, Any]:
    return {fact: value.values for fact, value in profile(shop).facts.items()}


def fact(shop: Shop, name: str, **more: str) -> FactView:
    return shop.facts.see("v", **more).facts[name]


def log_values(shop: Shop) -> list[tuple[str | None, Any]]:
    events = shop.store.read_events({EventKind.QUESTION_ANSWERED})
    return [(event.fact, event.value and event.value.values) for event in events]


def test_stranger_has_no_facts(shop: Shop) -> None:
    assert shop.facts.see("nobody").facts == {}


def test_fact_is_seen_in_words_with_why_and_until_when(shop: Shop) -> None:
    say(shop, start(shop, touchpoint="pdp"), "drink", "tea")
    seen = fact(shop, "drink")
    assert (seen.values, seen.words, seen.title) == (("tea",), ("Tea",), "Which?")
    assert (seen.purpose.id, seen.purpose.basis, seen.purpose.policy) == ("personalise", "notice", "1")
    assert seen.purpose.text == "To pick products."
    assert seen.expires_at == seen.answered_at + timedelta(days=30)
    assert (seen.source, seen.quiz, seen.revision, seen.question) == ("quiz", "tea", 2, "drink")
    assert (seen.touchpoint, seen.used) == ("pdp", True)
    assert fact(shop, "drink", locale="ja").words == ("お茶",)


def test_numbers_and_lists_are_seen_in_words(shop: Shop) -> None:
    change(shop, budget=3000.0, tastes=["bitter", "sweet"])
    assert (fact(shop, "budget").values, fact(shop, "budget").words) == (3000.0, ("3000 yen",))
    assert fact(shop, "tastes").words == ("Sweet", "Bitter")


def test_expired_fact_is_not_seen(shop: Shop) -> None:
    change(shop, drink="tea")
    shop.clock.advance(days=31)
    assert shop.facts.see("v").facts == {}


def test_withdrawal_forgets_the_facts_of_its_purpose_in_profile_log_and_session(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "tea")
    shop.clock.advance(seconds=1)
    shop.happen("v", EventKind.CONSENT, consent={"personalise": False})
    assert values(shop) == {}
    assert log_values(shop) == [("drink", None)]
    session = shop.store.read_session(view.session)
    assert session is not None
    assert session.answers == ()
    assert rebuild_profiles(shop.store).differed == 0


def test_fact_that_no_published_quiz_explains_is_seen_bare(shop: Shop) -> None:
    value = FactValue(("dry",), shop.clock().timestamp(), "mail", source="import", policy="9")
    shop.happen("v", EventKind.QUESTION_ANSWERED, fact="skin", value=value)
    seen = fact(shop, "skin")
    assert (seen.words, seen.title, seen.source) == (("dry",), None, "import")
    assert (seen.purpose.id, seen.purpose.text, seen.purpose.basis) == ("mail", None, None)


def test_wording_of_another_policy_is_not_shown_as_the_one_agreed_to(shop: Shop) -> None:
    value = FactValue(("tea",), shop.clock().timestamp(), "personalise", policy="0", quiz="gone", revision=1)
    shop.happen("v", EventKind.QUESTION_ANSWERED, fact="drink", value=value)
    seen = fact(shop, "drink")
    assert (seen.words, seen.purpose.policy, seen.purpose.text) == (("Tea",), "0", None)


def test_corrected_fact_is_kept_like_an_answer_of_the_visitor(shop: Shop) -> None:
    say(shop, start(shop), "drink", "tea")
    change(shop, drink=["coffee"])
    kept = profile(shop).facts["drink"]
    assert (kept.values, kept.source, kept.policy, kept.question) == (("coffee",), "visitor", "1", "drink")
    assert (kept.session_id, kept.touchpoint) == (None, None)
    assert kept.expires_at == kept.answered_at + 30 * 86_400
    assert log_values(shop) == [(None, None), ("drink", ("coffee",))]


def test_correction_and_forgetting_reach_the_next_slate(shop: Shop) -> None:
    page = SlateRequest("v", (PlacementRequest("home"),))
    change(shop, drink="tea")
    (slate,) = shop.recommender.page(page)
    assert slate.basis is Basis.QUIZ
    forget(shop)
    (slate,) = shop.recommender.page(page)
    assert slate.basis is Basis.POPULAR


def test_correction_holds_against_a_clock_that_ran_ahead(shop: Shop) -> None:
    value = FactValue(("tea",), shop.clock().timestamp() + 200, "personalise")
    shop.happen("v", EventKind.QUESTION_ANSWERED, fact="drink", value=value)
    change(shop, drink="coffee")
    assert values(shop) == {"drink": ("coffee",)}
    forget(shop, "drink")
    assert values(shop) == {}


@pytest.mark.parametrize(
    ("name", "wanted", "reason"),
    [
        ("shoe_size", "40", "unknown_fact"),
        ("shoe_size", None, "unknown_fact"),
        ("drink", "milk", "unknown_choice"),
        ("drink", ["tea", "coffee"], "wrong_type"),
        ("drink", 3.0, "wrong_type"),
        ("drink", [], "wrong_type"),
        ("budget", 9.0, "out_of_range"),
        ("budget", "3000", "wrong_type"),
        ("tastes", ["any"], "says_nothing"),
        ("tastes", ["any", "sweet"], "alone"),
        ("kids", "no", "consent_missing"),
    ],
)
def test_refused_correction_changes_nothing_of_the_whole_request(
    shop: Shop, name: str, wanted: Wanted, reason: str
) -> None:
    change(shop, drink="tea", budget=500.0)
    before, log = profile(shop), log_values(shop)
    with pytest.raises(FactRefusedError) as refused:
        change(shop, **({"tastes": ["sweet"], "budget": None} | {name: wanted}))
    assert (refused.value.reason, refused.value.fact) == (reason, name)
    assert (profile(shop), log_values(shop)) == (before, log)


def test_opt_in_purpose_is_granted_only_where_the_visitor_says_so(shop: Shop) -> None:
    change(shop, kids="no", drink="tea", consent=True)
    assert values(shop) == {"kids": ("no",), "drink": ("tea",)}
    assert profile(shop).consents.keys() == {"family"}
    change(shop, kids="yes")
    assert values(shop)["kids"] == ("yes",)


def test_withdrawn_purpose_is_not_granted_again_silently(shop: Shop) -> None:
    change(shop, drink="tea")
    shop.clock.advance(seconds=1)
    shop.happen("v", EventKind.CONSENT, consent={"personalise": False})
    with pytest.raises(FactRefusedError, match="consent"):
        change(shop, drink="coffee")
    change(shop, drink="tea", consent=True)
    assert fact(shop, "drink").used


def test_saying_the_same_twice_writes_once(shop: Shop) -> None:
    for _ in range(2):
        change(shop, drink="tea", budget=500.0)
    revision = profile(shop).revision
    assert len(log_values(shop)) == 2
    for _ in range(2):
        change(shop, budget=None)
        forget(shop, "drink")
        forget(shop, "unheard_of")
        forget(shop)
    assert len(log_values(shop)) == 4
    assert profile(shop).revision == revision + 2


def test_forgotten_fact_leaves_the_log_and_is_asked_again(shop: Shop) -> None:
    say(shop, say(shop, start(shop), "drink", "tea"), "kids", "no")
    forget(shop, "drink")
    assert values(shop) == {"kids": ("no",)}
    assert log_values(shop) == [(None, None), ("kids", ("no",)), ("drink", None)]
    begun = start(shop)
    assert begun.question is not None
    assert begun.question.id == "drink"
    forget(shop)
    assert values(shop) == {}
    assert {said for _, said in log_values(shop)} == {None}
    assert rebuild_profiles(shop.store).differed == 0


def test_expired_fact_is_forgotten_with_the_others(shop: Shop) -> None:
    change(shop, drink="tea")
    shop.clock.advance(days=40)
    forget(shop)
    assert values(shop) == {}


def test_session_forgets_with_the_visitor(shop: Shop) -> None:
    view = say(shop, say(shop, start(shop), "drink", "coffee"), "strength", "strong")
    forget(shop, "strength")
    stored = shop.store.read_session(view.session)
    assert stored is not None
    assert [question for question, _ in stored.answers] == ["drink"]
    again = shop.journey.view(view.session, "v")
    assert (again.question and again.question.id, list(again.answers)) == ("strength", ["drink"])


def test_answer_of_a_session_does_not_bring_a_forgotten_fact_back(shop: Shop) -> None:
    view = say(shop, say(shop, start(shop), "drink", "coffee"), "strength", "strong")
    view = say(shop, view, "drink", "tea")  # leaves the branch of `strength`, whose answer is kept
    change(shop, strength="mild")
    forget(shop, "strength")
    view = say(shop, view, "drink", "coffee")  # comes back to it
    assert values(shop) == {"drink": ("coffee",)}
    assert (view.question and view.question.id) == "strength"
    say(shop, view, "strength", "strong")
    assert values(shop)["strength"] == ("strong",)


def test_answer_of_a_session_gives_way_to_a_correction(shop: Shop) -> None:
    view = say(shop, say(shop, start(shop), "drink", "coffee"), "strength", "strong")
    change(shop, strength="mild")
    view = say(shop, view, "kids", "yes")
    assert view.answers["strength"] == {"value": "mild"}
    view = say(shop, say(shop, view, "drink", "tea"), "drink", "coffee")
    assert values(shop)["strength"] == ("mild",)


def test_fact_known_from_elsewhere_is_neither_renewed_nor_taken_back_by_a_branch(shop: Shop) -> None:
    change(shop, strength="mild")
    kept = profile(shop).facts["strength"]
    view = say(shop, start(shop), "drink", "coffee")
    assert view.answers["strength"] == {"value": "mild"}
    say(shop, view, "drink", "tea")
    assert profile(shop).facts["strength"] == kept


def test_answers_for_somebody_else_stay_when_a_fact_is_forgotten(shop: Shop) -> None:
    gift = FULL.replace(b'id = "coffee", text', b'id = "coffee", gift = true, text')
    shop.publish(gift.replace(b"revision = 2", b"revision = 3"))
    change(shop, drink="tea", strength="mild")
    forget(shop)
    view = say(shop, say(shop, start(shop), "drink", "coffee"), "strength", "strong")
    change(shop, strength="mild")
    assert list(shop.journey.view(view.session, "v").answers) == ["drink", "strength"]
