"""The command `tune`; it reaches `recsvc` through an entry point."""

from pathlib import Path
from typing import Any

import rich_click as click
from rich.console import Console

from recsvc.domain.errors import UsageError
from training.cli import PATH, SPLIT, Parsed, closing_summary
from training.moments import Split, parse_budget, parse_metric

BUDGET = Parsed("time", parse_budget)
METRIC = Parsed("metric@k", parse_metric)


@click.command()
@click.option(
    "--events",
    type=PATH,
    multiple=True,
    required=True,
    help="Events to fit on: files or directories. May be given again.",
)
@click.option("--items", type=PATH, help="The catalogue.")
@click.option("--facts", type=PATH, help="What visitors declared.")
@click.option(
    "--split", type=SPLIT, help="Judge on a part of the events: time:TIME or last:N of each visitor."
)
@click.option("--valid", type=PATH, help="Instead: what visitors took later: visitor_id, item_id.")
@click.option("--history", type=PATH, help="What is known of them.  [default: the events]")
@click.option("--valid-facts", type=PATH, help="What they declared.  [default: --facts]")
@click.option("--metric", type=METRIC, default="ndcg@10", show_default=True, help="What to make high.")
@click.option(
    "--judges",
    type=click.IntRange(min=25),
    default=2_000,
    show_default=True,
    help="Visitors that judge, at most.",
)
@click.option("--budget", type=BUDGET, default="10m", show_default=True, help="Time to search: 90s, 10m, 2h.")
@click.option("--config", type=PATH, envvar="RECSVC_TRAINING_CONFIG", help="Where to start, TOML.")
@click.option(
    "--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One key of it; may be given again."
)
@click.option("--timezone", default="UTC", show_default=True, help="Of times that name no zone.")
@click.option(
    "--out", type=PATH, required=True, help="The configuration found, TOML; log and picture beside it."
)
@click.option("--json", "as_json", is_flag=True, help="One summary object as the last line of stdout.")
def tune(
    events: tuple[Path, ...],
    items: Path | None,
    facts: Path | None,
    split: Split | None,
    valid: Path | None,
    history: Path | None,
    valid_facts: Path | None,
    metric: Any,
    judges: int,
    budget: float,
    config: Path | None,
    assignments: tuple[str, ...],
    timezone: str,
    out: Path,
    *,
    as_json: bool,
) -> None:  # fmt: skip
    """Search for the training configuration that does best on validation; the same command again goes on.

    Judges on the later part of the events (`--split`), or on files as `recsvc evaluate` takes (`--valid`).
    """
    # polars and implicit load only when a command runs: `recsvc serve` shares this program.
    from recsvc.files.rejects import Rejects  # noqa: PLC0415
    from training.config import load_config  # noqa: PLC0415
    from training.inputs import Inputs  # noqa: PLC0415
    from training.metrics import Metric  # noqa: PLC0415
    from training.stages import peak_mb  # noqa: PLC0415
    from training.tune import run as search  # noqa: PLC0415
    from training.tune.validation import Judges  # noqa: PLC0415

    console, rejects = Console(stderr=True), Rejects()
    with closing_summary(console, as_json=as_json) as summary:
        if (valid is None) == (split is None):
            raise UsageError("Pass either --split, to judge on a part of the events, or --valid.")
        start = load_config(config, assignments) if config or assignments else None
        order = search.Order(
            Inputs(list(events), items, facts, timezone),
            Judges(valid, history, valid_facts, split, judges),
            start, Metric(*metric), budget, out,
        )  # fmt: skip
        found = search.run(order, console, rejects)
        search.print_best(found, console, str(order.metric))
        summary |= {"status": "done", **found.summary(), "read": rejects.read, "rejected": rejects.total}
        summary |= {"peak_mb": peak_mb()}
