"""Consent: what of a profile, and of the answers of a running quiz, may be used now."""

from collections.abc import Container

import msgspec

from quizzes.answers import Answer, Fact
from quizzes.definition import Question, Quiz
from quizzes.engine import State
from recsvc.domain.profile import FactValue, Profile
from recsvc.domain.purposes import PERSONALISE


def is_refused(profile: Profile, purpose: str) -> bool:
    """Whether the visitor's last word about a purpose was no."""
    consent = profile.consents.get(purpose)
    return consent is not None and not consent.granted


def usable(profile: Profile, value: FactValue, now: float, opt_in: Container[str]) -> bool:
    """Whether a fact may be read now: not expired, not withdrawn, and granted where that is needed.

    Args:
        profile: whose.
        value: the fact.
        now: Unix seconds.
        opt_in: purposes that are denied until they are granted; a fact that was imported has no grant.
    """
    if value.expires_at is not None and now >= value.expires_at:
        return False
    consent = profile.consents.get(value.purpose)
    return value.purpose not in opt_in if consent is None else consent.granted


def known_facts(profile: Profile, now: float, opt_in: Container[str]) -> dict[str, Fact]:
    """The facts of a profile that may be read now; see `usable`."""
    return {
        fact: value.values for fact, value in profile.facts.items() if usable(profile, value, now, opt_in)
    }


def permitted(profile: Profile) -> Profile:
    """The profile as it may be used: without history and impressions while `personalise` is withdrawn."""
    if not is_refused(profile, PERSONALISE):
        return profile
    return msgspec.structs.replace(profile, recent=(), older=(), seen=())


def purpose_name(quiz: Quiz, question: Question) -> str:
    """The purpose under which a question's answer is kept."""
    return question.purpose or quiz.purpose or ""


def live_answers(quiz: Quiz, state: State, profile: Profile) -> dict[str, Answer]:
    """The answers that count and whose purpose is not withdrawn."""
    refused = {one.id for one in quiz.questions if is_refused(profile, purpose_name(quiz, one))}
    return {name: answer for name, answer in state.live.items() if name not in refused}


def live_facts(quiz: Quiz, state: State, profile: Profile) -> dict[str, Fact]:
    """What these answers say about the visitor."""
    live = live_answers(quiz, state, profile)
    spoken = {question.fact for question in quiz.questions if question.id in live}
    return {fact: value for fact, value in state.facts.items() if fact in spoken}
