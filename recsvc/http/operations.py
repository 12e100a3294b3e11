"""Operations: whether the service lives, is ready, how it does and which one it is."""

import contextlib
from typing import Literal

import msgspec
from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST

from recsvc.domain.errors import StoreUnavailableError
from recsvc.domain.keys import Scope
from recsvc.http import examples
from recsvc.http.access import UNCOUNTED, needs
from recsvc.http.metrics import Metrics
from recsvc.http.openapi import BY_KEY, KEYED, answers
from recsvc.http.parts import Given
from recsvc.serving.live_model import LiveModel
from recsvc.serving.ports import Clock, Store
from recsvc.serving.quiz_journey import QuizJourney
from recsvc.serving.recommend import Recommender


class Alive(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["ok"] = "ok"


class ModelCheck(msgspec.Struct, frozen=True):
    """The model that serves, and what is wrong with the newest one."""

    ok: bool
    version: str | None = None
    reason: str | None = None


class StoreCheck(msgspec.Struct, frozen=True):
    """Whether the store answers."""

    ok: bool
    reason: str | None = None


class QuizzesCheck(msgspec.Struct, frozen=True):
    """Whether every file of the published quizzes is served."""

    ok: bool
    reason: str | None = None


class PlacementsCheck(msgspec.Struct, frozen=True):
    """Whether the placements are served as their files stand."""

    ok: bool
    reason: str | None = None


class Readiness(msgspec.Struct, frozen=True):
    """Ready: all is well. Degraded: it serves, but not everything. Not ready: there is no model."""

    status: Literal["ready", "degraded", "not_ready"]
    model: ModelCheck
    store: StoreCheck
    quizzes: QuizzesCheck
    placements: PlacementsCheck


class Version(msgspec.Struct, frozen=True):
    """What runs."""

    name: str
    version: str
    model: str | None = None


@get(
    "/livez",
    sync_to_thread=False,
    opt=UNCOUNTED,
    summary="Alive?",
    responses=answers(200, Alive, "It is.", examples.ALIVE),
)
def get_livez() -> Alive:
    """Say that the process answers."""
    return Alive()


@get(
    "/readyz",
    sync_to_thread=True,  # a store that hangs must not stop the others
    opt=UNCOUNTED,
    summary="Ready?",
    responses=answers(200, Readiness, "It serves.", examples.READY)
    | answers(503, Readiness, "There is no model to serve.", examples.NOT_READY),
)
def get_readyz(
    live_model: Given[LiveModel],
    store: Given[Store],
    quiz_journey: Given[QuizJourney],
    recommender: Given[Recommender],
) -> Response[Readiness]:
    """Say whether requests should come here, with reasons.

    Without the store, or with a file of quizzes or placements that is refused, it serves on and is
    `degraded`; without a model it is not ready.
    """
    artifact = live_model.current()
    model = ModelCheck(artifact is not None, artifact.version if artifact else None, live_model.problem)
    found = _check(store)
    problem = next(iter(quiz_journey.quizzes.problems.values()), None)
    quizzes = QuizzesCheck(problem is None, problem)
    refused = recommender.placements_problem
    placements = PlacementsCheck(refused is None, refused)
    well = found.ok and model.reason is None and quizzes.ok and placements.ok
    status: Literal["ready", "degraded", "not_ready"] = (
        "not_ready" if not model.ok else "ready" if well else "degraded"
    )
    return Response(
        Readiness(status, model, found, quizzes, placements),
        status_code=200 if model.ok else 503,
        headers={"Cache-Control": "no-store"},
    )


@get(
    "/metrics",
    sync_to_thread=True,  # a store that hangs must not stop the others
    opt=needs(Scope.OPERATE),
    security=BY_KEY,
    summary="Metrics",
    media_type="text/plain",
    responses=answers(200, str, "Prometheus' text format.", None, *KEYED, media_type="text/plain"),
)
def get_metrics(
    metrics: Given[Metrics], live_model: Given[LiveModel], store: Given[Store], clock: Given[Clock]
) -> Response[bytes]:
    """Answer the metrics of this worker, and the depth of the outbox, which all workers share."""
    with contextlib.suppress(StoreUnavailableError):  # what is known of the worker is told all the same
        metrics.outbox([*store.outbox_depths(), store.notice_depth()], clock().timestamp())
    return Response(metrics.exposition(live_model.current()), headers={"Content-Type": CONTENT_TYPE_LATEST})


@get(
    "/version",
    sync_to_thread=False,
    opt=UNCOUNTED,
    summary="Version",
    responses=answers(200, Version, "What runs.", examples.VERSION),
)
def get_version(version: Given[str], live_model: Given[LiveModel]) -> Version:
    """Say which release runs and which model it serves."""
    artifact = live_model.current()
    return Version("recsvc", version, artifact.version if artifact else None)


def _check(store: Store) -> StoreCheck:
    try:
        store.check()
    except StoreUnavailableError as error:
        return StoreCheck(ok=False, reason=str(error))
    return StoreCheck(ok=True)


HANDLERS = (get_livez, get_readyz, get_metrics, get_version)
