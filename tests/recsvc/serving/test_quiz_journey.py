"""A quiz session: what is said is kept with its purpose, changes the slate, and can be taken back."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from recsvc.domain.errors import (
    AnswerRefusedError,
    InvalidRequestError,
    SessionExpiredError,
    UnknownQuestionError,
    UnknownQuizError,
    UnknownSessionError,
)
from recsvc.domain.events import EventKind
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.domain.slates import Basis, PlacementRequest, SlateRequest
from recsvc.serving.session_view import SessionView
from tests.shop import TEA_QUIZ, Shop


def run(coroutine: Coroutine[Any, Any, SessionView]) -> SessionView:
    return asyncio.run(coroutine)


def start(shop: Shop, visitor: str = "v", **more: str) -> SessionView:
    return run(shop.journey.start("tea", visitor, **more))


def say(shop: Shop, view: SessionView, question: str, value: object, visitor: str = "v") -> SessionView:
    return run(shop.journey.answer(view.session, visitor, question, {"value": value}))


def test_quiz_goes_from_question_to_question_to_the_result(shop: Shop) -> None:
    view = start(shop)
    assert (view.state, view.question and view.question.id, view.progress.answered) == ("open", "drink", 0)
    view = say(shop, view, "drink", "coffee")
    assert view.question is not None
    assert view.question.id == "strength"
    view = say(shop, view, "strength", "mild")
    view = say(shop, view, "kids", "yes")
    assert (view.state, view.question) == ("done", None)
    assert view.answers == {
        "drink": {"value": "coffee"},
        "strength": {"value": "mild"},
        "kids": {"value": "yes"},
    }


def test_first_answer_changes_the_slate_and_says_why(shop: Shop) -> None:
    view = start(shop)
    assert view.slate is not None
    assert view.slate.basis is Basis.POPULAR
    after = say(shop, view, "drink", "tea")
    assert after.slate is not None
    assert after.slate.basis is Basis.QUIZ
    assert [one.id for one in after.slate.items] != [one.id for one in view.slate.items]
    told = {one.reason.text for one in after.slate.items if one.reason.code == "from_answers"}
    assert told <= {"You like tea", "Because of your answer: Tea"}
    assert told


def test_answer_becomes_a_fact_with_purpose_wording_and_expiry(shop: Shop) -> None:
    say(shop, start(shop, touchpoint="pdp"), "drink", "tea")
    fact = shop.store.read_visitor("v").profile.facts["drink"]
    assert (fact.values, fact.purpose, fact.policy, fact.quiz, fact.touchpoint) == (
        ("tea",),
        "personalise",
        "1",
        "tea",
        "pdp",
    )
    assert fact.expires_at == fact.answered_at + 30 * 86_400


def test_answer_under_an_opt_in_wording_grants_its_purpose(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "tea")
    assert view.question is not None
    assert (view.question.id, view.question.opt_in, view.question.purpose_text) == (
        "kids",
        True,
        "We keep it ten days.",
    )
    say(shop, view, "kids", "no")
    assert shop.store.read_visitor("v").profile.consents["family"].granted


def test_skipped_question_leaves_no_fact_and_no_consent(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "tea")
    done = run(shop.journey.answer(view.session, "v", "kids", {"skip": True}))
    profile = shop.store.read_visitor("v").profile
    assert done.state == "done"
    assert "kids" not in profile.facts
    assert profile.consents == {}


def test_changed_answer_takes_the_facts_of_the_left_branch_back(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "coffee")
    view = say(shop, view, "strength", "strong")
    assert set(shop.store.read_visitor("v").profile.facts) == {"drink", "strength"}
    shop.clock.advance(seconds=1)
    view = say(shop, view, "drink", "tea")
    assert set(shop.store.read_visitor("v").profile.facts) == {"drink"}
    assert "strength" not in view.answers


def test_taken_back_answer_is_as_if_never_given(shop: Shop) -> None:
    view = start(shop)
    said = say(shop, view, "drink", "tea")
    shop.clock.advance(seconds=1)
    back = run(shop.journey.take_back(said.session, "v", "drink"))
    assert back.question == view.question
    assert back.slate is not None
    assert view.slate is not None
    assert [one.id for one in back.slate.items] == [one.id for one in view.slate.items]
    assert shop.store.read_visitor("v").profile.facts == {}


def test_same_answer_twice_changes_nothing(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "tea")
    revision = shop.store.read_visitor("v").profile.revision
    assert say(shop, view, "drink", "tea").answers == view.answers
    assert shop.store.read_visitor("v").profile.revision == revision


def test_known_fact_is_not_asked_again_until_it_expires(shop: Shop) -> None:
    say(shop, start(shop), "drink", "tea")
    again = start(shop)
    assert again.question is not None
    assert again.question.id == "kids"
    shop.clock.advance(days=31)
    late = start(shop)
    assert late.question is not None
    assert late.question.id == "drink"


def test_answers_reach_the_home_page(shop: Shop) -> None:
    page = SlateRequest("v", (PlacementRequest("home"),))
    say(shop, start(shop), "drink", "tea")
    (slate,) = shop.recommender.page(page)
    assert slate.basis is Basis.QUIZ
    shop.happen("v", EventKind.PURCHASE, "item-03")
    assert shop.recommender.page(page)[0].basis is Basis.BOTH


def test_hard_filter_of_an_answer_holds(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "tea")
    view = say(shop, view, "kids", "no")
    assert view.slate is not None
    kinds = {shop.catalogue.get(one.id).category for one in view.slate.items}  # type: ignore[union-attr]
    assert "toys" not in kinds
    assert view.slate.dropped["answer:kids"] > 0


def test_somebody_else_sees_no_session(shop: Shop) -> None:
    view = start(shop)
    with pytest.raises(UnknownSessionError):
        say(shop, view, "drink", "tea", visitor="other")
    with pytest.raises(UnknownSessionError):
        shop.journey.view(view.session, "other")


@pytest.mark.parametrize(
    ("question", "value", "reason"),
    [
        ("drink", "wine", "unknown_choice"),
        ("drink", ["tea"], "wrong_type"),
        ("strength", "mild", "not_reachable"),
    ],
)
def test_refused_answer_leaves_the_session_as_it_was(
    shop: Shop, question: str, value: object, reason: str
) -> None:
    view = start(shop)
    with pytest.raises(AnswerRefusedError) as refused:
        say(shop, view, question, value)
    assert refused.value.reason == reason
    assert shop.journey.view(view.session, "v") == view


def test_unknown_names_are_refused(shop: Shop) -> None:
    view = start(shop)
    with pytest.raises(UnknownQuestionError, match="drink"):
        say(shop, view, "nothing", "tea")
    with pytest.raises(UnknownQuizError, match="tea"):
        run(shop.journey.start("nothing", "v"))
    with pytest.raises(UnknownSessionError):
        shop.journey.view("nothing", "v")


def test_session_ends_after_half_an_hour_of_silence(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "tea")
    shop.clock.advance(minutes=29)
    view = say(shop, view, "drink", "coffee")
    shop.clock.advance(minutes=31)
    assert shop.journey.view(view.session, "v").state == "expired"
    with pytest.raises(SessionExpiredError):
        say(shop, view, "strength", "mild")


def test_finished_session_takes_no_more_answers(shop: Shop) -> None:
    view = run(shop.journey.finish(start(shop).session, "v"))
    assert view.state == "done"
    with pytest.raises(SessionExpiredError):
        say(shop, view, "drink", "tea")


def test_signed_link_resumes_and_an_altered_one_does_not(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "tea")
    assert shop.journey.resume(view.resume) == view
    with pytest.raises(InvalidRequestError):
        shop.journey.resume(view.resume[:-1] + ("0" if view.resume[-1] != "0" else "1"))


def test_session_ends_on_the_revision_on_which_it_began(shop: Shop) -> None:
    view = start(shop)
    shop.publish(
        TEA_QUIZ.replace(b"revision = 1", b"revision = 2")
        .replace(b'id = "drink"', b'id = "cup"')
        .replace(b'when = "drink ==', b'when = "cup ==')
    )
    assert start(shop).revision == 2
    assert say(shop, view, "drink", "tea").revision == 1


def test_steps_of_one_session_do_not_overtake_each_other(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "coffee")

    async def both() -> None:
        await asyncio.gather(
            shop.journey.answer(view.session, "v", "strength", {"value": "mild"}),
            shop.journey.answer(view.session, "v", "kids", {"value": "yes"}),
        )

    asyncio.run(both())
    assert set(shop.journey.view(view.session, "v").answers) == {"drink", "strength", "kids"}


def test_question_is_shown_in_the_language_of_the_session(shop: Shop) -> None:
    view = start(shop, locale="ja")
    assert view.question is not None
    assert view.question.title == "どちら"


def test_withdrawn_purpose_takes_its_answers_out_of_the_running_session(shop: Shop) -> None:
    view = say(shop, start(shop), "drink", "tea")
    shop.clock.advance(seconds=1)
    shop.happen("v", EventKind.CONSENT, consent={"personalise": False})
    slate = shop.journey.view(view.session, "v").slate
    assert slate is not None
    assert slate.basis is Basis.POPULAR
    shop.clock.advance(seconds=1)
    say(shop, view, "drink", "coffee")
    assert shop.store.read_visitor("v").profile.facts == {}


def test_answer_given_anew_under_an_opt_in_wording_grants_it_again(shop: Shop) -> None:
    view = say(shop, say(shop, start(shop), "drink", "tea"), "kids", "no")
    shop.clock.advance(seconds=1)
    shop.happen("v", EventKind.CONSENT, consent={"family": False})
    shop.clock.advance(seconds=1)
    say(shop, view, "kids", "no")
    profile = shop.store.read_visitor("v").profile
    assert profile.consents["family"].granted
    assert profile.facts["kids"].values == ("no",)


def test_same_skip_twice_is_one_event(shop: Shop) -> None:
    view = start(shop)
    for _ in range(2):
        run(shop.journey.answer(view.session, "v", "drink", {"skip": True}))
    kinds = [one.kind for one in shop.store._log]
    assert kinds.count(EventKind.QUESTION_SKIPPED) == 1


def test_who_logs_in_amid_a_quiz_goes_on_with_it(shop: Shop) -> None:
    view = asyncio.run(shop.journey.start("tea", "anon:browser", locale="en"))
    with pytest.raises(UnknownSessionError):
        shop.journey.view(view.session, "ada")
    shop.happen("anon:browser", EventKind.IDENTIFY, identities=(Identity(IdentityKind.CUSTOMER, "ada"),))
    assert shop.journey.view(view.session, "ada").question == view.question
