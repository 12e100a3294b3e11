"""Everything that is kept of a visitor: shown whole, erased to the last byte, forgotten in time."""

import random
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from recsvc.domain.events import EventKind, QuizStep
from recsvc.serving.contact_rows import Bounds, Digests
from recsvc.serving.ports import QuizSession
from recsvc.stores import open_store, personal, schema
from recsvc.stores.checkpoints import REWRITTEN_BYTES
from tests.contracts.engines import START, AnyStore, answer, event, log, profile
from tests.contracts.test_contacts import AT, contact
from tests.contracts.test_people import bought, identify, items

SECRETS = ("alice-the-customer", "anon:browser-of-alice", "card:card-of-alice")
ALICE, BROWSER, CARD = SECRETS
ADDRESS = "alice@wonderland.example"


def session(session_id: str, visitor_id: str, seen_at: float = 0.0) -> QuizSession:
    return QuizSession(
        session_id=session_id,
        quiz="tea",
        revision=1,
        visitor_id=visitor_id,
        locale="en",
        started_at=seen_at,
        seen_at=seen_at,
    )


def live(store: AnyStore) -> None:
    """Alice everywhere, with Bob on the same browser."""
    store.append([bought(f"e{n}", ALICE, f"item-{n}", n) for n in range(300)]).result()
    store.append([identify("i1", ALICE, BROWSER, CARD), bought("e300", CARD, "b", 1)]).result()
    store.append([msgspec.structs.replace(answer("a1", ("dry",), 2), visitor_id=BROWSER)]).result()
    store.append([event("c1", ALICE, EventKind.CONSENT, 3, consent={"mail": True})]).result()
    store.append([event("q1", BROWSER, EventKind.QUIZ_STARTED, 3)], session("s1", BROWSER)).result()
    asked = contact("k1", BROWSER, address=ADDRESS)
    store.ask_contact(asked, Digests("address", "visitor"), Bounds(9, 9)).result()
    store.settle_notice(store.claim_notices(AT, AT, 1).result()[0], AT, 1, f"It refused {ADDRESS}.").result()
    store.append([identify("i2", "bob", BROWSER), bought("e301", "bob", "c", 4)]).result()


def erase(store: AnyStore) -> int:
    return store.erase({name: f"digest-{place}" for place, name in enumerate(SECRETS)}).result()


def test_rows_of_all_names_come_in_the_order_of_arrival(store: AnyStore) -> None:
    live(store)
    own = store.events_of(store.names(BROWSER))
    assert [one.event_id for one in own][-6:] == ["e299", "i1", "e300", "a1", "c1", "q1"]
    assert [one.session_id for one in store.sessions_of(store.names(ALICE))] == ["s1"]


def test_erasure_takes_every_row_and_spares_others(store: AnyStore) -> None:
    live(store)
    assert erase(store) == 305
    assert profile(store, ALICE).revision == 0
    assert store.read_session("s1") is None
    assert items(store, "bob") == ["c"]
    assert store.names("bob") == {"bob"}
    (said,) = [one for one in store.events_of({"bob"}) if one.kind is EventKind.IDENTIFY]
    assert said.identities == ()
    assert store.erasures() == {"digest-0": 307, "digest-1": 307, "digest-2": 307}


