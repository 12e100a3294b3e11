"""Queries: solved profiles with their best items, kept while model, profile and day stay the same."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from recsvc.domain.profile import Profile
from recsvc.model.artifact import Artifact
from recsvc.model.confidence import DAY_S
from recsvc.model.prior import Answers
from recsvc.model.scoring import SPLIT, Query, Scores, build_query, score, score_many, score_rows, top
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
MOST_SCORES = 2**21
"""Scores that are held at once, 8 MB: more visitors a pass gain nothing on 20,000 items."""
Key = tuple[object, ...]


class Ranked:
    """One profile's own order of all items."""

    def __init__(self, artifact: Artifact, query: Query) -> None:
        self.artifact = artifact
        self.query = query
        self._kept: tuple[Rows, Scores] | None = None

    @property
    def is_scored(self) -> bool:
        """Whether a slate costs no pass over the factors."""
        return self._kept is not None or self.is_searched

    @property
    def is_searched(self) -> bool:
        """Whether an index finds its best items, which takes no pass over the factors at all."""
        return is_searched(self.artifact, self.query)

    def keep(self, scores: Scores) -> None:
        """Keep the best of the scores that somebody made of all items."""
        self._kept = _best(scores)

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
        small = len(self.query.known.rows) <= SPLIT
        return self._contributor if small else Contributor(self.artifact, self.query)

    @cached_property
    def _contributor(self) -> Contributor:
        return Contributor(self.artifact, self.query)

    def _head(self) -> tuple[Rows, Scores]:
        if self._kept is None:
            found = shortlist(self.artifact, self.query) if self.is_searched else _best(self.scores())
            self._kept = found
        return self._kept


def _best(scores: Scores) -> tuple[Rows, Scores]:
    rows = top(scores, HEAD)
    return rows, scores[rows]


class Queries:
    """A small cache in front of the solve."""

    def __init__(self) -> None:
        self._version = ""
        self._kept: OrderedDict[Key, Ranked] = OrderedDict()

    def of(self, artifact: Artifact, profile: Profile, answers: Answers, now: float) -> Ranked:
        """A solved profile; solved at most once an (artifact, revision, answers, day).

        All of a day counts as its noon, so that whoever asks first does not decide what the others get.
        Impressions come with every page and move no vector, so they do not count.
        """
        self._follow(artifact)
        key = _key(profile, answers, now)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = _solved(artifact, profile, answers, now)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found

    def together(
        self, artifact: Artifact, known: Sequence[tuple[Profile, Answers]], now: float
    ) -> list[Ranked]:
        """The same for several, scored in one pass over the factors; strangers are one and the same.

        They are not kept: who asks for many does not ask for them again, and others would have to leave.
        """
        self._follow(artifact)
        keys = [_key(*one, now) for one in known]
        fresh = {
            key: _solved(artifact, *one, now)
            for key, one in dict(zip(keys, known, strict=True)).items()
            if key not in self._kept
        }
        score_together(artifact, [*fresh.values()])
        return [fresh[key] if key in fresh else self._kept[key] for key in keys]

    def _follow(self, artifact: Artifact) -> None:
        if artifact.version != self._version:  # what is kept would keep the old model in memory
            self._kept.clear()
            self._version = artifact.version


def _key(profile: Profile, answers: Answers, now: float) -> Key:
    said = (tuple(sorted(answers.facts.items())), answers.wishes)
    # Revisions begin anew after an erasure; `since` tells the lives of a name apart.
    own = (profile.visitor_id, profile.since, profile.told_revision)
    return (own if profile.recent or profile.older else None, said, int(now // DAY_S))


def _solved(artifact: Artifact, profile: Profile, answers: Answers, now: float) -> Ranked:
    noon = (now // DAY_S + 0.5) * DAY_S
    return Ranked(artifact, build_query(artifact, history_of(profile), answers, now=noon))


def score_together(artifact: Artifact, ranked: Sequence[Ranked]) -> None:
    """Score several profiles in one pass over the factors (docs/mail.md has what that saves)."""
    block = max(1, MOST_SCORES // len(artifact.popularity))
    scanned = [one for one in ranked if not one.is_searched]
    for start in range(0, len(scanned), block):
        part = scanned[start : start + block]
        for one, scores in zip(part, score_many(artifact, [one.query for one in part]), strict=True):
            one.keep(scores)
