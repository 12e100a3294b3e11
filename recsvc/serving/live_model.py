"""The live model: the published artifact, swapped in one assignment when the pointer moves."""

import logging
from pathlib import Path

from recsvc.domain.errors import ArtifactError
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Artifact

log = logging.getLogger(__name__)


class LiveModel:
    """Holds one verified artifact; a request takes it once and keeps it to its end."""

    def __init__(self, models: Path) -> None:
        self._models = models
        self._artifact: Artifact | None = None
        self._refused: str | None = None  # the version that was refused, so that it is not read again
        self.problem: str | None = "No model is published yet."

    def current(self) -> Artifact | None:
        """The artifact to answer with, None before the first."""
        return self._artifact

    def refresh(self) -> bool:
        """Follow the pointer; keep the old artifact when anything is off. True where it was swapped."""
        try:
            version = versions.current(self._models)
            if version is None or version == self._refused:
                return False
            if version == self._live_version():
                self._refused = self.problem = None
                return False
            fresh = artifacts.read(self._models / version)
        except ArtifactError as error:
            self._refuse(str(error))
            return False
        fresh.prepare()
        self._artifact, self._refused, self.problem = fresh, None, None
        log.info("model_swapped", extra={"model": fresh.version})
        return True

    def _live_version(self) -> str | None:
        return self._artifact.version if self._artifact else None

    def _refuse(self, problem: str) -> None:
        if problem != self.problem:
            log.error("model_refused", extra={"problem": problem, "model": self._live_version()})
        self.problem = problem
        try:
            self._refused = versions.current(self._models)
        except ArtifactError:
            self._refused = None
