"""The training configuration: one TOML, a few options, every default with its evidence."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.model.confidence import DEFAULT_KIND_WEIGHTS, Confidence

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]


class ConfidenceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How lines become confidences; `alpha` may be left to the data.

    Groceries (weeks 46-49), NDCG@20 of the fold-in alone: exponents 0 and 0 .190, .5 and .25 .202. With a
    half-life of 180 days own counts rank repeats at .354, with 84 .354, without .334.
    """

    alpha: Annotated[float, Meta(gt=1)] | None = None  # None: by density, see interactions.choose_alpha
    half_life_days: Positive | None = 180.0
    visitor_exponent: Share = 0.5
    item_exponent: Share = 0.25
    kinds: dict[str, Annotated[float, Meta(ge=0)]] = msgspec.field(
        default_factory=lambda: dict(DEFAULT_KIND_WEIGHTS)
    )

    def with_alpha(self, alpha: float) -> Confidence:
        """The finished confidence of the model."""
        return Confidence(
            alpha=self.alpha or alpha,
            half_life_days=self.half_life_days,
            visitor_exponent=self.visitor_exponent,
            item_exponent=self.item_exponent,
            kinds=self.kinds,
        )


class TableConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Neighbours kept for each item."""

    item_item: Count = 100  # 200 make the artifact of 33,000 items 74 MB, two thirds of it this table
    similar: Count = 24
    together: Count = 24


class LeftOutConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who judges the model: visitors that the matrix never sees."""

    share: Annotated[float, Meta(gt=0, le=0.02)] = 0.02
    at_most: Annotated[int, Meta(ge=1, le=20_000)] = 20_000


class TrainingConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything a run can be told beside its files."""

    seed: int = 7
    factors: Count = 64
    iterations: Count = 15
    regularization: Positive = 50.0  # best by hand: groceries 30 to 60, dresses 30, wines 60, films 60 to 100
    confidence: ConfidenceConfig = ConfidenceConfig()
    residual_rank: Annotated[int, Meta(ge=0)] = 16  # dresses: .0482 with it, .0448 without
    answer_ridge: Positive = 30.0  # dresses: 30 .0472, 100 .0469, 300 .0445; films and wines do not care
    numeric_facts: tuple[str, ...] = ()
    tables: TableConfig = TableConfig()
    left_out: LeftOutConfig = LeftOutConfig()
    min_item_visitors: Count = 3  # rarer items are noise; of 68,500 groceries 33,000 stay
    max_visitor_lines: Count = 10_000  # the busiest of 2,469 households has 4,193 in a year
    window_days: Positive | None = None


def load_config(path: Path | None, assignments: Iterable[str] = ()) -> TrainingConfig:
    """Read a configuration; assignments win over the file.

    Args:
        path: a TOML file, None for the defaults.
        assignments: `key=value` with dotted keys and TOML values; a bare word is text.

    Raises:
        UsageError: an unknown key or a value that cannot be, with the nearest key that exists.
        InputOutputError: the file cannot be read.
    """
    tree = _read(path) if path else {}
    for assignment in assignments:
        _assign(tree, assignment)
    _refuse_unknown(tree, TrainingConfig, "")
    try:
        return msgspec.convert(tree, TrainingConfig)
    except msgspec.ValidationError as error:
        raise UsageError(f"The training configuration cannot be: {error}.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML ({error}).") from error
    except OSError as error:
        raise InputOutputError(f"{path} cannot be read ({error.strerror}).") from error


def _assign(tree: dict[str, Any], assignment: str) -> None:
    key, equals, text = assignment.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"--set {assignment} is not key=value, for example --set factors=128.")
    *parents, last = key.strip().split(".")
    for parent in parents:
        child = tree.setdefault(parent, {})
        if not isinstance(child, dict):
            raise UsageError(f"--set {key}: {parent} is a single value and has no keys below it.")
        tree = child
    tree[last] = _value(text.strip())


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _refuse_unknown(tree: Mapping[str, Any], struct: type[msgspec.Struct], prefix: str) -> None:
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    for key, value in tree.items():
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=3, cutoff=0.5)
            known = " or ".join(near) if near else "one of " + ", ".join(fields)
            raise UsageError(f"Unknown training key {prefix}{key}; did you mean {known}?")
        kind = fields[key].type
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
            _refuse_unknown(value, kind, f"{prefix}{key}.")
