"""Lift: how good the model is for visitors of whom only so many answers, or so many events, are known."""

from collections.abc import Callable, Sequence
from typing import Any

from recsvc.model.artifact import Artifact
from recsvc.model.known import NO_HISTORY
from recsvc.model.prior import Answers
from training.cases import Case, newest
from training.evaluate import evaluate
from training.gate import K
from training.metrics import intervals
from training.rivals import Rival

ANSWERS = (0, 1, 2, 3, 4, 6)
EVENTS = (0, 1, 3, 5, 10, 20)
FEWEST = 25
"""Fewer visitors give an interval as wide as the picture."""
MOST = 200  # visitors a step: the two curves together cost about one evaluation of them


def lift(
    artifact: Artifact, judges: Sequence[Case], *, keep_seen: bool, now: float
) -> dict[str, list[dict[str, Any]]]:
    """NDCG@10 by number of answers (nothing else is known) and by number of products touched last.

    A step holds the visitors who have at least as much, cut down to it; so does popularity beside it, for
    the visitors change from step to step.

    Args:
        artifact: the model.
        judges: visitors that neither trained nor tuned it.
        keep_seen: whether lists may hold what the visitor had.
        now: Unix seconds, the reference time of the decay.
    """
    learnt = frozenset(fact.fact for fact in artifact.parameters.facts)
    telling = [_learnt_only(case, learnt) for case in judges]

    def measure(cases: list[Case], count: int) -> dict[str, Any]:
        rivals = (Rival.MODEL, Rival.POPULARITY)
        judged = evaluate(artifact, cases, ks=(K,), keep_seen=keep_seen, now=now, rivals=rivals)
        model, popularity = (judged.ndcg(rival, K) for rival in rivals)
        return {
            "count": count,
            "visitors": len(cases),
            "model": float(model.mean()),
            "popularity": float(popularity.mean()),
            "gain_ci": intervals({"gain": model - popularity})["gain"],
        }

    def steps(
        cases: Sequence[Case],
        counts: Sequence[int],
        size: Callable[[Case], int],
        cut: Callable[[Case, int], Case],
    ) -> list[dict[str, Any]]:
        found = []
        for count in counts:
            enough = [cut(case, count) for case in cases if size(case) >= max(count, 1)][:MOST]
            if len(enough) >= FEWEST:
                found.append(measure(enough, count))
        return found

    return {
        "answers": steps(telling, ANSWERS, lambda case: len(case.answers.facts), _first_answers),
        "events": steps(judges, EVENTS, lambda case: len(set(case.history.item_ids)), _newest_events),
    }


def _learnt_only(case: Case, learnt: frozenset[str]) -> Case:
    """An answer that the model never learnt would count as a step that brings nothing."""
    facts = {fact: value for fact, value in case.answers.facts.items() if fact in learnt}
    return case._replace(answers=Answers(facts), history=NO_HISTORY)


def _first_answers(case: Case, count: int) -> Case:
    return case._replace(answers=Answers(dict(list(case.answers.facts.items())[:count])))


def _newest_events(case: Case, count: int) -> Case:
    return case._replace(history=newest(case.history, count))
