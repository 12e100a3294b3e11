from recsvc.domain.lookalikes import Lookalike, lookalikes, sentence


def test_ids_that_differ_in_width_capitals_and_spaces_only_are_found() -> None:
    found = lookalikes(
        ["ＴＥＡ－００５", "tea-006", "TEA-007", " TEA-008", "pot"],
        {"TEA-005", "TEA-006", "TEA-007", "TEA-008"},
    )
    assert found == [("ＴＥＡ－００５", "TEA-005"), ("tea-006", "TEA-006"), (" TEA-008", "TEA-008")]


def test_ids_look_like_each_other_where_none_is_known() -> None:
    assert lookalikes(["a", "A", "b", "A"]) == [("A", "a")]


def test_ids_that_are_known_both_are_left_alone() -> None:
    assert lookalikes(["a", "A"], ["a", "A"]) == []


def test_sentence_names_some_and_counts_the_rest() -> None:
    found = [Lookalike(f"a{n}", f"A{n}") for n in range(5)]
    assert "5 item ids" in sentence(found)
    assert "(a0 and A0, a1 and A1, a2 and A2 and 2 more)" in sentence(found)
