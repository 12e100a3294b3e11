"""The outbox to a webhook: what leaves, when, and what a receiver that does not take it leads to."""

import base64
import hmac
import itertools
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from recsvc.domain.events import EventKind
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.serving.deliveries import OutboxDepth
from tests.recsvc.destinations.conftest import Opens, share
from tests.recsvc.destinations.receiver import Answer, Receiver
from tests.recsvc.serving.test_affinities import TEAS
from tests.recsvc.serving.test_export import tell
from tests.shop import SECRET, Shop


def sent(receiver: Receiver) -> list[tuple[str, str, Any]]:
    """Type, visitor and facts of every message."""
    clouds = [request.json for request in receiver.requests]
    return [(one["type"].rpartition(".")[2], one["subject"], one["data"].get("facts")) for one in clouds]


def test_nothing_leaves_before_the_purpose_is_granted(
    shop: Shop, receiver: Receiver, outbox_to: Opens
) -> None:
    outbox = outbox_to()
    tell(shop, "pets", "cat")
    shop.happen("v", EventKind.CONSENT, consent={"personalise": True, "mail": True})
    assert outbox.work_through().sent == 0
    share(shop)
    assert outbox.work_through().sent == 1
    (request,) = receiver.requests
    assert request.json["data"] == {
        "visitor_id": "v",
        "identities": [{"kind": "customer", "value": "v"}],
        "consents": {"mail": True, "personalise": True, "share": True},
        "facts": {"pets": ["cat"]},
        "segments": ["with-pets"],
        "contacts": [],
    }


