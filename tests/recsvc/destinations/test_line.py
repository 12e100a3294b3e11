"""LINE, by a server that answers as the description of its Messaging API says."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from recsvc.domain.destinations import DestinationKind
from recsvc.domain.events import EventKind
from recsvc.domain.identity import Identity, IdentityKind
from tests.recsvc.destinations.conftest import Opens, share
from tests.recsvc.destinations.receiver import Answer, Receiver, Request, receiving
from tests.recsvc.serving.test_export import tell
from tests.shop import Shop

LINE = DestinationKind.LINE
GROUPS = "/v2/bot/audienceGroup"


class Channel(Receiver):
    """Keeps audiences by their id; the shop has one of its own whose name begins like ours."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.names = {1: "recsvc:with-pets (old)"}
        self.members: dict[int, set[str]] = {1: set()}

    @property
    def audiences(self) -> dict[str, set[str]]:
        return {name: self.members[group] for group, name in self.names.items() if group > 1}

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.answers:
            return self.answers.popleft()
        if request.headers["authorization"] != "Bearer s3cret":
            return Answer(401, {"message": "Authentication failed."})
        path = urlsplit(request.path)
        if (request.method, path.path) == ("GET", f"{GROUPS}/list"):
            return self._list(parse_qs(path.query))
        if request.method == "DELETE":
            return self._delete(int(path.path.rpartition("/")[2]))
        body = request.json
        if request.method == "POST":
            group = len(self.requests) + 1_000_000_000_000
            self.names[group], self.members[group] = body["description"], set()
        else:
            group = body["audienceGroupId"]
        self.members[group] |= {one["id"] for one in body["audiences"]}
        return Answer(202, {"audienceGroupId": group} if request.method == "POST" else {})

    def _list(self, query: dict[str, list[str]]) -> Answer:
        wanted, page = query["description"][0].lower(), int(query["page"][0])
        found = [group for group, name in self.names.items() if wanted in name.lower()]
        shown = [{"audienceGroupId": one, "description": self.names[one]} for one in found[page - 1 : page]]
        return Answer(200, {"audienceGroups": shown, "hasNextPage": page < len(found)})

    def _delete(self, group: int) -> Answer:
        if self.names.pop(group, None) is None:
            return missing()
        del self.members[group]
        return Answer(200)


def missing() -> Answer:
    details = [{"message": "AUDIENCE_GROUP_NOT_FOUND"}]
    return Answer(400, {"message": "audience group not found", "details": details})


@pytest.fixture
def receiver() -> Iterator[Channel]:
    with receiving(Channel) as found:
        yield found


def link(shop: Shop, visitor_id: str) -> None:
    """A customer with a cat who linked an account of LINE, and shares."""
    user = Identity(IdentityKind.LINE_USER, f"U-{visitor_id}")
    shop.happen(visitor_id, EventKind.IDENTIFY, identities=(user,))
    tell(shop, "pets", "cat", visitor_id=visitor_id)
    share(shop, visitor_id)


def methods(receiver: Receiver) -> list[Any]:
    return [request.method for request in receiver.requests if request.method != "GET"]


def test_a_segment_becomes_an_audience(shop: Shop, receiver: Channel, outbox_to: Opens) -> None:
    outbox = outbox_to(LINE)
    for visitor_id in ("ada", "bob"):
        link(shop, visitor_id)
    outbox.work_through()
    assert receiver.audiences == {"recsvc:with-pets": {"U-ada", "U-bob"}}
    assert methods(receiver) == ["POST", "PUT"]


def test_whoever_leaves_a_segment_leaves_its_audience(
    shop: Shop, receiver: Channel, outbox_to: Opens
) -> None:
    outbox = outbox_to(LINE)
    for visitor_id in ("ada", "bob"):
        link(shop, visitor_id)
    outbox.work_through()
    shop.clock.advance(seconds=1)
    tell(shop, "pets", "none", visitor_id="bob")
    outbox.work_through()
    assert receiver.audiences == {"recsvc:with-pets": {"U-ada"}}


@pytest.mark.parametrize("way", ["withdrawn", "erased"])
def test_whoever_may_not_be_known_is_in_no_audience(
    shop: Shop, receiver: Channel, outbox_to: Opens, way: str
) -> None:
    outbox = outbox_to(LINE)
    for visitor_id in ("ada", "bob"):
        link(shop, visitor_id)
    outbox.work_through()
    if way == "withdrawn":
        share(shop, "bob", granted=False)
    else:
        shop.store.erase({"bob": "digest-b", "line:U-bob": "digest-u"}).result()
    outbox.work_through()
    assert receiver.audiences == {"recsvc:with-pets": {"U-ada"}}
    assert [one.visitor_id for one in shop.store.recipients("crm")] == ["ada"]


def test_the_last_one_takes_the_audience_along(shop: Shop, receiver: Channel, outbox_to: Opens) -> None:
    outbox = outbox_to(LINE)
    link(shop, "ada")
    outbox.work_through()
    share(shop, "ada", granted=False)
    outbox.work_through()
    assert (receiver.audiences, list(receiver.names)) == ({}, [1])


def test_an_audience_that_the_shop_deleted_is_no_obstacle(
    shop: Shop, receiver: Channel, outbox_to: Opens
) -> None:
    outbox = outbox_to(LINE)
    link(shop, "ada")
    outbox.work_through()
    share(shop, "ada", granted=False)
    (group,) = (one for one in receiver.names if one > 1)
    listed = {"audienceGroups": [{"audienceGroupId": group, "description": "recsvc:with-pets"}]}
    receiver.answers.extend([Answer(200, listed), missing()])
    assert outbox.work_through().dead == 0
    assert shop.store.recipients("crm") == []


def test_whoever_has_linked_no_account_is_unknown_there(
    shop: Shop, receiver: Channel, outbox_to: Opens
) -> None:
    tell(shop, "pets", "cat")
    share(shop)
    assert outbox_to(LINE).work_through().sent == 0
    assert receiver.requests == []


def test_a_token_that_is_not_taken_gives_nothing_up(shop: Shop, receiver: Channel, outbox_to: Opens) -> None:
    outbox = outbox_to(LINE)
    link(shop, "ada")
    receiver.answers.append(Answer(401, {"message": "Authentication failed."}))
    done = outbox.work_through()
    assert (done.failed, done.dead) == (1, 0)
    shop.clock.advance(minutes=1)
    assert outbox.work_through().sent == 1
