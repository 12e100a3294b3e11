"""The tree as text: sizes, addresses, paths and habits that no linter knows."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.conventions.tree import ROOT, package_files, tracked

CODE = (".py", ".js", ".css", ".html")
CONFIGURATION = (
    "requirements.lock",
    "requirements-spark.lock",
    "requirements-production.lock",
    "requirements-demo.lock",
    "deploy/Containerfile",
    "pyproject.toml",
    "Makefile",
    ".ci/run",
    ".gitignore",
)
LOOPBACK = ("http://127.0.0.1", "http://localhost")
MACHINE_PATHS = re.compile("/" + r"(work|root|opt/pypi|home/\w+)/")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", tracked(*CODE), ids=_name)
def test_file_fits_a_thought(path: Path) -> None:
    limit = 400 if path.relative_to(ROOT).parts[0] == "tests" else 300
    assert len(path.read_text("utf-8").splitlines()) <= limit


LOCKS = tuple(name for name in CONFIGURATION if name.endswith(".lock"))


@pytest.mark.parametrize("name", CONFIGURATION)
def test_configuration_names_no_address(name: str) -> None:
    found = re.findall(r"(?:https?|file)://[^\s\"'|]+", (ROOT / name).read_text("utf-8"))
    assert [one for one in found if not one.startswith(LOOPBACK)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pins_with_hashes_and_says_nothing_else(lock: str) -> None:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    odd = [
        line
        for line in lines
        if not re.match(r"# |[a-z0-9][a-z0-9.-]*(\[[a-z0-9,-]+\])?==\S+|    --hash=sha256:[0-9a-f]{64}", line)
    ]
    assert odd == []


def test_lock_holds_every_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    names = {re.split(r"[^A-Za-z0-9.-]", declared)[0].lower() for group in groups for declared in group}
    pins = "\n".join((ROOT / lock).read_text("utf-8") for lock in LOCKS)
    pinned = set(re.findall(r"^([a-z0-9.-]+)(?:\[.*?\])?==", pins, re.MULTILINE))
    assert names <= pinned


def test_no_file_names_a_path_of_one_machine() -> None:
    found = {
        f"{_name(path)}: {match.group()}"
        for path in tracked()
        if (text := _text(path)) is not None
        for match in MACHINE_PATHS.finditer(text)
    }
    assert found == set()


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


@pytest.mark.parametrize("path", [one for one in tracked(".py") if "tests" in one.parts], ids=_name)
def test_fakes_are_used_instead_of_mocks(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported = {
        f"{getattr(node, 'module', None) or ''}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    replaced = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "setattr" and _is_monkeypatch(node.value)
    ]
    assert [name for name in imported if "mock" in name.split(".")] == []
    assert "mocker" not in arguments
    assert replaced == []


def _is_monkeypatch(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "monkeypatch"


@pytest.mark.parametrize("path", package_files(), ids=_name)
def test_open_end_carries_the_number_of_its_issue(path: Path) -> None:
    for line in path.read_text("utf-8").splitlines():
        assert not re.search(r"\b(TODO|FIXME|XXX)\b(?!.*#\d+)", line)
