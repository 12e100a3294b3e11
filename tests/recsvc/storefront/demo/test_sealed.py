from hypothesis import given
from hypothesis import strategies as st

from recsvc.storefront.demo.cart import MOST_LINES, MOST_UNITS, Cart
from recsvc.storefront.demo.sealed import seal, unseal

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


def test_cart_stays_small_enough_for_a_cookie() -> None:
    cart = Cart()
    for number in range(2 * MOST_LINES):
        cart = cart.with_one_more(f"item-{number:08d}")
    for _ in range(2 * MOST_UNITS):
        cart = cart.with_one_more("item-00000000")
    assert len(cart.lines) == MOST_LINES
    assert cart.lines["item-00000000"] == MOST_UNITS
    assert len(cart.sealed(SECRET, "owner")) < 3800
