"""Visitors: ids for those whom nobody knows by name."""

from litestar import post

from recsvc.domain.keys import Scope
from recsvc.http import examples
from recsvc.http.access import needs
from recsvc.http.openapi import KEYED, answers
from recsvc.http.parts import Given
from recsvc.http.payloads import NewVisitor
from recsvc.http.signing import issue_anonymous_id


@post(
    "/visitors",
    status_code=201,
    sync_to_thread=False,
    request_max_body_size=1024,
    opt=needs(Scope.ASK, in_browsers=True),
    summary="Issue an anonymous id",
    responses=answers(201, NewVisitor, "A fresh id.", examples.NEW_VISITOR, *KEYED, "overloaded"),
)
def post_visitor(secret: Given[bytes]) -> NewVisitor:
    """Issue a signed anonymous id; nothing is stored until an event or an answer uses it."""
    return NewVisitor(issue_anonymous_id(secret))


HANDLERS = (post_visitor,)
