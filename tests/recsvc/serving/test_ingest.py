import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recsvc.domain.errors import StoreUnavailableError
from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.known_stores import KnownStores
from recsvc.serving.ingest import AHEAD, Ingest, Rejection, Verdict
from recsvc.serving.pace import STEPS
from recsvc.serving.ports import QuizSession
from recsvc.stores.memory import MemoryStore

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


MINUTE_AGO = NOW - timedelta(minutes=1)


def event(
    event_id: str = "e1", kind: EventKind = EventKind.VIEW, occurred_at: datetime = MINUTE_AGO, **fields: Any
) -> Event:
    standard: dict[str, Any] = {"visitor_id": "v", "received_at": NOW, "lines": (EventLine("a"),)}
    return Event(event_id=event_id, kind=kind, occurred_at=occurred_at, **(standard | fields))


def take(store: MemoryStore, *events: Event | Rejection) -> list[Verdict]:
    return asyncio.run(Ingest(store, lambda: NOW).take(events))


def test_large_batch_lets_others_through_while_it_is_judged(store: MemoryStore) -> None:
    async def rounds() -> int:
        taking = asyncio.create_task(
            Ingest(store, lambda: NOW).take([event(f"e{number}") for number in range(10 * STEPS)])
        )
        number = 0
        while not taking.done():
            number += 1
            await asyncio.sleep(0)
        assert {verdict.verdict for verdict in taking.result()} == {"accepted"}
        return number

    assert asyncio.run(rounds()) > 10


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def occurred(store: MemoryStore) -> list[float]:
    return [one.occurred_at for one in store.read_visitor("v").profile.recent]


def test_verdicts_follow_the_order_of_the_batch(store: MemoryStore) -> None:
    take(store, event("known"))
    verdicts = take(
        store, event("new"), Rejection(None, "invalid", "/events/1/kind"), event("known"), event("new")
    )
    assert [(one.index, one.event_id, one.verdict, one.code, one.pointer) for one in verdicts] == [
        (0, "new", "accepted", None, None),
        (1, None, "rejected", "invalid", "/events/1/kind"),
        (2, "known", "duplicate", None, None),
        (3, "new", "duplicate", None, None),
    ]


def test_an_empty_batch_has_no_verdicts(store: MemoryStore) -> None:
    assert take(store) == []


def test_answers_are_left_to_the_answer_route(store: MemoryStore) -> None:
    (verdict,) = take(store, event(kind=EventKind.QUESTION_ANSWERED, fact="skin"))
    assert (verdict.verdict, verdict.code, verdict.pointer) == (
        "rejected",
        "answer_route_only",
        "/events/0/kind",
    )


@pytest.mark.parametrize(
    ("declared", "named", "verdict"),
    [
        (["berlin"], "berlin", ("accepted", None, None)),
        (["berlin"], None, ("accepted", None, None)),
        (["berlin"], "Berlin", ("rejected", "unknown_store", "/events/0/store_id")),
        ([], "anywhere", ("accepted", None, None)),
    ],
)
def test_stores_that_are_not_declared_are_rejected_where_any_are(
    store: MemoryStore, declared: list[str], named: str | None, verdict: tuple[str, str | None, str | None]
) -> None:
    ingest = Ingest(store, lambda: NOW, KnownStores(frozenset(declared)))
    (found,) = asyncio.run(ingest.take([event(store_id=named)]))
    assert (found.verdict, found.code, found.pointer) == verdict


@pytest.mark.parametrize("quantity", [0.0, -1.0, float("inf"), float("nan")])
def test_impossible_quantities_are_rejected(store: MemoryStore, quantity: float) -> None:
    (verdict,) = take(store, event(lines=(EventLine("a", quantity),)))
    assert (verdict.verdict, verdict.code) == ("rejected", "invalid_quantity")


def test_clock_skew_of_the_sender_is_taken_out(store: MemoryStore) -> None:
    ten_years = timedelta(days=3650)
    sent = NOW - ten_years
    take(store, event(occurred_at=sent - timedelta(minutes=7), sent_at=sent))
    assert occurred(store) == [(NOW - timedelta(minutes=7)).timestamp()]


def test_an_event_without_a_time_of_its_own_happened_when_it_came(store: MemoryStore) -> None:
    take(store, event(occurred_at=NOW, sent_at=NOW - timedelta(hours=1)))
    assert occurred(store) == [NOW.timestamp()]


def test_the_future_is_pulled_back(store: MemoryStore) -> None:
    take(store, event(occurred_at=NOW + timedelta(days=1)))
    assert occurred(store) == [(NOW + AHEAD).timestamp()]


def test_the_past_is_kept_as_told(store: MemoryStore) -> None:
    long_ago = NOW - timedelta(days=4000)
    take(store, event(occurred_at=long_ago))
    assert occurred(store) == [long_ago.timestamp()]


def test_a_clock_beyond_the_calendar_is_rejected(store: MemoryStore) -> None:
    (verdict,) = take(
        store,
        event(occurred_at=datetime.min.replace(tzinfo=UTC), sent_at=datetime.max.replace(tzinfo=UTC)),
    )
    assert (verdict.code, verdict.pointer) == ("invalid_time", "/events/0/occurred_at")


def test_an_event_that_denies_consent_is_ignored(store: MemoryStore) -> None:
    (verdict,) = take(store, event(consent={"personalise": False}))
    assert (verdict.verdict, verdict.code) == ("ignored", "no_consent")
    assert store.read_visitor("v").profile.revision == 0


