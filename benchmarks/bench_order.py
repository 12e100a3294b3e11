"""Does the order by information help? NDCG@10 of newcomers when only the first facts of an order are known.

    python benchmarks/bench_order.py CASES [--case NAME]… [--models DIR] [--visitors 2000] [--json]

CASES holds a folder for each case: events, train_facts and perhaps items to train on; facts and targets of
newcomers. Each fact is one question. Beside the informative order stand file order, adaptive order, the mean
of all orders, and in hindsight the best and the worst choice of as many questions. --models keeps models.
"""

import argparse
import itertools
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from quizzes.definition import Choice, Kind, Question, Quiz
from quizzes.order import gains, informative_order
from recsvc.domain.errors import UsageError
from recsvc.files.facts import read_facts
from recsvc.files.pairs import read_pairs
from recsvc.files.rejects import Rejects
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Artifact
from recsvc.model.known import NO_HISTORY
from recsvc.model.prior import Answers, FactColumns
from recsvc.model.scoring import build_query, score
from recsvc.serving.quiz_information import Measured, front, measure
from training import job, threads
from training.cases import Case, cases
from training.config import TrainingConfig
from training.evaluate import evaluate
from training.facts import answers_of
from training.inputs import Inputs
from training.metrics import intervals
from training.moments import parse_moment
from training.rivals import Rival
from training.stages import Stages

Ndcg = NDArray[np.floating]  # (b,) of each newcomer
Facts = tuple[str, ...]
K, MOST, SEED = 10, 3, 7
LATER = parse_moment("2100-01-01")


class Trial(NamedTuple):
    """Newcomers and a model, with the facts in file order."""

    model: Artifact
    measured: Measured
    newcomers: list[Case]
    facts: Facts

    def ndcg(self, known: Callable[[Case], Facts]) -> Ndcg:
        """NDCG@10 where only some facts of each newcomer are known."""
        told = [case._replace(answers=_only(case, known(case))) for case in self.newcomers]
        now = self.model.parameters.as_of
        judged = evaluate(self.model, told, ks=(K,), keep_seen=False, now=now, rivals=(Rival.MODEL,))
        return judged.ndcg(Rival.MODEL, K)

    def adaptive(self, case: Case, k: int) -> Facts:
        """The first k questions for one newcomer, each by what is known then."""
        asked: Facts = ()
        for _ in range(k):
            query = build_query(self.model, NO_HISTORY, _only(case, asked), now=self.model.parameters.as_of)
            information = self.measured.over(self.model, front(score(self.model, query)))
            worth = gains(information, asked)
            asked += (max(worth, key=worth.__getitem__),)
        return asked


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path)
    parser.add_argument("--case", action="append", help="Only this one; may be given again.")
    parser.add_argument("--models", type=Path, help="Where models are kept between runs.")
    parser.add_argument("--visitors", type=int, default=2_000, help="Newcomers drawn from each case.")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    names = arguments.case or sorted(path.parent.name for path in arguments.cases.glob("*/train_facts.*"))
    with tempfile.TemporaryDirectory() as directory, threads.single_threaded_blas():
        models = arguments.models or Path(directory)
        found = [judge(arguments.cases / name, models / name, arguments.visitors) for name in names]
    for one in found:
        print(json.dumps(one)) if arguments.json else show(one)


def judge(folder: Path, models: Path, visitors: int) -> dict[str, Any]:
    """NDCG@10 of every order after 1, 2 and 3 questions."""
    trial = _trial(folder, _model(folder, models), visitors)
    information = trial.measured.over(trial.model, front(trial.model.popularity))
    order = informative_order(information)
    nothing = trial.ndcg(_always(()))
    rows = [_after(trial, order, k) for k in range(1, min(MOST, len(trial.facts)) + 1)]
    return {
        "case": folder.name,
        "newcomers": len(trial.newcomers),
        "file": trial.facts,
        "informative": order,
        "gains": gains(information, ()),
        "no answers": float(nothing.mean()),
        "all answers": float(trial.ndcg(_always(trial.facts)).mean()),
        "known": rows,
    }


