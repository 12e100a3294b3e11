"""Touchpoints: the one question that a page may ask now."""

from typing import Annotated

from litestar import get
from litestar.params import HeaderParameter, QueryParameter

from recsvc.domain.keys import Scope
from recsvc.http import examples
from recsvc.http.access import needs
from recsvc.http.openapi import READING, answers
from recsvc.http.parts import Given
from recsvc.http.payloads import LOCALE, MOST_ID_CHARACTERS, NO_CONTROLS, PathId
from recsvc.serving.touchpoints import Touchpoints, TouchpointView

Item = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=MOST_ID_CHARACTERS,
        pattern=NO_CONTROLS,
        description="The product of the page: of several quizzes one that knows its attributes asks.",
    ),
]
Language = Annotated[
    str | None, QueryParameter(max_length=35, pattern=LOCALE, description="Of the question.")
]
PrivacyControl = Annotated[
    str | None,
    HeaderParameter(name="Sec-GPC", description="`1`: nothing is asked, for no cap could be remembered."),
]


@get(
    "/touchpoints/{page:str}",
    sync_to_thread=False,
    opt=needs(Scope.ASK, in_browsers=True),
    summary="Ask one question",
    responses=answers(200, TouchpointView, "At most one question.", examples.TOUCHPOINT, *READING),
)
def get_touchpoint(
    page: PathId,
    visitor: Given[str | None],
    touchpoints: Given[Touchpoints],
    locale: Language = None,
    item: Item = None,
    sec_gpc: PrivacyControl = None,
) -> TouchpointView:
    """Answer the question that fits the visitor of the header on a page, or nothing; nothing is written.

    Post `question_shown` with quiz, revision, question and touchpoint once it is seen: it counts towards the
    caps. To answer, begin a session of the quiz with this `touchpoint`; it asks this question alone.
    """
    if sec_gpc == "1":
        return TouchpointView()
    return touchpoints.ask(page, visitor, locale, item)


HANDLERS = (get_touchpoint,)
