"""The documents are complete: what the code offers is described, and what they show can be run."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import rich_click as click
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from quizzes.definition import Kind
from quizzes.lint import RULES
from recsvc.app import create_app
from recsvc.cli import cli
from recsvc.domain.errors import RecsvcError
from recsvc.domain.events import EventKind
from recsvc.domain.limits import Limits
from recsvc.domain.placements import Placement, Strategy
from recsvc.files.rejects import REASONS
from recsvc.http.wire import SMALL_BODY
from recsvc.model.artifact import DTYPES, INDEX
from recsvc.serving.placement_file import recipes
from recsvc.settings import OVERRIDES, Settings
from tests.conventions.documented import shell_blocks
from tests.conventions.tree import ROOT, tracked
from training.config import TrainingConfig

ROOMS = "recsvc|quizzes|training|tests|docs|deploy|benchmarks"


def _text(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def _headings(name: str) -> set[str]:
    """What the headings name in code type: ### `purchase`, ### `recsvc model list`."""
    lines = re.findall(r"^#+ .*$", _text(name), re.MULTILINE)
    return {quoted for line in lines for quoted in re.findall(r"`([^`]+)`", line)}


def test_every_event_kind_has_a_heading() -> None:
    assert {kind.value for kind in EventKind} == _headings("events.md")


def test_every_setting_has_a_heading() -> None:
    assert set(Settings.__struct_fields__) <= _headings("operating.md")


def test_every_limit_is_described() -> None:
    assert [name for name in Limits.__struct_fields__ if f"| `{name}` |" not in _text("operating.md")] == []


def test_bodies_are_as_large_as_described(tmp_path: Path) -> None:
    rows = re.findall(r"^\| `([A-Z]+ /\S+)` \| (\d+) ([KM])iB \|", _text("http-api.md"), re.MULTILINE)
    said = {route: int(number) * {"K": 2**10, "M": 2**20}[unit] for route, number, unit in rows}
    app = create_app(Settings(state=str(tmp_path)))
    for name, handler in _api_handlers(app):
        assert handler.resolve_request_max_body_size() == said.pop(name, SMALL_BODY), name
    assert said == {}


def _api_handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/v1/"):
            path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path_format)
            for method, (handler, _) in route.route_handler_map.items():
                if method not in {"OPTIONS", "HEAD", "GET", "DELETE"}:
                    yield f"{method} {path}", handler


def test_every_override_is_described() -> None:
    assert [name for name in OVERRIDES if f"`RECSVC_{name.upper()}`" not in _text("operating.md")] == []


def test_every_part_of_a_placement_is_described() -> None:
    words = [*Placement.__struct_fields__, *(strategy.value for strategy in Strategy), *recipes()]
    assert [word for word in words if f"`{word}`" not in _text("placements.md")] == []


def test_every_training_option_is_described() -> None:
    text = _text("training.md")
    assert [key for key in _keys(TrainingConfig) if f"`{key}`" not in text] == []


def _keys(struct: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    for field in msgspec.structs.fields(struct):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _keys(field.type, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}"


def test_every_rule_for_quizzes_is_described() -> None:
    text = _text("quiz-format.md")
    assert [rule.code for rule in RULES if f"| `{rule.code}` | {rule.level.name.lower()} |" not in text] == []


def test_every_kind_of_question_is_described() -> None:
    assert [kind.value for kind in Kind if f"`{kind.value}`" not in _text("quiz-format.md")] == []


def test_every_reason_of_a_reject_is_described() -> None:
    assert [reason for reason in REASONS if f"`{reason}`" not in _text("files.md")] == []


def test_every_array_of_an_artifact_is_described() -> None:
    assert [name for name in (*DTYPES, *INDEX) if f"`{name}`" not in _text("artifact-format.md")] == []


def test_every_route_is_described(tmp_path: Path) -> None:
    named = set(re.findall(r"`([A-Z]+ /[^`]*)`", _text("http-api.md")))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "households.json").write_text("[]", "utf-8")
    app = create_app(Settings(state=str(tmp_path), demo=True))
    assert set(_routes(app)) - named == set()


def _routes(app: Litestar) -> Iterator[str]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path_format)
            if (
                path != "/docs/{path}"
            ):  # Litestar's own way to other documentation pages, of which there are none
                yield from (f"{method} {path}" for method in route.methods - {"OPTIONS", "HEAD"})


def test_every_error_code_has_a_heading() -> None:
    assert {error.code for error in _leaves(RecsvcError)} - _headings("errors.md") == set()


def _leaves(error: type[RecsvcError]) -> Iterator[type[RecsvcError]]:
    for child in error.__subclasses__():
        if child.__module__ == RecsvcError.__module__:
            yield child
        yield from _leaves(child)


def test_every_command_has_a_heading() -> None:
    assert set(_commands(cli, ("recsvc",))) == _headings("command-line.md")


def _commands(group: click.Group, words: tuple[str, ...]) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, (*words, name))
        else:
            yield " ".join((*words, name))


def test_every_flag_of_a_command_is_described() -> None:
    text = _text("command-line.md")
    missing = {flag for flag in _flags(cli) if not re.search(rf"{flag}(?![\w-])", text)}
    assert missing == set()


def _flags(group: click.Group) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _flags(command)
        elif command is not None:
            yield from (flag for option in command.params for flag in option.opts if flag.startswith("--"))


def test_every_decision_is_short_and_names_what_enforces_it() -> None:
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= 40, path.name
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
            "Context",
            "Decision",
            "Consequences",
            "Enforced by",
        ], path.name


def test_links_inside_the_tree_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in tracked(".md")
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert broken == []


def test_named_paths_of_the_tree_exist() -> None:
    """A pattern may stand for several files."""
    broken = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in tracked(".md")
        for name in re.findall(rf"`((?:{ROOMS})/[\w./*-]*)`", path.read_text("utf-8"))
        if not any(ROOT.glob(name.rstrip("/")))
    ]
    assert broken == []


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_readme_leads_to_every_page(readme: str) -> None:
    linked = set(re.findall(r"\]\((docs/[^)#]+)", (ROOT / readme).read_text("utf-8")))
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} - linked == set()


def test_readme_shows_the_two_commands_and_ci_runs_its_blocks() -> None:
    commands = [block.commands.strip() for block in shell_blocks(ROOT / "README.md")]
    assert commands.count("make demo") == 1
    assert commands.count("make test") == 1
    assert commands == [block.commands.strip() for block in shell_blocks(ROOT / "README.ja.md")]
    assert "tests/conventions/documented.py README.md" in (ROOT / ".ci" / "run").read_text("utf-8")
