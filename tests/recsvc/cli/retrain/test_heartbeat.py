"""The heartbeat tells a monitor, fails nothing, and never says the secret part of the address."""

import socket
from io import StringIO

import pytest
from rich.console import Console

from recsvc.cli.retrain.heartbeat import is_address, ping
from tests.recsvc.cli.retrain.monitor import listening


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=200)


def said(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("https://hc.example/abc", True),
        ("http://127.0.0.1:8080", True),
        ("ftp://hc.example/abc", False),
        ("file:///etc/passwd", False),
        ("hc.example/abc", False),
        ("https://", False),
        ("https://hc.example:port/", False),
        ("https://[::1/", False),
    ],
)
def test_only_http_addresses_can_be_pinged(url: str, right: bool) -> None:  # noqa: FBT001
    assert is_address(url) is right


@pytest.mark.parametrize(
    ("way", "path"), [("", "/s3cret?a=1"), ("start", "/s3cret/start?a=1"), ("fail", "/s3cret/fail?a=1")]
)
def test_the_way_is_added_to_the_path(way: str, path: str, console: Console) -> None:
    with listening() as monitor:
        ping(f"{monitor.url}?a=1", way, {"exit": 4}, console)
    assert monitor.heard == [(path, {"exit": 4})]
    assert said(console) == ""


def test_without_an_address_nobody_is_told(console: Console) -> None:
    ping(None, "", {}, console)
    assert said(console) == ""


def test_a_monitor_that_refuses_is_named_by_its_host_alone(console: Console) -> None:
    with listening(status=503) as monitor:
        ping(monitor.url, "", {}, console)
    assert said(console) == "The heartbeat at 127.0.0.1 did not answer (503).\n"


@pytest.mark.parametrize("path", ["s3cret", "s3cret with a space"])
def test_a_monitor_that_is_not_there_stops_nothing(path: str, console: Console) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        ping(f"http://127.0.0.1:{closed.getsockname()[1]}/{path}", "fail", {}, console)
    assert "The heartbeat at 127.0.0.1 did not answer" in said(console)
    assert "s3cret" not in said(console)


def test_a_monitor_that_says_nothing_is_not_waited_for(console: Console) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        ping(f"http://127.0.0.1:{port}/s3cret", "", {}, console, timeout_s=0.05)
    assert said(console) == "The heartbeat at 127.0.0.1 did not answer (TimeoutError).\n"
