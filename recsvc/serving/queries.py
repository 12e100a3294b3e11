"""Queries: solved profiles with their best items, kept while model, profile and day stay the same."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import compress
from operator import not_

from recsvc.domain.profile import Profile
from recsvc.model.artifact import Artifact
from recsvc.model.confidence import DAY_S
from recsvc.model.prior import Answers
from recsvc.model.scoring import SPLIT, Query, Scores, build_queries, score, score_many, score_rows, top
from recsvc.model.shortlist import is_searched, shortlists
from recsvc.model.vocabulary import Rows
from recsvc.serving.contributions import Contributor
from recsvc.serving.profile import history_of

KEPT = 2048
"""Solved profiles a worker keeps, the least recently used leave first (about 12 KB each)."""
HEAD = 256
"""Best items kept of each; a slate that the rules empty scores everything again and looks further."""
FEW = 8
"""So many times fewer items than all are scored one by one faster than all in one pass."""
MOST_SCORES = 2**21
"""Scores that are held at once, 8 MB: more visitors a pass gain nothing on 20,000 items."""
Key = tuple[object, ...]
Best = tuple[Rows, Scores]
"""Items with their scores, best first."""


class Ranked:
    """One profile's own order of all items."""

    def __init__(self, artifact: Artifact, query: Query) -> None:
        self.artifact = artifact
        self.query = query
        self._best: Best | None = None

    @property
    def has_best(self) -> bool:
        """Whether its best items are known."""
        return self._best is not None

    def keep(self, found: Best) -> None:
        """Keep the best items that somebody found for it and for others."""
        self._best = found

    def scores(self) -> Scores:
        """(n,) the score of every item: one pass over the factors."""
        return score(self.artifact, self.query)

    def blocks(self, left: Callable[[], Rows] | None = None) -> Iterator[tuple[Rows, Scores]]:
        """All rows with their scores, best first, scored and sorted only as far as somebody asks.

        Args:
            left: the rows that may still be shown, asked when the best ones do not suffice; where they are
                few, they alone are scored, and nothing else comes.
        """
        head = self._head()
        yield head
        n = len(self.artifact.popularity)
        if len(head[0]) == n:
            return
        rows = left() if left else None
        if rows is not None and len(rows) * FEW <= n:
            scores = score_rows(self.artifact, self.query, rows)
            order = top(scores, len(rows))
            yield rows[order], scores[order]
        else:
            yield from self._scan(n)

    def _scan(self, n: int) -> Iterator[tuple[Rows, Scores]]:
        scores, done = self.scores(), 0
        while done < n:
            rows = top(scores, max(done, HEAD) * 8)
            yield rows[done:], scores[rows[done:]]
            done = len(rows)

    def contributor(self) -> Contributor:
        """Who splits these scores by what they rest on."""
        small = len(self.query.known.rows) <= SPLIT
        return self._contributor if small else Contributor(self.artifact, self.query)

    @cached_property
    def _contributor(self) -> Contributor:
        return Contributor(self.artifact, self.query)

    def _head(self) -> Best:
        if self._best is None:
            (self._best,) = best(self.artifact, [self.query])
        return self._best


def rank(artifact: Artifact, every: Iterable[Ranked]) -> None:
    """Find the best items of those that lack them, together; strangers are one and the same."""
    lacking = [one for one in dict.fromkeys(every) if not one.has_best]
    for one, found in zip(lacking, best(artifact, [one.query for one in lacking]), strict=True):
        one.keep(found)


def best(artifact: Artifact, queries: Sequence[Query]) -> list[Best]:
    """The best items of each: by the index, else in one pass over the factors for all."""
    searches = [is_searched(artifact, query) for query in queries]
    found = iter(shortlists(artifact, [*compress(queries, searches)]) if any(searches) else ())
    scanned = _scanned(artifact, [*compress(queries, map(not_, searches))])
    return [next(found) if searched else next(scanned) for searched in searches]


def _scanned(artifact: Artifact, queries: Sequence[Query]) -> Iterator[Best]:
    block = max(1, MOST_SCORES // len(artifact.popularity))
    for start in range(0, len(queries), block):
        for scores in score_many(artifact, queries[start : start + block]):
            rows = top(scores, HEAD)
            yield rows, scores[rows]


class Queries:
    """A small cache in front of the solve."""

    def __init__(self) -> None:
        self._version = ""
        self._kept: OrderedDict[Key, Ranked] = OrderedDict()

    def of(
        self, artifact: Artifact, known: Sequence[tuple[Profile, Answers]], now: float, *, keep: bool = True
    ) -> list[Ranked]:
        """Solved profiles, each at most once an (artifact, revision, answers, day), all of them together.

        All of a day counts as its noon, so that whoever asks first does not decide what the others get.
        Impressions come with every page and move no vector, so they do not count. Strangers are one and the
        same.

        Args:
            artifact: the model.
            known: profiles with their answers side.
            now: Unix seconds.
            keep: whether the same are soon asked for again; of many at once, others would have to leave.
        """
        if artifact.version != self._version:  # what is kept would keep the old model in memory
            self._kept.clear()
            self._version = artifact.version
        keys = [_key(*one, now) for one in known]
        fresh = {key: one for key, one in zip(keys, known, strict=True) if key not in self._kept}
        solved = dict(zip(fresh, _solved(artifact, [*fresh.values()], now), strict=True))
        found = [solved[key] if key in solved else self._kept[key] for key in keys]
        if keep:
            for key, one in zip(keys, found, strict=True):
                self._kept[key] = one
                self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def _key(profile: Profile, answers: Answers, now: float) -> Key:
    said = (tuple(sorted(answers.facts.items())), answers.wishes)
    # Revisions begin anew after an erasure; `since` tells the lives of a name apart.
    own = (profile.visitor_id, profile.since, profile.told_revision)
    return (own if profile.recent or profile.older else None, said, int(now // DAY_S))


def _solved(artifact: Artifact, known: Sequence[tuple[Profile, Answers]], now: float) -> list[Ranked]:
    noon = (now // DAY_S + 0.5) * DAY_S
    profiles = [(history_of(profile), answers) for profile, answers in known]
    return [Ranked(artifact, query) for query in build_queries(artifact, profiles, now=noon)]
