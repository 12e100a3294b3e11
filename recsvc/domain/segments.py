"""Segments: groups of visitors that the shop describes, by a name and a condition."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from quizzes.expression import Condition
from quizzes.parser import parse

AFFINITY: Final = "affinity"
"""What has attributes in a condition: `affinity.category` is the list of the categories that are liked."""


class Segment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Visitors of whom a condition over facts and affinities holds; docs/segments.md has the language."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}\Z")]
    when: Annotated[str, Meta(min_length=1, max_length=2000)]

    def condition(self) -> Condition:
        """The tree of the condition.

        Raises:
            ExpressionError: it cannot be read.
        """
        return parse(self.when, AFFINITY)
