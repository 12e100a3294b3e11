import ast
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "quizzes"
ALLOWED = {"quizzes", "msgspec", "numpy"} | sys.stdlib_module_names


def imported(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return {name.partition(".")[0] for name in found}


def test_quizzes_stands_on_msgspec_numpy_and_the_standard_library() -> None:
    files = list(PACKAGE.rglob("*.py"))
    assert files
    strangers = {(path.name, name) for path in files for name in imported(path.read_text("utf-8")) - ALLOWED}
    assert not strangers
