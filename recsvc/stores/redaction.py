"""Redaction: what the log may not keep of answers: all but the last word, and what was withdrawn after it."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from recsvc.domain.events import Event
from recsvc.domain.profile import Consent
from recsvc.serving.profile import Word, is_void, word
from recsvc.stores.bodies import answer_key


def overtaken(answers: Iterable[Event]) -> Iterator[Event]:
    """One visitor's answers that a later word on the same thing corrects or takes back.

    An answer without a value would take its fact back, and of two words of one moment that one wins: so an
    answer that was overtaken does not name its fact either; the column of the log still does.
    """
    last: dict[str | None, tuple[Word, Event]] = {}
    for event in answers:
        about, own = answer_key(event), (word(event), event)
        if about in last:
            lesser, last[about] = sorted((own, last[about]), key=lambda pair: pair[0])
            yield msgspec.structs.replace(lesser[1], fact=None, value=None)
        else:
            last[about] = own


def withdrawn(answers: Iterable[Event], consents: Mapping[str, Consent]) -> Iterator[Event]:
    """One visitor's answers whose purpose was withdrawn: they take their fact back from now on."""
    for event in answers:
        if event.value is not None and is_void(consents, event.value):
            yield msgspec.structs.replace(event, value=None)
