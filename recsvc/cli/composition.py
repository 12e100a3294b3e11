"""Composition: the use cases that commands share with the service, over a store, without HTTP."""

import os
from datetime import UTC, datetime
from pathlib import Path

from recsvc.serving.affinities import Affinities
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveModel
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.ports import Store
from recsvc.serving.segments import Segments
from recsvc.serving.visitor import VisitorReader
from recsvc.settings import Settings, load_settings


def settings_of(config: str | None, state: Path) -> Settings:
    """The settings of a configuration, with the state directory that a command names."""
    named = {"RECSVC_STATE": str(state)} | ({"RECSVC_CONFIG": config} if config else {})
    return load_settings(os.environ | named)


def compose_segments(settings: Settings, store: Store) -> Segments:
    """The segments of the settings, with the published model and quizzes as they are now."""
    live_model, catalogue = LiveModel(settings.models_path), LiveCatalogue(store)
    quizzes = LiveQuizzes(settings.quizzes_path)
    live_model.refresh()
    quizzes.refresh()
    visitors = VisitorReader(store, catalogue, quizzes)
    affinities = Affinities(visitors, live_model, catalogue, quizzes, _now)
    return Segments(settings.segments, visitors=visitors, affinities=affinities, quizzes=quizzes, clock=_now)


def _now() -> datetime:
    return datetime.now(UTC)
