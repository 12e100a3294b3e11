"""Finds the shell blocks of a document, for .ci/run (the README's) and for the tests (everybody else's).

A block is fenced by ```sh; other fences are there to be read. As a program it writes the blocks to
numbered files and needs nothing but the standard library, for it runs before anything is installed.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "http://127.0.0.1:8000"
"""Where documents expect the service; whoever runs them puts the real address in its place."""

_FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block of shell commands."""

    line: int  # of its first command, from 1
    commands: str


def shell_blocks(document: Path) -> list[Block]:
    """All ```sh blocks of a document, in order."""
    text = document.read_text("utf-8")
    return [Block(text.count("\n", 0, match.start(1)) + 1, match.group(1)) for match in _FENCE.finditer(text)]


def write_blocks(document: Path, directory: Path) -> list[Path]:
    """Write each block to a file of its own, numbered in order."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, block in enumerate(shell_blocks(document), 1):
        path = directory / f"{number:02d}.sh"
        path.write_text(block.commands, "utf-8")
        paths.append(path)
    return paths


if __name__ == "__main__":
    for written in write_blocks(Path(sys.argv[1]), Path(sys.argv[2])):
        print(written)
