"""Bound: handlers with everything in its place that a request does not say itself."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any, NamedTuple

from litestar.utils.sync import ensure_async_callable

Function = Callable[..., Any]
NOTHING: Mapping[str, Function] = {}


def bound(
    function: Function,
    given: Mapping[str, object],
    found: Mapping[str, Function] = NOTHING,
    *,
    in_thread: bool = False,
) -> Function:
    """A handler with the parts in their places, so that Litestar sees what a request says alone.

    Litestar runs dependencies that stand side by side in tasks of their own, constants too, and converts the
    parameters of each for itself: nine of them took 0.4 ms of processor and six rounds of the event loop.

    Args:
        function: has parameters named as the parts that it is given, and as what is found out for it.
        given: every part by its name.
        found: what finds out more of a request, by its name; it is bound in the same way.
        in_thread: it may hold up the event loop, so where anything before it waits it runs in a thread.

    Raises:
        TypeError: two of the functions mean different things by one parameter.
    """
    plan = _Plan(given, found)
    plan.add("", function)
    signature = inspect.signature(function)
    if [*plan.asked] == [*signature.parameters]:
        return function
    made = wraps(function)(_waiting(plan.steps, in_thread=in_thread) if plan.waits else _plain(plan.steps))
    vars(made)["__signature__"] = signature.replace(parameters=[*plan.asked.values()])
    answer = {"return": signature.return_annotation}
    made.__annotations__ = {name: one.annotation for name, one in plan.asked.items()} | answer
    return made


class _Step(NamedTuple):
    """One function on the way to an answer."""

    name: str  # of what it finds
    function: Function  # with its parts in their places
    asks: tuple[str, ...]
    waits: bool


class _Plan:
    """The functions to be called, in order, and what is asked of the request for all of them."""

    def __init__(self, given: Mapping[str, object], found: Mapping[str, Function]) -> None:
        self._given = given
        self._found = found
        self.steps: list[_Step] = []
        self.asked: dict[str, inspect.Parameter] = {}

    @property
    def waits(self) -> bool:
        """Whether any of them does."""
        return any(step.waits for step in self.steps)

    def add(self, name: str, function: Function) -> None:
        """Add a function, after whatever finds what it needs."""
        parameters = inspect.signature(function).parameters
        own = {one: self._given[one] for one in parameters if one in self._given}
        asks = tuple(one for one in parameters if one not in own)
        for one in asks:
            if one not in self._found:
                self._ask(parameters[one])
            elif all(step.name != one for step in self.steps):
                self.add(one, self._found[one])
        self.steps.append(_Step(name, partial(function, **own), asks, inspect.iscoroutinefunction(function)))

    def _ask(self, parameter: inspect.Parameter) -> None:
        named = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        if self.asked.setdefault(named.name, named) != named:
            raise TypeError(f"The parameter {named.name} of a handler and of what is found for it differ.")


def _plain(steps: Sequence[_Step]) -> Function:
    def call(**said: Any) -> Any:
        for name, function, asks, _ in steps:
            said[name] = function(**{one: said[one] for one in asks if one in said})
        return said[""]

    return call


def _waiting(steps: Sequence[_Step], *, in_thread: bool) -> Function:
    if in_thread and not steps[-1].waits:
        aside = ensure_async_callable(steps[-1].function)
        steps = [*steps[:-1], steps[-1]._replace(function=aside, waits=True)]

    async def call(**said: Any) -> Any:
        for name, function, asks, waits in steps:
            answer = function(**{one: said[one] for one in asks if one in said})
            said[name] = await answer if waits else answer
        return said[""]

    return call