def _after(trial: Trial, order: Facts, k: int) -> dict[str, Any]:
    """Every choice of k questions, so that the mean of all orders is exact."""
    choices = list(itertools.combinations(trial.facts, k))
    every = {frozenset(chosen): trial.ndcg(_always(chosen)) for chosen in choices}
    informative, in_file = every[frozenset(order[:k])], every[frozenset(trial.facts[:k])]
    means = sorted(float(ndcg.mean()) for ndcg in every.values())
    mean = np.mean(list(every.values()), axis=0)
    return {
        "k": k,
        "informative": float(informative.mean()),
        "adaptive": float(trial.ndcg(lambda case: trial.adaptive(case, k)).mean()),
        "file": float(in_file.mean()),
        "mean": float(mean.mean()),
        "best": means[-1],
        "worst": means[0],
        "beyond_mean": intervals({"beyond_mean": informative - mean})["beyond_mean"],
    }


def _always(known: Facts) -> Callable[[Case], Facts]:
    return lambda _: known


def _only(case: Case, known: Facts) -> Answers:
    facts = case.answers.facts
    return Answers({fact: facts[fact] for fact in known if fact in facts})


def _trial(folder: Path, model: Artifact, visitors: int) -> Trial:
    rejects = Rejects()
    targets = next(path for name in ("targets", "seen0_targets") for path in folder.glob(f"{name}.*"))
    stated = read_facts([next(folder.glob("facts.*"))], rejects)
    learnt = {columns.fact: columns for columns in model.parameters.facts}
    facts = tuple(fact for fact in stated["fact"].unique(maintain_order=True) if fact in learnt)
    everyone, _ = cases(model.vocabulary, read_pairs([targets], rejects), None, answers_of(stated, LATER))
    drawn = np.random.default_rng(SEED).permutation(len(everyone))[:visitors]
    answers = [case.answers.facts for case in everyone]
    several = {
        fact for one in answers for fact, value in one.items() if isinstance(value, tuple) and value[1:]
    }
    quiz = _quiz([learnt[fact] for fact in facts], several)
    return Trial(model, measure(quiz, model), [everyone[place] for place in sorted(drawn)], facts)


def _quiz(facts: list[FactColumns], several: set[str]) -> Quiz:
    questions = tuple(
        Question(
            id=one.fact,
            kind=Kind.NUMBER if one.edges else Kind.MULTI if one.fact in several else Kind.SINGLE,
            title={},
            fact=one.fact,
            choices=tuple(Choice(id=value, text={}) for value in one.values) if one.edges is None else (),
        )
        for one in facts
    )
    return Quiz(schema=1, id="facts", revision=1, locales=("en",), title={}, questions=questions)


def _model(folder: Path, models: Path) -> Artifact:
    """The model of a case; trained, unless it is there."""
    try:
        return artifacts.read(versions.resolve(str(models)))
    except UsageError:
        items = next(folder.glob("items.*"), None)
        inputs = Inputs([next(folder.glob("events.*"))], items, next(folder.glob("train_facts.*")))
        with Stages(Console(stderr=True)) as stages:
            return job.run(job.Order(inputs, models, TrainingConfig(), force=True), stages, Rejects()).model


def show(found: dict[str, Any]) -> None:
    """A table for people."""
    print(f"{found['case']}: {found['newcomers']:,} newcomers, answers only, NDCG@{K}")
    print(f"  file order         {', '.join(found['file'])}")
    print(f"  informative order  {', '.join(found['informative'])}")
    print(f"  settled by each    {', '.join(f'{name} {gain:.0%}' for name, gain in found['gains'].items())}")
    print(f"  no answers {found['no answers']:.4f}, all answers {found['all answers']:.4f}")
    columns = ("informative", "adaptive", "file", "mean", "best", "worst")
    print(f"  {'known':<6}{''.join(f'{name:>12}' for name in columns)}    informative beyond the mean")
    for row in found["known"]:
        low, high = row["beyond_mean"]
        figures = "".join(f"{row[name]:>12.4f}" for name in columns)
        print(f"  {row['k']:<6}{figures}    {low:+.4f} to {high:+.4f}")


if __name__ == "__main__":
    main()
