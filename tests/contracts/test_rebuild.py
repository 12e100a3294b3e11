import itertools
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.domain.events import Event, EventKind, EventLine, QuizStep
from recsvc.domain.profile import Profile
from recsvc.stores import open_store
from recsvc.stores.memory import MemoryStore
from recsvc.stores.rebuild import rebuild_profiles
from recsvc.stores.sql import SqlStore
from tests.contracts.engines import ENGINES, AnyStore, answer, event, log, profile
from tests.postgres import PostgresServer

EXAMPLE = itertools.count()
AT_TOUCHPOINT = QuizStep("finder", 1, "q1", "s1", "till")


def test_profiles_rebuilt_from_the_log_equal_the_live_ones(store: AnyStore) -> None:
    lines = tuple(EventLine(str(n), 0.3) for n in range(120))
    store.append(
        [event(f"e{n}", kind=EventKind.PURCHASE, minutes=-n, lines=lines) for n in range(6)]
    ).result()
    store.append([answer("a1", ("dry",), 1), answer("a2", ("big",), 1, fact="size")]).result()
    store.append([answer("a3", None, 2), event("w1", "w", consent={"mail": True})]).result()
    before = [profile(store), profile(store, "w")]
    assert rebuild_profiles(store) == (2, 0, 0)
    assert [profile(store), profile(store, "w")] == before


def test_progress_is_told_by_visitors(store: AnyStore) -> None:
    store.append([event(f"e{n}", f"v{n:03}") for n in range(120)]).result()
    heard: list[int] = []
    assert rebuild_profiles(store, heard.append) == (120, 0, 0)
    assert heard == [50, 100, 120]


def damage(store: AnyStore) -> None:
    if isinstance(store, MemoryStore):
        store._profiles["v"] = msgspec.structs.replace(profile(store), recent=())
    elif isinstance(store, SqlStore):
        store._writer.submit(lambda connection: connection.exec_driver_sql("DELETE FROM profiles")).result()


def test_a_damaged_profile_is_repaired_under_a_higher_revision(store: AnyStore) -> None:
    store.append([event("e1"), event("e2", minutes=1)]).result()
    right = profile(store)
    damage(store)
    assert profile(store) != right
    assert rebuild_profiles(store) == (1, 1, 0)
    repaired = profile(store)
    assert repaired.recent == right.recent
    assert repaired.revision > right.revision
    assert rebuild_profiles(store) == (1, 0, 0)


@pytest.fixture(scope="module", params=ENGINES)
def engines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[AnyStore, AnyStore]]:
    """The store in memory, and one of each engine."""
    if request.param == "sqlite":
        engine = open_store(f"sqlite:///{tmp_path_factory.mktemp('agree') / 'recsvc.sqlite'}")
        yield MemoryStore(), engine
        engine.close()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        engine = open_store(server.make("agree"))
        yield MemoryStore(), engine
        engine.close()
        server.sql("DROP DATABASE agree")


ids = st.integers(0, 30).map(str)
visitor_ids = st.sampled_from(["v", "w"])
minutes = st.integers(0, 6)
events = st.one_of(
    st.builds(event, ids, visitor_ids, st.just(EventKind.VIEW), minutes),
    st.builds(
        lambda event_id, visitor, at, granted: event(
            event_id, visitor, EventKind.CONSENT, at, consent={"mail": granted}
        ),
        ids,
        visitor_ids,
        minutes,
        st.booleans(),
    ),
    st.builds(answer, ids, st.sampled_from([None, ("dry",), ("oily",)]), minutes),
    st.builds(answer, ids, st.sampled_from([None, ("big",)]), minutes, st.just("size")),
    st.builds(
        lambda event_id, visitor, kind, at: event(event_id, visitor, kind, at, step=AT_TOUCHPOINT),
        ids,
        visitor_ids,
        st.sampled_from([EventKind.QUESTION_SHOWN, EventKind.QUESTION_SKIPPED]),
        minutes,
    ),
)


@settings(max_examples=40)
@given(batches=st.lists(st.lists(events, max_size=6), max_size=5))
def test_engines_agree_and_their_logs_prove_their_profiles(
    engines: tuple[AnyStore, AnyStore], batches: list[list[Event]]
) -> None:
    prefix = f"{next(EXAMPLE):05}"
    named = [
        [
            msgspec.structs.replace(
                one, event_id=f"{prefix}-{one.event_id}", visitor_id=f"{prefix}-{one.visitor_id}"
            )
            for one in batch
        ]
        for batch in batches
    ]
    flags = [[store.append(batch).result() for batch in named] for store in engines]
    assert flags[0] == flags[1]
    visitors = [f"{prefix}-v", f"{prefix}-w"]
    profiles = [[profile(store, visitor) for visitor in visitors] for store in engines]
    assert profiles[0] == profiles[1]
    logs = [[one for one in log(store) if one.visitor_id in visitors] for store in engines]
    assert logs[0] == logs[1]
    assert [store.reproject(visitors).result() for store in engines] == [0, 0]
    assert all(isinstance(one, Profile) for one in profiles[0])
