"""Parts of definitions, with as little as they need."""

from typing import Any

import msgspec

from quizzes.definition import Quiz

Raw = dict[str, Any]


def words(text: str) -> dict[str, str]:
    return {"ja": text, "en": text}


def choice(choice_id: str, **fields: Any) -> Raw:
    return {"id": choice_id, "text": words(choice_id), **fields}


def question(question_id: str, kind: str = "single", **fields: Any) -> Raw:
    if kind in {"single", "multi", "rank"}:
        fields.setdefault("choices", [choice("a"), choice("b"), choice("c")])
    return {"id": question_id, "kind": kind, "title": words(question_id), **fields}


def kept(question_id: str, kind: str = "single", **fields: Any) -> Raw:
    """A question whose answer has an effect: it is kept as a fact, where its kind can be."""
    if kind not in {"text", "info", "contact"}:
        fields.setdefault("fact", f"of_{question_id}")
    return question(question_id, kind, **fields)


def purpose(**fields: Any) -> Raw:
    return {"basis": "notice", "policy": "1", "keep": "90d", "text": words("Why"), **fields}


def raw_quiz(*questions: Raw, **fields: Any) -> Raw:
    return {
        "schema": 1,
        "id": "try",
        "revision": 1,
        "locales": ["ja", "en"],
        "title": words("Try"),
        "purpose": "p",
        "purposes": {
            "p": purpose(),
            "health": purpose(basis="opt_in"),
            "long": purpose(basis="opt_in", keep="365d"),
        },
        "questions": questions or [kept("one")],
        **fields,
    }


def build(*questions: Raw, **fields: Any) -> Quiz:
    return msgspec.convert(raw_quiz(*questions, **fields), Quiz)
