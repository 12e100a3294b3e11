"""Answers: what a visitor may say to one question, in its wire form and as a fact."""

import math
import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from quizzes.definition import NUMERIC, WITH_CHOICES, Choice, Kind, Question
from quizzes.errors import AnswerError

TEXT_LIMIT = 500
ADDRESS_LIMIT = 254
NUMBER = re.compile(r"\s*[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?\s*")
ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\"\\%-][^\s@,;:<>()\[\]\"\\%]*@[^\W_][\w-]*(?:\.[\w-]*[^\W_])+")
Fact = tuple[str, ...] | float
PLACED = re.compile(r"([1-9][0-9]{0,2}):(.+)")
"""A choice with its place in a ranking; no choice id holds a colon."""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One answer: a value, or the wish to skip."""

    value: str | float | tuple[str, ...] | dict[str, str] | None = None
    skip: bool = False


SKIPPED = Answer(skip=True)


def check(question: Question, raw: object) -> Answer:
    """Turn `{"value": …}` or `{"skip": true}` into an answer to a question.

    Raises:
        AnswerError: it is none.
    """
    if not isinstance(raw, Mapping) or len(raw) != 1 or not ({"value", "skip"} & set(raw)):
        raise AnswerError("wrong_type", 'An answer is {"value": …} or {"skip": true}, and nothing else.')
    if question.kind is Kind.INFO:
        return SKIPPED
    if "value" in raw:
        return Answer(_CHECKS[question.kind](question, raw["value"]))
    if raw["skip"] is not True:
        raise AnswerError("wrong_type", "`skip` can only be true; send `value` to answer.")
    if question.required:
        raise AnswerError("required", f"Question `{question.id}` needs an answer and cannot be skipped.")
    return SKIPPED


def from_form(question: Question, values: Sequence[str]) -> dict[str, object]:
    """Turn the repeated `value` of a form into what `check` takes; texts that are no numbers stay texts.

    Raises:
        AnswerError: two choices of a ranking were put on one place.
    """
    if question.takes_many:
        return {"value": _ranked(question, values) if question.kind is Kind.RANK else list(values)}
    if not values:
        return {"skip": True}
    if question.kind in NUMERIC:
        return {"value": float(values[0]) if NUMBER.fullmatch(values[0]) else values[0]}
    if question.kind is Kind.CONTACT:
        by_mail = values[0] == "email"
        return {"value": dict(zip(("via", "address"), values[: 1 + by_mail], strict=False))}
    return {"value": values[0]}


def _ranked(question: Question, values: Sequence[str]) -> list[str]:
    """Choices in their order: as they come, or by place where each says its own (`2:rich`)."""
    placed = [match.groups() for value in values if (match := PLACED.fullmatch(value))]
    if len(placed) < len(values) or not values:
        return list(values)
    if len({int(place) for place, _ in placed}) < len(placed):
        raise AnswerError("same_place", f"Question `{question.id}`: two choices are on the same place.")
    return [choice for _, choice in sorted(placed, key=lambda one: int(one[0]))]


def picked(question: Question, answer: Answer) -> list[Choice]:
    """The choices an answer picks, in its order; what the question does not know is left out."""
    value = answer.value
    ids = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
    found = (question.choice(choice_id) for choice_id in ids)
    return [choice for choice in found if choice is not None]


def fact_value(question: Question, answer: Answer) -> Fact | None:
    """What an answer says about the question's fact; None where it says nothing (skipped, unsure)."""
    if question.fact is None or answer.skip:
        return None
    if question.kind in NUMERIC:
        return answer.value if isinstance(answer.value, float) else None
    return tuple(choice.id for choice in picked(question, answer) if not choice.unsure) or None


def from_fact(question: Question, facts: Mapping[str, Fact]) -> Answer | None:
    """The answer that a known fact stands for; None where it is unknown or of another type.

    What fits no answer here (several values where one is picked, a choice of another quiz) is known all the
    same: it stands for a skip. But a question that filters items is asked then: a value that it does not
    know must not count as "nothing to avoid".
    """
    value = facts.get(question.fact) if question.fact else None
    if question.kind in NUMERIC:
        return None if value is None or isinstance(value, tuple) else Answer(float(value))
    if not isinstance(value, tuple) or not value or question.kind not in WITH_CHOICES:
        return None
    fitting = tuple(one for one in value if one in question.choice_ids)
    fits = fitting == value and (question.takes_many or len(value) == 1)
    if not fits and question.filters:
        return None
    if not fitting or (len(value) > 1 and not question.takes_many):
        return SKIPPED
    if question.takes_many:
        return Answer(_in_file_order(question, fitting) if question.kind is not Kind.RANK else fitting)
    return Answer(fitting[0])


