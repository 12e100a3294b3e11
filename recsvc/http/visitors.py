"""Visitors: ids for those whom nobody knows by name."""

from litestar import post

from recsvc.http import examples
from recsvc.http.openapi import answers
from recsvc.http.parts import Given
from recsvc.http.payloads import NewVisitor
from recsvc.http.signing import issue_anonymous_id


@post(
    "/visitors",
    status_code=201,
    sync_to_thread=False,
    request_max_body_size=1024,
    summary="Issue an anonymous id",
    responses=answers(201, NewVisitor, "A fresh id.", examples.NEW_VISITOR),
)
def post_visitor(secret: Given[bytes]) -> NewVisitor:
    """Issue a signed anonymous id; nothing is stored until an event or an answer uses it."""
    return NewVisitor(issue_anonymous_id(secret))


HANDLERS = (post_visitor,)
