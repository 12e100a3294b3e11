"""The live model: the published artifact, swapped in one assignment when the pointer moves."""

import logging
import threading
from pathlib import Path
from typing import NamedTuple, Protocol

from recsvc.domain.errors import ArtifactError
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Artifact
from recsvc.model.canary import prove

log = logging.getLogger(__name__)


class Models(Protocol):
    """Where an answer takes its artifact from."""

    def current(self) -> Artifact | None:
        """The artifact to answer with, None before the first."""
        ...


class OneModel(NamedTuple):
    """A certain artifact."""

    artifact: Artifact | None

    def current(self) -> Artifact | None:
        """The artifact."""
        return self.artifact


class LiveModel:
    """Holds one verified artifact; a request takes it once and keeps it to its end."""

    def __init__(self, models: Path) -> None:
        self._models = models
        self._artifact: Artifact | None = None
        self._past: Artifact | None = None  # the last one that was asked for by its version
        self._reading = threading.Lock()
        self._refused: str | None = None  # the version that was refused, so that it is not read again
        self.problem: str | None = "No model is published yet."

    def current(self) -> Artifact | None:
        """The artifact to answer with, None before the first."""
        return self._artifact

    def of(self, version: str) -> Artifact | None:
        """The artifact of a version, read again where it is not the current one; None where it is gone."""
        artifact = self._artifact
        if artifact is not None and artifact.version == version:
            return artifact
        with self._reading:  # many may ask for the same one at once, each in a thread
            if version not in versions.versions(self._models):
                self._past = None
            elif self._past is None or self._past.version != version:
                self._past = self._found(version)
            return self._past

    def _found(self, version: str) -> Artifact | None:
        try:
            return self._read(version)
        except ArtifactError:
            return None

    def refresh(self) -> bool:
        """Follow the pointer; keep the old artifact when anything is off. True where it was swapped."""
        version = None
        try:
            version = versions.current(self._models)
            if version is None:
                return self._lost()
            if version == self._refused:
                return False
            if version == self._live_version():
                self._refused = self.problem = None
                return False
            fresh = self._read(version)
        except ArtifactError as error:
            self._refuse(str(error), version)
            return self._fall_back() if self._artifact is None else False
        self._artifact, self._refused, self.problem = fresh, None, None
        log.info("model_swapped", extra={"model": fresh.version})
        return True

    def _read(self, version: str) -> Artifact:
        fresh = artifacts.read(self._models / version)
        if fresh.version != version:
            raise ArtifactError(f"{version} says it is {fresh.version}; a model is never renamed.")
        prove(fresh)
        return fresh

    def _fall_back(self) -> bool:
        """At a start with an unsound current model: the newest sound one before it."""
        for version in reversed(versions.versions(self._models)):
            if version == self._refused or versions.is_withdrawn(self._models, version):
                continue
            try:
                self._artifact = self._read(version)
            except ArtifactError:
                continue
            log.warning("model_fallback", extra={"model": version})
            return True
        return False

    def _lost(self) -> bool:
        if self._artifact is not None:
            self._refuse("The pointer to the current model is gone; train again or roll back.", None)
        return False

    def _live_version(self) -> str | None:
        return self._artifact.version if self._artifact else None

    def _refuse(self, problem: str, version: str | None) -> None:
        if problem != self.problem:
            log.error("model_refused", extra={"problem": problem, "model": self._live_version()})
        self.problem, self._refused = problem, version
