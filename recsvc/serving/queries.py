"""Queries: solved profiles with their best items, kept while model, profile and day stay the same."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import cached_property

from recsvc.domain.profile import Profile
from recsvc.model.artifact import Artifact
from recsvc.model.confidence import DAY_S
from recsvc.model.prior import Answers
from recsvc.model.scoring import Query, Scores, build_query, score, score_rows, top
from recsvc.model.shortlist import is_searched, shortlist
from recsvc.model.vocabulary import Rows
from recsvc.serving.contributions import Contributor
from recsvc.serving.profile import history_of

KEPT = 2048
"""Solved profiles a worker keeps, the least recently used leave first (about 12 KB each)."""
HEAD = 256
"""Best items kept of each; a slate that the rules empty scores everything again and looks further."""
FEW = 8
"""So many times fewer items than all are scored one by one faster than all in one pass."""
KEPT_PARTS = 64
"""Known items up to which the solve by item is kept, too: 320 bytes each."""


class Ranked:
    """One profile's own order of all items."""

    def __init__(self, artifact: Artifact, query: Query) -> None:
        self._artifact = artifact
        self.query = query

    def scores(self) -> Scores:
        """(n,) the score of every item: one pass over the factors."""
        return score(self._artifact, self.query)

    def blocks(self, left: Callable[[], Rows] | None = None) -> Iterator[tuple[Rows, Scores]]:
        """All rows with their scores, best first, scored and sorted only as far as somebody asks.

        Args:
            left: the rows that may still be shown, asked when the best ones do not suffice; where they are
                few, they alone are scored, and nothing else comes.
        """
        yield self._head
        n = len(self._artifact.popularity)
        if len(self._head[0]) == n:
            return
        rows = left() if left else None
        if rows is not None and len(rows) * FEW <= n:
            scores = score_rows(self._artifact, self.query, rows)
            best = top(scores, len(rows))
            yield rows[best], scores[best]
        else:
            yield from self._scan(n)

    def _scan(self, n: int) -> Iterator[tuple[Rows, Scores]]:
        scores, done = self.scores(), 0
        while done < n:
            best = top(scores, max(done, HEAD) * 8)
            yield best[done:], scores[best[done:]]
            done = len(best)

    def contributor(self) -> Contributor:
        """Who splits these scores by what they rest on."""
        small = len(self.query.known.rows) <= KEPT_PARTS
        return self._contributor if small else Contributor(self._artifact, self.query)

    @cached_property
    def _contributor(self) -> Contributor:
        return Contributor(self._artifact, self.query)

    @cached_property
    def _head(self) -> tuple[Rows, Scores]:
        if is_searched(self._artifact, self.query):
            return shortlist(self._artifact, self.query)
        scores = self.scores()
        rows = top(scores, HEAD)
        return rows, scores[rows]


class Queries:
    """A small cache in front of the solve."""

    def __init__(self) -> None:
        self._version = ""
        self._kept: OrderedDict[tuple[object, ...], Ranked] = OrderedDict()

    def of(self, artifact: Artifact, profile: Profile, answers: Answers, now: float) -> Ranked:
        """A solved profile; solved at most once an (artifact, revision, answers, day)."""
        if artifact.version != self._version:  # what is kept would keep the old model in memory
            self._kept.clear()
            self._version = artifact.version
        said = (tuple(sorted(answers.facts.items())), answers.wishes)
        # Revisions begin anew after an erasure; `since` tells the lives of a name apart.
        own = (profile.visitor_id, profile.since, profile.revision)
        key = (own if profile.recent or profile.older else None, said, int(now // DAY_S))
        found = self._kept.get(key)
        if found is None:
            query = build_query(artifact, history_of(profile), answers, now=now)
            found = self._kept[key] = Ranked(artifact, query)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found
