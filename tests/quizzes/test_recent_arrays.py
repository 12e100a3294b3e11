import numpy as np

from quizzes.recent_arrays import RecentArrays


def array(n: int = 10) -> np.ndarray:
    return np.zeros(n, dtype=bool)


def test_too_many_arrays_who_was_not_asked_for_the_longest_leaves() -> None:
    recent: RecentArrays[str] = RecentArrays(most=2)
    for name in ("a", "b"):
        recent.keep(name, array())
    assert recent.get("a") is not None
    recent.keep("c", array())
    assert [name for name, _ in recent.all()] == ["a", "c"]
    assert recent.get("b") is None


def test_too_many_bytes_as_many_leave_as_must() -> None:
    recent: RecentArrays[str] = RecentArrays(most_bytes=30)
    for name in ("a", "b", "c"):
        recent.keep(name, array())
    assert recent.bytes == 30
    recent.keep("d", array(15))
    assert ([name for name, _ in recent.all()], recent.bytes) == (["c", "d"], 25)


def test_one_array_of_more_bytes_than_all_may_take_stays_alone() -> None:
    recent: RecentArrays[str] = RecentArrays(most_bytes=30)
    recent.keep("a", array())
    recent.keep("b", array(40))
    assert ([name for name, _ in recent.all()], recent.bytes) == (["b"], 40)


def test_what_goes_gives_its_bytes_back() -> None:
    recent: RecentArrays[str] = RecentArrays()
    recent.keep("a", array())
    recent.keep("a", array(7))
    recent.keep("b", array())
    assert recent.bytes == 17
    recent.drop("a")
    recent.drop("nobody")
    assert (len(recent), recent.bytes) == (1, 10)
    recent.clear()
    assert (len(recent), recent.bytes) == (0, 0)
