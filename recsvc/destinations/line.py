"""LINE: one audience for each segment, by the Messaging API's audiences for uploading user ids."""

from collections.abc import Callable, Collection
from typing import Any, Final
from urllib.parse import quote

from recsvc.destinations.sender import Sender
from recsvc.domain.destinations import Outgoing
from recsvc.domain.identity import IdentityKind
from recsvc.serving.targets import UndeliveredError

ADDRESS: Final = "https://api.line.me"
PREFIX: Final = "recsvc:"
"""What the names of our audiences begin with: the shop's own ones are never touched."""

NOT_FOUND: Final = "AUDIENCE_GROUP_NOT_FOUND"
IDS_AT_ONCE: Final = 10_000
PAGE: Final = 40


class Line:
    """Adds whoever enters a segment; where somebody leaves, the audience is made anew: none can be taken out.

    Args:
        sender: sends.
        secret: a channel access token.
        url: another address than the public one.
        recipients: everything that this destination knows.
    """

    def __init__(
        self,
        sender: Sender,
        secret: str,
        url: str | None,
        recipients: Callable[[], Collection[Outgoing]],
    ) -> None:
        self._sender = sender
        self._groups = f"{(url or ADDRESS).rstrip('/')}/v2/bot/audienceGroup"
        self._headers = {"authorization": f"Bearer {secret}"}
        self._recipients = recipients

    def takes(self, content: Outgoing) -> bool:
        """Whoever has linked an account of LINE and is in a segment."""
        return bool(_line_ids(content) and content.segments)

    def put(self, delivery_id: str, content: Outgoing, before: Outgoing | None) -> None:
        """Add the visitor to the audiences they entered, and make those anew that they left."""
        former = _places(before)
        now = _places(content)
        self._leave(delivery_id, content.visitor_id, {segment for _, segment in former - now})
        entered = now - former
        for segment in sorted({segment for _, segment in entered}):
            self._add(delivery_id, segment, sorted(one for one, where in entered if where == segment))

    def close(self) -> None:
        """Let go of the connections."""
        self._sender.close()

    def remove(self, delivery_id: str, before: Outgoing, *, erased: bool) -> None:  # noqa: ARG002
        """Make every audience anew that the visitor was in."""
        self._leave(delivery_id, before.visitor_id, set(before.segments))

    def _leave(self, delivery_id: str, visitor_id: str, segments: Collection[str]) -> None:
        """The old audience goes first: a stop between the two leaves too few in it, never one too many."""
        known = [one for one in self._recipients() if one.visitor_id != visitor_id] if segments else []
        for segment in sorted(segments):
            for group in self._named(segment):
                self._delete(group)
            members = sorted(one for content in known for one, where in _places(content) if where == segment)
            if members:
                self._add(delivery_id, segment, members)

    def _delete(self, group: int) -> None:
        try:
            self._sender.send("DELETE", f"{self._groups}/{group}", self._headers)
        except UndeliveredError as error:
            if NOT_FOUND not in error.answer:  # the shop may have deleted it meanwhile
                raise

    def _add(self, delivery_id: str, segment: str, line_ids: list[str]) -> None:
        group = next(iter(self._named(segment)), None)
        for start in range(0, len(line_ids), IDS_AT_ONCE):
            audience = [{"id": one} for one in line_ids[start : start + IDS_AT_ONCE]]
            body: dict[str, Any] = {"uploadDescription": delivery_id, "audiences": audience}
            if group is None:
                named = {"description": f"{PREFIX}{segment}", "isIfaAudience": False}
                answer = self._sender.post(f"{self._groups}/upload", self._headers, named | body)
                group = _group_of(answer)
            else:
                added = {"audienceGroupId": group} | body
                self._sender.post(f"{self._groups}/upload", self._headers, added, method="PUT")

    def _named(self, segment: str) -> list[int]:
        """The ids of our audiences of a segment; the search is for a part of the name, in any case."""
        name = f"{PREFIX}{segment}"
        found: list[int] = []
        page, more = 1, True
        while more:
            wanted = f"description={quote(name)}&createRoute=MESSAGING_API"
            url = f"{self._groups}/list?page={page}&size={PAGE}&{wanted}"
            answer = self._sender.send("GET", url, self._headers)
            groups = answer.get("audienceGroups", [])
            found += [_group_of(one) for one in groups if one.get("description") == name]
            page, more = page + 1, bool(answer.get("hasNextPage")) and bool(groups)
        return found


def _line_ids(content: Outgoing) -> list[str]:
    return [one.value for one in content.identities if one.kind is IdentityKind.LINE_USER]


def _places(content: Outgoing | None) -> set[tuple[str, str]]:
    """Every user id in every segment."""
    if content is None:
        return set()
    return {(line_id, segment) for line_id in _line_ids(content) for segment in content.segments}


def _group_of(answer: dict[str, Any]) -> int:
    group = answer.get("audienceGroupId")
    if not isinstance(group, int):
        raise UndeliveredError("It answered no id of an audience.", is_outage=True)
    return group
