"""Insight: what a visitor leans to and which segments they are in, for merchandisers and clerks."""

from litestar import get

from recsvc.domain.keys import Scope
from recsvc.http import examples
from recsvc.http.access import needs
from recsvc.http.openapi import READING, answers
from recsvc.http.parts import Given
from recsvc.http.payloads import PathId
from recsvc.serving.affinities import Affinities, AffinitiesView
from recsvc.serving.segments import Segments, SegmentsView

READERS = needs(Scope.INSIGHT)


@get(
    "/visitors/{visitor_id:str}/affinities",
    sync_to_thread=False,
    opt=READERS,
    summary="Show what a visitor leans to",
    responses=answers(
        200, AffinitiesView, "Most of all first.", examples.AFFINITIES, *READING, "store-unavailable"
    ),
)
def get_affinities(visitor_id: PathId, affinities: Given[Affinities]) -> AffinitiesView:
    """Show how far a visitor leans to each attribute value of the catalogue, and what says so.

    0.5 is as the shop sells it. Of a visitor who withdrew `personalise` only answers count; sensitive ones
    never do.
    """
    return affinities.see(visitor_id)


@get(
    "/visitors/{visitor_id:str}/segments",
    sync_to_thread=False,
    opt=READERS,
    summary="Show the segments of a visitor",
    responses=answers(
        200, SegmentsView, "In the order of the settings.", examples.SEGMENTS, *READING, "store-unavailable"
    ),
)
def get_segments(visitor_id: PathId, segments: Given[Segments]) -> SegmentsView:
    """Show which segments of the settings a visitor is in now; one who withdrew `personalise` is in none."""
    return segments.see(visitor_id)


HANDLERS = (get_affinities, get_segments)
