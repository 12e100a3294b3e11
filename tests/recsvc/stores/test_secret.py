import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.stores.secret import read_or_create_secret


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    secret = read_or_create_secret(state)
    assert len(secret) == 32
    assert read_or_create_secret(state) == secret
    assert [path.name for path in state.iterdir()] == ["secret"]
    assert stat.S_IMODE((state / "secret").stat().st_mode) == 0o600


def test_servers_that_start_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(read_or_create_secret, [tmp_path] * 8))
    assert len(secrets) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    read_or_create_secret(tmp_path)
    (tmp_path / "secret").chmod(mode)
    with pytest.raises(UsageError, match="chmod 600"):
        read_or_create_secret(tmp_path)


@pytest.mark.parametrize("text", [b"", b"0" * 63, b"0" * 66, b"z" * 64, b"\xff" * 64])
def test_something_else_in_its_place_is_refused_unseen(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "secret").touch(mode=0o600)
    (tmp_path / "secret").write_bytes(text)
    with pytest.raises(UsageError, match="64 hexadecimal digits") as refusal:
        read_or_create_secret(tmp_path)
    assert not text or text.decode("latin-1") not in str(refusal.value)


def test_a_state_directory_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(InputOutputError, match="state"):
        read_or_create_secret(tmp_path / "state")
