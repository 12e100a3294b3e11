"""Retention: how long anything is kept."""

import msgspec


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days after which the sweep forgets; a quiz may keep its own answers for less."""

    events: float = 730.0  # purchases, views, steps of quizzes
    quiz_sessions: float = 30.0
    facts: dict[str, float] = {}  # purpose → days
