"""A service with a destination: consent given over HTTP arrives there, and so does its withdrawal."""

import time
from pathlib import Path

import pytest

from tests.journeys.servers import serve
from tests.recsvc.destinations.receiver import Receiver, receiving

CONFIG = """
poll_s = 0.05

[[destinations]]
name = "crm"
kind = "webhook"
url = "{url}"
secret_env = "CRM_SECRET"
per_minute = 100000
"""
SECRETS = {"CRM_SECRET": "s3cret"}
PATIENCE_S = 30.0


def wait_for(receiver: Receiver, count: int) -> list[str]:
    """The types of the messages, once so many are there."""
    until = time.monotonic() + PATIENCE_S
    while len(receiver.requests) < count and time.monotonic() < until:
        time.sleep(0.02)
    return [request.json["type"] for request in receiver.requests]


@pytest.mark.server
def test_a_running_service_brings_its_destination_in_line(tmp_path: Path) -> None:
    config = tmp_path / "recsvc.toml"
    path = "/v1/visitors/ada/consents"
    with receiving(Receiver) as receiver:
        config.write_text(CONFIG.format(url=receiver.url))
        with serve(tmp_path / "state", "--config", str(config), **SECRETS) as server:
            assert server.ask("PUT", path, {"consent": {"share": True}}, {})[0] == 200
            assert wait_for(receiver, 1) == ["recsvc.visitor.updated"]
            assert server.ask("PUT", path, {"consent": {"share": False}}, {})[0] == 200
            assert wait_for(receiver, 2)[1:] == ["recsvc.visitor.withdrawn"]
        assert server.process.returncode == 0