def _in_file_order(question: Question, ids: tuple[str, ...]) -> tuple[str, ...]:
    order = question.choice_ids
    return tuple(sorted(ids, key=lambda choice_id: (order.get(choice_id, len(order)), choice_id)))


def _one(question: Question, value: object) -> str:
    if not isinstance(value, str):
        raise AnswerError("wrong_type", f"Question `{question.id}` takes the id of one choice, as text.")
    return _known_choice(question, value).id


def _many(question: Question, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise AnswerError("wrong_type", f"Question `{question.id}` takes a list of choice ids.")
    choices = [_known_choice(question, one) for one in value]
    ids = tuple(choice.id for choice in choices)
    if len(set(ids)) != len(ids):
        raise AnswerError("repeated_choice", f"Question `{question.id}`: a choice is named twice.")
    _check_count(question, len(ids))
    alone = next((choice.id for choice in choices if choice.excludes_others), None)
    if alone and len(ids) > 1:
        raise AnswerError("alone", f"Question `{question.id}`: `{alone}` excludes the other choices.")
    return ids if question.kind is Kind.RANK else _in_file_order(question, ids)


def _image(question: Question, value: object) -> str | tuple[str, ...]:
    return _many(question, value) if question.takes_many else _one(question, value)


def _check_count(question: Question, count: int) -> None:
    fewest, most = question.picks
    if count > most:
        raise AnswerError("too_many_picks", f"Question `{question.id}` takes at most {most}, got {count}.")
    if count < fewest:
        raise AnswerError("too_few_picks", f"Question `{question.id}` takes at least {fewest}, got {count}.")


def _known_choice(question: Question, choice_id: str) -> Choice:
    choice = question.choice(choice_id)
    if choice is None:
        there = ", ".join(one.id for one in question.choices)
        raise AnswerError("unknown_choice", f"Question `{question.id}` has these choices: {there}.")
    return choice


def _number(question: Question, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise AnswerError("wrong_type", f"Question `{question.id}` takes a number.")
    if question.kind is Kind.SCALE and value != int(value):
        raise AnswerError("wrong_type", f"Question `{question.id}` takes a whole number.")
    lowest, highest = question.bounds
    if not lowest <= value <= highest:
        raise AnswerError(
            "out_of_range", f"Question `{question.id}` takes {lowest:g} to {highest:g}, got {value:g}."
        )
    return float(value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _text(question: Question, value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise AnswerError("wrong_type", f"Question `{question.id}` takes text.")
    words = value.strip()
    if not words:
        raise AnswerError("empty", f"Question `{question.id}`: write something, or skip.")
    if len(words) > TEXT_LIMIT:
        raise AnswerError(
            "too_long", f"Question `{question.id}` takes {TEXT_LIMIT} characters, got {len(words)}."
        )
    return words


def _contact(question: Question, value: object) -> dict[str, str]:
    try:
        contact = msgspec.convert(value, dict[str, str])
    except msgspec.ValidationError:
        contact = {}
    if "via" not in contact or not contact.keys() <= {"via", "address"}:
        raise AnswerError("wrong_type", f'Question `{question.id}` takes {{"via": …, "address": …}}.')
    via = contact["via"]
    if via not in {channel.via for channel in question.channels}:
        raise AnswerError("unknown_channel", f"Question `{question.id}` has no channel `{via}`.")
    if via == "email" and not is_address(contact.get("address", "")):
        raise AnswerError("wrong_type", f"Question `{question.id}`: that is no e-mail address.")
    return contact


def is_address(text: str) -> bool:
    """One plain address: nothing that a mail program could take for two, for a header or for an option."""
    return len(text) <= ADDRESS_LIMIT and text.isprintable() and ADDRESS.fullmatch(text) is not None


_CHECKS: Mapping[Kind, Callable[[Question, object], str | float | tuple[str, ...] | dict[str, str]]] = {
    Kind.SINGLE: _one,
    Kind.MULTI: _many,
    Kind.IMAGE: _image,
    Kind.RANK: _many,
    Kind.SLIDER: _number,
    Kind.SCALE: _number,
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
    Kind.CONTACT: _contact,
}
