"""Rules are asked in their order, count what they drop, and never let an item in twice."""

from hypothesis import given
from hypothesis import strategies as st

from recsvc.domain.placements import Strategy
from recsvc.model.vocabulary import Vocabulary
from recsvc.serving.candidates import Candidate
from recsvc.serving.rules import Cap, Rule, apply, not_in

IDS = tuple("abcdefghij")
VOCABULARY = Vocabulary(IDS)


def candidates(*rows: int) -> list[Candidate]:
    return [Candidate(row, 1.0, Strategy.PERSONAL) for row in rows]


def test_first_rule_against_a_candidate_is_counted() -> None:
    rules = [not_in("first", "a"), not_in("second", "ab")]
    chosen, dropped = apply(candidates(0, 1, 2), rules, VOCABULARY, 5)
    assert [one.row for one in chosen] == [2]
    assert dropped == {"first": 1, "second": 1}


def test_candidates_beyond_a_full_slate_are_not_looked_at() -> None:
    asked: list[str] = []

    def note(item_id: str) -> bool:
        asked.append(item_id)
        return True

    apply(candidates(0, 1, 2, 3), [Rule("note", note)], VOCABULARY, 2)
    assert asked == ["a", "b"]


@given(st.lists(st.integers(0, 9), max_size=30), st.sets(st.sampled_from(IDS)), st.integers(0, 12))
def test_any_candidates_keep_the_rules(rows: list[int], excluded: set[str], limit: int) -> None:
    rules = [not_in("excluded", excluded)]
    chosen, dropped = apply(candidates(*rows), rules, VOCABULARY, limit)
    ids = [IDS[one.row] for one in chosen]
    assert len(ids) == len(set(ids)) <= limit
    assert not excluded & set(ids)
    assert sum(dropped.values()) <= len(set(rows))
    again, nothing = apply(chosen, rules, VOCABULARY, limit)
    assert (again, nothing) == (chosen, {})


def test_cap_counts_only_what_was_chosen_and_spares_what_shares_nothing() -> None:
    cap = Cap("full", {"a": "x", "b": "x", "c": "x", "e": "y"}.get, 1)
    chosen, dropped = apply(candidates(0, 1, 2, 3, 4, 5), [not_in("out", "a")], VOCABULARY, 9, cap)
    assert [IDS[one.row] for one in chosen] == ["b", "d", "e", "f"]
    assert dropped == {"out": 1, "full": 1}