def test_after_a_withdrawal_events_are_ignored_until_it_is_granted_again(store: MemoryStore) -> None:
    take(store, event("c1", EventKind.CONSENT, NOW - timedelta(hours=2), consent={"personalise": False}))
    assert [one.verdict for one in take(store, event("e1"), event("e2", visitor_id="w"))] == [
        "ignored",
        "accepted",
    ]
    take(store, event("c2", EventKind.CONSENT, consent={"personalise": True}))
    assert [one.verdict for one in take(store, event("e1"))] == ["accepted"]


def test_a_withdrawal_of_another_purpose_changes_nothing(store: MemoryStore) -> None:
    assert [one.verdict for one in take(store, event(consent={"mail": False}))] == ["accepted"]


class FullStore(MemoryStore):
    def append(self, events: Sequence[Event], session: QuizSession | None = None) -> Future[list[bool]]:
        del events, session
        future: Future[list[bool]] = Future()
        future.set_exception(StoreUnavailableError("full"))
        return future


def test_a_store_that_cannot_write_refuses_the_whole_batch() -> None:
    with pytest.raises(StoreUnavailableError):
        take(FullStore(), event())


def test_a_withdrawal_holds_for_the_rest_of_its_batch(store: MemoryStore) -> None:
    verdicts = take(
        store,
        event("1", kind=EventKind.CONSENT, lines=(), consent={"personalise": False}),
        event("2"),
        event("3", kind=EventKind.CONSENT, lines=(), consent={"personalise": True}),
        event("4"),
    )
    assert [one.verdict for one in verdicts] == ["accepted", "ignored", "accepted", "accepted"]


def test_an_event_that_withdraws_consent_of_a_known_visitor_leaves_its_word(store: MemoryStore) -> None:
    take(store, event("1"))
    take(store, event("2", consent={"personalise": False}))
    profile = store.read_visitor("v").profile
    assert (len(profile.recent), profile.consents["personalise"].granted) == (0, False)
    assert [one.verdict for one in take(store, event("3"))] == ["ignored"]


def test_withdrawal_that_comes_during_a_long_batch_holds_for_all_of_it(store: MemoryStore) -> None:
    ingest = Ingest(store, lambda: NOW)
    batch = [event(f"e{number}") for number in range(3 * STEPS)]
    withdrawal = event("no", EventKind.CONSENT, lines=(), consent={"personalise": False})

    async def both() -> tuple[list[Verdict], list[Verdict]]:
        long = asyncio.ensure_future(ingest.take(batch))
        await asyncio.sleep(0)
        said = await ingest.take([withdrawal])
        return await long, said

    verdicts, said = asyncio.run(both())
    assert [one.verdict for one in said] == ["accepted"]
    assert {(one.verdict, one.code) for one in verdicts} == {("ignored", "no_consent")}


@pytest.mark.parametrize("kind", [EventKind.PURCHASE, EventKind.RETURN, EventKind.CANCEL])
def test_order_counts_once_where_its_source_is_named(store: MemoryStore, kind: EventKind) -> None:
    ingest = Ingest(store, lambda: NOW, purchase_sources=["shopify", "http"])
    told = [
        event("webhook", kind, source="shopify", order_id="1001"),
        event("tag", kind, source="ga4", order_id="1001"),
        event("till", kind, source="http", order_id="1001"),
        event("seen", EventKind.VIEW, source="ga4"),
    ]
    verdicts = asyncio.run(ingest.take(told))
    assert [(one.verdict, one.code) for one in verdicts] == [
        ("accepted", None),
        ("ignored", "told_elsewhere"),
        ("accepted", None),
        ("accepted", None),
    ]
    assert [one.event_id for one in store.events_of({"v"})] == ["webhook", "till", "seen"]


@pytest.mark.parametrize("known", [True, False])
def test_withdrawal_beside_an_order_that_is_told_elsewhere_is_kept(
    store: MemoryStore, *, known: bool
) -> None:
    ingest = Ingest(store, lambda: NOW, purchase_sources=["shopify"])
    if known:
        store.append([event("before", EventKind.VIEW)]).result()
    said = {"personalise": False, "share": False}
    told = [event(f"tag{number}", EventKind.PURCHASE, source="ga4", consent=said) for number in range(2)]
    later = event("later", EventKind.VIEW)
    verdicts = asyncio.run(ingest.take([*told, later]))
    assert [one.code for one in verdicts] == ["told_elsewhere", "told_elsewhere", "no_consent"]
    profile = store.read_visitor("v").profile
    assert {purpose: one.granted for purpose, one in profile.consents.items()} == (said if known else {})
    assert len(store.events_of({"v"})) == 3 * known  # whoever says no at once leaves no trace
    assert not any(one.kind is EventKind.PURCHASE for one in store.events_of({"v"}))


def test_grant_beside_an_order_that_is_told_elsewhere_is_kept(store: MemoryStore) -> None:
    ingest = Ingest(store, lambda: NOW, purchase_sources=["shopify"])
    told = event("tag", EventKind.PURCHASE, source="ga4", consent={"share": True})
    (verdict,) = asyncio.run(ingest.take([told]))
    assert (verdict.verdict, verdict.code) == ("ignored", "told_elsewhere")
    (word,) = store.events_of({"v"})
    assert (word.kind, word.lines, word.consent) == (EventKind.CONSENT, (), {"share": True})
