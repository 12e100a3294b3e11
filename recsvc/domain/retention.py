"""Retention: how long anything is kept."""

from typing import Annotated

import msgspec
from msgspec import Meta

Days = Annotated[float, Meta(gt=0)]


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long until the sweep forgets; a quiz may keep its own answers for less."""

    events_days: Days = 730.0  # purchases, views, steps of quizzes
    quiz_sessions_days: Days = 30.0
    facts_days: dict[str, Days] = {}  # purpose → days
