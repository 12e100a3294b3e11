"""Requests take turns; who finds too many waiting is refused at once, and watchers never wait."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

from recsvc.domain.limits import Limits
from recsvc.http.turnstile import A_ROUND, Lane, Lanes
from tests.recsvc.http.conftest import api_of
from tests.shop import Shop

WAITING = 3
REFUSED = 6
TOO_MANY = A_ROUND + WAITING + REFUSED
HOME = "/v1/slates/home?limit=3"
EVENT = {"event_id": "1", "kind": "view", "visitor": {"id": "ada"}, "item_id": "item-01"}
Ask = Callable[[httpx.AsyncClient], Coroutine[Any, Any, httpx.Response]]


def home(client: httpx.AsyncClient) -> Coroutine[Any, Any, httpx.Response]:
    return client.get(HOME)


def event(client: httpx.AsyncClient) -> Coroutine[Any, Any, httpx.Response]:
    return client.post("/v1/events", json={"events": [EVENT]})


def readiness(client: httpx.AsyncClient) -> Coroutine[Any, Any, httpx.Response]:
    return client.get("/livez")


def together(shop: Shop, *asked: Ask) -> list[httpx.Response]:
    """Answers to requests that come at the same moment, in their order."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(api_of(shop, limits=Limits(waiting=WAITING)))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            return await asyncio.gather(*(one(client) for one in asked))

    return asyncio.run(ask())


def test_as_many_wait_as_may_and_the_others_are_refused_at_once(shop: Shop) -> None:
    answers = together(shop, *[home] * TOO_MANY)
    assert [answer.status_code for answer in answers] == [200] * (A_ROUND + WAITING) + [503] * REFUSED
    refused = answers[-1]
    assert refused.json()["type"] == "/problems/overloaded"
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.headers["retry-after"], refused.headers["cache-control"]) == ("1", "no-store")
    assert refused.json()["request_id"] == refused.headers["x-request-id"]


def test_events_and_slates_do_not_fill_each_others_lane(shop: Shop) -> None:
    answers = together(shop, *[event] * TOO_MANY, *[home] * WAITING)
    assert [answer.status_code for answer in answers[-WAITING:]] == [200] * WAITING
    told = Counter(answer.status_code for answer in answers[:TOO_MANY])
    assert told == {200: A_ROUND + WAITING, 503: REFUSED}


def test_watchers_are_answered_while_others_are_refused(shop: Shop) -> None:
    answers = together(shop, *[home] * TOO_MANY, *[readiness] * 10)
    assert {answer.status_code for answer in answers[TOO_MANY:]} == {200}
    assert answers[TOO_MANY - 1].status_code == 503


def test_refusals_are_counted_by_lane(shop: Shop) -> None:
    async def metrics(client: httpx.AsyncClient) -> httpx.Response:
        await asyncio.sleep(0.05)
        return await client.get("/metrics")

    text = together(shop, *[home] * TOO_MANY, metrics)[-1].text
    assert f'recsvc_http_overloaded_total{{lane="ask"}} {REFUSED}.0' in text


def run(lanes: Lanes, *asked: Lane) -> list[int]:
    """The order in which the requests of lanes began, which came at the same moment."""
    begun: list[int] = []

    async def one(number: int, lane: Lane) -> None:
        await lanes.enter(lane)
        begun.append(number)

    async def all_of_them() -> None:
        await asyncio.gather(*(one(number, lane) for number, lane in enumerate(asked)))

    asyncio.run(all_of_them())
    return begun


def test_lanes_go_by_turns_and_each_in_order() -> None:
    at_once = [*range(A_ROUND)]
    first, second, third, fourth, other, another = range(A_ROUND, A_ROUND + 6)
    asked = [Lane.INGEST] * (A_ROUND + 4) + [Lane.ASK] * 2
    assert run(Lanes(10), *asked) == [*at_once, other, first, another, second, third, fourth]


def test_few_begin_in_a_round_of_the_loop() -> None:
    async def rounds() -> list[int]:
        lanes, begun, number = Lanes(100), list[int](), 0

        async def one() -> None:
            await lanes.enter(Lane.ASK)
            begun.append(number)

        tasks = [asyncio.create_task(one()) for _ in range(5 * A_ROUND)]
        while not all(task.done() for task in tasks):
            number += 1
            await asyncio.sleep(0)
        return begun

    assert max(Counter(asyncio.run(rounds())).values()) == A_ROUND


def test_who_went_away_takes_no_turn_and_no_place() -> None:
    async def leave() -> None:
        lanes = Lanes(2)
        for _ in range(A_ROUND):
            await lanes.enter(Lane.ASK)
        tasks = [asyncio.create_task(lanes.enter(Lane.ASK)) for _ in range(2)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.wait(tasks)
        assert tasks[1].exception() is None
        assert lanes.waiting(Lane.ASK) == 0

    asyncio.run(leave())


def test_turn_that_comes_too_late_is_no_turn() -> None:
    async def enter() -> list[bool]:
        lanes = Lanes(10, patience_s=0.0)
        return await asyncio.gather(*(lanes.enter(Lane.ASK) for _ in range(A_ROUND + 2)))

    # The first ones did not wait at all.
    assert asyncio.run(enter()) == [True] * A_ROUND + [False] * 2
