"""Quiz catalogue: the live catalogue as columns beside the model's items, for the filters of answers."""

import threading

from quizzes.catalogue import Catalogue
from recsvc.domain.catalogue import Item
from recsvc.model.artifact import Artifact
from recsvc.serving.live_catalogue import LiveCatalogue


class QuizCatalogue:
    """Keeps one row of columns an item of the model; catching up costs what changed, not what there is."""

    def __init__(self, live: LiveCatalogue) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._version = ""
        self._number = -1
        self._stocked = False
        self._seen: list[Item | None] = []
        self._columns = Catalogue(())

    def of(self, artifact: Artifact) -> Catalogue:
        """The columns, a row each as the vocabulary of the model has them; unknown items cannot be bought."""
        with self._lock:
            if self._version != artifact.version or self._stocked != (len(self._live) > 0):
                self._build(artifact)
            elif self._number != self._live.number:
                self._catch_up(artifact)
            return self._columns

    def _build(self, artifact: Artifact) -> None:
        ids = artifact.vocabulary.ids
        self._number, self._stocked = self._live.number, len(self._live) > 0
        self._seen = [self._live.get(item_id) for item_id in ids]
        self._columns = Catalogue(
            (item.values() if item else {} for item in self._seen), map(self._live.can_be_bought, ids)
        )
        self._version = artifact.version

    def _catch_up(self, artifact: Artifact) -> None:
        # The live catalogue keeps an item's object until it changes: looking for others costs 1 ms for
        # 20,000 items, once a change.
        self._number = self._live.number
        for row, item_id in enumerate(artifact.vocabulary.ids):
            item = self._live.get(item_id)
            if item is not self._seen[row]:
                self._seen[row] = item
                values = item.values() if item else {}
                self._columns.put(row, values, in_stock=self._live.can_be_bought(item_id))
