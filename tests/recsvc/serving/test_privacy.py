"""One's own data: shown whole, erased whole, and forgotten when it was kept long enough."""

import asyncio

import msgspec
import pytest

from recsvc.domain.contacts import email_identity
from recsvc.domain.destinations import Outgoing
from recsvc.domain.errors import UnknownVisitorError, UsageError
from recsvc.domain.events import EventKind
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.domain.profile import FactValue
from recsvc.domain.retention import Retention
from recsvc.domain.slates import PlacementRequest, SlateRequest
from recsvc.serving.deliveries import Noted, Settlement
from recsvc.serving.privacy import Erased, Erasures, Privacy, Swept
from recsvc.stores.rebuild import rebuild_profiles
from tests.shop import SECRET, Shop

CARD = Identity(IdentityKind.LOYALTY_CARD, "7")
ANONYMOUS = Identity(IdentityKind.ANONYMOUS, "browser")


@pytest.fixture
def privacy(shop: Shop) -> Privacy:
    return Privacy(shop.store, SECRET, shop.clock)


def live(shop: Shop) -> None:
    """Alice in the browser, at the till and in a quiz; Bob beside her on the same device."""
    shop.happen("anon:browser", EventKind.VIEW, "item-01")
    shop.happen("alice", EventKind.IDENTIFY, identities=(ANONYMOUS, CARD))
    shop.happen("card:7", EventKind.PURCHASE, "item-02")
    asyncio.run(shop.journey.start("tea", "alice", locale="en"))
    shop.happen("bob", EventKind.PURCHASE, "item-03")
    shop.happen("bob", EventKind.IDENTIFY, identities=(ANONYMOUS,))


def tell(shop: Shop, fact: str, **more: float) -> None:
    at = shop.clock()
    value = FactValue(("green",), at.timestamp(), "personalise", **more)
    shop.happen("alice", EventKind.QUESTION_ANSWERED, fact=fact, value=value)


def test_export_holds_every_row_under_every_name(shop: Shop, privacy: Privacy) -> None:
    live(shop)
    told = privacy.export("card:7")
    assert told.visitor_id == "alice"
    assert [one.visitor_id for one in told.identities] == ["alice", "card:7", "anon:browser"]
    own = {"alice", "card:7", "anon:browser"}
    kept = [event for event in shop.store._log if event.visitor_id in own]
    assert told.events == [msgspec.to_builtins(event) for event in kept]
    assert [session["quiz"] for session in told.quiz_sessions] == ["tea"]
    assert {one[1] for one in told.profile["recent"]} == {"item-01", "item-02"}


def test_a_name_that_only_somebody_else_says_can_be_erased(shop: Shop, privacy: Privacy) -> None:
    shop.happen("alice", EventKind.IDENTIFY, identities=(CARD,))
    shop.happen("alice", EventKind.IDENTIFY, identities=(CARD,), parted=True)
    assert shop.store.names("card:7") == {"card:7"}
    privacy.expect("card:7")
    asyncio.run(privacy.erase("card:7"))
    with pytest.raises(UnknownVisitorError, match="was erased"):
        privacy.expect("card:7")


def test_an_address_is_known_by_its_digest(shop: Shop, privacy: Privacy) -> None:
    name = email_identity("ada@shop.example").visitor_id
    shop.happen(name, EventKind.VIEW, "item-01")
    with pytest.raises(UsageError, match=name):
        privacy.expect("Ada@Shop.example ")


def test_export_says_what_other_services_know(shop: Shop, privacy: Privacy) -> None:
    live(shop)
    known = Outgoing("alice", consents={"share": True})
    shop.store.note("crm", Noted(1, frozenset({"alice"})), 0.0).result()
    (delivery,) = shop.store.claim("crm", 0.0, 1.0, 1).result()
    assert privacy.export("card:7").destinations == {}
    shop.store.settle(delivery, Settlement(known)).result()
    assert privacy.export("card:7").destinations == {"crm": known}


def test_erasure_leaves_no_trace_of_any_name_and_spares_everybody_else(shop: Shop, privacy: Privacy) -> None:
    live(shop)
    assert asyncio.run(privacy.erase("anon:browser")) == Erased(names=3, events=5)
    kept = [*shop.store._log, *shop.store._profiles.values(), *shop.store._sessions.values()]
    text = msgspec.json.encode(kept).decode()
    assert not any(name in text for name in ("alice", "browser", "card", '"7"'))
    assert {one.item_id for one in shop.store.read_visitor("bob").profile.recent} == {"item-03"}
    assert rebuild_profiles(shop.store).differed == 0


