"""The log: our own lines, what libraries warn of, and no address that was called."""

import json
import subprocess
import sys

from tests.recsvc.destinations.receiver import Receiver, receiving

PROGRAM = """
import logging, sys
import httpx
from recsvc.json_logs import write_json_logs
from recsvc.settings import Settings
write_json_logs(Settings())
httpx.post(sys.argv[1], trust_env=False)
logging.getLogger("httpcore").warning("library_warns")
logging.getLogger("recsvc.somewhere").info("we_tell", extra={"count": 3})
"""


def test_a_webhook_that_was_called_is_not_in_the_log() -> None:
    with receiving(Receiver) as receiver:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, f"{receiver.url}/hooks/s3cret"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    assert [request.path for request in receiver.requests] == ["/hooks/s3cret"]
    assert "s3cret" not in done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["level"], line["event"]) for line in lines] == [
        ("warning", "library_warns"),
        ("info", "we_tell"),
    ]
    assert lines[1]["count"] == 3
