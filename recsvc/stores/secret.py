"""The server's own secret: made once in the state directory, readable by its owner alone."""

import os
import re
import secrets
import stat
from pathlib import Path

from recsvc.domain.errors import InputOutputError, UsageError

SECRET = "secret"  # noqa: S105 - the name of a file
BYTES = 32


def read_or_create_secret(state: Path) -> bytes:
    """Read the 32 bytes that sign what the server hands out, made at the first call.

    Raises:
        UsageError: others may read the file, or it holds something else.
        InputOutputError: the state directory cannot be written or read.
    """
    path = state / SECRET
    try:
        if not path.exists():
            _create(path)
        with path.open("rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            text = stream.read(2 * BYTES + 2)
    except OSError as error:
        raise InputOutputError(
            f"The server's secret {path} cannot be read or made ({error.strerror}); "
            "check the rights of the state directory."
        ) from error
    if mode & 0o077:
        raise UsageError(
            f"Others may read the server's secret {path} (mode {mode:04o}) and sign in its name; "
            f"run `chmod 600 {path}`, or delete it: a new one is made and links signed so far end."
        )
    if not re.fullmatch(rb"[0-9a-f]{64}\n?", text):
        raise UsageError(
            f"The server's secret {path} does not hold {2 * BYTES} hexadecimal digits; delete it: "
            "a new one is made and links signed so far end."
        )
    return bytes.fromhex(text.decode())


def _create(path: Path) -> None:
    """Write it aside and link it: two servers that start at once agree, and neither reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_hex(BYTES).encode())
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            return
    finally:
        aside.unlink()
