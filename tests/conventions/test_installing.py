"""What is installed on a server is whole: the wheel, the pins, the unit and the image."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from recsvc.cli.serve import serve
from recsvc.cli.workers import MOST_CONNECTIONS, OWN_FILES
from recsvc.domain.errors import UsageError
from recsvc.settings import OVERRIDES
from tests.conventions.tree import PACKAGES, ROOT, tracked

BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
PIN = re.compile(r"^([a-z0-9.-]+)(?:\[.*?\])?==(\S+)", re.MULTILINE)
LOCKS = ("requirements-production.lock", "requirements-demo.lock")


def pins(lock: str) -> set[tuple[str, str]]:
    """Names with their versions; some have two, by Python's."""
    return set(PIN.findall((ROOT / lock).read_text("utf-8")))


def names(lock: str) -> set[str]:
    return {name for name, _ in pins(lock)}


def declared(*extras: str) -> set[str]:
    """Names of what the project asks for, and of what some of its extras do."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = [*([] if extras else [project["dependencies"]])]
    groups += [project["optional-dependencies"][extra] for extra in extras]
    return {re.split(r"[^A-Za-z0-9.-]", one)[0].lower() for group in groups for one in group}


def unit() -> dict[str, str]:
    text = (ROOT / "deploy" / "recsvc.service").read_text("utf-8")
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


def image(instruction: str) -> list[str]:
    """What one instruction of the Containerfile says, wherever it stands."""
    text = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
    return re.findall(rf"^{instruction} (.*)$", text, re.MULTILINE)


def test_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    wanted = {str(path.relative_to(ROOT)) for path in tracked()}
    wanted = {name for name in wanted if name.partition("/")[0] in PACKAGES}
    for name in (*wanted, "pyproject.toml", "README.md", "LICENSE"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / "tree" / name)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path)],
        cwd=tmp_path / "tree",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    with ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        held = {name for name in wheel.namelist() if name.partition("/")[0] in PACKAGES}
    assert held == wanted


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_installed_is_what_was_tested(lock: str) -> None:
    assert pins(lock) <= pins("requirements.lock")


def test_servers_get_what_the_service_and_its_training_need_and_no_more() -> None:
    production = names("requirements-production.lock")
    assert (
        declared() | declared("files", "destinations", "postgres", "otel", "training", "valkey") <= production
    )
    tools = declared("development") - declared("destinations") - {"setuptools", "pyyaml"}
    assert production.isdisjoint(tools | {"pandas", "pyarrow", "pyspark"})
    assert "setuptools" in production  # the build backend
    assert names("requirements-demo.lock") == declared("demo")


def test_the_unit_starts_the_service_and_ends_it_gently() -> None:
    program, command, *arguments = unit()["ExecStart"].split()
    assert (program, command) == ("/opt/recsvc/.venv/bin/recsvc", serve.name)
    serve.make_context("serve", arguments)
    assert unit()["RestartPreventExitStatus"] == str(UsageError.exit_code)
    assert int(unit()["LimitNOFILE"]) >= MOST_CONNECTIONS + OWN_FILES
    assert unit()["KillMode"] == "mixed"


def test_the_unit_and_the_image_set_variables_that_exist() -> None:
    known = {f"RECSVC_{name.upper()}" for name in OVERRIDES} | {"RECSVC_CONFIG"}
    for name in ("recsvc.service", "Containerfile"):
        said = set(re.findall(r"RECSVC_[A-Z_]+", (ROOT / "deploy" / name).read_text("utf-8")))
        assert said
        assert said <= known


def test_the_image_is_built_of_what_is_there() -> None:
    sources = [source for line in image("COPY") if "--from" not in line for source in line.split()[:-1]]
    assert {*PACKAGES, "pyproject.toml", "requirements-production.lock"} <= set(sources)
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert {line.split()[0] for line in image("FROM")} == {"python:3.11-slim"}
    serve.make_context("serve", re.findall(r'"([^"]+)"', image("CMD")[0])[1:])


def test_ci_installs_as_the_document_says() -> None:
    text = (ROOT / "docs" / "installing.md").read_text("utf-8")
    assert "sudo make install\n" in text
    assert 'make install PREFIX="$PWD/test-output/installed"' in (ROOT / ".ci" / "run").read_text("utf-8")
