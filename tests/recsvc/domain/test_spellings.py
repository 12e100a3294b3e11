"""What a text may have been meant for that names nobody."""

import pytest

from recsvc.domain.spellings import spellings


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("M-0001", "card:M-0001"),
        ("m-0001", "card:M-0001"),
        ("card:M-0001", "M-0001"),
        ("card:M-0001", "line:M-0001"),
        (" Ｍ－０００１", "card:M-0001"),  # as an input method writes it
        ("loyalty_card=M-0001", "card:M-0001"),
        ("customer:4711", "4711"),
    ],
)
def test_value_is_looked_for_under_every_kind(text: str, name: str) -> None:
    assert name in spellings(text)


def test_neither_the_text_itself_nor_one_twice() -> None:
    found = spellings("card:7")
    assert "card:7" not in found
    assert len(found) == len(set(found))


def test_digest_of_an_address_is_no_other_value() -> None:
    names = [name for name in spellings("Ada@shop.example") if name.startswith("email:")]
    assert [len(name) for name in names] == [len("email:") + 64]
