"""Workers: granian's server, with one queue of connections for all, and a reload that is looked at first."""

import logging
import multiprocessing
import resource
import socket
from collections.abc import Callable
from typing import Any

from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server import Server

from recsvc.domain.errors import RecsvcError

log = logging.getLogger(__name__)
MOST_CONNECTIONS = 16_384
"""That one worker keeps, some 10 KB each. An idle one is kept for 30 s and counts: with granian's 1,024 the
service was silent for everybody when so many browsers had come within half a minute."""

SILENT_S = 5
"""For so long the kernel keeps a new connection from the workers until its request has come. One taken
before that was reset when its worker was renewed in between (1 in 8,000 requests on a busy machine)."""

OWN_FILES = 512
"""Open files of a process beside its connections."""

Base: Any = Server
"""One of several classes, by platform."""


def connections() -> int:
    """How many connections a worker may keep; the limit of open files is raised as far as it may be."""
    wanted = MOST_CONNECTIONS + OWN_FILES
    files, most = (wanted if one == resource.RLIM_INFINITY else one for one in _open_files())
    if files < min(wanted, most):
        files = min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, _open_files()[1]))
    return max(min(files, wanted) - OWN_FILES, 1)


def _open_files() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_NOFILE)


class Workers(Base):  # type: ignore[misc]
    """Renews its workers on SIGHUP without losing a connection.

    In granian 2.8 each worker listens on a socket of its own, and the old one is stopped 3.5 s after the new
    one was begun, ready or not: what the kernel had queued for it is reset, and where the start took longer
    nobody listened (120 of 400 requests were lost on a busy machine). Here the socket belongs to the first
    process, and every worker takes from its queue; what comes between two workers waits there.

    Args:
        check: raises where a worker could not start as things stand; the old ones go on then.
        options: of granian's server.
    """

    def __init__(self, check: Callable[[], None], *target: str, **options: Any) -> None:
        super().__init__(*target, backpressure=connections(), **options)
        self._check = check

    def signal_handler_reload(self, *arguments: Any, **named: Any) -> None:
        """Renew the workers if they could start."""
        try:
            self._check()
        except RecsvcError as error:
            log.error("reload_refused", extra={"problem": str(error)})  # noqa: TRY400 (it says it all)
            return
        super().signal_handler_reload(*arguments, **named)

    def _init_shared_socket(self) -> None:
        if multiprocessing.get_start_method() != "fork":  # only a fork hands down an open socket
            super()._init_shared_socket()
            return
        is_path = False
        family = socket.AF_INET6 if ":" in self.bind_addr else socket.AF_INET
        shared = socket.create_server((self.bind_addr, self.bind_port), family=family, backlog=self.backlog)
        if hasattr(socket, "TCP_DEFER_ACCEPT"):
            shared.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_S)
        shared.setblocking(False)  # noqa: FBT003
        self._sso = shared
        self._ssp = None
        hold: Any = SocketHolder  # its types are silent on how it is made
        self._shd = hold(shared.fileno(), is_path, self.backlog)
