from hypothesis import given
from hypothesis import strategies as st

from recsvc.storefront.sealed import seal, unseal

SECRET = b"s" * 32
JSON = st.recursive(st.text() | st.integers(-(2**53), 2**53), lambda inner: st.lists(inner, max_size=3))


@given(JSON, st.text(max_size=5))
def test_sealed_value_is_read_back_by_its_owner_only(value: object, owner: str) -> None:
    sealed = seal(SECRET, "purpose", value, owner)
    assert unseal(SECRET, "purpose", sealed, object, owner) == value
    assert unseal(SECRET, "purpose", sealed, object, owner + "x") is None
    assert unseal(SECRET, "other", sealed, object, owner) is None
    assert unseal(b"another", "purpose", sealed, object, owner) is None


@given(st.text(), st.integers(0, 60))
def test_nothing_else_is_read(text: str, place: int) -> None:
    assert unseal(SECRET, "purpose", text, object) is None
    sealed = seal(SECRET, "purpose", "value")
    changed = sealed[:place] + ("A" if sealed[place : place + 1] != "A" else "B") + sealed[place + 1 :]
    assert unseal(SECRET, "purpose", changed, object) is None


def test_sealed_value_of_another_shape_is_not_read() -> None:
    assert unseal(SECRET, "purpose", seal(SECRET, "purpose", [1]), dict[str, int]) is None
