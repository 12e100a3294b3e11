"""What was freed between what is kept goes back to the system."""

import ctypes
import os
from pathlib import Path

import pytest

from recsvc.model.memory import give_back

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Bytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library is not glibc")
def test_memory_that_was_let_go_of_goes_back() -> None:
    blocks = [bytes(1_000) for _ in range(60_000)]
    kept = blocks[::1_000]
    del blocks
    before = resident()
    give_back()
    assert before - resident() > 40_000_000
    assert kept
