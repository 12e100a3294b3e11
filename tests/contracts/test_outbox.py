"""The outbox on every engine: what is noted is delivered once, and erasure reaches what left."""

import pytest

from recsvc.domain.destinations import Outgoing
from recsvc.serving.deliveries import Delivery, Noted, OutboxDepth, Settlement
from recsvc.stores.outbox_rows import NEVER
from tests.contracts.engines import START, AnyStore, event

SHOP = "shop"
KNOWN = Outgoing("v", facts={"skin": ("dry",), "budget": 30.0}, segments=("tea-lovers",))


def claim(store: AnyStore, now: float = 10, until: float = 100, limit: int = 9) -> list[Delivery]:
    return store.claim(SHOP, now, until, limit).result()


def note(store: AnyStore, *names: str, cursor: int = 1, at: float = 5) -> None:
    store.note(SHOP, Noted(cursor, frozenset(names)), at).result()


def settle(store: AnyStore, delivery: Delivery, *settlement: object) -> None:
    store.settle(delivery, Settlement(*settlement)).result()


def know(store: AnyStore) -> None:
    """Visitor v has been delivered."""
    note(store, "v")
    (one,) = claim(store)
    settle(store, one, KNOWN)


def test_the_cursor_only_moves_on_and_is_each_destination_s_own(store: AnyStore) -> None:
    assert store.outbox_cursor(SHOP) == 0
    note(store, cursor=7)
    note(store, cursor=3)
    assert (store.outbox_cursor(SHOP), store.outbox_cursor("other")) == (7, 0)


def test_what_was_noted_twice_is_delivered_once(store: AnyStore) -> None:
    note(store, "v", "w")
    note(store, "v")
    assert [(one.visitor_id, one.number, one.known) for one in claim(store)] == [
        ("v", 2, None),
        ("w", 1, None),
    ]


def test_what_is_claimed_is_nobody_else_s_until_then(store: AnyStore) -> None:
    note(store, "v", "w", "x")
    assert [one.visitor_id for one in claim(store, limit=2)] == ["v", "w"]
    assert [one.visitor_id for one in claim(store)] == ["x"]
    assert not store.is_due(SHOP, 99)
    assert store.is_due(SHOP, 100)
    assert len(claim(store, now=100)) == 3


def test_what_a_destination_knows_comes_back_with_the_next_delivery(store: AnyStore) -> None:
    know(store)
    assert store.outbox_depths() == []
    assert store.recipients(SHOP) == [KNOWN]
    note(store, "v")
    (one,) = claim(store)
    assert one.known == KNOWN
    settle(store, one, None)
    assert (store.recipients(SHOP), claim(store, now=1e6)) == ([], [])


def test_a_change_on_the_way_stays_due(store: AnyStore) -> None:
    note(store, "v")
    (one,) = claim(store)
    note(store, "v")
    settle(store, one, KNOWN)
    (again,) = claim(store)
    assert (again.number, again.known) == (2, KNOWN)


def test_a_failure_waits_and_a_change_meanwhile_waits_with_it(store: AnyStore) -> None:
    note(store, "v")
    (one,) = claim(store)
    settle(store, one, None, 50.0, 1, "503")
    note(store, "v")
    assert claim(store, now=49) == []
    (again,) = claim(store, now=50)
    assert (again.number, again.attempts) == (2, 1)


def test_what_is_given_up_comes_back_when_revived_or_changed(store: AnyStore) -> None:
    note(store, "v", "w")
    for one in claim(store):
        settle(store, one, None, None, 3, "422")
    assert store.outbox_depths() == [OutboxDepth(SHOP, 0, 2, None)]
    assert claim(store, now=NEVER / 2) == []
    note(store, "v", at=20)
    assert [(one.visitor_id, one.attempts) for one in claim(store, now=20)] == [("v", 3)]
    assert store.revive(SHOP, 30).result() == 1
    assert [(one.visitor_id, one.attempts) for one in claim(store, now=30)] == [("w", 0)]


def test_depths_say_how_much_waits_and_since_when(store: AnyStore) -> None:
    note(store, "v", at=7)
    note(store, "w", at=5)
    store.note("other", Noted(1, frozenset("v")), 9).result()
    assert store.outbox_depths() == [OutboxDepth("other", 1, 0, 9.0), OutboxDepth(SHOP, 2, 0, 5.0)]


def test_what_it_may_have_to_forget_is_due_only_where_it_knows_it(store: AnyStore) -> None:
    know(store)
    store.note(SHOP, Noted(2, frozenset(), frozenset({"v", "stranger"})), 5).result()
    assert [one.visitor_id for one in claim(store)] == ["v"]


def test_a_visitor_of_whom_nothing_is_kept_any_more_is_due(store: AnyStore) -> None:
    store.append([event("e1", minutes=-1)]).result()
    know(store)
    assert store.known_of({"v", "w"}) == {SHOP: KNOWN}
    assert store.forget_events(START, 9).result() == 1
    assert [(one.visitor_id, one.erased) for one in claim(store)] == [("v", False)]


def erase(store: AnyStore) -> None:
    store.erase({"v": "digest"}).result()


def test_erasure_drops_what_never_left(store: AnyStore) -> None:
    store.append([event("e1")]).result()
    note(store, "v", "w")
    erase(store)
    assert [one.visitor_id for one in claim(store)] == ["w"]


def test_erasure_takes_back_what_left_and_forgets_it_then(store: AnyStore) -> None:
    know(store)
    erase(store)
    assert store.recipients(SHOP) == []
    (one,) = claim(store, now=0)
    assert (one.erased, one.known) == (True, KNOWN)
    settle(store, one, None)
    assert (claim(store, now=1e6), store.outbox_depths()) == ([], [])


@pytest.mark.parametrize("known_before", [True, False])
def test_erasure_on_the_way_takes_back_what_arrives_after_it(store: AnyStore, *, known_before: bool) -> None:
    if known_before:
        know(store)
    note(store, "v")
    (one,) = claim(store)
    erase(store)
    settle(store, one, KNOWN)
    (back,) = claim(store)
    assert (back.erased, back.known) == (True, KNOWN)


def test_who_comes_back_after_an_erasure_is_forgotten_first_and_then_told_anew(store: AnyStore) -> None:
    know(store)
    erase(store)
    (one,) = claim(store)
    note(store, "v")
    settle(store, one, None)
    (anew,) = claim(store)
    assert (anew.erased, anew.known) == (False, None)
