import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.model.packed_ids import PackedIds

TEXTS = st.text(max_size=5) | st.text("ab", min_size=7, max_size=17)
IDS = st.lists(TEXTS, unique=True, max_size=40)


def packed(ids: list[str], portion: int) -> PackedIds:
    return PackedIds(ids[first : first + portion] for first in range(0, len(ids), portion))


@given(IDS, st.integers(1, 7), st.lists(TEXTS, max_size=9))
def test_packed_ids_are_a_list_and_its_inverse(ids: list[str], portion: int, asked: list[str]) -> None:
    found, places = packed(ids, portion), {text: place for place, text in enumerate(ids)}
    assert [*found] == [found[place] for place in range(len(found))] == ids
    assert found[1:-1] == tuple(ids[1:-1])
    assert found.texts(range(len(ids) - 1, -1, -1)) == ids[::-1]
    assert [found[place - len(ids)] for place in range(len(ids))] == ids
    for text in (*ids, *asked, *ids):
        assert found.place(text) == places.get(text)
        assert (text in found) == (text in places)


@given(IDS, IDS, st.integers(1, 7))
def test_places_beside_another_list_are_those_of_a_dictionary(
    ids: list[str], others: list[str], portion: int
) -> None:
    places = {text: place for place, text in enumerate(others)}
    found = packed(ids, portion).beside(packed(others, portion))
    assert found.tolist() == [places.get(text, -1) for text in ids]


def test_letters_of_any_width_stand_beside_those_of_one_byte() -> None:
    ids, others = packed(["tea", "緑茶", "🍵", "cup"], 2), packed(["cup", "tea"], 1)
    assert ids.beside(others).tolist() == [1, -1, -1, 0]
    assert others.beside(ids).tolist() == [3, 0]


@pytest.mark.parametrize(
    "other", ["tea-12345678-b", "tea-12345678-", "tea-12345678-a-", "eea-12345678-a", "緑"]
)
def test_texts_whose_hashes_meet_are_told_apart_by_their_letters(other: str) -> None:
    ids, others = packed(["tea-12345678-a"], 1), packed([other], 1)
    others.hashes[:] = ids.hashes
    assert ids.beside(others).tolist() == [-1]


@given(IDS, st.integers(0, 40), st.lists(TEXTS, max_size=9))
def test_texts_that_follow_others_stand_behind_them(ids: list[str], first: int, asked: list[str]) -> None:
    found = packed(ids[:first], 3).followed_by(packed(ids[first:], 3))
    assert [*found] == ids
    assert [found.place(text) for text in (*ids, *asked)] == [
        ids.index(text) if text in ids else None for text in (*ids, *asked)
    ]
    assert found.beside(packed(ids, 7)).tolist() == [*range(len(ids))]


def test_id_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        packed(["tea", "cup", "tea"], 2)


def test_places_beyond_the_end_are_an_error() -> None:
    with pytest.raises(IndexError):
        packed(["tea"], 1)[1]


def test_places_before_the_first_are_an_error() -> None:
    with pytest.raises(IndexError):
        packed(["tea", "cup"], 1)[-3]
