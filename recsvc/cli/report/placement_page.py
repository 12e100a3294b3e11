"""The placement page: outcomes as one file for people, which needs nothing beside itself, and no script."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

import msgspec

from recsvc.cli.report import placement_views as views
from recsvc.cli.report.placement_words import PlacementWords
from recsvc.domain.placements import Placement
from recsvc.reports.page import environment
from recsvc.serving.outcomes import Measured, Outcomes, Period, SeenRevision
from recsvc.serving.tallies import SUSPECT
from recsvc.storefront.formats import day

PACKAGE = "recsvc.cli.report"


class Occasion(NamedTuple):
    """What a page is about beside its figures."""

    measured: Measured
    placements: Mapping[str, Placement]  # that the shop wrote; who saw none of one is told so
    made_at: datetime


def render(found: Outcomes, occasion: Occasion, locale: str) -> str:
    """Draw the page in one language."""
    words = PlacementWords(locale)
    measured = occasion.measured
    return (
        environment(PACKAGE)
        .get_template("page.html")
        .render(
            language=words.locale,
            w=words,
            views=views,
            found=found,
            placements=measured.placements,
            windows=measured.windows,
            suspect=SUSPECT,
            made=_moment(occasion.made_at, words),
            period=_period(measured.period, _seen(found), words),
            missing=[*views.missing(found, occasion.placements)] if found.placements else [],
            day=lambda moment: day(moment.timestamp(), locale),
        )
    )


def _seen(found: Outcomes) -> list[SeenRevision]:
    """The revisions of all placements, by the day."""
    return [
        msgspec.structs.replace(revision, since=_midnight(revision.since), until=_midnight(revision.until))
        for one in found.placements
        for revision in one.revisions
    ]


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)


def _period(period: Period, seen: Iterable[SeenRevision], words: PlacementWords) -> str:
    """From the first to the last day that counts; where it is open, to what was seen."""
    since = [one.since for one in seen] if period.since is None else [_utc(period.since)]
    until = [one.until for one in seen] if period.until is None else [_last(period.until)]
    if not since or not until:
        return words("page.ever")
    first, last = _moment(min(since), words), _moment(max(until), words)
    return first if first == last else words("page.period", first=first, last=last)


def _moment(moment: datetime, words: PlacementWords) -> str:
    """A day, with its time where it is not midnight."""
    date = day(moment.timestamp(), words.locale)
    clock = moment.astimezone(UTC).time()
    return date if clock == time() else words("format.time", day=date, time=f"{clock:%H:%M}")


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _last(until: float) -> datetime:
    """The last moment before an end; of a day at midnight the day before."""
    moment = _utc(until)
    return moment - timedelta(days=1) if moment.time() == time() else moment
