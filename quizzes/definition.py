"""Definition: the frozen Structs that a `*.quiz.toml` or its JSON decodes to; unknown fields are errors."""

import math
import re
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Text = dict[str, str]  # locale → words
QuestionId = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$(?!\n)", max_length=64)]
ChoiceId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*$(?!\n)", max_length=64)]
FactValue = Annotated[str, Meta(pattern=r"^\w(?:[\w .+&/-]*[\w.+-])?$(?!\n)", max_length=64)]
"""The id of a choice, and so a value of a fact as shops keep them: `formal affair`, `Dessert/Port`."""
Days = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}d$(?!\n)")]
Every = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}[mhd]$(?!\n)")]
Count = Annotated[int, Meta(ge=0)]
Number = Annotated[float, Meta(ge=-1e12, le=1e12)]  # the bounds refuse NaN, which has no JSON form
Whole = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
Expression = Annotated[str, Meta(max_length=1000)]
PIPE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)(?:\|([^{}]*))?\}")
"""`{question|fallback}` in a text."""


class Kind(StrEnum):
    """How a question is asked, and so what its answer is."""

    SINGLE = "single"  # a choice id
    MULTI = "multi"  # a list of choice ids
    IMAGE = "image"  # a choice id; with `pick` a list
    SLIDER = "slider"  # a number
    SCALE = "scale"  # a whole number
    RANK = "rank"  # a list of choice ids, best first
    NUMBER = "number"  # a number
    TEXT = "text"  # at most 500 characters, never scored
    CONTACT = "contact"  # {via, address}
    INFO = "info"  # nothing


WITH_CHOICES = frozenset({Kind.SINGLE, Kind.MULTI, Kind.IMAGE, Kind.RANK})
NUMERIC = frozenset({Kind.SLIDER, Kind.SCALE, Kind.NUMBER})


class Place(StrEnum):
    """Whether a question comes before the result or is offered beside it."""

    BEFORE_RESULT = "before_result"
    AFTER_RESULT = "after_result"


class Order(StrEnum):
    """Who decides which question is next."""

    FIXED = "fixed"  # file order
    INFORMATIVE = "informative"  # one order for all, by expected information
    ADAPTIVE = "adaptive"  # by expected information about this visitor


class Basis(StrEnum):
    """What allows an answer to be kept."""

    NOTICE = "notice"  # holds until withdrawn
    OPT_IN = "opt_in"  # denied until granted


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Base of everything a definition holds."""


class Choice(Part, frozen=True):
    """One answer that can be picked."""

    id: FactValue
    text: Text
    image: str | None = None
    alt: Text = {}
    w: dict[str, dict[str, Number]] = {}  # attribute → value → the shop's starting weight
    must: Expression | None = None
    relax: Count = 0  # order in which this `must` is loosened; 0 = never
    unsure: bool = False  # carries no signal
    alone: bool = False  # excludes the other choices, as `unsure` does
    gift: bool = False  # the answers are about somebody else
    ends: bool = False  # closes the quiz early

    @property
    def excludes_others(self) -> bool:
        """Whether it is picked alone or not at all: "none of these", and "I don't know"."""
        return self.alone or self.unsure


class Range(Part, frozen=True):
    """What a slider or a number box takes."""

    min: Number
    max: Number
    step: Number | None = None
    start: Number | None = None
    unit: Text = {}


class Scale(Part, frozen=True):
    """Whole numbers from min to max, with words for both ends or for every step."""

    min: Whole
    max: Whole
    labels: tuple[Text, ...] = ()


class Channel(Part, frozen=True):
    """One way to be written to."""

    via: Literal["email", "line"]
    purpose: str
    confirm: Literal["single", "double", "platform"]


class Question(Part, frozen=True, dict=True):
    """One thing asked on one screen."""

    id: QuestionId
    kind: Kind
    title: Text
    help: Text = {}
    choices: tuple[Choice, ...] = ()
    pick: tuple[Count, Count] | None = None
    range: Range | None = None
    scale: Scale | None = None
    channels: tuple[Channel, ...] = ()
    when: Expression | None = None  # names earlier questions only
    must: Expression | None = None
    relax: Count = 0  # order in which this `must` is loosened; 0 = never
    fact: QuestionId | None = None  # profile key shared by all quizzes and touchpoints
    purpose: str | None = None  # None: the quiz's own
    sensitive: bool = False
    required: bool = False
    place: Place = Place.BEFORE_RESULT

    @property
    def takes_many(self) -> bool:
        """Whether its answer is a list."""
        return self.kind in {Kind.MULTI, Kind.RANK} or (self.kind is Kind.IMAGE and self.pick is not None)

    @property
    def picks(self) -> tuple[int, int]:
        """The fewest and the most choices that may be picked."""
        return self.pick or (1, len(self.choices))

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest number that may be answered."""
        limits = self.scale if self.kind is Kind.SCALE else self.range
        return (limits.min, limits.max) if limits else (-math.inf, math.inf)

    @property
    def counts(self) -> bool:
        """Whether `pace` counts it: asked before the result, and not mere information."""
        return self.place is Place.BEFORE_RESULT and self.kind is not Kind.INFO

    @cached_property
    def piped(self) -> frozenset[str]:
        """The questions whose answers its texts show."""
        texts = [
            self.title,
            self.help,
            *(text for choice in self.choices for text in (choice.text, choice.alt)),
        ]
        return frozenset(
            match[1] for text in texts for words in text.values() for match in PIPE.finditer(words)
        )

    @cached_property
    def choice_ids(self) -> dict[str, int]:
        """The number of each choice; of a repeated id the first."""
        found: dict[str, int] = {}
        for row, choice in enumerate(self.choices):
            found.setdefault(choice.id, row)
        return found

    def choice(self, choice_id: str) -> Choice | None:
        """The choice of that id, None where there is none."""
        row = self.choice_ids.get(choice_id)
        return None if row is None else self.choices[row]

    @property
    def is_gate(self) -> bool:
        """Whether nothing may be shown before it is answered: required, and deciding what may be (age)."""
        return self.required and self.filters

    @cached_property
    def filters(self) -> bool:
        """Whether an answer can rule items out."""
        return self.must is not None or any(choice.must is not None for choice in self.choices)

    @cached_property
    def may_end(self) -> bool:
        """Whether a choice closes the quiz early."""
        return any(choice.ends for choice in self.choices)


