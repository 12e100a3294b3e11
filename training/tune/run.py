"""The run of a search: from files to the configuration it found, on disk after every gain."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table as Grid

from recsvc.domain.errors import BadDataError
from recsvc.files.rejects import Rejects
from training.config import TrainingConfig
from training.digest import digest
from training.inputs import Inputs
from training.interactions import choose_alpha, sized
from training.metrics import Metric
from training.stages import Stage, Stages
from training.tune import validation
from training.tune.dimensions import (
    METHODS,
    Dimension,
    Needs,
    Point,
    begin,
    complete,
    config_at,
    point_of,
    space,
)
from training.tune.journal import Heading, Journal, Paths, Trial, replace, toml_of
from training.tune.picture import picture
from training.tune.search import climb
from training.tune.validation import Judges
from training.tune.workbench import Workbench

SHOWN = 8


class Order(NamedTuple):
    """What a search is asked for."""

    inputs: Inputs
    judges: Judges
    config: TrainingConfig | None  # where to start; None: the defaults, with λ by the size of the set
    metric: Metric
    budget_s: float
    out: Path


class Found(NamedTuple):
    """What a search came to."""

    best: Trial
    trials: list[Trial]
    visitors: int
    paths: Paths

    def summary(self) -> dict[str, Any]:
        """For the last line of stdout."""
        ends = {"start": self.trials[0], "best": self.best}
        files = {name: str(path) for name, path in self.paths._asdict().items()}
        return {"visitors": self.visitors, "tried": len(self.trials), **ends, "files": files}


class SpentError(Exception):
    """The budget is spent."""


def run(order: Order, console: Console, rejects: Rejects) -> Found:
    """Search until the budget is spent, or Ctrl-C, or nothing near the best is better.

    Raises:
        UsageError: the log beside `out` is of another search.
        BadDataError: the input cannot carry the configuration to start from.
        InputOutputError: a file does not answer.
    """
    with Stages(console) as stages:
        with stages.stage("read") as stage:
            start = order.config or TrainingConfig()
            material = validation.read(order.inputs, order.judges, start, rejects)
            workbench = Workbench(material, start, order.metric)
            stage.note(_note(workbench))
        with stages.stage("search") as stage:
            search = Search(order, workbench, console, stage)
            with suppress(SpentError, KeyboardInterrupt):
                climb(search.start, search.dimensions, search.figure, start.seed)
            stage.note(f"{len(search.trials)} trials, {order.metric} {search.best.figure:.4f}")
    search.draw()
    return Found(search.best, search.trials, workbench.visitors, Paths.beside(order.out))


class Search:
    """The memory of one search: what each point scored, the best of them, the files.

    Attributes:
        trials: in the order they ended.
        best: the first of those with the highest figure.
    """

    def __init__(self, order: Order, workbench: Workbench, console: Console, stage: Stage) -> None:
        self._order, self._workbench, self._console, self._stage = order, workbench, console, stage
        self._deadline = time.monotonic() + order.budget_s
        self._config = self._first()
        self.dimensions = self._space()
        self.start = point_of(self._config, self.dimensions)
        self._paths = Paths.beside(order.out)
        self._journal = Journal(self._paths.trials, self._heading())
        self.trials = self._journal.trials
        self._known = {self._key(trial.values): trial for trial in self.trials}
        self.best: Trial = max(self.trials, key=_height, default=None)  # type: ignore[assignment]
        stage.expect(int(order.budget_s))

    def figure(self, point: Point) -> float:
        """What a point scores; −∞ where the data cannot carry it.

        Raises:
            SpentError: the budget is spent and the point is new.
        """
        values = {
            dimension.key: dimension.rungs[rung]
            for dimension, rung in zip(self.dimensions, point, strict=True)
        }
        found = self._known.get(self._key(values))
        return _height(found or self._try(point, values))

    def draw(self) -> None:
        """Write the picture of what was seen so far."""
        drawn = picture(self.trials, self.dimensions, str(self._order.metric))
        replace(self._paths.picture, drawn.encode())

    def _try(self, point: Point, values: dict[str, float]) -> Trial:
        if self.trials and time.monotonic() > self._deadline:
            raise SpentError
        begun = time.monotonic()
        config = config_at(self._config, self.dimensions, point)
        number = len(self.trials) + 1
        try:
            judged = self._workbench.judge(config)
        except BadDataError as error:
            if number == 1:
                raise
            trial = Trial(
                number=number,
                figure=None,
                error=None,
                seconds=_since(begun),
                values=values,
                reason=str(error),
            )
        else:
            trial = Trial(
                number=number, figure=judged.mean, error=judged.error, seconds=_since(begun), values=values
            )
        self._keep(trial, config)
        return trial

    def _keep(self, trial: Trial, config: TrainingConfig) -> None:
        self._journal.add(trial)
        self._known[self._key(trial.values)] = trial
        self._stage.advance(max(round(trial.seconds), 1))
        if self.best is None or _height(trial) > _height(self.best):
            changed = _changes(trial, self.best)
            self.best = trial
            replace(self._paths.best, toml_of(config, self._comments(trial)))
            self._console.print(
                f"  trial {trial.number:<5} {trial.figure:.4f} ± {trial.error:.4f}  {changed}",
                highlight=False,
            )

    def _comments(self, trial: Trial) -> list[str]:
        first = self.trials[0]
        metric, visitors = self._order.metric, self._workbench.visitors
        return [
            f"Found by recsvc tune at trial {trial.number}: {metric} {trial.figure:.4f} on validation,",
            f"standard error {trial.error:.4f}, {visitors:,} visitors; trial 1 had {first.figure:.4f}.",
        ]

    def _first(self) -> TrainingConfig:
        config = self._order.config or TrainingConfig()
        interactions = self._workbench.interactions(config)
        config = sized(config, interactions)
        alpha = choose_alpha(interactions)
        whole = complete(config, alpha, self._workbench.default)
        if self._order.config:
            return whole
        return begin(whole, interactions, whole.confidence.alpha or alpha)

    def _space(self) -> tuple[Dimension, ...]:
        material = self._workbench.material
        known = [len(group) for group in self._workbench.cases(self._config)]
        met = {
            Needs.TIMES: material.extract.timed,
            Needs.FACTS: material.stated is not None,
            Needs.REPEATS: material.keep_seen,
            Needs.HISTORY: any(known[1:]),
        }
        there = {need for need, holds in met.items() if holds} | METHODS[self._config.item_item.method]
        return space(self._workbench.interactions(self._config), there, known)

    def _heading(self) -> Heading:
        order = self._order
        paths = [*order.inputs.paths(), *order.judges.paths()]
        options: dict[str, str | None] = {"timezone": order.inputs.timezone, "split": str(order.judges.split)}
        return Heading(
            digest=digest(paths, self._config, options),
            metric=str(order.metric),
            visitors=self._workbench.visitors,
        )

    def _key(self, values: dict[str, float]) -> tuple[float, ...]:
        return tuple(values[dimension.key] for dimension in self.dimensions)


def print_best(found: Found, console: Console, metric: str) -> None:
    """Print the best trials, and in what each differs from the best of all."""
    grid = Grid(title=f"best of {len(found.trials)} trials", title_justify="left")
    for name, justify in (
        ("trial", "right"),
        (metric, "right"),
        ("±", "right"),
        ("s", "right"),
        ("", "left"),
    ):
        grid.add_column(name, justify=justify)  # type: ignore[arg-type]
    for trial in sorted(found.trials, key=_height, reverse=True)[:SHOWN]:
        if trial.figure is None:
            continue
        told = ", ".join(f"{key} {value:g}" for key, value in trial.values.items())
        differs = told if trial is found.best else _changes(trial, found.best)
        grid.add_row(
            str(trial.number), f"{trial.figure:.4f}", f"{trial.error:.4f}", f"{trial.seconds:.1f}", differs
        )
    console.print(grid)
    console.print(
        f"Written: {found.paths.best}, {found.paths.trials}, {found.paths.picture}",
        style="green", highlight=False, soft_wrap=True,
    )  # fmt: skip


def _changes(trial: Trial, other: Trial | None) -> str:
    if other is None:
        return "start"
    different = [(key, value) for key, value in trial.values.items() if value != other.values[key]]
    return ", ".join(f"{key} {value:g}" for key, value in different) or "the same"


def _height(trial: Trial) -> float:
    return float("-inf") if trial.figure is None else trial.figure


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 3)


def _note(workbench: Workbench) -> str:
    material = workbench.material
    repeated = "lists may hold what they had" if material.keep_seen else "lists hold what is new to them"
    return f"{material.extract.lines.height:,} lines; {workbench.visitors:,} visitors judge, {repeated}"
