from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from recsvc.serving.recent_changes import Change, RecentChanges

CONCERNED = st.lists(st.frozensets(st.sampled_from("abcdefgh"), min_size=1), max_size=20)
MOST = 12


def kept(told: Sequence[Change]) -> RecentChanges:
    changes = RecentChanges(0)
    for change in told:
        changes.add(change)
        changes = changes.at_most(MOST)
    return changes


@given(CONCERNED)
def test_whoever_is_told_is_told_all(concerned: list[frozenset[str]]) -> None:
    told = [Change(number, ids) for number, ids in enumerate(concerned, start=1)]
    changes = kept(told)
    for number in range(len(told) + 1):
        found = changes.after(number)
        everything = frozenset[str]().union(*(ids for at, ids in told if at > number))
        assert found in (None, everything)
    assert changes.after(len(told)) == frozenset()
    if sum(map(len, concerned)) <= MOST:
        assert changes.after(0) is not None


@given(CONCERNED)
def test_no_more_ids_are_kept_than_asked_and_the_newest_longest(concerned: list[frozenset[str]]) -> None:
    told = [Change(number, ids) for number, ids in enumerate(concerned, start=1)]
    changes = kept(told)
    known = [number for number in range(len(told) + 1) if changes.after(number) is not None]
    assert known == [*range(known[0], len(told) + 1)]
    assert sum(len(ids) for at, ids in told if at > known[0]) <= MOST


def test_a_few_of_too_many_leave_at_once() -> None:
    told = [Change(number, frozenset("a")) for number in range(1, MOST + 2)]
    assert kept(told[:-1]).after(0) == {"a"}
    changes = kept(told)
    assert changes.after(3) is None
    assert changes.after(4) == {"a"}
