"""Lint: every finding about a quiz, with code, line, path and what to do; pure, it changes nothing."""

from collections.abc import Iterator, Sequence

import msgspec

from quizzes.catalogue import Catalogue
from quizzes.definition import Quiz
from quizzes.errors import QuizFileError
from quizzes.expression import Value
from quizzes.loader import load_quiz, source_of
from quizzes.proofs.reach import Path
from quizzes.rules import (
    attributes,
    consent,
    effects,
    facts,
    reachability,
    references,
    results,
    revisions,
    structure,
    touchpoints,
    types,
    wording,
)
from quizzes.rules.rule import Level, Problem, Rule, Subject
from quizzes.source import Lines, Source, path_of

THEMES = (
    structure,
    references,
    types,
    attributes,
    reachability,
    results,
    effects,
    wording,
    consent,
    touchpoints,
    facts,
    revisions,
)
RULES: tuple[Rule, ...] = tuple(rule for theme in THEMES for rule in theme.RULES)


class Finding(msgspec.Struct, frozen=True):
    """One fault of a definition."""

    code: str
    level: Level
    file: str
    line: int  # nearest enclosing id, counted from 1; 0 where the source is not given
    message: str
    path: str  # place in the definition, or the answers that lead to the fault


def lint(
    quiz: Quiz,
    catalogue: Catalogue | None = None,
    published: Sequence[Quiz] | None = None,
    *,
    source: Source | None = None,
    siblings: Sequence[Quiz] = (),
) -> list[Finding]:
    """Check a quiz by every rule; findings in the order of their lines.

    Args:
        quiz: its expressions can be read, as `load_quiz` makes sure.
        catalogue: today's items; without it nothing is said about attributes.
        published: every published revision of this quiz.
        source: the definition as written, for file and lines.
        siblings: the other quizzes of the shop, which share its facts.
    """
    lines = Lines(source.text, msgspec.to_builtins(quiz)) if source else None
    file = source.name if source else f"{quiz.id}@{quiz.revision}"
    subject = Subject(quiz, catalogue, published or (), siblings)
    found = [
        Finding(
            rule.code,
            rule.level,
            file,
            lines.line(problem.place) if lines else 0,
            problem.message,
            _path(problem),
        )
        for rule, problem in _problems(subject)
    ]
    return sorted(found, key=lambda finding: finding.line)


def lint_source(
    source: bytes,
    name: str,
    catalogue: Catalogue | None = None,
    published: Sequence[Quiz] | None = None,
    *,
    siblings: Sequence[Quiz] = (),
) -> list[Finding]:
    """Check a file; a file that is no quiz is one finding."""
    try:
        quiz = load_quiz(source, name)
    except QuizFileError as error:
        return [Finding(error.code, Level.ERROR, error.file, error.line, error.reason, error.path)]
    return lint(quiz, catalogue, published, source=source_of(source, name), siblings=siblings)


def _problems(subject: Subject) -> Iterator[tuple[Rule, Problem]]:
    for rule in RULES:
        for problem in rule.check(subject):
            yield rule, problem


def _path(problem: Problem) -> str:
    return shown_path(problem.answers) if problem.answers else path_of(problem.place, problem.field)


def shown_path(answers: Path) -> str:
    """A path of answers in one line, such as `skin=dry, concern=spots|lines, look skipped`."""
    return ", ".join(
        f"{question} skipped" if value is None else f"{question}={_shown_value(value)}"
        for question, value in answers
    )


def _shown_value(value: Value) -> str:
    if isinstance(value, tuple):
        return "|".join(value)
    return value if isinstance(value, str) else f"{value:g}"
