"""Metrics of the job: a text file for Prometheus' node exporter, as a job that ends has no page to scrape."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from recsvc.domain.errors import NothingNewError

SUCCESS: Final = "recsvc_train_last_success_timestamp_seconds"
GOOD: Final = ("published", NothingNewError.code)
NDCG: Final = "ndcg@10"
BYTES_OF_MB: Final = 1e6

Sample = tuple[str, str, dict[str, str], float]


def write_metrics(path: Path | None, summary: Mapping[str, Any], now: float, console: Console) -> None:
    """Write how a run ended; the time of the last success stays until there is another one.

    Args:
        path: replaced in one rename; None for nowhere. One that cannot be written stops nothing.
        summary: of `recsvc train`, or of the export that failed.
        now: Unix seconds.
        console: hears where it could not be written.
    """
    if path is None:
        return
    success = now if summary["status"] in GOOD else _last_success(path)
    registry, gauges = CollectorRegistry(), dict[str, Gauge]()
    for name, text, labels, number in _samples(summary, now, success):
        if name not in gauges:
            gauges[name] = Gauge(name, text, tuple(labels), registry=registry)
        (gauges[name].labels(**labels) if labels else gauges[name]).set(number)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_to_textfile(str(path), registry)
    except OSError as error:
        console.print(
            f"{path} cannot be written ({error.strerror}).", style="yellow", markup=False, soft_wrap=True
        )


def _samples(summary: Mapping[str, Any], now: float, success: float | None) -> Iterator[Sample]:
    yield "recsvc_train_last_completion_timestamp_seconds", "When a run ended, however it did.", {}, now
    if success is not None:
        yield SUCCESS, "When a run last published a model, or found nothing new.", {}, success
    yield "recsvc_train_status", "How the last run ended.", {"status": str(summary["status"])}, 1
    yield "recsvc_train_exit_code", "What the last run ended with.", {}, summary["exit"]
    yield "recsvc_train_duration_seconds", "How long the last run took.", {}, summary["seconds"]
    for stage, seconds in (summary.get("stages") or {}).items():
        yield "recsvc_train_stage_duration_seconds", "How long a stage took.", {"stage": stage}, seconds
    for source, counts in summary["exported"].items():
        yield "recsvc_train_exported_rows", "Rows of the log exported.", {"source": source}, counts["rows"]
    if summary["read"] is not None:
        yield "recsvc_train_read_lines", "Lines read.", {}, summary["read"]
        yield "recsvc_train_rejected_lines", "Lines that could not be used.", {}, summary["rejected"]
    if summary["peak_mb"] is not None:
        yield "recsvc_train_peak_memory_bytes", "Largest resident size.", {}, summary["peak_mb"] * BYTES_OF_MB
    if summary["gate"] is not None:
        yield "recsvc_train_gate_passed", "Whether the model was good enough.", {}, summary["gate"]["passed"]
        for ranker in ("model", "popularity"):
            quality = summary["metrics"][ranker][NDCG]
            yield "recsvc_train_ndcg", "NDCG@10 on visitors left out.", {"ranker": ranker}, quality


def _last_success(path: Path) -> float | None:
    """The time in the file that is there; None where there is none, or it cannot be read."""
    try:
        families = list(text_string_to_metric_families(path.read_text("utf-8")))
    except (OSError, ValueError):
        return None
    return next(
        (sample.value for family in families for sample in family.samples if sample.name == SUCCESS), None
    )
