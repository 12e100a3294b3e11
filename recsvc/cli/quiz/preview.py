"""`recsvc quiz preview`: the real page of a draft, on this machine, as it is being written."""

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import rich_click as click

from quizzes.definition import Quiz
from quizzes.signals import signals
from recsvc.cli.quiz.reading import beside, read_items_file, read_quiz
from recsvc.cli.serve import run_server
from recsvc.domain.catalogue import Item
from recsvc.settings import load_settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--models", type=click.Path(path_type=Path, file_okay=False), help="Directory of models.")
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Items file.  [default: NAME.items.csv beside the file]",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to listen on."
)
def preview(file: Path, models: Path | None, catalogue: Path | None, port: int) -> None:
    """Show a draft as visitors will see it, until Ctrl-C.

    The page follows the file as it is saved. Nothing is kept. Without --models the products are ranked by
    the shop's own weights alone.
    """
    quiz = read_quiz(file)
    source = catalogue or beside(file, ".items.csv")
    items = read_items_file(source) if catalogue or source.is_file() else []
    with tempfile.TemporaryDirectory(prefix="recsvc-preview-") as place:
        state = Path(place)
        set_up(state, quiz, items, models)
        os.environ |= environment(state, file, models, port)
        address = f"http://127.0.0.1:{port}/quizzes/{quiz.id}"
        click.echo(f"{quiz.id} is at {address} and follows {file}; Ctrl-C ends.")
        if not items:
            click.echo("There are no items, so no products are shown; name an items file with --catalogue.")
        run_server(load_settings(os.environ))


def set_up(state: Path, quiz: Quiz, items: Sequence[Item], models: Path | None) -> None:
    """Fill a fresh state directory: the items into its store, and a model of them where none is named."""
    from recsvc.model.shelf import publish_shelf  # noqa: PLC0415 (help must not wait for NumPy)
    from recsvc.stores import open_store  # noqa: PLC0415

    own = state / "models"
    own.mkdir()
    if not items:
        return
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    try:
        store.put_items(items).result()
    finally:
        store.close()
    if models is None:
        publish_shelf(own, items, wished_values(quiz), datetime.now(UTC))


def environment(state: Path, file: Path, models: Path | None, port: int) -> dict[str, str]:
    """The settings of the preview, as its worker reads them; it follows the file itself."""
    return {
        "RECSVC_CONFIG": "",
        "RECSVC_STATE": str(state),
        "RECSVC_MODELS": str(models or state / "models"),
        "RECSVC_QUIZZES": str(state / "quizzes"),
        "RECSVC_DATABASE": f"sqlite:///{state / 'recsvc.sqlite'}",
        "RECSVC_DRAFTS": str(file.resolve()),
        "RECSVC_HOST": "127.0.0.1",
        "RECSVC_PORT": str(port),
    }


def wished_values(quiz: Quiz) -> frozenset[str]:
    """Every attribute.value for which an answer of the quiz wishes."""
    choices = (choice for question in quiz.questions for choice in question.choices)
    return frozenset(name for choice in choices for name, _ in signals(choice))
