"""Views: what the sections of the page show, taken from the record; a part that a run lacks is absent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from recsvc.model.parameters import BUCKETS
from recsvc.reports import plots
from recsvc.reports.plots import Bar, Chart, Point
from training.facts import FEWEST_VISITORS

Record = Mapping[str, Any]
MODEL, POPULARITY = "model", "popularity"


class BarRow(NamedTuple):
    """One row of a list of bars."""

    name: str  # a key of the words, or the words themselves
    value: float | None
    interval: Sequence[float] | None
    bar: Bar | None


class Standing(NamedTuple):
    """One segment: everybody who was ranked beside the model."""

    name: str
    visitors: int
    rows: list[BarRow]
    metrics: list[tuple[str, int, dict[str, float | None]]]  # metric, k, rival → figure


class Curve(NamedTuple):
    """A plot and the steps behind it."""

    chart: Chart
    steps: list[Record]


class Summary(NamedTuple):
    """The figures on top of the page."""

    ndcg: float | None
    interval: Sequence[float] | None
    gain: float | None  # relative
    difference: float | None
    difference_interval: Sequence[float] | None
    hit_rate: float | None
    popular_hit_rate: float | None
    shown: float | None  # products
    visitors: int
    stronger: tuple[str, float] | None  # a rival that ranks better, with its NDCG
    popular_on_new: (
        tuple[float, float] | None
    )  # model and popularity, where the latter is better at what is new


def summary(record: Record, k: int) -> Summary:
    """What the whole page comes to."""
    segment = record["evaluation"]["segments"]["all"]
    ndcg = f"ndcg@{k}"
    model, popular = segment[MODEL].get(ndcg), segment[POPULARITY].get(ndcg)
    known = model is not None and popular is not None
    coverage = segment[MODEL].get(f"coverage@{k}")
    return Summary(
        model,
        segment.get("ci", {}).get(ndcg),
        model / popular - 1.0 if known and popular > 0 else None,
        model - popular if known else None,
        segment.get("ci", {}).get(f"{ndcg}_vs_popularity"),
        segment[MODEL].get(f"hit_rate@{k}"),
        segment[POPULARITY].get(f"hit_rate@{k}"),
        None if coverage is None else coverage * record["items"],
        segment["visitors"],
        _stronger(segment, ndcg),
        _popular_on_new(record["evaluation"]["segments"].get("new"), ndcg),
    )


def _stronger(segment: Record, metric: str) -> tuple[str, float] | None:
    figures = {
        name: found[metric] for name, found in _rivals(segment).items() if found.get(metric) is not None
    }
    best = max(figures, key=lambda name: figures[name], default=MODEL)
    return (best, figures[best]) if MODEL in figures and figures[best] > figures[MODEL] else None


def _popular_on_new(segment: Record | None, metric: str) -> tuple[float, float] | None:
    if segment is None or segment["visitors"] < FEWEST_VISITORS:
        return None
    model, popular = segment[MODEL].get(metric), segment[POPULARITY].get(metric)
    return (model, popular) if model is not None and popular is not None and popular > model else None


def standings(segments: Record, k: int) -> list[Standing]:
    """The segments that hold enough visitors, on one common axis."""
    enough = {name: one for name, one in segments.items() if one["visitors"] >= FEWEST_VISITORS}
    metric = f"ndcg@{k}"
    scale = plots.axis(value for one in enough.values() for value in _spread(one, metric))
    return [
        Standing(name, one["visitors"], _bars(one, metric, scale), _metrics(one))
        for name, one in enough.items()
    ]


def metric_bars(segment: Record, metric: str) -> list[BarRow]:
    """One metric of every rival; nothing where no run measured it."""
    values = [found.get(metric) for found in _rivals(segment).values()]
    if all(value is None for value in values):
        return []
    return _bars(segment, metric, plots.axis(values))


def _bars(segment: Record, metric: str, scale: plots.Axis) -> list[BarRow]:
    found = []
    for name, figures in _rivals(segment).items():
        interval = segment.get("ci", {}).get(metric) if name == MODEL else None
        value = figures.get(metric)
        found.append(BarRow(name, value, interval, plots.bar(scale, value, interval)))
    return found


def _spread(segment: Record, metric: str) -> list[float | None]:
    """Everything that an axis of a metric has to hold."""
    interval = segment.get("ci", {}).get(metric) or ()
    return [*(found.get(metric) for found in _rivals(segment).values()), *interval]


def _metrics(segment: Record) -> list[tuple[str, int, dict[str, float | None]]]:
    found = []
    for metric in segment[MODEL]:
        name, _, k = metric.partition("@")
        found.append((name, int(k), {rival: of.get(metric) for rival, of in _rivals(segment).items()}))
    return found


def _rivals(segment: Record) -> dict[str, Record]:
    """The rivals of a segment, the model first."""
    found = {name: of for name, of in segment.items() if isinstance(of, Mapping) and name != "ci"}
    return {MODEL: found[MODEL]} | found


def parts(parts: Record, k: int) -> list[tuple[str, int, BarRow, float | None]]:
    """Channels or groups: name, visitors, the model's row and popularity; the largest first."""
    enough = {name: one for name, one in parts.items() if one["visitors"] >= FEWEST_VISITORS}
    ordered = sorted(enough.items(), key=lambda pair: (-pair[1]["visitors"], pair[0]))
    metric = f"ndcg@{k}"
    scale = plots.axis(value for _, one in ordered for value in _spread(one, metric))
    found = []
    for name, one in ordered:
        value, interval = one[MODEL].get(metric), one.get("ci", {}).get(metric)
        row = BarRow(name, value, interval, plots.bar(scale, value, interval))
        found.append((name, one["visitors"], row, one[POPULARITY].get(metric)))
    return found


def lift_curve(steps: Sequence[Record]) -> Curve | None:
    """Model and popularity over how much is known; the band is the interval of the gain, on popularity."""
    popularity = [Point(step["count"], step["popularity"]) for step in steps]
    model = [
        Point(step["count"], step["model"], *(step["popularity"] + gain for gain in step["gain_ci"]))
        for step in steps
    ]
    return _curve({MODEL: model, POPULARITY: popularity}, steps)


def learning_curve(steps: Sequence[Record]) -> Curve | None:
    """The factors alone over the iterations."""
    points = [Point(step["iteration"], step["ndcg"], *(step.get("ci") or ())) for step in steps]
    return _curve({"factors": points}, steps)


def _curve(series: dict[str, list[Point]], steps: Sequence[Record]) -> Curve | None:
    chart = plots.chart(series)
    return Curve(chart, list(steps)) if chart else None


def worth_bars(facts: Sequence[Record]) -> Callable[[float], Bar | None]:
    """Where the strength of an answer ends, on one axis for all of them."""
    scale = plots.axis(value["moves"] for fact in facts for value in fact["values"])
    return lambda moves: plots.bar(scale, moves)


def named_bars(values: Mapping[str, float]) -> list[BarRow]:
    """Values by name, such as the seconds of the stages."""
    scale = plots.axis(values.values())
    return [BarRow(name, value, None, plots.bar(scale, value)) for name, value in values.items()]


def buckets() -> list[str]:
    """The names of the buckets of known products: 0, 1, 2–3, 4–7, 8+."""
    ends = [high - 1 for high in BUCKETS[1:]]
    return [str(low) if low == end else f"{low}–{end}" for low, end in zip(BUCKETS, ends, strict=False)] + [
        f"{BUCKETS[-1]}+"
    ]


def options(config: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """The configuration as dotted keys."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from options(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
