"""Threads: how many there are to compute with, and none of them inside BLAS."""

import os

from threadpoolctl import threadpool_limits


def single_threaded_blas() -> threadpool_limits:
    """Hold BLAS at one thread: whoever calls it here threads itself, and both together take far longer."""
    return threadpool_limits(1, "blas")


def cores() -> int:
    """Cores this process may use, which a container limits below what the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
