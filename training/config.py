"""The training configuration: one TOML, a few options, and the bounds of each key."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.model.confidence import DEFAULT_KIND_WEIGHTS, Confidence
from recsvc.model.parameters import Strengths

Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]  # what every random generator takes
Days = Annotated[float, Meta(gt=0, le=36_500)]
Strength = Annotated[float, Meta(gt=0, le=1e6)]
Length = Annotated[int, Meta(ge=1, le=1_000)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
FACTORS: Final = 64
"""Numbers an item where nothing is said and the data carry them."""
Share = Annotated[float, Meta(ge=0, le=1)]


class ConfidenceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How lines become confidences; `alpha` may be left to the data."""

    alpha: Annotated[float, Meta(gt=1, le=1e6)] | None = (
        None  # None: by density, see interactions.choose_alpha
    )
    half_life_days: Days | None = 180.0
    visitor_exponent: Share = 0.5
    item_exponent: Share = 0.25
    kinds: dict[str, Annotated[float, Meta(ge=0, le=1e6)]] = msgspec.field(
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


class ItemItemConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The item-item table of the score (docs/training.md)."""

    method: Literal["visitors", "sequences", "regression", "attributes"] = "visitors"
    neighbours: Length = 100  # eight bytes each for every item: the artifact grows with it
    visitor_exponent: Share = 1.0  # how much less a busy visitor says about a pair
    seen_exponent: Share = 0.6
    candidate_exponent: Share = 0.3
    steps: Annotated[int, Meta(ge=1, le=100)] = 7  # sequences: moments apart that still make a pair
    half_life_steps: Annotated[float, Meta(gt=0, le=1_000)] = 3.0  # sequences: moments apart that count half
    backward: Share = 0.3  # sequences: what a pair counts against its order
    history_half_life_steps: Annotated[float, Meta(gt=0, le=1_000)] | None = None  # of what a visitor had
    ridge: Strength = 300.0  # regression: λ
    dropout: Annotated[float, Meta(ge=0, lt=1)] = 0.3  # regression: share of a row that is guessed at


class NewItemsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What items that nobody has taken yet take over from those that share their attributes."""

    vector: Share = 0.5  # share of their mean vector
    kinship: Annotated[float, Meta(ge=0, le=1_000)] = (
        20.0  # of a place in the item-item table, in strongest ones
    )
    beside: Length = 20  # new items kept in the row of a known one
    at_most: Annotated[int, Meta(ge=0, le=1_000_000)] = 10_000


class TableConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Neighbours kept for each item."""

    similar: Length = 24
    together: Length = 24


class LeftOutConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who judges the model: visitors that the matrix never sees."""

    share: Annotated[float, Meta(ge=0, le=0.02)] = 0.02  # 0: nobody judges, and --force publishes
    at_most: Annotated[int, Meta(ge=1, le=20_000)] = 20_000


class GateConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is published beside what beats popularity."""

    max_loss: Share = 0.02  # three seeds of one grocer lay as far apart
    min_coverage: Share = 0.02
    max_brand_share: Share = 0.5


class SparkConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What only the Spark engine reads."""

    regularization: Strength | None = None  # λ of MLlib, times a row's pairs; None: als.regularization
    pair_budget: Annotated[int, Meta(ge=1, le=10**15)] = 2_000_000_000  # pairs counted for each table
    directory: str | None = None  # seen by the driver and by every worker under this path
    settings: dict[str, str] = {}  # of Spark itself, as spark.executor.memory


class TrainingConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything a run can be told beside its files."""

    seed: Seed = 7
    factors: Length | None = None  # None: FACTORS, or fewer where the data carry fewer
    iterations: Length = 15
    regularization: Strength = 50.0
    frequency_exponent: Annotated[float, Meta(ge=0, le=2)] = 0.5  # ν of λ_row
    confidence: ConfidenceConfig = ConfidenceConfig()
    residual_rank: Annotated[int, Meta(ge=0, le=1_000)] = 16
    answer_ridge: Strength = 30.0
    answer_half_life_days: Days | None = 180.0  # what an answer changes is taken to fade rather slowly
    numeric_facts: tuple[str, ...] = ()
    item_item: ItemItemConfig = ItemItemConfig()
    new_items: NewItemsConfig = NewItemsConfig()
    tables: TableConfig = TableConfig()
    left_out: LeftOutConfig = LeftOutConfig()
    strengths: Strengths | None = None  # None: found on the visitors left out
    gate: GateConfig = GateConfig()
    index_from: Count = 10_000  # items; below, a pass over all of them takes as long (docs/scoring.md)
    min_item_visitors: Count = 3  # what one or two visitors touched says little
    max_visitor_lines: Count = 10_000  # more is a robot rather than a person
    window_days: Days | None = None
    spark: SparkConfig = SparkConfig()

    @property
    def n_factors(self) -> int:
        """Numbers an item."""
        return self.factors or FACTORS


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
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML that can be read ({error}).") from error
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
    try:
        tree[last] = _value(text.strip())
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--set {key} has a value that cannot be read ({error}).") from error


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
