"""One visitor of many names, on every engine."""

import itertools
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsvc.domain.contacts import CONFIRMATION
from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.identity import identity_of
from recsvc.stores.rebuild import rebuild_profiles
from tests.contracts.engines import AnyStore, answer, event, profile

NUMBERS = itertools.count()


def identify(event_id: str, visitor_id: str, *names: str, parted: bool = False) -> Event:
    identities = tuple(map(identity_of, names))
    return event(event_id, visitor_id, EventKind.IDENTIFY, identities=identities, parted=parted)


def bought(event_id: str, visitor_id: str, item_id: str, minutes: float = 0) -> Event:
    return event(event_id, visitor_id, EventKind.PURCHASE, minutes, lines=(EventLine(item_id),))


def items(store: AnyStore, visitor_id: str) -> list[str]:
    return [one.item_id for one in profile(store, visitor_id).recent]


def test_card_used_at_the_till_moves_the_profile_of_the_site(store: AnyStore) -> None:
    store.append([bought("e1", "anon:1", "a"), identify("e2", "alice", "anon:1", "card:7")]).result()
    store.append([bought("e3", "card:7", "b", 1)]).result()
    for name in ("alice", "anon:1", "card:7"):
        assert profile(store, name).visitor_id == "alice"
        assert items(store, name) == ["a", "b"]
    assert store.names("anon:1") == {"alice", "anon:1", "card:7"}
    assert store.names("bob", "card:7", "alice") == {"alice", "anon:1", "bob", "card:7"}
    assert store.visitors("", 9) == ["alice"]
    assert rebuild_profiles(store) == (3, 0, 0)


def test_what_is_known_before_and_after_is_joined_in_one_batch(store: AnyStore) -> None:
    batch = [bought("e1", "anon:1", "a"), identify("e2", "anon:1", "alice"), bought("e3", "alice", "b", 1)]
    assert store.append(batch).result() == [True] * 3
    assert store.append(batch).result() == [False] * 3
    assert items(store, "anon:1") == ["a", "b"]


def test_facts_and_consents_follow_the_visitor(store: AnyStore) -> None:
    store.append([msgspec.structs.replace(answer("e1", ("dry",)), visitor_id="anon:1")]).result()
    store.append([event("e2", "alice", EventKind.CONSENT, 1, consent={"mail": True})]).result()
    store.append([identify("e3", "alice", "anon:1")]).result()
    assert profile(store, "alice").facts["skin"].values == ("dry",)
    assert profile(store, "anon:1").consents["mail"].granted
    now = profile(store, "alice").facts["skin"].answered_at + 60
    assert [one.visitor_id for one in store.lapsed_facts(now, {"personalise": 1}, 9)] == ["alice"]


def test_unmerge_gives_back_what_each_had_with_a_higher_revision(store: AnyStore) -> None:
    one, other = answer("e1", ("dry",)), answer("e2", ("oily",), 1)
    store.append([msgspec.structs.replace(one, visitor_id="anon:1")]).result()
    store.append([msgspec.structs.replace(other, visitor_id="alice"), bought("e3", "alice", "b")]).result()
    before = profile(store, "anon:1"), profile(store, "alice")
    store.append([identify("e4", "anon:1", "alice")]).result()
    assert profile(store, "anon:1").facts["skin"].values == ("oily",)
    store.append([identify("e5", "alice", "anon:1", parted=True)]).result()
    after = profile(store, "anon:1"), profile(store, "alice")
    assert [without_revision(one) for one in after] == [without_revision(one) for one in before]
    assert all(new.revision > old.revision for new, old in zip(after, before, strict=True))
    assert store.names("alice") == {"alice"}
    assert rebuild_profiles(store) == (2, 0, 0)


def test_a_correction_under_one_name_takes_the_value_out_of_the_log_of_the_other(store: AnyStore) -> None:
    store.append([msgspec.structs.replace(answer("e1", ("dry",)), visitor_id="anon:1")]).result()
    store.append([identify("e2", "anon:1", "alice")]).result()
    store.append([msgspec.structs.replace(answer("e3", ("oily",), 1), visitor_id="alice")]).result()
    assert [one.value and one.value.values for one in store.events_of({"anon:1", "alice"})] == [
        None,
        None,
        ("oily",),
    ]


