"""Rules are asked in their order, count what they drop, and never let an item in twice."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quizzes.catalogue import Mask
from recsvc.domain.placements import Strategy
from recsvc.model.vocabulary import Rows
from recsvc.serving.candidates import Candidate, Found
from recsvc.serving.rules import Cap, Rule, Seats, Sieve, not_among, only

N = 10


def found(*rows: int) -> Found:
    return Found(np.array(rows, dtype=np.int32), np.ones(len(rows)), Strategy.PERSONAL)


def without(name: str, *rows: int) -> Rule:
    return not_among(name, np.array(rows, dtype=np.int32))


def candidate(row: int) -> Candidate:
    return Candidate(row, 1.0, Strategy.PERSONAL)


def test_first_rule_against_a_candidate_is_counted() -> None:
    sieve = Sieve([without("first", 0), without("second", 0, 1)], N)
    assert [one.row for one in sieve.through([found(0, 1, 2)])] == [2]
    assert sieve.dropped == {"first": 1, "second": 1}


def test_candidates_that_nobody_asked_for_are_not_counted() -> None:
    sieve = Sieve([without("out", 1, 3, 5)], N)
    through = sieve.through([found(0, 1, 2, 3), found(4, 5)])
    assert [next(through).row for _ in range(2)] == [0, 2]
    assert sieve.dropped == {"out": 1}


def test_row_of_an_earlier_source_does_not_come_again() -> None:
    sieve = Sieve([without("out", 1)], N)
    assert [one.row for one in sieve.through([found(0, 1), found(1, 0, 2)])] == [0, 2]
    assert sieve.dropped == {"out": 1}


def test_long_block_is_looked_at_piece_by_piece_and_no_further_than_asked() -> None:
    asked: list[int] = []

    def refuses(rows: Rows) -> Mask:
        asked.append(len(rows))
        return rows < 1_000

    sieve = Sieve([Rule("low", refuses)], 100_000)
    through = sieve.through([found(*range(50_000)), found(*range(49_990, 60_000))])
    assert next(through).row == 1_000
    assert sieve.dropped == {"low": 1_000}
    assert sum(asked) < 8 * 1_000
    assert [one.row for one in through] == [*range(1_001, 60_000)]


def test_left_is_what_no_rule_is_against_and_nobody_named() -> None:
    sieve = Sieve([without("out", 1, 9), only("even", np.arange(N) % 2 == 0), without("unknown")], N)
    assert sieve.left().tolist() == [0, 2, 4, 6, 8]
    assert [one.row for one in sieve.through([found(2, 9)])] == [2]
    assert sieve.left().tolist() == [0, 4, 6, 8]


@given(
    st.lists(st.sets(st.integers(0, N - 1)).map(sorted), max_size=4),
    st.lists(st.sets(st.integers(0, N - 1)), max_size=3),
    st.integers(0, 12),
)
def test_any_candidates_keep_the_rules(blocks: list[list[int]], out: list[set[int]], limit: int) -> None:
    sieve = Sieve([without(f"rule {number}", *rows) for number, rows in enumerate(out)], N)
    through = [one.row for one in sieve.through(found(*rows) for rows in blocks)][:limit]
    assert len(through) == len(set(through))
    assert not set(through) & set().union(*out)
    named = set().union(*blocks)
    assert sum(sieve.dropped.values()) == len(named & set().union(*out))


def test_cap_counts_only_what_is_seated_and_spares_what_shares_nothing() -> None:
    seats = Seats(9, [Cap("full", {0: "x", 1: "x", 2: "x", 4: "y"}.get, 1)])
    for row in (1, 2, 3, 4, 5):
        seats.seat(candidate(row))
    assert [one.row for one in seats.chosen] == [1, 3, 4, 5]
    assert seats.dropped == {"full": 1}


def test_place_that_is_taken_gives_the_next_and_the_last_the_one_before() -> None:
    seats = Seats(4, [])
    for row, place in ((0, 2), (1, 2), (2, 3)):
        assert seats.seat(candidate(row), place)
    assert seats.seat(candidate(3))
    assert [one.row for one in seats.chosen] == [3, 2, 0, 1]
    assert seats.free == 0
    assert not seats.seat(candidate(4))


def test_item_has_one_seat() -> None:
    seats = Seats(4, [])
    assert seats.seat(candidate(0), 3)
    assert not seats.seat(candidate(0))
