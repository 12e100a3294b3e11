"""By which name of a person arms are drawn, on every engine."""

import itertools
from datetime import timedelta

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.identity import identity_of
from recsvc.serving.assign import subject
from recsvc.stores.rebuild import rebuild_profiles
from tests.contracts.engines import START, AnyStore, event, profile

WORLDS = itertools.count()
NUMBERS = itertools.count()


def told(kind: EventKind, name: str, *names: str, parted: bool = False) -> Event:
    """An event that the service hears after all before it."""
    number = next(NUMBERS)
    lines = (EventLine("a"),) if kind is not EventKind.IDENTIFY else ()
    said = event(
        f"arm-{number}", name, kind, lines=lines, identities=tuple(map(identity_of, names)), parted=parted
    )
    return msgspec.structs.replace(said, received_at=START + timedelta(seconds=number))


def drawn(store: AnyStore, name: str) -> str:
    return subject(profile(store, name), name)


def test_purchases_at_the_till_do_not_move_the_arm_of_the_browser_that_logs_in(store: AnyStore) -> None:
    store.append([told(EventKind.PURCHASE, "alice"), told(EventKind.VIEW, "anon:1")]).result()
    store.append([told(EventKind.IDENTIFY, "alice", "anon:1")]).result()
    assert drawn(store, "alice") == drawn(store, "anon:1") == "anon:1"


def test_second_browser_of_a_customer_takes_over_the_arm_of_the_first(store: AnyStore) -> None:
    for browser in ("anon:2", "anon:1"):
        store.append([told(EventKind.VIEW, browser)]).result()
        store.append([told(EventKind.IDENTIFY, "alice", browser)]).result()
    assert {drawn(store, name) for name in ("alice", "anon:1", "anon:2")} == {"anon:2"}


def test_browser_of_which_nothing_was_heard_keeps_its_arm(store: AnyStore) -> None:
    store.append([told(EventKind.IDENTIFY, "alice", "anon:1")]).result()
    store.append([told(EventKind.VIEW, "alice")]).result()
    assert drawn(store, "alice") == "anon:1"
    assert rebuild_profiles(store).differed == 0


def test_arm_stays_when_the_log_has_forgotten_who_saw_it(store: AnyStore) -> None:
    store.append([told(EventKind.VIEW, "alice"), told(EventKind.IDENTIFY, "alice", "anon:1")]).result()
    later = msgspec.structs.replace(told(EventKind.VIEW, "anon:1"), occurred_at=START + timedelta(days=9))
    store.append([later]).result()
    assert store.forget_events(START + timedelta(days=5), 9).result() == 1
    assert drawn(store, "anon:1") == "alice"


def test_who_is_parted_is_drawn_by_an_own_name(store: AnyStore) -> None:
    store.append(
        [told(EventKind.VIEW, "anon:1"), told(EventKind.IDENTIFY, "alice", "anon:1", "card:7")]
    ).result()
    store.append([told(EventKind.IDENTIFY, "alice", "anon:1", parted=True)]).result()
    assert drawn(store, "anon:1") == "anon:1"
    assert drawn(store, "alice") == drawn(store, "card:7") == "alice"


NAMES = ("alice", "bob", "anon:1", "anon:2", "card:7", "line:U")
moves = st.lists(
    st.tuples(
        st.sampled_from([EventKind.VIEW, EventKind.PURCHASE, EventKind.IDENTIFY]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
    ),
    min_size=2,
    max_size=12,
)


@settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves)
def test_no_login_changes_the_arm_that_a_person_was_shown_first(
    store: AnyStore, lived: list[tuple[EventKind, str, str]]
) -> None:
    world = next(WORLDS)
    shown: dict[str, str] = {}  # name → by which its arm was drawn when it first saw one, the first one first
    for kind, one, other in lived:
        name, second = f"{one}-{world}", f"{other}-{world}"
        if kind is EventKind.VIEW:
            shown.setdefault(name, drawn(store, name))
        names = (second,) if kind is EventKind.IDENTIFY else ()
        store.append([told(kind, name, *names)]).result()
        for seen in shown:
            person = store.names(seen)
            assert drawn(store, seen) == next(arm for who, arm in shown.items() if who in person)
