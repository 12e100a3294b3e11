"""The lease: who works on a directory of models, until when; one at a time, and nobody for ever.

A file lock keeps others out while the process lives, and ends with it. It does not hold on every network
disk, and it would let a run that hangs block all others: so the owner also writes a lease, renews it while
it lives, at most for LONGEST_S, and looks whether it is still theirs before it publishes.
"""

import fcntl
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from recsvc.domain.errors import LockedError

LOCK: Final = ".lock"
LEASE: Final = ".lease"
LEASE_S: Final = 600.0
"""How long a lease holds; after the death of a host others wait as long as that."""
RENEW_S: Final = 60.0
LONGEST_S: Final = 86_400.0
"""A run that takes longer hangs, and is not waited for."""

Now = Callable[[], float]  # Unix seconds


class Owner(msgspec.Struct, frozen=True):
    """What the file says."""

    run: str  # random: tells runs apart
    host: str
    pid: int
    started_at: float  # Unix seconds, as ends_at
    ends_at: float

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.started_at, UTC).isoformat(timespec="seconds")
        return f"{self.host}, process {self.pid}, since {since}"


class Lease:
    """The lease of this process."""

    def __init__(self, models: Path, now: Now) -> None:
        self._models = models
        self._now = now
        at = now()
        self.owner = Owner(secrets.token_hex(8), socket.gethostname(), os.getpid(), at, at + LEASE_S)
        write(models, self.owner)

    def confirm(self) -> None:
        """Make sure that the lease is still ours, right before something is published.

        Raises:
            LockedError: somebody took it over; whatever this run made is not wanted any more.
        """
        found = read(self._models)
        if found is None or found.run != self.owner.run:
            raise LockedError(
                f"This run was away for so long that its lease of {self._models} ran out and was taken over "
                f"({found or 'that run has ended'}); nothing of it is published."
            )

    def renew(self) -> bool:
        """Hold it for longer; False where it is not ours any more, or held for too long already."""
        with suppress(LockedError):
            self.confirm()
            if self._now() < self.owner.started_at + LONGEST_S:
                write(self._models, msgspec.structs.replace(self.owner, ends_at=self._now() + LEASE_S))
                return True
        return False

    def end(self) -> None:
        """Give it back, if it is still ours."""
        with suppress(LockedError):
            self.confirm()
            (self._models / LEASE).unlink(missing_ok=True)


@contextmanager
def held(models: Path, now: Now = time.time, renew_s: float = RENEW_S) -> Iterator[Lease]:
    """Hold a directory that exists; a thread beside the work renews the lease.

    Raises:
        LockedError: somebody else does; says who and since when.
        OSError: the directory cannot be written.
    """
    handle = _lock(models, now)
    try:
        lease, done = Lease(models, now), threading.Event()
        renewing = threading.Thread(
            target=_renew, args=(lease, done, renew_s), name="recsvc-lease", daemon=True
        )
        renewing.start()
        try:
            yield lease
        finally:
            done.set()
            renewing.join()
            lease.end()
    finally:
        os.close(handle)


def read(models: Path) -> Owner | None:
    """Who holds the lease, or held it last without giving it back; None for nobody."""
    try:
        return msgspec.json.decode((models / LEASE).read_bytes(), type=Owner)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write(models: Path, owner: Owner) -> None:
    """Write the lease in one rename."""
    aside = models / f"{LEASE}-{owner.run}"
    aside.write_bytes(msgspec.json.encode(owner))
    aside.replace(models / LEASE)


def _lock(models: Path, now: Now) -> int:
    """The locked file, once the lease of before is over; closing it unlocks."""
    handle, owner = _try_lock(models), read(models)
    if handle is None and owner is not None and owner.ends_at <= now():
        _replace_lock(models)  # it hangs, and will keep the old file locked
        handle, owner = _try_lock(models), read(models)
    runs_on = owner is not None and now() < owner.ends_at and not _is_dead(owner)
    if handle is None or runs_on:
        if handle is not None:
            os.close(handle)
        since = owner or "it began just now"
        raise LockedError(f"A training run holds {models} ({since}); wait for it, or try again later.")
    return handle


def _try_lock(models: Path) -> int | None:
    handle = os.open(models / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _replace_lock(models: Path) -> None:
    """Put a copy, which nobody has locked, in the place of the lock file; what it says stays."""
    aside = models / f"{LOCK}-{secrets.token_hex(8)}"
    aside.write_bytes((models / LOCK).read_bytes())
    aside.replace(models / LOCK)


def _is_dead(owner: Owner) -> bool:
    """Whether a process of this host is gone; of other hosts nothing is known, their lease has to end."""
    if owner.host != socket.gethostname():
        return False
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return owner.pid == os.getpid()  # in a container every life may have the same number


def _renew(lease: Lease, done: threading.Event, renew_s: float) -> None:
    while not done.wait(renew_s):
        with suppress(OSError):  # a disk that is away for a minute
            if not lease.renew():
                return
