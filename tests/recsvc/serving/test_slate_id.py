"""A slate id is read back as it was signed, and nothing else is read at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.domain.errors import InvalidRequestError
from recsvc.domain.slates import PlacementRequest, SlateRequest
from recsvc.serving.slate_id import SlateFacts, SlateSigner

SIGNER = SlateSigner(b"k" * 32)
facts = st.builds(
    SlateFacts,
    st.none() | st.text(max_size=30),
    st.text(max_size=30),
    st.text(max_size=12),
    st.integers(0, 2**31),
    st.integers(0, 2**31),
    st.none() | st.text(max_size=9),
    st.integers(0, 2**31),
    st.integers(0, 2**40),
    st.binary(max_size=8),
    st.integers(0, 19),
)


@given(facts)
def test_signed_facts_come_back(made_from: SlateFacts) -> None:
    assert SIGNER.read(SIGNER.sign(made_from)) == made_from


@given(facts, st.integers(0, 10**6))
def test_altered_token_is_refused(made_from: SlateFacts, place: int) -> None:
    token = SIGNER.sign(made_from)
    place %= len(token) - 2  # the last character of base64 may hold unused bits
    other = "A" if token[place] != "A" else "B"
    with pytest.raises(InvalidRequestError):
        SIGNER.read(token[:place] + other + token[place + 1 :])


@given(st.text(max_size=60))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        SIGNER.read(text)


def test_token_of_another_secret_is_refused() -> None:
    token = SlateSigner(b"o" * 32).sign(SlateFacts(None, "home", "", 0, 0, None, 0, 0, b""))
    with pytest.raises(InvalidRequestError):
        SIGNER.read(token)


def test_digest_of_a_request_is_the_servers_own_and_blind_to_the_trail() -> None:
    asked = SlateRequest("v", (PlacementRequest("home"),))
    found = SIGNER.digest(asked)
    assert SIGNER.digest(SlateRequest("v", asked.placements, explain=True)) == found
    assert SIGNER.digest(SlateRequest("w", asked.placements)) != found
    assert SlateSigner(b"o" * 32).digest(asked) != found
