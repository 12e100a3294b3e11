"""The live placements: those of the shop's files as they stand; a broken file stops nothing."""

import logging
from collections.abc import Mapping
from pathlib import Path

from recsvc.domain.errors import RecsvcError, UnknownPlacementError
from recsvc.domain.placements import Placement
from recsvc.serving.draft_quizzes import Stamp, stamp_of
from recsvc.serving.placement_file import read_placements, recipes, revision_of

log = logging.getLogger(__name__)


class LivePlacements:
    """Placements by id, each with its revision; the recipes while the shop has written none.

    Args:
        place: a file, or a directory of `*.toml`; it may appear later.

    Raises:
        UsageError: what is there at the start cannot be served.
        InputOutputError: it cannot be read.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self.problem: str | None = None  # why the files as they stand are not served
        self.number = 0  # raised by every change of what is served
        self._stamps = self._look()
        self._keep(self._read())

    @property
    def by_id(self) -> Mapping[str, Placement]:
        """All placements."""
        return self._placements

    def get(self, placement_id: str) -> Placement:
        """One placement.

        Raises:
            UnknownPlacementError: there is none of that id.
        """
        placement = self._placements.get(placement_id)
        if placement is None:
            known = ", ".join(self._placements)
            raise UnknownPlacementError(f"There is no placement {placement_id!r}; there are {known}.")
        return placement

    def revision(self, placement_id: str) -> str:
        """The digest of what a placement says; empty for what is none, such as a quiz."""
        return self._revisions.get(placement_id, "")

    def refresh(self) -> bool:
        """Look at the files again; True where other placements are served now."""
        stamps = self._look()
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        try:
            found = self._read()
        except RecsvcError as error:
            self.problem = str(error)
            log.error(  # noqa: TRY400 (the sentence says it all)
                "placements_refused", extra={"problem": self.problem}
            )
            return False
        self.problem = None
        self._keep(found)
        return True

    def _keep(self, placements: Mapping[str, Placement]) -> None:
        self._revisions = {name: revision_of(one) for name, one in placements.items()}
        self._placements = placements
        self.number += 1

    def _read(self) -> Mapping[str, Placement]:
        return read_placements(self._place) if self._stamps else recipes()

    def _look(self) -> dict[str, Stamp]:
        paths = self._place.glob("*.toml") if self._place.is_dir() else [self._place]
        return {str(path): stamp_of(path) for path in sorted(paths) if path.exists()}