def test_withdrawal_under_one_name_holds_for_all(store: AnyStore) -> None:
    store.append([bought("e1", "anon:1", "a"), identify("e2", "anon:1", "alice")]).result()
    withdrawal = event("e3", "alice", EventKind.CONSENT, 1, consent={"personalise": False})
    store.append([withdrawal]).result()
    assert items(store, "anon:1") == []
    assert rebuild_profiles(store) == (2, 0, 0)


def test_a_lost_map_of_names_is_rebuilt_from_the_log(store: AnyStore) -> None:
    store.append([bought("e1", "anon:1", "a"), identify("e2", "anon:1", "alice")]).result()
    right = profile(store, "alice")
    lose_names(store)
    assert profile(store, "alice").revision == 0 or profile(store, "anon:1").visitor_id == "anon:1"
    assert rebuild_profiles(store).regrouped == 2
    assert items(store, "alice") == items(store, "anon:1") == ["a"]
    assert profile(store, "alice").revision > right.revision


def test_what_a_browser_did_leaves_an_address_that_a_customer_turns_out_to_have(store: AnyStore) -> None:
    confirmed = msgspec.structs.replace(identify("e1", "anon:1", ADDRESS), source=CONFIRMATION)
    agreed = event("e2", ADDRESS, EventKind.CONSENT, consent={"mail": True})
    store.append([confirmed, agreed, bought("e3", "anon:1", "a")]).result()
    assert items(store, ADDRESS) == ["a"]
    store.append([bought("e4", "alice", "b"), identify("e5", "alice", ADDRESS)]).result()
    assert (items(store, ADDRESS), items(store, "anon:1")) == (["b"], ["a"])
    assert profile(store, "alice").consents["mail"].granted
    assert profile(store, "anon:1").consents == {}
    rebuilt = rebuild_profiles(store)
    assert (rebuilt.differed, rebuilt.regrouped) == (0, 0)


def lose_names(store: Any) -> None:
    if hasattr(store, "_people"):
        store._people = {}
    else:
        store._writer.submit(lambda connection: connection.exec_driver_sql("DELETE FROM identities")).result()


def without_revision(one: Any) -> Any:
    return msgspec.structs.replace(one, revision=0, told_revision=0, since=0)


ADDRESS = "email:" + "a" * 64
names = st.sampled_from(["alice", "bob", "anon:1", "anon:2", "card:7", ADDRESS])
lives = st.lists(
    st.one_of(
        st.tuples(st.just("identify"), names, names),
        st.tuples(st.just("part"), names, names),
        st.tuples(st.just("confirm"), names, st.just(ADDRESS)),
        st.tuples(st.just("buy"), names, st.sampled_from("abc")),
        st.tuples(st.just("say"), names, st.sampled_from(["dry", "oily"])),
        st.tuples(st.just("refuse"), names, st.just("personalise")),
        st.tuples(st.just("erase"), names, st.just("")),
    ),
    min_size=1,
    max_size=12,
)


def step(number: int, life: tuple[str, str, str]) -> Event:
    what, name, about = life
    key = f"e{next(NUMBERS)}"
    if what in {"identify", "part"}:
        return identify(key, name, about, parted=what == "part")
    if what == "confirm":
        return msgspec.structs.replace(identify(key, name, about), source=CONFIRMATION)
    if what == "buy":
        return bought(key, name, about, number)
    if what == "say":
        return msgspec.structs.replace(answer(key, (about,), number), visitor_id=name)
    return event(key, name, EventKind.CONSENT, number, consent={about: False})


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lives)
def test_live_profiles_are_what_a_rebuild_says(store: AnyStore, told: list[tuple[str, str, str]]) -> None:
    for number, life in enumerate(told):
        if life[0] == "erase":
            store.erase({name: f"digest of {name}" for name in store.names(life[1])}).result()
        else:
            store.append([step(number, life)]).result()
    rebuilt = rebuild_profiles(store)
    assert (rebuilt.differed, rebuilt.regrouped) == (0, 0)
