"""What was bought is what was paid and kept, and it came of what was last clicked, or else seen."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.domain.attribution import Attribution
from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.serving.purchases import Sale, sales
from recsvc.serving.touches import Touch, Touches
from tests.artifacts import NOW

WINDOWS = Attribution(click_days=7, view_days=1)


def event(kind: EventKind, *lines: EventLine, hours: float = 0, **more: Any) -> Event:
    at = NOW + timedelta(hours=hours)
    return Event(event_id="e", kind=kind, visitor_id="v", occurred_at=at, received_at=at, lines=lines, **more)


def bought(*lines: EventLine, hours: float = 0, order: str | None = None) -> Event:
    return event(EventKind.PURCHASE, *lines, hours=hours, order_id=order, currency="EUR")


def returned(*lines: EventLine, hours: float = 9, order: str | None = None) -> Event:
    return event(EventKind.RETURN, *lines, hours=hours, order_id=order)


def kept(*events: Event) -> list[tuple[str, float, float]]:
    return [(one.product, one.units, one.paid) for one in sales(events, str)]


def touch(hours: float, placement: str = "home", product: str = "a", *, is_click: bool = False) -> Touch:
    return Touch(NOW.timestamp() + hours * 3600, product, is_click, "s", placement, "r", None)


def sale(hours: float = 0, product: str = "a") -> Sale:
    return Sale(NOW.timestamp() + hours * 3600, product, "EUR", 1.0, 5.0)


def test_gifts_are_no_purchases_and_unknown_prices_are_no_amount() -> None:
    lines = EventLine("a", 2, 5.0), EventLine("gift", 1, 0.0), EventLine("untold")
    assert kept(bought(*lines)) == [("a", 2.0, 10.0), ("untold", 1.0, 0.0)]


def test_returned_units_are_taken_back_in_part_and_whole() -> None:
    order = bought(EventLine("a", 3, 5.0), EventLine("b", 1, 7.0))
    assert kept(order, returned(EventLine("a", 1), EventLine("b", 1))) == [("a", 2.0, 10.0)]
    assert kept(order, event(EventKind.CANCEL, EventLine("a", 9), hours=1)) == [("b", 1.0, 7.0)]


def test_return_is_of_the_order_it_names_else_of_the_newest() -> None:
    orders = bought(EventLine("a", 1, 5.0), order="1"), bought(EventLine("a", 1, 9.0), hours=1, order="2")
    assert kept(*orders, returned(EventLine("a", 1), order="1")) == [("a", 1.0, 9.0)]
    assert kept(*orders, returned(EventLine("a", 1))) == [("a", 1.0, 5.0)]
    assert kept(*orders, returned(EventLine("a", 1), order="receipt of a till")) == [("a", 1.0, 5.0)]
    assert kept(*orders, returned(EventLine("a", 2), order="1")) == []


def test_return_from_before_takes_nothing_from_later_purchases() -> None:
    assert kept(returned(EventLine("a", 1), hours=-1), bought(EventLine("a", 1, 5.0))) == [("a", 1.0, 5.0)]


lines = st.builds(EventLine, st.sampled_from("ab"), st.floats(0.5, 5), st.sampled_from([None, 0.0, 2.0]))


@given(
    st.lists(st.builds(bought, lines, hours=st.floats(0, 9)), max_size=5),
    st.lists(st.builds(returned, lines, hours=st.floats(0, 9)), max_size=5),
    st.randoms(),
)
def test_never_more_is_kept_than_bought_whatever_the_order(
    orders: list[Event], returns: list[Event], random: Any
) -> None:
    shuffled = [*orders, *returns]
    random.shuffle(shuffled)
    found = sales(shuffled, str)
    assert all(one.units > 0 and one.paid >= 0 for one in found)
    paid = sum(line.quantity for order in orders for line in order.lines if line.price != 0)
    taken = sum(line.quantity for one in returns for line in one.lines)
    left = sum(one.units for one in found)
    assert max(0.0, paid - taken) - 1e-9 <= left <= paid + 1e-9


@pytest.mark.parametrize(
    ("touches", "last", "every"),
    [
        ([], None, set()),
        ([touch(-1), touch(-2, "cart")], "home", {"home", "cart"}),
        ([touch(-1), touch(-50, "cart", is_click=True)], "cart", {"home", "cart"}),
        ([touch(-25)], None, set()),
        ([touch(-7 * 24, is_click=True)], None, set()),
        ([touch(1), touch(-1, product="b")], None, set()),
        ([touch(-3, is_click=True), touch(-2, "cart", is_click=True)], "cart", {"home", "cart"}),
    ],
    ids=["nothing", "seen", "click first", "view too old", "click too old", "later or other", "last click"],
)
def test_purchase_came_of_what_was_touched_before(
    touches: list[Touch], last: str | None, every: set[str]
) -> None:
    found = Touches(touches, WINDOWS).before(sale())
    assert {one.placement for one in found} == every
    assert (found[-1].placement if found else None) == last


def test_without_a_view_window_only_clicks_count() -> None:
    windows = Attribution(view_days=0)
    assert Touches([touch(0), touch(-1)], windows).before(sale()) == []
