"""`recsvc model`: the versions there are, what one is made of, and the way back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click

from recsvc.cli.databases import state_option
from recsvc.cli.model_summary import print_summary
from recsvc.domain.errors import ArtifactError, UsageError
from recsvc.model import versions
from recsvc.model.artifact import REPORT, Manifest, read, read_manifest

STATE = state_option(
    is_eager=True,  # read before --models, whose default lies in it
    expose_value=False,
    callback=lambda ctx, _, state: ctx.meta.update({"state": state}),
)
MODELS = click.option(
    "--models",
    type=click.Path(path_type=Path),
    envvar="RECSVC_MODELS",
    callback=lambda ctx, _, models: models or ctx.meta["state"] / "models",
    help="Where models are published.  [default: STATE/models]",
)
ROW = "{:1} {:25} {:9} {:>9} {:>8} {:>8} {:>10}"
"""Within 80 columns; a version says itself when it was made, in UTC."""
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead.")


@click.group()
def model() -> None:
    """Published models: list them, look into one, go back to an earlier one."""


@model.command("list")
@STATE
@MODELS
@JSON
def list_versions(models: Path, *, as_json: bool) -> None:
    """List the versions, the newest last; * marks the one that is served."""
    rows = [_row(models, version) for version in versions.versions(models)]
    _answer({"models": str(models), "versions": rows}, _print_list, as_json=as_json)


@model.command()
@click.argument("version", required=False)
@STATE
@MODELS
@JSON
def show(version: str | None, models: Path, *, as_json: bool) -> None:
    """Show what VERSION was trained on and how good it is; without it the current one."""
    found = version or versions.current(models)
    if found is None:
        raise UsageError(f"Nothing is published in {models}; train first.")
    if found not in versions.versions(models):
        raise UsageError(f"{found} is not in {models}; `recsvc model list` shows those there are.")
    manifest = read_manifest(models / found)
    _answer(_facts(models, manifest), print_summary, as_json=as_json)


@model.command()
@click.argument("version", required=False)
@STATE
@MODELS
@JSON
def rollback(version: str | None, models: Path, *, as_json: bool) -> None:
    """Withdraw the current version and serve VERSION again; without it the newest sound one before."""
    withdrawn, now = versions.rollback(models, version)
    _answer({"withdrawn": withdrawn, "current": now}, _print_rollback, as_json=as_json)


def _row(models: Path, version: str) -> dict[str, Any]:
    state = "current" if version == _current(models) else "published"
    row: dict[str, Any] = {
        "version": version,
        "state": "withdrawn" if versions.is_withdrawn(models, version) else state,
    }
    try:
        manifest = read(models / version).manifest
    except ArtifactError as error:
        return row | {"state": "broken", "problem": str(error)}
    training = manifest.training
    gate = training.get("gate", {})
    return row | {
        "created_at": manifest.created_at,
        "visitors": training.get("visitors"),
        "items": training.get("items"),
        "ndcg": gate.get("model"),
        "popularity": gate.get("popularity"),
    }


def _current(models: Path) -> str | None:
    try:
        return versions.current(models)
    except ArtifactError:
        return None


def _facts(models: Path, manifest: Manifest) -> dict[str, Any]:
    p = manifest.parameters
    report = models / manifest.version / REPORT
    return {
        **_row(models, manifest.version),
        "factors": p.n_factors,
        "confidence": p.confidence,
        "regularizer": p.regularizer,
        "strengths": p.strengths,
        "facts": [fact.fact for fact in p.facts],
        "directions": len(p.directions),
        "report": str(report) if report.exists() else None,
        "training": manifest.training,
    }


def _answer(found: dict[str, Any], show: Callable[[dict[str, Any]], None], *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        show(found)


def _print_list(found: dict[str, Any]) -> None:
    if not found["versions"]:
        click.echo(f"No model is published in {found['models']} yet; `recsvc train` makes one.")
        return
    click.echo(ROW.format("", "version", "state", "visitors", "items", "NDCG@10", "popularity"))
    for row in found["versions"]:
        mark = "*" if row["state"] == "current" else ""
        figures = (_figure(row.get(name)) for name in ("visitors", "items", "ndcg", "popularity"))
        click.echo(ROW.format(mark, row["version"], row["state"], *figures))
        if "problem" in row:
            click.echo(f"  {row['problem']}")


def _print_rollback(found: dict[str, Any]) -> None:
    click.echo(f"{found['withdrawn']} is withdrawn; {found['current']} is current again.")


def _figure(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else f"{value:,}"