def test_who_comes_back_is_a_stranger(shop: Shop, privacy: Privacy) -> None:
    live(shop)
    asyncio.run(privacy.erase("alice"))
    shop.clock.advance(seconds=1)
    shop.happen("alice", EventKind.VIEW, "item-05")
    profile = shop.store.read_visitor("alice").profile
    assert [one.item_id for one in profile.recent] == ["item-05"]
    assert shop.store.names("alice") == {"alice"}


def test_erased_name_is_known_again_up_to_its_erasure_and_told_to_nobody(
    shop: Shop, privacy: Privacy
) -> None:
    live(shop)
    last = shop.store._log.last
    asyncio.run(privacy.erase("alice"))
    erasures = Erasures(shop.store, SECRET)
    assert erasures.reach("alice", last)
    assert erasures.reach("card:7", 1)
    assert not erasures.reach("alice", last + 1)
    assert not erasures.reach("bob", 1)
    assert not any("alice" in digest for digest in shop.store.erasures())


def test_sweep_forgets_facts_that_expired_and_those_whose_purpose_keeps_less(
    shop: Shop, privacy: Privacy
) -> None:
    tell(shop, "short", expires_at=shop.clock().timestamp() + 60)
    tell(shop, "long")
    shop.clock.advance(seconds=61)
    assert asyncio.run(privacy.sweep(Retention())) == Swept(facts=1, events=0, sessions=0, contacts=0)
    assert shop.store.read_visitor("alice").profile.facts.keys() == {"long"}
    shop.clock.advance(days=11)
    assert asyncio.run(privacy.sweep(Retention(facts_days={"personalise": 10}))).facts == 1
    said = [event.value for event in shop.store._log if event.kind is EventKind.QUESTION_ANSWERED]
    assert said == [None] * 4
    assert rebuild_profiles(shop.store).differed == 0


def test_sweep_ends_where_a_clock_ran_ahead(shop: Shop, privacy: Privacy) -> None:
    now = shop.clock().timestamp()
    value = FactValue(("green",), now + 3600, "personalise", expires_at=now - 1)
    shop.happen("alice", EventKind.QUESTION_ANSWERED, fact="ahead", value=value)
    assert asyncio.run(privacy.sweep(Retention())).facts == 1


def test_sweep_forgets_old_events_and_keeps_a_refusal_for_as_long_as_anything_else(
    shop: Shop, privacy: Privacy
) -> None:
    shop.happen("old", EventKind.CONSENT, consent={"mail": False}, days_ago=800)
    shop.happen("old", EventKind.PURCHASE, "item-01", days_ago=790)
    shop.happen("loyal", EventKind.CONSENT, consent={"mail": False}, days_ago=800)
    shop.happen("loyal", EventKind.PURCHASE, "item-01", days_ago=790)
    shop.happen("loyal", EventKind.PURCHASE, "item-02", days_ago=1)
    swept = asyncio.run(privacy.sweep(Retention()))
    assert swept.events == 3
    assert [event.visitor_id for event in shop.store._log] == ["loyal", "loyal"]
    assert shop.store.read_visitor("old").profile.revision == 0
    assert not shop.store.read_visitor("loyal").profile.consents["mail"].granted


def test_sweep_forgets_old_quiz_sessions(shop: Shop, privacy: Privacy) -> None:
    view = asyncio.run(shop.journey.start("tea", "alice", locale="en"))
    shop.clock.advance(days=31)
    assert asyncio.run(privacy.sweep(Retention())).sessions == 1
    assert shop.store.read_session(view.session) is None


def test_solved_vector_of_an_erased_visitor_is_not_served_again(shop: Shop, privacy: Privacy) -> None:
    page = SlateRequest("alice", (PlacementRequest("home"),))
    shop.happen("alice", EventKind.PURCHASE, "item-01")
    before = shop.recommender.page(page)[0].items
    asyncio.run(privacy.erase("alice"))
    shop.clock.advance(seconds=1)
    shop.happen("alice", EventKind.PURCHASE, "item-02")  # the revision is 1 again, within the same day
    assert shop.recommender.page(page)[0].items != before
