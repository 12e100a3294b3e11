"""The world: what answers rest on beside the visitor who asks."""

from typing import NamedTuple

MOMENT_S = 60
"""How long an answer may stand: pins begin, facts expire and ages fade by the minute."""


class World(NamedTuple):
    """What the answers for everybody rest on; where any of it moves, none that was given before holds."""

    model: str  # version
    catalogue: int
    placements: int
    quizzes: int
    moment: int
