"""What belongs to the repository: files that git knows, or would know."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("recsvc", "quizzes", "training")


class Definition(NamedTuple):
    """A module, class or function that we define."""

    path: str  # relative to the root
    line: int
    kind: str  # module | class | function
    name: str
    lines: int  # without the docstring; 0 for a module


def tracked(*suffixes: str) -> list[Path]:
    """Files that are tracked, or new and not ignored; all of them, or those with a suffix."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return sorted(path for path in paths if path.is_file() and (not suffixes or path.suffix in suffixes))


def package_files() -> list[Path]:
    """The Python files of the three packages."""
    return [path for path in tracked(".py") if path.relative_to(ROOT).parts[0] in PACKAGES]


def definitions(path: Path) -> Iterator[Definition]:
    """The module itself, then its classes and functions at any depth."""
    where = str(path.relative_to(ROOT))
    yield Definition(where, 1, "module", path.parent.name if path.stem == "__init__" else path.stem, 0)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield Definition(where, node.lineno, "class", node.name, _own_lines(node))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Definition(where, node.lineno, "function", node.name, _own_lines(node))


def _own_lines(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    last = node.end_lineno or node.lineno
    docstring = ast.get_docstring(node, clean=False)
    return last - node.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)
