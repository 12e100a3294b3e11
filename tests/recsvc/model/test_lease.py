"""One run at a time, and nobody for ever: leases are kept, end, are taken over, and fence the one before."""

import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from recsvc.domain.errors import LockedError
from recsvc.model.lease import LEASE_S, LOCK, LONGEST_S, Lease, Owner, held, read, write

START = 1_780_000_000.0
THERE = Owner("t", "elsewhere", 4321, START, START + LEASE_S)


class Clock:
    """Unix seconds that move when told to."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def now() -> Clock:
    return Clock()


def here(pid: int) -> Owner:
    return Owner("t", os.uname().nodename, pid, START, START + LEASE_S)


def test_a_lease_names_its_owner_and_is_given_back(tmp_path: Path, now: Clock) -> None:
    with held(tmp_path, now) as lease:
        assert read(tmp_path) == lease.owner
        assert (lease.owner.pid, lease.owner.ends_at) == (os.getpid(), START + LEASE_S)
        lease.confirm()
    assert read(tmp_path) is None


def test_a_second_run_is_told_who_holds_it_and_since_when(tmp_path: Path, now: Clock) -> None:
    since = rf"process {os.getpid()}, since 2026-05-28T20:26:40\+00:00"
    with held(tmp_path, now), pytest.raises(LockedError, match=since), held(tmp_path, now):
        pass


def test_where_the_file_lock_does_not_hold_the_lease_of_another_host_does(tmp_path: Path, now: Clock) -> None:
    write(tmp_path, THERE)
    with pytest.raises(LockedError, match="elsewhere, process 4321"), held(tmp_path, now):
        pass
    now.at = THERE.ends_at
    with held(tmp_path, now) as lease:
        assert read(tmp_path) == lease.owner


def test_a_process_of_this_host_that_is_gone_is_not_waited_for(tmp_path: Path, now: Clock) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait(30)
    write(tmp_path, here(gone.pid))
    with held(tmp_path, now) as lease:
        lease.confirm()


def test_a_process_of_this_host_that_lives_is(tmp_path: Path, now: Clock) -> None:
    write(tmp_path, here(os.getppid()))
    with pytest.raises(LockedError), held(tmp_path, now):
        pass


def test_a_run_that_hangs_loses_its_lease_and_cannot_confirm_it(tmp_path: Path, now: Clock) -> None:
    with held(tmp_path, now) as hanging:
        (tmp_path / LOCK).write_text("begun")
        now.at += LEASE_S
        with held(tmp_path, now) as lease:
            lease.confirm()
            with pytest.raises(LockedError, match="taken over"):
                hanging.confirm()
            assert not hanging.renew()
            hanging.end()
            assert read(tmp_path) == lease.owner
            assert (tmp_path / LOCK).read_text() == "begun"
            with pytest.raises(LockedError), held(tmp_path, now):
                pass
    with pytest.raises(LockedError, match="that run has ended"):
        hanging.confirm()


def test_a_lease_is_renewed_until_the_run_takes_too_long(tmp_path: Path, now: Clock) -> None:
    lease = Lease(tmp_path, now)
    now.at += LONGEST_S - 1
    assert lease.renew()
    assert read(tmp_path) == Owner(
        lease.owner.run, lease.owner.host, lease.owner.pid, START, START + LONGEST_S - 1 + LEASE_S
    )
    now.at += 1
    assert not lease.renew()


def test_work_is_renewed_beside_it(tmp_path: Path) -> None:
    ticks = count(int(START))
    with held(tmp_path, lambda: float(next(ticks)), renew_s=0.001) as lease:
        ends = {lease.owner.ends_at}
        while len(ends) < 3:
            owner = read(tmp_path)
            assert owner is not None
            ends.add(owner.ends_at)
        lease.confirm()


def test_a_lease_that_cannot_be_read_is_nobodys(tmp_path: Path, now: Clock) -> None:
    (tmp_path / ".lease").write_text("{")
    with held(tmp_path, now) as lease:
        lease.confirm()
