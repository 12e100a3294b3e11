"""Prints how long files and functions are, beside the aim. A report: nothing fails here."""

from collections.abc import Sequence
from pathlib import Path

from tree import PACKAGES, ROOT, Definition, definitions, package_files


def main() -> None:
    """Print one line a package, then the longest functions."""
    files = package_files()
    functions = {path: _functions(path) for path in files}
    print("            files  median  p90   functions  median  p90   (aim 90, 200; 9, 25)")
    for package in PACKAGES:
        own = [path for path in files if path.relative_to(ROOT).parts[0] == package]
        lengths = [len(path.read_text("utf-8").splitlines()) for path in own]
        spans = [found.lines for path in own for found in functions[path]]
        print(f"{package:10} {_line(lengths)}    {_line(spans)}")
    print("longest functions, docstrings aside:")
    every = [found for path in files for found in functions[path]]
    for found in sorted(every, key=lambda one: -one.lines)[:5]:
        print(f"{found.lines:5}  {found.path}:{found.line} {found.name}")


def _functions(path: Path) -> list[Definition]:
    return [found for found in definitions(path) if found.kind == "function"]


def _line(lengths: Sequence[int]) -> str:
    ordered = sorted(lengths) or [0]
    return f"{len(ordered):6} {ordered[len(ordered) // 2]:7} {ordered[int(0.9 * (len(ordered) - 1))]:4}"


if __name__ == "__main__":
    main()
