"""Redaction: of all that a visitor said about one thing the log keeps the value of the last word alone."""

from collections.abc import Iterable

import msgspec

from recsvc.domain.events import Event
from recsvc.serving.profile import Word, word
from recsvc.stores.bodies import answer_key


def overtaken(answers: Iterable[Event]) -> list[Event]:
    """Answers that a later word on the same thing corrects or takes back."""
    last: dict[tuple[str, str | None], tuple[Word, Event]] = {}
    losers: list[Event] = []
    for event in answers:
        about, said = (event.visitor_id, answer_key(event)), word(event)
        if about not in last:
            last[about] = (said, event)
        elif said > last[about][0]:
            losers.append(last[about][1])
            last[about] = (said, event)
        else:
            losers.append(event)
    return losers


def redacted(event: Event) -> Event:
    """The event without what was said; that something was said, and about what, stays."""
    return msgspec.structs.replace(event, value=None)


def silenced(event: Event) -> Event:
    """A redacted event as a rebuild has to see it: an answer without a value would take its fact back."""
    return msgspec.structs.replace(event, fact=None)