def test_a_message_is_a_signed_cloud_event(shop: Shop, receiver: Receiver, outbox_to: Opens) -> None:
    share(shop)
    outbox_to().work_through()
    (request,) = receiver.requests
    cloud, headers = request.json, request.headers
    assert headers["content-type"] == "application/cloudevents+json"
    assert (cloud["specversion"], cloud["source"], cloud["type"]) == (
        "1.0",
        "/destinations/crm",
        "recsvc.visitor.updated",
    )
    assert cloud["id"] == headers["webhook-id"]
    assert headers["webhook-timestamp"] == str(int(shop.clock().timestamp()))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    expected = base64.b64encode(hmac.digest(b"s3cret", signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_a_sensitive_fact_never_leaves(shop: Shop, receiver: Receiver, outbox_to: Opens) -> None:
    tell(shop, "kids", "yes", quiz="tea", revision=1, question="kids")
    tell(shop, "pets", "cat")
    share(shop)
    outbox_to().work_through()
    assert sent(receiver) == [("updated", "v", {"pets": ["cat"]})]


def test_only_what_the_destination_names_leaves(shop: Shop, receiver: Receiver, outbox_to: Opens) -> None:
    tell(shop, "pets", "cat")
    tell(shop, "size", "m")
    share(shop)
    outbox_to(facts=("size",), segments=()).work_through()
    (request,) = receiver.requests
    assert (request.json["data"]["facts"], request.json["data"]["segments"]) == ({"size": ["m"]}, [])


def test_another_purpose_is_the_destination_s_own(shop: Shop, receiver: Receiver, outbox_to: Opens) -> None:
    share(shop)
    share(shop, "w", "newsletter")
    outbox_to(purpose="newsletter").work_through()
    assert [visitor for _, visitor, _ in sent(receiver)] == ["w"]


def test_only_what_changes_what_it_knows_is_sent(shop: Shop, receiver: Receiver, outbox_to: Opens) -> None:
    outbox = outbox_to()
    share(shop)
    outbox.work_through()
    shop.happen("v", EventKind.VIEW, TEAS[0])
    assert outbox.work_through()[:2] == (1, 0)
    for item_id in TEAS:
        shop.happen("v", EventKind.PURCHASE, item_id)
    assert outbox.work_through().sent == 1
    assert receiver.requests[-1].json["data"]["segments"] == ["tea-lovers"]
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 2


def test_a_withdrawal_propagates(shop: Shop, receiver: Receiver, outbox_to: Opens) -> None:
    outbox = outbox_to()
    tell(shop, "pets", "cat")
    share(shop)
    outbox.work_through()
    share(shop, granted=False)
    outbox.work_through()
    assert sent(receiver)[1:] == [("withdrawn", "v", None)]
    assert outbox.work_through().sent == 0
    share(shop)
    outbox.work_through()
    assert sent(receiver)[2:] == [("updated", "v", {"pets": ["cat"]})]


def test_a_withdrawal_under_another_name_propagates(shop: Shop, receiver: Receiver, outbox_to: Opens) -> None:
    outbox = outbox_to()
    shop.happen("ada", EventKind.IDENTIFY, identities=(Identity(IdentityKind.ANONYMOUS, "browser"),))
    share(shop, "ada")
    outbox.work_through()
    share(shop, "anon:browser", granted=False)
    outbox.work_through()
    assert [one[:2] for one in sent(receiver)] == [("updated", "ada"), ("withdrawn", "ada")]


def test_what_is_withdrawn_before_it_left_never_leaves(
    shop: Shop, receiver: Receiver, outbox_to: Opens
) -> None:
    outbox = outbox_to()
    tell(shop, "pets", "cat")
    share(shop)
    share(shop, granted=False)
    outbox.work_through()
    assert receiver.requests == []
    assert shop.store.outbox_depths() == []


def test_an_erasure_propagates_and_leaves_nothing(shop: Shop, receiver: Receiver, outbox_to: Opens) -> None:
    outbox = outbox_to()
    share(shop)
    outbox.work_through()
    shop.store.erase({"v": "digest"}).result()
    assert outbox.work_through().sent == 1
    assert sent(receiver)[1:] == [("erased", "v", None)]
    assert (shop.store.recipients("crm"), shop.store.outbox_depths()) == ([], [])


def test_two_names_of_one_visitor_become_one(shop: Shop, receiver: Receiver, outbox_to: Opens) -> None:
    outbox = outbox_to()
    share(shop, "anon:browser")
    outbox.work_through()
    shop.happen("ada", EventKind.IDENTIFY, identities=(Identity(IdentityKind.ANONYMOUS, "browser"),))
    outbox.work_through()
    assert [one[:2] for one in sent(receiver)] == [
        ("updated", "anon:browser"),
        *sorted([("updated", "ada"), ("withdrawn", "anon:browser")], key=lambda one: one[1]),
    ]
    assert [one.visitor_id for one in shop.store.recipients("crm")] == ["ada"]


@pytest.mark.parametrize("status", [500, 503, 429, 401, 404, 302])
def test_an_outage_is_waited_for_and_the_same_message_comes_again(
    shop: Shop, receiver: Receiver, outbox_to: Opens, status: int
) -> None:
    outbox = outbox_to()
    share(shop)
    share(shop, "w")
    receiver.answers.append(Answer(status, {}, (("location", f"{receiver.url}/elsewhere"),)))
    done = outbox.work_through()
    assert (done.sent, done.failed, len(receiver.requests)) == (0, 1, 1)
    shop.clock.advance(seconds=29)
    assert outbox.work_through().looked == 0
    shop.clock.advance(seconds=1)
    assert outbox.work_through().sent == 2
    first, *later = (request.headers["webhook-id"] for request in receiver.requests)
    assert first in later
    assert {request.path for request in receiver.requests} == {"/"}


def test_pauses_grow_and_end_in_giving_up(shop: Shop, receiver: Receiver, outbox_to: Opens) -> None:
    outbox = outbox_to(attempts=3)
    share(shop)
    receiver.answers.extend([Answer(500)] * 3)
    start = shop.clock().timestamp()
    seen = []
    for _ in itertools.takewhile(lambda _: len(receiver.requests) < 3, range(1000)):
        before = len(receiver.requests)
        done = outbox.work()
        if len(receiver.requests) > before:
            seen.append((shop.clock().timestamp() - start, done.failed, done.dead))
        shop.clock.advance(seconds=5)
    assert seen == [(0, 1, 0), (30, 1, 0), (90, 0, 1)]
    assert shop.store.outbox_depths() == [OutboxDepth("crm", 0, 1, None)]


def test_what_is_refused_is_given_up_and_does_not_hold_up_others(
    shop: Shop, receiver: Receiver, outbox_to: Opens
) -> None:
    outbox = outbox_to()
    share(shop)
    share(shop, "w")
    receiver.answers.append(Answer(422, {"detail": "no such field"}))
    assert outbox.work_through() == (2, 1, 0, 1)
    shop.store.revive("crm", shop.clock().timestamp()).result()
    assert outbox.work_through().sent == 1


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(shop: Shop, receiver: Receiver, outbox_to: Opens, form: str) -> None:
    outbox = outbox_to()
    share(shop)
    at = format_datetime(shop.clock() + timedelta(seconds=300), usegmt=True)
    receiver.answers.append(Answer(429, {}, (("retry-after", "300" if form == "seconds" else at),)))
    outbox.work_through()
    shop.clock.advance(seconds=299)
    assert outbox.work_through().looked == 0
    shop.clock.advance(seconds=1)
    assert outbox.work_through().sent == 1


def test_an_answer_without_end_is_an_outage(shop: Shop, receiver: Receiver, outbox_to: Opens) -> None:
    share(shop)
    receiver.answers.append(Answer(200, b"x" * 1_000_000))
    assert outbox_to().work_through().failed == 1


def test_a_server_that_is_not_there_is_an_outage(shop: Shop, outbox_to: Opens) -> None:
    share(shop)
    assert outbox_to(url="http://127.0.0.1:9").work_through().failed == 1


def test_a_stopped_outbox_leaves_the_rest_for_the_next(
    shop: Shop, receiver: Receiver, outbox_to: Opens
) -> None:
    share(shop)
    outbox = outbox_to()
    outbox.stop()
    assert outbox.work_through().looked == 0
    assert outbox_to().work_through().sent == 1
    assert SECRET not in receiver.requests[0].body