class Purpose(Part, frozen=True):
    """Why an answer may be kept, in the words that are shown."""

    basis: Basis
    policy: str  # version of the wording, kept with the answer
    text: Text
    keep: Days | None = None  # after it the answer expires and is asked again

    @property
    def keep_days(self) -> int | None:
        """How long an answer is kept, in days."""
        return int(self.keep[:-1]) if self.keep else None


class Pace(Part, frozen=True):
    """How many questions, in whose order."""

    order: Order = Order.FIXED
    min: Count = 0  # questions before the result, information excluded
    max: Annotated[int, Meta(ge=1)] | None = None
    stop_gain: Number | None = None  # least expected relative fall of the score variance over the top 50


class Result(Part, frozen=True):
    """What an answered quiz shows."""

    slots: tuple[str, ...] = ()  # best item of each item.category, in this order
    min: Count = 0  # items, below which filters are loosened
    why: Count = 2  # reasons shown per item
    empty: Literal["popular", "nothing"] = "popular"
    because: dict[str, dict[str, Text]] = {}  # attribute → value → the reason


class Touchpoint(Part, frozen=True):
    """One question where it fits, while its fact is unknown."""

    id: ChoiceId
    page: str
    ask: tuple[str, ...]
    every: Every | None = None
    per_session: Count | None = None


class Patch(Part, frozen=True):
    """What an arm of an experiment changes."""

    first: str | None = None  # a question without `when`, which is asked before all others
    order: Order | None = None
    max: Annotated[int, Meta(ge=1)] | None = None
    stop_gain: Number | None = None
    texts: dict[str, Text] = {}  # address of a text, as `quiz texts export` names it → other words


class Experiment(Part, frozen=True):
    """Arms over one revision; the unit is the visitor."""

    key: str
    arms: dict[str, Number]  # arm → share
    set: dict[str, Patch] = {}  # arm → patch


class Quiz(Part, frozen=True):
    """One revision of a quiz."""

    schema: Literal[1]
    id: ChoiceId
    revision: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    locales: Annotated[tuple[str, ...], Meta(min_length=1)]  # the first is the fallback
    title: Text
    questions: Annotated[tuple[Question, ...], Meta(min_length=1)]
    purpose: str | None = None  # of a question that names none
    pace: Pace = Pace()
    purposes: dict[str, Purpose] = {}
    result: Result = Result()
    touchpoints: tuple[Touchpoint, ...] = ()
    experiment: Experiment | None = None

    @property
    def asking_order(self) -> list[Question]:
        """The questions in file order, what is offered after the result last."""
        return sorted(self.questions, key=lambda question: question.place is Place.AFTER_RESULT)

    def question(self, question_id: str) -> Question | None:
        """The question of that id, None where there is none."""
        return next((question for question in self.questions if question.id == question_id), None)

    def purpose_of(self, question: Question) -> Purpose | None:
        """What allows a question's answer to be kept, None where nothing does."""
        return self.purposes.get(question.purpose or self.purpose or "")
