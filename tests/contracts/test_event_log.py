from datetime import timedelta

import msgspec
import pytest

from recsvc.domain.events import Event, EventKind, EventLine, QuizStep
from recsvc.domain.profile import RECENT_LIMIT, Consent, FactValue, Profile
from recsvc.serving.ports import QuizSession, Store
from tests.contracts.engines import START, AnyStore, answer, event, log, profile


def test_a_stranger_has_an_empty_profile(store: Store) -> None:
    assert store.read_visitor("nobody") == (Profile("nobody"), 0)


def test_an_appended_event_is_in_the_next_read(store: Store) -> None:
    assert store.append([event("e1")]).result() == [True]
    assert profile(store).revision == 1
    assert [one.item_id for one in profile(store).recent] == ["a"]


def test_an_empty_batch_is_appended(store: Store) -> None:
    assert store.append([]).result() == []


def test_an_event_counts_once_within_a_batch_and_across_batches(store: Store) -> None:
    assert store.append([event("e1"), event("e1", "w"), event("e2")]).result() == [True, False, True]
    assert store.append([event("e2"), event("e3")]).result() == [False, True]
    assert profile(store).revision == 3
    assert profile(store, "w") == Profile("w")
    assert [one.event_id for one in log(store)] == ["e1", "e2", "e3"]


def test_events_are_found_by_their_ids(store: Store) -> None:
    store.append([event("e1"), event("e2", "w"), event("e3")]).result()
    assert sorted(store.logged(["e3", "e2", "nothing"]), key=lambda one: one.event_id) == [
        event("e2", "w"),
        event("e3"),
    ]
    assert store.logged([]) == []


def test_every_field_of_an_event_comes_back(store: Store) -> None:
    full = Event(
        event_id="e1",
        kind=EventKind.PURCHASE,
        visitor_id="客-1",
        occurred_at=START - timedelta(days=30, microseconds=1),
        received_at=START,
        sent_at=START - timedelta(seconds=2),
        lines=(EventLine("a", 2.5, 9.99), EventLine("b")),
        currency="JPY",
        order_id="o1",
        channel="pos",
        store_id="s1",
        slate_id="t1",
        source="shopify",
        consent={"personalise": True},
        query="緑茶",
        step=QuizStep("finder", 3, "q1", "s9", "till"),
    )
    store.append([full, event("e2")]).result()
    assert log(store) == [full, event("e2")]


def test_interactions_of_many_visitors_land_with_their_own(store: Store) -> None:
    batch = [event(f"e{n}", f"v{n % 7}", minutes=n, lines=(EventLine(str(n)),)) for n in range(50)]
    assert all(store.append(batch).result())
    for visitor in range(7):
        own = [str(n) for n in range(visitor, 50, 7)]
        assert [one.item_id for one in profile(store, f"v{visitor}").recent] == own


def test_late_events_land_in_the_order_of_time(store: Store) -> None:
    for minute in (5, 1, 3):
        store.append([event(f"e{minute}", minutes=minute, lines=(EventLine(str(minute)),))]).result()
    assert [one.item_id for one in profile(store).recent] == ["1", "3", "5"]


def test_a_long_history_is_kept_as_counts(store: Store) -> None:
    lines = tuple(EventLine(str(n)) for n in range(40))
    for n in range(15):
        store.append([event(f"e{n}", kind=EventKind.PURCHASE, minutes=n, lines=lines)]).result()
    kept = profile(store)
    assert len(kept.recent) == RECENT_LIMIT
    assert sum(count.lines for count in kept.older) == 15 * 40 - RECENT_LIMIT


def test_impressions_are_kept_apart_from_interactions(store: Store) -> None:
    shown = event("e1", kind=EventKind.IMPRESSION, lines=(EventLine("a"), EventLine("b")), slate_id="t")
    assert store.append([shown]).result() == [True]
    assert [one.item_id for one in profile(store).seen] == ["a", "b"]
    assert profile(store).recent == ()
    assert log(store) == [shown]


def test_questions_of_a_touchpoint_are_remembered_by_their_times(store: Store) -> None:
    step = QuizStep("finder", 2, "q1", "s1", "till")
    kinds = [EventKind.QUESTION_SHOWN, EventKind.QUESTION_SKIPPED, EventKind.QUESTION_SHOWN]
    events = [event(f"e{n}", kind=kind, minutes=-n, step=step) for n, kind in enumerate(kinds)]
    store.append(events).result()
    times = [one.occurred_at.timestamp() for one in events]
    assert profile(store).shown == {"finder/till": (times[2], times[0])}
    assert profile(store).skipped == {"finder/till/q1": (times[1],)}


def test_consent_is_the_last_word_by_its_own_time(store: Store) -> None:
    later = event("e1", kind=EventKind.CONSENT, minutes=9, consent={"mail": False})
    store.append([later]).result()
    store.append([event("e2", minutes=1, consent={"mail": True})]).result()
    at = later.occurred_at.timestamp()
    assert profile(store).consents == {"mail": Consent(granted=False, at=at, withdrawn_at=at)}