def test_numbers_of_erased_events_never_come_again(store: AnyStore) -> None:
    store.append([bought("e1", ALICE, "a")]).result()
    erase(store)
    store.append([bought("e2", "bob", "a")]).result()
    assert [number for number, _ in store.read_log({EventKind.PURCHASE}, 0, 9)] == [2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recsvc.sqlite"


@pytest.fixture
def sqlite(path: Path) -> Iterator[AnyStore]:
    opened = open_store(f"sqlite:///{path}")
    yield opened
    opened.close()


def test_no_byte_of_an_erased_visitor_is_left_in_the_files_of_sqlite(sqlite: AnyStore, path: Path) -> None:
    live(sqlite)
    for number in range(200):  # other people's rows split and merge the pages that hers lie on
        sqlite.append([bought(f"x{number}", f"visitor-{number}", "a")]).result()
    profile(sqlite, "bob")  # a reader holds its connection
    files = [path, path.with_name(path.name + "-wal")]
    assert any(secret.encode() in file.read_bytes() for secret in SECRETS for file in files)
    erase(sqlite)
    sqlite.compact()
    for file in path.parent.iterdir():
        content = file.read_bytes()
        for secret in (*SECRETS, ADDRESS, "browser-of-alice", "card-of-alice", "item-299"):
            assert secret.encode() not in content, (secret, file)


def in_files(path: Path, names: Collection[str]) -> list[str]:
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    return [name for name in names if name.encode() in content]


def live_on_scattered_pages(store: AnyStore) -> list[str]:
    """A hundred visitors among others, in an order in which SQLite moves a row of theirs; their names."""
    dice = random.Random(6)  # noqa: S311 (the same order each time)
    names = [f"somebody-v{number:04d}" for number in range(100)]
    order = names * 2
    dice.shuffle(order)
    for start in range(0, len(order), 10):
        told = [*order[start : start + 10], *(f"visitor-{dice.randrange(3000)}" for _ in range(100))]
        store.append([bought(f"{dice.getrandbits(64):x}", name, "a") for name in told]).result()
    return names


def test_no_name_of_a_hundred_erased_at_once_is_left_in_the_files(sqlite: AnyStore, path: Path) -> None:
    names = live_on_scattered_pages(sqlite)
    assert in_files(path, names) == names
    sqlite.erase({name: f"digest-{place}" for place, name in enumerate(names)}).result()
    sqlite.compact()
    assert in_files(path, names) == []


def test_large_file_is_written_anew_when_asked(sqlite: AnyStore, path: Path) -> None:
    sqlite.append([bought(f"x{n}", f"visitor-{n}", "a" * 5_000) for n in range(2_000)]).result()
    sqlite.compact()
    before = path.stat().st_size
    assert before > REWRITTEN_BYTES
    sqlite.erase({f"visitor-{n}": f"digest-{n}" for n in range(1_000)}).result()
    sqlite.compact()
    assert path.stat().st_size >= before
    sqlite.compact(anew=True)
    assert path.stat().st_size < before


@pytest.mark.postgres
def test_no_column_of_any_table_of_postgresql_holds_an_erased_visitor(postgres_database: str) -> None:
    store: Any = open_store(postgres_database)
    live(store)
    erase(store)
    with store._engine.connect() as connection:
        for table in schema.metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                text = b"".join(value if isinstance(value, bytes) else repr(value).encode() for value in row)
                assert not any(secret.encode() in text for secret in (*SECRETS, ADDRESS)), table.name
    store.close()


def test_old_events_go_and_profiles_follow(store: AnyStore) -> None:
    old = START - timedelta(days=800)
    store.append(
        [
            msgspec.structs.replace(bought("e1", "v", "a"), occurred_at=old),
            bought("e2", "v", "b"),
            msgspec.structs.replace(bought("e3", "w", "a"), occurred_at=old),
        ]
    ).result()
    refusal = event("c1", "w", EventKind.CONSENT, consent={"mail": False})
    store.append([msgspec.structs.replace(refusal, occurred_at=old)]).result()
    before = START - timedelta(days=730)
    assert store.forget_events(before, 1).result() == 1
    assert store.forget_events(before, 9).result() == 1
    assert profile(store, "w").consents["mail"].granted is False
    assert store.forget_events(before, 9).result() == 1
    assert store.forget_events(before, 9).result() == 0
    assert items(store, "v") == ["b"]
    assert profile(store, "w").revision == 0


def test_refusal_outlives_old_events_while_another_name_is_known(store: AnyStore) -> None:
    old = START - timedelta(days=800)
    refusal = event("c1", "anon:1", EventKind.CONSENT, consent={"mail": False})
    store.append([msgspec.structs.replace(refusal, occurred_at=old)]).result()
    store.append([identify("i1", "anon:1", "alice"), bought("e1", "alice", "b")]).result()
    assert store.forget_events(START - timedelta(days=730), 9).result() == 0
    assert profile(store, "alice").consents["mail"].granted is False


def test_what_is_known_of_one_person_keeps_no_refusal_of_another(store: AnyStore) -> None:
    old = START - timedelta(days=800)
    store.append([identify("i1", "anon:1", "alice"), bought("e1", "alice", "b")]).result()
    said = [
        event("c1", "anon:2", EventKind.CONSENT, consent={"mail": False}),
        identify("i2", "anon:2", "bob"),
        bought("e2", "anon:3", "b"),
        event("c3", "carol", EventKind.CONSENT, consent={"mail": False}),
        identify("i3", "carol", "anon:3"),
    ]
    store.append(
        [msgspec.structs.replace(one, occurred_at=old) for one in said if one.kind != "purchase"]
    ).result()
    store.append([one for one in said if one.kind == "purchase"]).result()
    assert store.forget_events(START - timedelta(days=730), 9).result() == 2
    assert {one.event_id for one in log(store)} == {"i1", "e1", "c3", "i3", "e2"}


def test_what_may_be_forgotten_is_found_by_its_age(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    with store._engine.connect() as connection:
        old = personal._forgettable(0).compile(connection, compile_kwargs={"literal_binds": True})
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {old}").all()
    assert "USING INDEX ix_events_occurred_at" in plan[0].detail
    assert not any(step.detail.startswith("SCAN") for step in plan)
    store.close()


def test_old_sessions_go(store: AnyStore) -> None:
    store.append([], session("s1", "v", 10.0)).result()
    store.append([], session("s2", "v", 20.0)).result()
    assert store.forget_sessions(15.0).result() == 1
    assert store.read_session("s1") is None
    assert store.read_session("s2") is not None


def test_facts_lapse_by_their_own_end_and_by_their_purpose(store: AnyStore) -> None:
    said = answer("a1", ("dry",))
    assert said.value is not None
    at = said.value.answered_at
    ending = msgspec.structs.replace(said.value, expires_at=at + 10)
    store.append([msgspec.structs.replace(said, value=ending), answer("a2", ("x",), fact="size")]).result()
    assert [one.fact for one in store.lapsed_facts(at + 11, {}, 9)] == ["skin"]
    assert {one.fact for one in store.lapsed_facts(at + 11, {"personalise": 5}, 9)} == {"skin", "size"}
    assert len(store.lapsed_facts(at + 11, {"personalise": 5}, 1)) == 1


def test_withdrawn_answers_leave_the_log_and_their_session(store: AnyStore) -> None:
    said = session("s1", "v")
    answers = (("skin-type", msgspec.Raw(b'"dry"')), ("other", msgspec.Raw(b'"x"')))
    store.append([], msgspec.structs.replace(said, answers=answers)).result()
    told = answer("a1", ("dry",))
    step = QuizStep("tea", 1, "skin-type", session_id="s1")
    store.append([msgspec.structs.replace(told, step=step)]).result()
    store.append([event("c1", kind=EventKind.CONSENT, minutes=1, consent={"personalise": False})]).result()
    assert [one.value for one in store.events_of({"v"})] == [None, None]
    kept = store.read_session("s1")
    assert kept is not None
    assert [name for name, _ in kept.answers] == ["other"]
    assert profile(store).facts == {}


def test_histories_are_those_of_whole_people(store: AnyStore) -> None:
    store.append([event("e1", BROWSER), event("e2", CARD, minutes=-5), event("e3", "w")]).result()
    store.append([event("e4", "x"), identify("e5", BROWSER, CARD)]).result()
    found = store.histories([BROWSER, CARD, "w", "nobody"])
    ids = {visitor_id: [one.event_id for one in events] for visitor_id, events in found.items()}
    assert ids == {profile(store, BROWSER).visitor_id: ["e1", "e2", "e5"], "w": ["e3"], "nobody": []}
