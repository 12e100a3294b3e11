"""The real service behind keys: reached from elsewhere, closed while it runs, revoked at once."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.artifacts import publish_artifact
from tests.journeys.servers import serve

pytestmark = pytest.mark.server
HOME = "/v1/slates/home?limit=3"
ORIGIN = "https://shop.example"


def keys(state: Path, *arguments: str) -> Any:
    command = [sys.executable, "-m", "recsvc", "keys", *arguments, "--state", str(state), "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_service_on_every_host_asks_for_keys_and_hears_of_changes_at_once(tmp_path: Path) -> None:
    publish_artifact(tmp_path / "models")
    server_key = keys(tmp_path, "create", "--secret", "--name", "server")
    with serve(tmp_path, "--host", "0.0.0.0") as server:  # noqa: S104
        by_server = {"Authorization": f"Bearer {server_key['text']}"}
        assert server.get(HOME)[0] == 401
        assert server.get(HOME, **by_server)[0] == 200
        web = keys(tmp_path, "create", "--publishable", "--name", "web", "--origin", ORIGIN)
        by_page = {"Authorization": f"Bearer {web['text']}", "Origin": ORIGIN}
        assert server.get(HOME, **by_page)[0] == 200
        assert server.get(HOME, **by_page | {"Origin": "https://elsewhere.example"})[0] == 403
        keys(tmp_path, "revoke", web["key_id"])
        assert server.get(HOME, **by_page)[0] == 401
        log = server.log.read_text()
    assert server_key["key_id"] in log
    assert not [text for text in (server_key["text"], web["text"]) if text in log]


def test_first_key_closes_the_service_that_runs_on_this_machine(tmp_path: Path) -> None:
    publish_artifact(tmp_path / "models")
    with serve(tmp_path) as server:
        assert server.get(HOME)[0] == 200
        keys(tmp_path, "create", "--secret", "--name", "server")
        assert server.get(HOME)[0] == 401
        assert server.get("/livez")[0] == 200
