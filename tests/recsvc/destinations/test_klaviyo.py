"""Klaviyo, by a server that answers as its API reference says."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from recsvc.domain.destinations import DestinationKind
from tests.recsvc.destinations.conftest import Opens, share
from tests.recsvc.destinations.receiver import Answer, Receiver, Request, receiving
from tests.recsvc.serving.test_export import tell
from tests.shop import Shop

KLAVIYO = DestinationKind.KLAVIYO
JSON_API = "application/vnd.api+json"


class Account(Receiver):
    """Keeps profiles by their external id."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.profiles: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.answers:
            return self.answers.popleft()
        named = request.headers["authorization"], request.headers.get("revision")
        if named != ("Klaviyo-API-Key s3cret", "2026-07-15"):
            return problem(401, "not_authenticated")
        route = request.method, urlsplit(request.path).path
        if route == ("POST", "/api/profile-import"):
            return self._import(request.json["data"])
        if route == ("GET", "/api/profiles"):
            return self._search(parse_qs(urlsplit(request.path).query)["filter"][0])
        if route == ("POST", "/api/data-privacy-deletion-jobs"):
            self.deleted.append(request.json["data"]["attributes"]["profile"]["data"]["id"])
            return Answer(202)
        return problem(404, "not_found")

    def _import(self, profile: dict[str, Any]) -> Answer:
        external_id = profile["attributes"]["external_id"]
        known = external_id in self.profiles
        properties = self.profiles.setdefault(external_id, {"own": "the shop's"})
        properties |= profile["attributes"]["properties"]
        for name in profile.get("meta", {}).get("patch_properties", {}).get("unset", []):
            properties.pop(name, None)
        return Answer(200 if known else 201, {"data": {"type": "profile", "id": f"01-{external_id}"}})

    def _search(self, wanted: str) -> Answer:
        found = [one for one in self.profiles if wanted == f"equals(external_id,{json.dumps(one)})"]
        return Answer(200, {"data": [{"type": "profile", "id": f"01-{one}"} for one in found]})


def problem(status: int, code: str) -> Answer:
    return Answer(status, {"errors": [{"status": status, "code": code, "title": code, "source": {}}]})


@pytest.fixture
def receiver() -> Iterator[Account]:
    with receiving(Account) as found:
        yield found


def test_facts_and_segments_become_properties_of_a_profile(
    shop: Shop, receiver: Account, outbox_to: Opens
) -> None:
    tell(shop, "pets", "cat")
    share(shop)
    assert outbox_to(KLAVIYO).work_through().sent == 1
    assert receiver.profiles["v"] == {
        "own": "the shop's",
        "recsvc_fact_pets": ["cat"],
        "recsvc_segments": ["with-pets"],
    }
    assert receiver.requests[0].headers["content-type"] == JSON_API


def test_what_no_longer_holds_is_taken_away(shop: Shop, receiver: Account, outbox_to: Opens) -> None:
    outbox = outbox_to(KLAVIYO)
    tell(shop, "pets", "cat")
    tell(shop, "size", "m", purpose="fitting")
    share(shop)
    outbox.work_through()
    share(shop, purpose="fitting", granted=False)
    outbox.work_through()
    assert receiver.profiles["v"].keys() == {"own", "recsvc_fact_pets", "recsvc_segments"}


def test_a_withdrawal_takes_our_properties_and_leaves_the_shop_s(
    shop: Shop, receiver: Account, outbox_to: Opens
) -> None:
    outbox = outbox_to(KLAVIYO)
    tell(shop, "pets", "cat")
    share(shop)
    outbox.work_through()
    share(shop, granted=False)
    outbox.work_through()
    assert (receiver.profiles["v"], receiver.deleted) == ({"own": "the shop's"}, [])


@pytest.mark.parametrize("customer", ["v", 'odd "id"\\'])
def test_an_erasure_deletes_the_profile(
    shop: Shop, receiver: Account, outbox_to: Opens, customer: str
) -> None:
    outbox = outbox_to(KLAVIYO)
    share(shop, customer)
    outbox.work_through()
    shop.store.erase({customer: "digest"}).result()
    outbox.work_through()
    assert receiver.deleted == [f"01-{customer}"]


def test_an_erased_visitor_who_is_gone_there_is_forgotten(
    shop: Shop, receiver: Account, outbox_to: Opens
) -> None:
    outbox = outbox_to(KLAVIYO)
    share(shop)
    outbox.work_through()
    receiver.profiles.clear()
    shop.store.erase({"v": "digest"}).result()
    assert outbox.work_through().failed == 0
    assert (receiver.deleted, shop.store.outbox_depths()) == ([], [])


def test_whoever_is_no_customer_is_unknown_there(shop: Shop, receiver: Account, outbox_to: Opens) -> None:
    share(shop, "anon:browser")
    assert outbox_to(KLAVIYO).work_through().sent == 0
    assert receiver.requests == []


def test_a_refused_profile_is_given_up(shop: Shop, receiver: Account, outbox_to: Opens) -> None:
    share(shop)
    receiver.answers.append(problem(400, "invalid"))
    assert outbox_to(KLAVIYO).work_through().dead == 1


def test_a_throttled_call_comes_again(shop: Shop, receiver: Account, outbox_to: Opens) -> None:
    outbox = outbox_to(KLAVIYO)
    share(shop)
    receiver.answers.append(problem(429, "throttled")._replace(headers=(("retry-after", "61"),)))
    assert outbox.work_through().failed == 1
    shop.clock.advance(seconds=60)
    assert outbox.work_through().looked == 0
    shop.clock.advance(seconds=1)
    assert outbox.work_through().sent == 1


def test_an_answer_that_makes_no_sense_erases_nothing_and_is_asked_again(
    shop: Shop, receiver: Account, outbox_to: Opens
) -> None:
    outbox = outbox_to(KLAVIYO)
    share(shop)
    outbox.work_through()
    shop.store.erase({"v": "digest"}).result()
    receiver.answers.append(Answer(200, b"<html>maintenance</html>"))
    assert outbox.work_through().failed == 1
    shop.clock.advance(minutes=1)
    assert outbox.work_through().sent == 1
    assert receiver.deleted == ["01-v"]
