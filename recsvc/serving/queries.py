"""Queries: solved profiles with their best items, kept while model, profile and day stay the same."""

from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property

from recsvc.domain.profile import Profile
from recsvc.model.artifact import Artifact
from recsvc.model.confidence import DAY_S
from recsvc.model.prior import Answers
from recsvc.model.scoring import Query, Scores, build_query, score, top
from recsvc.model.vocabulary import Rows
from recsvc.serving.contributions import Contributor
from recsvc.serving.profile import history_of

KEPT = 2048
"""Solved profiles a worker keeps, the least recently used leave first (about 12 KB each)."""
HEAD = 256
"""Best items kept of each; a slate that the rules empty scores everything again and looks further."""
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

    def blocks(self) -> Iterator[tuple[Rows, Scores]]:
        """All rows with their scores, best first, scored and sorted only as far as somebody asks."""
        rows, found = self._head
        yield rows, found
        n, done = len(self._artifact.popularity), len(rows)
        scores = self.scores() if done < n else found
        while done < n:
            best = top(scores, done * 8)
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
        scores = self.scores()
        rows = top(scores, HEAD)
        return rows, scores[rows]


class Queries:
    """A small cache in front of the solve."""

    def __init__(self) -> None:
        self._version = ""
        self._kept: OrderedDict[tuple[object, ...], Ranked] = OrderedDict()

    def of(self, artifact: Artifact, profile: Profile, answers: Answers, now: float) -> Ranked:
        """A solved profile; solved at most once an (artifact, revision, answers, day).

        All of a day counts as its noon, so that whoever asks first does not decide what the others get.
        """
        if artifact.version != self._version:  # what is kept would keep the old model in memory
            self._kept.clear()
            self._version = artifact.version
        said = (tuple(sorted(answers.facts.items())), answers.wishes)
        # Revisions begin anew after an erasure; `since` tells the lives of a name apart.
        own = (profile.visitor_id, profile.since, profile.revision)
        day = int(now // DAY_S)
        key = (own if profile.recent or profile.older else None, said, day)
        found = self._kept.get(key)
        if found is None:
            query = build_query(artifact, history_of(profile), answers, now=(day + 0.5) * DAY_S)
            found = self._kept[key] = Ranked(artifact, query)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found
