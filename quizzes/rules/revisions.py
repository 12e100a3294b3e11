"""Revisions: a published revision never changes, and what was answered keeps its name."""

from collections.abc import Iterator

from quizzes.definition import Quiz
from quizzes.loader import content_hash
from quizzes.rules.rule import Level, Problem, Rule, Subject


def stale_revisions(subject: Subject) -> Iterator[Problem]:
    """The definition changed, its revision did not."""
    newest = _newest(subject)
    if newest is None or subject.quiz.revision > newest.revision:
        return
    same = next((one for one in subject.published if one.revision == subject.quiz.revision), None)
    if same is None or content_hash(same) != content_hash(subject.quiz):
        yield Problem(
            (),
            "revision",
            f"revision {subject.quiz.revision} is published with other contents, or older than what is "
            f"published; set revision = {newest.revision + 1}.",
        )


def removed_choices(subject: Subject) -> Iterator[Problem]:
    """A choice that visitors have picked is gone."""
    newest = _newest(subject)
    for old in newest.questions if newest else ():
        new = subject.quiz.question(old.id)
        gone = [] if new is None else [one.id for one in old.choices if one.id not in new.choice_ids]
        if new is not None and gone:
            yield Problem(
                ("questions", subject.quiz.questions.index(new)),
                "choices",
                f"question `{new.id}` lost {', '.join(f'`{one}`' for one in gone)}, which visitors may have "
                "picked; put them back, or ask under a new question id.",
            )


def _newest(subject: Subject) -> Quiz | None:
    return max(subject.published, key=lambda one: one.revision, default=None)


RULES = (
    Rule("revision-not-raised", Level.ERROR, stale_revisions),
    Rule("choice-removed", Level.ERROR, removed_choices),
)
