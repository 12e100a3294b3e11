"""Every ```sh block under docs/ runs as it stands, in order, in a directory of its own.

The README's blocks are run by .ci/run from a fresh clone. A document that calls the service finds one.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from quizzes.loader import canonical_json, load_quiz
from tests.conventions.documented import ADDRESS, shell_blocks
from tests.conventions.tree import ROOT
from tests.journeys.servers import free_port

DOCUMENTS = [path for path in sorted((ROOT / "docs").rglob("*.md")) if shell_blocks(path)]
CALLING = [path for path in DOCUMENTS if ADDRESS in path.read_text("utf-8")]
READY_S = 60.0


@pytest.mark.parametrize(
    "document", [one for one in DOCUMENTS if one not in CALLING], ids=lambda path: path.name
)
def test_documented_commands_run(document: Path, tmp_path: Path) -> None:
    _run_blocks(document, tmp_path, ADDRESS)


@pytest.mark.server
@pytest.mark.parametrize("document", CALLING, ids=lambda path: path.name)
def test_documented_calls_are_answered(document: Path, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    _publish_quizzes(tmp_path / ".recsvc" / "quizzes")
    with _service(tmp_path) as address:
        _run_blocks(document, tmp_path, address)


def _run_blocks(document: Path, directory: Path, address: str) -> None:
    for folder in ("quizzes", "deploy"):
        (directory / folder).symlink_to(ROOT / folder)
    for block in shell_blocks(document):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.commands.replace(ADDRESS, address)],
            cwd=directory,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{document.name}:{block.line}\n{done.stdout}\n{done.stderr}"


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RECSVC_")}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def _publish_quizzes(directory: Path) -> None:
    directory.mkdir(parents=True)
    for path in (ROOT / "quizzes" / "library").glob("*.quiz.toml"):
        quiz = load_quiz(path.read_bytes(), path.name)
        (directory / f"{quiz.id}@{quiz.revision}.json").write_bytes(canonical_json(quiz))


@contextmanager
def _service(directory: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "recsvc", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=directory, env=_environment()) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/livez", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end and server.poll() is None:
        try:
            httpx.get(address, timeout=1)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"{address} did not answer within {READY_S:.0f} s")