def test_an_answer_becomes_a_fact_with_its_reason(store: Store) -> None:
    value = FactValue(("dry",), START.timestamp(), "skin_health", START.timestamp() + 9, policy="p1")
    said = msgspec.structs.replace(answer("e1", ("dry",)), value=value)
    store.append([said]).result()
    assert profile(store).facts == {"skin": value}
    assert log(store) == [said]


def test_taking_a_fact_back_takes_its_values_out_of_the_log(store: Store) -> None:
    store.append([answer("e1", ("dry",), 1), answer("e2", ("oily",), 2)]).result()
    store.append([answer("e3", None, 3)]).result()
    assert profile(store).facts == {}
    assert [(one.event_id, one.fact, one.value) for one in log(store)] == [
        ("e1", None, None),
        ("e2", None, None),
        ("e3", "skin", None),
    ]


def test_a_corrected_answer_loses_its_value_and_the_new_one_keeps_it(store: Store) -> None:
    store.append([answer("e1", ("dry",), 1)]).result()
    store.append([answer("e2", ("oily",), 2)]).result()
    assert profile(store).facts["skin"].values == ("oily",)
    assert [one.value and one.value.values for one in log(store)] == [None, ("oily",)]


def test_an_answer_that_arrives_after_it_was_taken_back_keeps_no_value(store: Store) -> None:
    store.append([answer("e1", None, 5)]).result()
    store.append([answer("e2", ("dry",), 1)]).result()
    assert profile(store).facts == {}
    assert [one.value for one in log(store)] == [None, None]


def test_redaction_spares_other_facts_other_visitors_and_the_consent_beside(store: Store) -> None:
    store.append(
        [
            answer("e1", ("dry",), 1, consent={"skin_health": True}),
            answer("e2", ("small",), 1, fact="size"),
            msgspec.structs.replace(answer("e3", ("dry",), 1), visitor_id="w"),
        ]
    ).result()
    store.append([answer("e4", None, 2)]).result()
    first, second, third, _ = log(store)
    assert first.value is None
    assert first.consent == {"skin_health": True}
    assert second.value is not None
    assert third.value is not None
    assert profile(store, "w").facts["skin"].values == ("dry",)


def test_answers_without_a_fact_are_told_apart_by_their_question(store: Store) -> None:
    steps = [QuizStep("finder", 1, "q1"), QuizStep("finder", 1, "q2")]
    store.append(
        [answer(f"e{n}", ("yes",), n, fact=None, step=step) for n, step in enumerate(steps)]
    ).result()
    store.append([answer("e9", None, 9, fact=None, step=steps[0])]).result()
    assert [one.value is None for one in log(store)] == [True, False, True]
    assert profile(store) == Profile("v")


def session(answers: tuple[tuple[str, msgspec.Raw], ...] = (), state: str = "open") -> QuizSession:
    return QuizSession(
        session_id="s1",
        quiz="finder",
        revision=2,
        visitor_id="v",
        locale="ja",
        answers=answers,
        state=state,
        started_at=1.5,
        seen_at=2.5,
    )


def test_a_session_is_written_with_its_events_and_replaced_by_the_next(store: Store) -> None:
    assert store.read_session("s1") is None
    store.append([event("e1", kind=EventKind.QUIZ_STARTED)], session()).result()
    assert store.read_session("s1") == session()
    answered = session((("q1", msgspec.Raw(b'{"value":["dry"]}')),), "done")
    store.append([answer("e2", ("dry",))], answered).result()
    read = store.read_session("s1")
    assert msgspec.json.encode(read) == msgspec.json.encode(answered)


def test_a_session_is_written_without_events(store: Store) -> None:
    assert store.append([], session()).result() == []
    assert store.read_session("s1") == session()


def test_the_store_answers_a_check(store: AnyStore) -> None:
    store.check()


@pytest.mark.parametrize("size", [1, 12_000])
def test_batches_of_any_size_are_appended(store: Store, size: int) -> None:
    batch = [event(f"e{n}", f"v{n % 100}", kind=EventKind.CLICK) for n in range(size)]
    assert sum(store.append(batch).result()) == size


def test_events_are_read_by_kind_and_visitor_in_order_of_arrival(store: Store) -> None:
    kinds = {EventKind.VIEW, EventKind.CLICK}
    late = event("e1", minutes=9)
    others = [event("e2", "w", EventKind.CLICK), event("e3", kind=EventKind.SEARCH, query="tea"), event("e4")]
    store.append([late, *others]).result()
    assert [one.event_id for one in store.read_events(kinds)] == ["e1", "e2", "e4"]
    assert [*store.read_events(kinds, "v")] == [late, others[2]]
    assert [*store.read_events({EventKind.PURCHASE})] == []
    assert [*store.read_events(kinds, "nobody")] == []
