"""A handler holds the parts that it names, and shows the framework the rest."""

import asyncio
import threading
from inspect import iscoroutinefunction, signature

import pytest
from litestar.routes import HTTPRoute

from recsvc.http.access import ACCESS
from recsvc.http.bound import bound
from tests.recsvc.http.conftest import Client


def plain(clock: str, limit: int = 3) -> tuple[str, int]:
    return clock, limit


async def waiting(limit: int, clock: str) -> tuple[str, int]:
    return clock, limit


def test_plain_handler_is_given_its_parts() -> None:
    made = bound(plain, {"clock": "noon", "store": "full"})
    assert [*signature(made).parameters] == ["limit"]
    assert (made(), made(limit=4)) == (("noon", 3), ("noon", 4))


def test_handler_that_waits_still_does() -> None:
    made = bound(waiting, {"clock": "noon"})
    assert iscoroutinefunction(made)
    assert [*signature(made).parameters] == ["limit"]
    assert asyncio.run(made(limit=5)) == ("noon", 5)


def test_handler_that_names_no_part_is_left_as_it_is() -> None:
    assert bound(plain, {"store": "full"}) is plain


def greeting(name: str, word: str = "hello") -> str:
    return f"{word} {name}"


async def name(number: int, clock: str) -> str:
    return f"{number} at {clock}"


FOUND = {"greeting": greeting, "name": name}
GIVEN = {"clock": "noon"}


async def told(greeting: str, name: str, number: int, clock: str) -> tuple[str, str, int, str]:
    return greeting, name, number, clock


def test_what_is_found_out_is_asked_for_by_what_it_needs() -> None:
    made = bound(told, GIVEN, FOUND)
    assert [*signature(made).parameters] == ["number", "word"]
    assert made.__annotations__ == {"number": int, "word": str, "return": tuple[str, str, int, str]}
    assert asyncio.run(made(number=7)) == ("hello 7 at noon", "7 at noon", 7, "noon")
    assert asyncio.run(made(number=8, word="bye"))[0] == "bye 8 at noon"


def test_plain_handler_waits_for_what_does() -> None:
    made = bound(greeting, GIVEN, FOUND)
    assert iscoroutinefunction(made)
    assert asyncio.run(made(number=7, word="bye")) == "bye 7 at noon"


@pytest.mark.parametrize("in_thread", [False, True])
def test_handler_that_may_hold_up_the_loop_runs_in_a_thread(*, in_thread: bool) -> None:
    def where(name: str) -> tuple[str, bool]:
        return name, threading.current_thread() is threading.main_thread()

    made = bound(where, GIVEN, FOUND, in_thread=in_thread)
    assert asyncio.run(made(number=7)) == ("7 at noon", not in_thread)


def test_parameter_that_means_two_things_is_refused() -> None:
    def other(greeting: str, word: int) -> None: ...

    with pytest.raises(TypeError, match="The parameter word of a handler"):
        bound(other, GIVEN, FOUND)


def test_no_route_of_the_api_leaves_anything_to_be_found_to_litestar(steady: Client) -> None:
    routes = [route for route in steady.app.routes if isinstance(route, HTTPRoute)]
    own = [handler for route in routes for handler in route.route_handlers if ACCESS in handler.opt]
    assert len(own) > 50
    assert [handler for handler in own if handler.resolve_dependencies()] == []
