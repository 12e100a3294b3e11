"""The world: what answers rest on beside the visitor who asks."""

from typing import NamedTuple


class World(NamedTuple):
    """What the answers for everybody rest on; where any of it moves, none that was given before holds."""

    model: str  # version
    catalogue: int
    placements: int
    quizzes: int
