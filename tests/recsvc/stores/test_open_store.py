import stat
from pathlib import Path

import pytest

from recsvc.domain.errors import InputOutputError, StoreUnavailableError, UsageError
from recsvc.stores import open_store
from tests.contracts.engines import event, profile


@pytest.mark.parametrize(
    "url",
    [
        "mysql://shop:hunter2@db/recsvc",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///a.sqlite?mode=ro",
        "recsvc.sqlite",
        "",
    ],
)
def test_an_unsupported_url_is_refused_with_what_is_supported(url: str) -> None:
    with pytest.raises(UsageError, match="sqlite:///PATH") as refusal:
        open_store(url)
    assert "hunter2" not in str(refusal.value)


def test_a_new_database_is_made_with_its_directory_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "recsvc.sqlite"
    store = open_store(f"sqlite:///{path}")
    store.append([event("e1")]).result()
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in path.parent.iterdir())
    store.close()


def test_a_path_with_odd_characters_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "100% お店" / "recsvc.sqlite"
    open_store(f"sqlite:///{path}").close()
    assert path.is_file()


def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'recsvc.sqlite'}"
    first = open_store(url)
    first.append([event("e1")]).result()
    first.close()
    again = open_store(url)
    assert again.append([event("e1")]).result() == [False]
    assert profile(again).revision == 1
    again.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recsvc.sqlite"
    path.write_bytes(b"once upon a time" * 100)
    with pytest.raises(InputOutputError, match="not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == b"once upon a time" * 100


def test_a_directory_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_closed_store_takes_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    taken = store.append([event("e1")])
    store.close()
    assert taken.result() == [True]
    with pytest.raises(StoreUnavailableError, match="closed"):
        store.append([event("e2")]).result()
    store.close()
