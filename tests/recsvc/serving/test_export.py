"""What training may learn from: nobody who said no, nothing sensitive, nothing that ended."""

from datetime import timedelta
from typing import Any

from recsvc.domain.events import Event, EventKind
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.domain.learner import Learner
from recsvc.domain.profile import FactValue
from recsvc.serving.export import Learners, facts, interactions, learner, reaches
from tests.shop import Shop


def tell(shop: Shop, fact: str, *values: str, visitor_id: str = "v", **more: Any) -> None:
    """Say a fact, now."""
    at = shop.clock()
    value = FactValue(values, at.timestamp(), **{"purpose": "personalise", "source": "import", **more})
    event = Event(
        event_id=f"{visitor_id}-{fact}-{values}",
        kind=EventKind.QUESTION_ANSWERED,
        visitor_id=visitor_id,
        occurred_at=at,
        received_at=at,
        fact=fact,
        value=value,
    )
    shop.store.append([event]).result()


def told(shop: Shop) -> list[tuple[str, str]]:
    return [(one.visitor_id, one.fact) for one in facts(shop.store, shop.quizzes, shop.clock())]


def withdraw(shop: Shop, purpose: str = "personalise", visitor_id: str = "v") -> None:
    shop.happen(visitor_id, EventKind.CONSENT, consent={purpose: False})


def test_interactions_come_with_their_numbers_and_nothing_else_does(shop: Shop) -> None:
    shop.happen("v", EventKind.VIEW, "i1")
    shop.happen("v", EventKind.IMPRESSION, "i1")
    shop.happen("w", EventKind.PURCHASE, "i2")
    shop.happen("w", EventKind.SEARCH)
    shop.happen("w", EventKind.RETURN, "i2")
    ((portion),) = interactions(shop.store, 0)
    assert [event.kind for _, event in portion] == [EventKind.VIEW, EventKind.PURCHASE, EventKind.RETURN]
    assert list(interactions(shop.store, portion[-1][0])) == []


def test_who_withdrew_may_not_be_learnt_from_and_who_agrees_again_may(shop: Shop) -> None:
    shop.happen("v", EventKind.PURCHASE, "i1", days_ago=3)
    assert Learners(shop.store)("v") == Learner("v")
    withdraw(shop)
    assert Learners(shop.store)("v") is None
    withdrawn = shop.clock()
    shop.clock.advance(days=1)
    shop.happen("v", EventKind.CONSENT, consent={"personalise": True})
    assert Learners(shop.store)("v") == Learner("v", after=withdrawn)


def test_names_of_one_visitor_are_learnt_from_as_one(shop: Shop) -> None:
    shop.happen("anon:1", EventKind.PURCHASE, "i1")
    shop.happen("anon:1", EventKind.IDENTIFY, identities=(Identity(IdentityKind.CUSTOMER, "v"),))
    assert Learners(shop.store)("anon:1") == Learners(shop.store)("v") == Learner("v")


def test_of_a_visitor_who_is_not_known_nothing_may_be_learnt(shop: Shop) -> None:
    assert not learner(shop.store.read_visitor("erased").profile)


def test_facts_come_by_visitor_and_name(shop: Shop) -> None:
    for visitor_id, fact in (("w", "drink"), ("v", "taste"), ("v", "drink")):
        tell(shop, fact, "tea", visitor_id=visitor_id)
    assert told(shop) == [("v", "drink"), ("v", "taste"), ("w", "drink")]


def test_what_expired_or_was_withdrawn_is_not_exported(shop: Shop) -> None:
    tell(shop, "drink", "tea", expires_at=shop.clock().timestamp() + 10)
    tell(shop, "size", "m", purpose="fitting")
    assert told(shop) == [("v", "drink"), ("v", "size")]
    shop.clock.now += timedelta(seconds=10)
    assert told(shop) == [("v", "size")]
    withdraw(shop, "fitting")
    assert told(shop) == []


def test_with_the_purpose_of_learning_all_facts_go(shop: Shop) -> None:
    tell(shop, "size", "m", purpose="fitting")
    withdraw(shop)
    assert told(shop) == []


def test_a_sensitive_fact_is_not_exported_however_it_was_told(shop: Shop) -> None:
    tell(shop, "kids", "yes")
    tell(shop, "kids", "yes", visitor_id="w", quiz="tea", revision=1, question="kids")
    assert told(shop) == []


def test_a_fact_of_a_quiz_that_is_not_published_might_be_sensitive(shop: Shop) -> None:
    tell(shop, "drink", "tea", quiz="tea", revision=1, question="drink")
    tell(shop, "drink", "tea", visitor_id="w", quiz="tea", revision=7, question="drink")
    tell(shop, "drink", "tea", visitor_id="x", quiz="tea", revision=1, question="gone")
    assert told(shop) == [("v", "drink")]


def test_a_log_reaches_what_was_read_from_it(shop: Shop) -> None:
    assert reaches(shop.store, 0)
    assert not reaches(shop.store, 1)
    shop.happen("v", EventKind.IMPRESSION, "i1")
    assert reaches(shop.store, 1)
    assert not reaches(shop.store, 2)


def test_imported_fact_under_an_opt_in_purpose_needs_its_grant(shop: Shop) -> None:
    tell(shop, "pets", "cat", purpose="family")  # the quiz of the shop asks for `family` by opt-in
    assert told(shop) == []
    shop.happen("v", EventKind.CONSENT, consent={"family": True})
    assert told(shop) == [("v", "pets")]
