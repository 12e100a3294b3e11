"""The workbench: builds the model of a configuration from what is at hand, and judges it as `evaluate` does.

A step is done again only when a key that it hangs on has changed: another ridge needs no fit, and another
strength nothing but the ranking of the visitors it applies to.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact
from recsvc.model.known import known_items
from recsvc.model.parameters import BUCKETS, Strengths
from training import facts, holdout, item_item, local_engine, tables, threads
from training.cases import Case, cases
from training.config import LeftOutConfig, TableConfig, TrainingConfig
from training.draft import Identity, draft
from training.evaluate import evaluate
from training.fit import local
from training.inputs import items_of
from training.interactions import Interactions, aggregate, sized
from training.local_engine import Factorised, Heard
from training.metrics import Metric, per_visitor
from training.repeats import Repeats, repeats
from training.rivals import Rival, with_strengths
from training.strengths import DEFAULT, DEFAULT_REPEATS
from training.tables import Table
from training.tune.validation import Material

Values = NDArray[np.floating]
Step = TypeVar("Step")
FIT = (
    "factors", "iterations", "regularization", "frequency_exponent",
    "confidence.alpha", "confidence.visitor_exponent", "confidence.item_exponent",
)  # fmt: skip
ANSWERS = ("answer_ridge", "residual_rank", "answer_half_life_days")
TABLE = ("item_item",)
DRAFT = ("item_item.history_half_life_steps", "new_items", "tables")
SCORE = ("strengths", "left_out", "gate")
"""The keys that only one step hangs on. A key that is in none of these counts for every step."""
UNNAMED = Identity("trial", "", datetime(2000, 1, 1, tzinfo=UTC))


class Judged(NamedTuple):
    """The figure of one configuration."""

    values: Values  # (b,) the metric of each visitor, always in the same order

    @property
    def mean(self) -> float:
        """What is compared."""
        return float(self.values.mean())

    @property
    def error(self) -> float:
        """Its standard error."""
        return float(self.values.std() / len(self.values) ** 0.5)


class Remembered(Generic[Step]):
    """The newest results of one step, by the part of the configuration that the step hangs on."""

    def __init__(self, ignored: Sequence[str], keep: int) -> None:
        self._ignored = ignored
        self._keep = keep
        self._found: OrderedDict[bytes, Step] = OrderedDict()

    def get(self, config: TrainingConfig, make: Callable[[], Step], *more: Any) -> Step:
        """What was made for this part before, else what is made now."""
        key = msgspec.json.encode([_without(config, self._ignored), more], order="deterministic")
        if key not in self._found:
            self._found[key] = make()
        self._found.move_to_end(key)
        if len(self._found) > self._keep:
            self._found.popitem(last=False)
        return self._found[key]


class Workbench:
    """Judges configurations on one set, one after the other."""

    def __init__(self, material: Material, config: TrainingConfig, metric: Metric) -> None:
        self.material = material
        self._metric = metric
        # As training decides it: who judges here may be asked for what is new to them alone.
        keep_seen = holdout.split(material.extract, LeftOutConfig(share=0), config.seed).keep_seen
        self._half_life = tables.best_half_life(material.extract, keep_seen=keep_seen, seed=config.seed)
        self._declared = facts.answers_of(material.stated, material.now)
        self._items = items_of(material.catalogue)
        last = (*DRAFT, *SCORE)
        self._interactions = Remembered[Interactions]((*FIT, *ANSWERS, *TABLE, *last), keep=3)
        self._repeats = Remembered[Repeats]((*FIT, *ANSWERS, *TABLE, *last), keep=3)
        self._cases = Remembered[list[list[Case]]]((*FIT, *ANSWERS, *TABLE, "tables", *SCORE), keep=3)
        self._fit = Remembered[Factorised]((*ANSWERS, *TABLE, *last), keep=4)
        self._heard = Remembered[Heard]((*TABLE, *last), keep=2)
        self._table = Remembered[Table]((*FIT, *ANSWERS, *last), keep=4)
        self._model = Remembered[Artifact](SCORE, keep=2)
        self._values = Remembered[Values](SCORE, keep=200)

    @property
    def visitors(self) -> int:
        """How many judge."""
        return self.material.targets["visitor_id"].n_unique()

    @property
    def default(self) -> Strengths:
        """What training keeps to where nothing shows better."""
        return DEFAULT_REPEATS if self.material.keep_seen else DEFAULT

    def interactions(self, config: TrainingConfig) -> Interactions:
        """The matrix of a configuration."""
        found = self.material.extract
        return self._interactions.get(config, lambda: aggregate(found.lines, config, found.as_of))

    def judge(self, config: TrainingConfig) -> Judged:
        """Rank all items for everybody who judges.

        Raises:
            BadDataError: the data cannot carry this configuration.
        """
        with threads.single_threaded_blas():
            groups = self.cases(config)
            found = [self._ranked(config, bucket) for bucket in range(len(BUCKETS)) if groups[bucket]]
        return Judged(np.concatenate(found))

    def cases(self, config: TrainingConfig) -> list[list[Case]]:
        """Who judges, by bucket of known interactions."""
        return self._cases.get(config, lambda: self._grouped(config))

    def _ranked(self, config: TrainingConfig, bucket: int) -> Values:
        s = config.strengths or self.default
        tau, rho, omega = ((values[bucket],) * len(BUCKETS) for values in (s.tau, s.rho, s.omega))
        everywhere = Strengths(tau, rho, omega, s.answers)
        return self._values.get(
            config, lambda: self._rank(config, self.cases(config)[bucket], everywhere), bucket, everywhere
        )

    def _rank(self, config: TrainingConfig, group: list[Case], strengths: Strengths) -> Values:
        judged = evaluate(
            with_strengths(self.model(config), strengths), group, ks=(self._metric.k,),
            keep_seen=self.material.keep_seen, now=self.material.now.timestamp(), rivals=(Rival.MODEL,),
        )  # fmt: skip
        ranked = judged.ranked(Rival.MODEL, judged.everybody)
        return per_visitor(ranked, self._metric.k)[self._metric.name]

    def _grouped(self, config: TrainingConfig) -> list[list[Case]]:
        model = self.model(config)
        everyone, _ = cases(model.vocabulary, self.material.targets, self.material.history, self._declared)
        now = self.material.now.timestamp()
        groups: list[list[Case]] = [[] for _ in BUCKETS]
        for case in everyone:
            known = len(known_items(model, case.history, now).rows)
            groups[sum(known >= low for low in BUCKETS) - 1].append(case)
        return groups

    def model(self, config: TrainingConfig) -> Artifact:
        """The model of a configuration, but for the tables that no score hangs on."""
        return self._model.get(config, lambda: self._build(config))

    def _build(self, config: TrainingConfig) -> Artifact:
        extract, interactions = self.material.extract, self.interactions(config)
        sized(config, interactions)
        found = self._fit.get(config, lambda: local_engine.factorise(config, interactions))
        heard = self._heard.get(config, lambda: self._hear(config, interactions, found.fitted))
        table = self._table.get(
            config,
            lambda: item_item.item_item(
                interactions, config.item_item, config.seed, self._items, heard.demand.popularity
            ),
        )
        again = self._repeats.get(
            config, lambda: repeats(extract.lines, interactions.item_ids, extract.as_of)
        )
        window = tables.window_popularity(interactions, holdout.window_days(holdout.span_of(extract)))
        nothing = Table(table.rows[:, :0], table.weights[:, :0])
        plain = msgspec.structs.replace(config, tables=TableConfig(similar=0, together=0))
        parts = local_engine.parts_of(interactions, found, heard, again, table, nothing, window)
        return draft(UNNAMED, plain, extract.as_of, parts, self._items)

    def _hear(self, config: TrainingConfig, interactions: Interactions, fitted: local.Fitted) -> Heard:
        material = self.material
        return local_engine.hear(
            config, interactions, fitted, self._half_life, material.declared, material.extract.as_of,
            self._items,
        )  # fmt: skip


def _without(config: TrainingConfig, ignored: Sequence[str]) -> dict[str, Any]:
    tree: dict[str, Any] = msgspec.to_builtins(config)
    for key in ignored:
        *parents, last = key.split(".")
        table = tree
        for parent in parents:
            table = table.get(parent, {})
        table.pop(last, None)
    return tree
