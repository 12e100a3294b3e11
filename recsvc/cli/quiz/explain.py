"""`recsvc quiz explain`: which questions matter, which can be dropped, and what each answer is worth."""

from pathlib import Path

import msgspec
import rich_click as click
from rich.console import Console

from recsvc.cli.databases import state_option
from recsvc.cli.quiz.explanation_tables import print_explanation
from recsvc.cli.quiz.reading import beside, read_items_file, read_quiz
from recsvc.domain.catalogue import Item
from recsvc.domain.errors import UsageError
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Artifact
from recsvc.serving.quiz_explanation import explain as explain_quiz


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@state_option()
@click.option(
    "--models",
    metavar="DIR[@VERSION]",
    envvar="RECSVC_MODELS",
    help="The model that weighs the answers.  [default: STATE/models, where one is published]",
)
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    help="Items file or Merchant feed.  [default: NAME.items.csv beside NAME.quiz.toml]",
)
@click.option("--locale", help="Language of the texts.  [default: the first of the quiz]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead.")
def explain(
    file: Path, state: Path, models: str | None, catalogue: Path | None, locale: str | None, *, as_json: bool
) -> None:
    """Show which questions matter, which could be dropped, and what each answer is worth.

    Without a model there are only the shop's own weights.
    """
    quiz = read_quiz(file)
    if locale is not None and locale not in quiz.locales:
        raise UsageError(f"--locale {locale}: {file} has {', '.join(quiz.locales)}.")
    model = _read_model(models, state)
    items = _read_items(catalogue, file) if model else []
    found = explain_quiz(quiz, model, items, locale or quiz.locales[0])
    if as_json:
        click.echo(msgspec.json.encode({"status": "done", "exit": 0, **msgspec.to_builtins(found)}).decode())
    else:
        print_explanation(found, Console(highlight=False))


def _read_model(models: str | None, state: Path) -> Artifact | None:
    """The model that was named, else the one that is served, else none."""
    if models is None and versions.current(state / "models") is None:
        return None
    return artifacts.read(versions.resolve(models or str(state / "models")))


def _read_items(catalogue: Path | None, file: Path) -> list[Item]:
    source = catalogue or beside(file, ".items.csv")
    return read_items_file(source) if catalogue or source.is_file() else []
