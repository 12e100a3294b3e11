from recsvc.storefront.demo.cart import MOST_LINES, MOST_UNITS, Cart

SECRET = b"s" * 32


def test_cart_stays_small_enough_for_a_cookie() -> None:
    cart = Cart()
    for number in range(2 * MOST_LINES):
        cart = cart.with_one_more(f"item-{number:08d}")
    for _ in range(2 * MOST_UNITS):
        cart = cart.with_one_more("item-00000000")
    assert len(cart.lines) == MOST_LINES
    assert cart.lines["item-00000000"] == MOST_UNITS
    assert len(cart.sealed(SECRET, "owner")) < 3800
