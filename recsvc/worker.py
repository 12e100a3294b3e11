"""The worker: what a process that answers builds, and how Python runs in it."""

import gc
import os
import sys

from threadpoolctl import threadpool_limits

from recsvc.access_log import AccessLog
from recsvc.app import create_app
from recsvc.http.api import Service
from recsvc.http.telemetry import Watcher
from recsvc.json_logs import write_json_logs
from recsvc.model.memory import give_back
from recsvc.settings import Settings, load_settings
from recsvc.tracing import is_traced, open_tracing

SWITCH_S = 0.0005
"""How long one thread may keep the others waiting: the writer gives the interpreter back at each statement,
and with Python's 5 ms it stood in line for most of an answer's time."""
YOUNG = 3_000
"""New objects after which Python looks for garbage among them. One group of events makes more than the usual
700, hardly any of them garbage: with 3,000 an event takes 7 % less processor time, with 10,000 no less."""


def create_worker() -> Service:
    """What a worker process builds: settings from RECSVC_CONFIG and RECSVC_*."""
    settings = load_settings(os.environ)
    # One thread a matrix product: requests come side by side, and threads that wait for each other cost
    # 5 times the product itself on a busy machine (measured 29 ms against 6 ms a slate). A variable would
    # come too late: whoever forked this worker has loaded NumPy already.
    threadpool_limits(1, "blas")
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(YOUNG)
    write_json_logs(settings)
    # What a start makes stays: looking for garbage meanwhile is in vain, and later would hold up a request
    # for as long as looking through all of it takes.
    gc.disable()
    app = create_app(settings, watchers=_watchers(settings))
    gc.collect()  # or what a start leaves would be frozen, too, and stay
    gc.freeze()
    gc.enable()
    give_back()
    return app


def _watchers(settings: Settings) -> list[Watcher]:
    watchers: list[Watcher] = []
    if settings.access_log and not settings.demo and not settings.drafts:
        watchers.append(AccessLog(os.fdopen(sys.stderr.fileno(), "wb", buffering=0, closefd=False)))
    if is_traced(os.environ):
        watchers.append(open_tracing(os.environ))
    return watchers
