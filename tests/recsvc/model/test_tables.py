import numpy as np

from recsvc.model.known import History, known_items
from recsvc.model.tables import again, arrivals, near, trending
from tests.artifacts import NOW, arrays_of, make_artifact

DAY = 86_400.0


def test_near_adds_up_over_the_items_of_a_cart() -> None:
    model = make_artifact()
    rows = np.array([1, 2], dtype=np.int32)
    found = near(model, "together", rows)
    assert found.rows.tolist() == [3, 2, 4, 5]
    assert found.values.tolist() == [5.0, 3.0, 3.0, 1.0]
    assert near(model, "similar", rows[:0]).rows.size == 0


def test_only_what_rises_trends_and_only_what_is_new_arrives() -> None:
    arrays = arrays_of(5)
    arrays["trending"][:] = [0.5, 1.0, 3.0, 0.0, 2.0]
    arrays["arrivals"][:] = [0.0, 0.2, 0.0, 0.7, 0.2]
    model = make_artifact(5, arrays=arrays)
    assert trending(model).rows.tolist() == [2, 4]
    assert arrivals(model).rows.tolist() == [3, 1, 4]


def test_a_visitor_is_shown_again_what_is_bought_again_and_not_what_was_only_looked_at() -> None:
    arrays = arrays_of(4)
    arrays["repeats"][:] = [0.1, 0.5, 0.5, 0.5]
    model = make_artifact(4, arrays=arrays)
    now = NOW.timestamp()
    history = History(
        ("item-00", "item-01", "item-02", "item-03"),
        ("purchase", "purchase", "purchase", "view"),
        (now - DAY, now - 40 * DAY, now - 3 * DAY, now),
        (1.0,) * 4,
        (1.0,) * 4,
    )
    assert again(known_items(model, history, now)).rows.tolist() == [2, 1, 0]
