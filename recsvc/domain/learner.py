"""Learner: whom training may see behind a name of the log."""

from datetime import datetime
from typing import NamedTuple


class Learner(NamedTuple):
    """A visitor that training may learn from."""

    visitor_id: str  # the first of their names
    after: datetime | None = None  # only what happened later: before it they withdrew
