"""The glossary is the law: names that we define use its terms, never their banned synonyms."""

import re

import pytest

from tests.conventions.tree import ROOT, Definition, definitions, tracked

GLOSSARY = ROOT / "docs" / "glossary.md"
NAMED = ("recsvc", "quizzes", "training", "benchmarks")


def _rows(heading: str) -> list[list[str]]:
    section = GLOSSARY.read_text("utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def _ticked(cell: str) -> list[str]:
    return re.findall(r"`([a-z_ ]+)`", cell)


def _words(name: str) -> list[str]:
    return re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name.replace("_", " ")) or [name]


SYNONYMS = {word: row[0] for row in _rows("Terms") for word in _ticked(row[2])}
VAGUE = {word for row in _rows("Words that say nothing") for word in _ticked(row[0])}
EVERY = [
    found
    for path in tracked(".py")
    if path.relative_to(ROOT).parts[0] in NAMED
    for found in definitions(path)
]


def _complaint(found: Definition) -> str | None:
    words = [word.lower() for word in _words(found.name)]
    for word in words:
        if word in SYNONYMS:
            return f"{found.path}:{found.line} {found.name}: say {SYNONYMS[word]}, not {word}"
    if {words[0], words[-1]} & VAGUE:
        return f"{found.path}:{found.line} {found.name}: the name says nothing; name what it is"
    return None


def test_glossary_bans_what_it_should() -> None:
    assert {"user", "idx", "feedback"} <= set(SYNONYMS)
    assert {"utils", "manager", "info"} <= VAGUE


def test_defined_names_use_the_terms_of_the_glossary() -> None:
    assert [text for found in EVERY if (text := _complaint(found))] == []


@pytest.mark.parametrize("name", ["user_of", "UserStore", "item_idx", "HTTPManager", "process_events"])
def test_planted_name_is_found(name: str) -> None:
    assert _complaint(Definition("planted.py", 1, "function", name, 1))
