"""Unsubscribe tokens: they tell this service everything, and everybody else nothing."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.domain.errors import UnknownConfirmationError
from recsvc.serving.unsubscribe_token import Unsubscription, read_token, write_token
from tests.shop import SECRET

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


@given(TEXTS, TEXTS)
def test_what_is_written_is_read(visitor_id: str, purpose: str) -> None:
    said = Unsubscription(visitor_id, purpose)
    assert read_token(SECRET, write_token(SECRET, said)) == said


@given(st.data())
def test_token_of_which_a_bit_is_another_one_is_refused(data: st.DataObject) -> None:
    token = write_token(SECRET, Unsubscription("email:" + "a" * 64, "mail"))
    sealed = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place // 8] ^= 1 << place % 8
    with pytest.raises(UnknownConfirmationError):
        read_token(SECRET, base64.urlsafe_b64encode(sealed).decode().rstrip("="))


def test_token_of_another_secret_is_refused() -> None:
    with pytest.raises(UnknownConfirmationError):
        read_token(SECRET, write_token(b"another", Unsubscription("ada", "mail")))


def test_neither_name_nor_purpose_stands_in_it_in_clear() -> None:
    token = write_token(SECRET, Unsubscription("email:" + "a" * 64, "newsletter"))
    sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert b"aaaa" not in sealed
    assert b"newsletter" not in sealed


def test_two_people_share_no_part_of_a_token() -> None:
    """A stream that were the same for both would show where their names differ."""
    one, other = (write_token(SECRET, Unsubscription(name * 64, "mail")) for name in "ab")
    assert len(one) == len(other)
    assert sum(a == b for a, b in zip(one, other, strict=True)) < len(one) / 4
