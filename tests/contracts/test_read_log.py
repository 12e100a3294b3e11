"""Exports read the log by its numbers, portion by portion, and never stand in the way of a write."""

from recsvc.domain.events import INTERACTIONS, EventKind
from tests.contracts.engines import AnyStore, answer, event


def test_portions_add_up_to_the_log_in_order(store: AnyStore) -> None:
    events = [event(f"e{n}", f"v{n % 3}", minutes=-n) for n in range(7)]
    store.append(events).result()
    found, after = [], 0
    while portion := store.read_log(INTERACTIONS, after, 3):
        assert len(portion) <= 3
        found += portion
        after = portion[-1][0]
    numbers = [number for number, _ in found]
    assert [one for _, one in found] == events
    assert numbers == sorted(set(numbers))


def test_other_kinds_are_passed_over(store: AnyStore) -> None:
    store.append(
        [event("e1", kind=EventKind.IMPRESSION), event("e2"), answer("e3", ("dry",)), event("e4")]
    ).result()
    assert [one.event_id for _, one in store.read_log(INTERACTIONS, 0, 10)] == ["e2", "e4"]
    assert [one.event_id for _, one in store.read_log({EventKind.QUESTION_ANSWERED}, 0, 1)] == ["e3"]


def test_nothing_lies_beyond_the_end(store: AnyStore) -> None:
    store.append([event("e1")]).result()
    ((number, _),) = store.read_log(INTERACTIONS, 0, 10)
    assert number > 0
    assert store.read_log(INTERACTIONS, number, 10) == []


def test_writes_go_on_between_two_portions(store: AnyStore) -> None:
    store.append([event("e1"), event("e2")]).result()
    ((first, _),) = store.read_log(INTERACTIONS, 0, 1)
    store.append([event("e3")]).result()
    assert [one.event_id for _, one in store.read_log(INTERACTIONS, first, 9)] == ["e2", "e3"]
