"""Queries: solved profiles, kept while the model, the profile and the day stay the same."""

from collections import OrderedDict

from recsvc.domain.profile import Profile
from recsvc.model.artifact import Artifact
from recsvc.model.confidence import DAY_S
from recsvc.model.prior import Answers
from recsvc.model.scoring import Query, build_query
from recsvc.serving.profile import history_of

KEPT = 4096
"""Solved profiles a worker keeps, the least recently used leave first (about 1 KB each)."""


class Queries:
    """A small cache in front of the solve."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Query] = OrderedDict()

    def of(self, artifact: Artifact, profile: Profile, answers: Answers, now: float) -> Query:
        """The query of a profile; solved at most once an (artifact, revision, answers, day)."""
        said = (tuple(sorted(answers.facts.items())), answers.wishes)
        own = (profile.visitor_id, profile.since, profile.revision)  # revisions begin anew after an erasure
        key = (artifact.version, *own, said, int(now // DAY_S))
        found = self._kept.get(key)
        if found is None:
            found = build_query(artifact, history_of(profile), answers, now=now)
            self._kept[key] = found
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found
