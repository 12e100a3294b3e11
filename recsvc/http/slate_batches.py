"""Slate batches: the same placements for many visitors, a line each as soon as it is made."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from typing import Annotated, NamedTuple

import msgspec
from litestar import post
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg
from litestar.response import Stream

from recsvc.domain.errors import NotAllowedError, StoreUnavailableError, TokenRefusedError
from recsvc.domain.keys import Scope
from recsvc.domain.profile import Profile
from recsvc.domain.purposes import PERSONALISE
from recsvc.domain.slates import SlateRequest
from recsvc.http import examples
from recsvc.http.access import Caller, needs
from recsvc.http.cards import Shown
from recsvc.http.faults import Fault, FaultyRequestError
from recsvc.http.guards import visitor_of
from recsvc.http.metrics import Metrics
from recsvc.http.openapi import WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.payloads import SlateBatch, SlateLine, VisitorPayload
from recsvc.http.slates import ASKING
from recsvc.http.wire import BATCH_BODY, read
from recsvc.serving.recommend import Recommender
from recsvc.serving.visitor import NOBODY, VisitorReader

LINES = "application/x-ndjson"
ITEMS_A_TURN = 48
"""Items that are shown at a time, four visitors' dozens: some 5 ms, after which whoever waits gets a turn."""

Batch = Annotated[SlateBatch, BodyKwarg(examples=[Example(value=examples.SLATE_BATCH)])]


class Reached(NamedTuple):
    """A visitor of a batch whose profile was read."""

    number: int
    request: SlateRequest
    profile: Profile


@post(
    "/slate-batches",
    status_code=200,
    request_max_body_size=BATCH_BODY,
    opt=needs(Scope.ASK),
    summary="Answer many visitors",
    responses=answers(
        200, SlateLine, "A line a visitor.", examples.SLATE_LINE, *ASKING, *WRITING, media_type=LINES
    ),
)
async def post_slate_batch(
    data: Batch,
    caller: Given[Caller],
    recommender: Given[Recommender],
    visitors: Given[VisitorReader],
    metrics: Given[Metrics],
    shown: Given[Shown],
) -> Stream:
    """Answer the same placements for up to 1,000 visitors, as NDJSON in the order of the request.

    Each visitor is answered or refused by a line of their own. Where the answer ends early, ask again for
    those after the last whole line: asking changes nothing. Every visitor counts as a request of the key.
    Where the context denies personalisation nobody's profile is read.
    """
    await caller.count_requests(len(data.visitors) - 1)
    where = data.context
    placements = tuple(one.to_request() for one in data.placements)
    request = SlateRequest(None, placements, where.locale or shown.locale, where.store_id, where.age)
    visitors.read(None)  # catches the catalogue up
    recommender.check(request)
    together = max(1, ITEMS_A_TURN // sum(one.limit for one in recommender.ask(request, NOBODY).asked))
    batch = _Batch(caller, recommender, visitors, request, is_denied=where.denies(PERSONALISE))

    async def lines() -> AsyncIterator[bytes]:
        rest = enumerate(data.visitors)
        while some := list(islice(rest, together)):
            made = batch.lines(some)
            for line in made:
                metrics.slates(line.slates)
            dressed = (_dressed(line, shown) for line in made)
            yield b"".join(msgspec.json.encode(line) + b"\n" for line in dressed)
            await asyncio.sleep(0)

    return Stream(lines(), media_type=LINES)


class _Batch:
    """Answers some visitors of a batch at a time."""

    def __init__(
        self,
        caller: Caller,
        recommender: Recommender,
        visitors: VisitorReader,
        asked: SlateRequest,
        *,
        is_denied: bool,
    ) -> None:
        self._is_denied = is_denied
        self._caller = caller
        self._recommender = recommender
        self._visitors = visitors
        self._asked = asked

    def lines(self, some: Sequence[tuple[int, msgspec.Raw]]) -> list[SlateLine]:
        """A line for each, in order."""
        read_ones = [self._read(*one) for one in some]
        reached = [one for one in read_ones if isinstance(one, Reached)]
        pages = self._recommender.pages([one.request for one in reached], [one.profile for one in reached])
        made = iter(pages)
        return [SlateLine(one.number, next(made)) if isinstance(one, Reached) else one for one in read_ones]

    def _read(self, index: int, raw: msgspec.Raw) -> Reached | SlateLine:
        base = f"/visitors/{index}"
        try:
            visitor_id = visitor_of(self._caller, read(raw, VisitorPayload, base), base)
            if self._is_denied:
                return Reached(index, self._asked, NOBODY)
            profile = self._visitors.read_surely(visitor_id)
        except FaultyRequestError as error:
            return SlateLine(index, error=error.fault)
        except (NotAllowedError, TokenRefusedError, StoreUnavailableError) as error:
            return SlateLine(index, error=Fault(error.code, str(error), base))
        return Reached(index, msgspec.structs.replace(self._asked, visitor_id=visitor_id), profile)


def _dressed(line: SlateLine, shown: Shown) -> SlateLine:
    return msgspec.structs.replace(line, slates=[shown.slate(slate) for slate in line.slates])


HANDLERS = (post_slate_batch,)
