"""Consent: every answer has a purpose, sensitive ones an opt-in, and each an end."""

from collections.abc import Iterator

from quizzes.definition import Basis, Channel, Kind, Place, Question
from quizzes.nearest import nearest
from quizzes.rules.rule import Level, Problem, Rule, Subject

SENSITIVE_KEEP_DAYS = 180
CONSENT_MODE = (
    "ad_storage", "ad_user_data", "ad_personalization", "analytics_storage",
    "functionality_storage", "personalization_storage", "security_storage",
)  # fmt: skip
"""Words of Google's Consent Mode v2, which services read as other purposes, or as none."""
GENERAL = ("personalise", "share")
"""Purposes that cover more than an address: a button in a mail does not grant them."""


def missing_purposes(subject: Subject) -> Iterator[Problem]:
    """An answer would be kept for a purpose that nobody was told."""
    quiz = subject.quiz
    for place, question in subject.questions():
        if question.kind is Kind.INFO:
            continue
        for number, channel in enumerate(question.channels):
            if channel.purpose not in quiz.purposes:
                hint = nearest(channel.purpose, quiz.purposes)
                message = (
                    f"channel `{channel.via}` names no purpose of this quiz: `{channel.purpose}`; {hint}"
                )
                yield Problem(place, f"channels[{number}].purpose", message)
        name = question.purpose or quiz.purpose
        if name is None and not question.channels:
            message = f"question `{question.id}` has no purpose; name one, or give the quiz one."
            yield Problem(place, "purpose", message)
        elif name is not None and name not in quiz.purposes:
            hint = nearest(name, quiz.purposes)
            message = f"question `{question.id}`: [purposes] does not define `{name}`; {hint}"
            yield Problem(place, "purpose", message)


def reserved_purposes(subject: Subject) -> Iterator[Problem]:
    """A purpose has a name under which nobody could withdraw it again."""
    for name in subject.quiz.purposes:
        if name in CONSENT_MODE:
            message = (
                f"purpose `{name}` is called like a word of Consent Mode, which is read as something else: "
                "who withdraws it would withdraw nothing; call it by what it is for, such as `mail`."
            )
            yield Problem(("purposes", name), "", message)
    for place, channel in _channels(subject):
        if channel.purpose in GENERAL:
            message = (
                f"channel `{channel.via}` asks for the purpose `{channel.purpose}`, which is about more than "
                "an address; give the channel a purpose of its own, such as `mail`."
            )
            yield Problem(place, "channels", message)


def careless_sensitive(subject: Subject) -> Iterator[Problem]:
    """A sensitive answer is kept without being asked for, or for too long."""
    for place, question in subject.questions():
        purpose = subject.quiz.purpose_of(question)
        if not question.sensitive or purpose is None:
            continue
        if purpose.basis is not Basis.OPT_IN:
            message = f"sensitive question `{question.id}` has a purpose by notice; give it one by opt_in."
            yield Problem(place, "purpose", message)
        elif purpose.keep_days is None or purpose.keep_days > SENSITIVE_KEEP_DAYS:
            kept = purpose.keep or "for ever"
            yield Problem(
                place,
                "purpose",
                f"sensitive question `{question.id}` is kept {kept}; set `keep` of its purpose to at most "
                f"{SENSITIVE_KEEP_DAYS}d.",
            )


def endless_purposes(subject: Subject) -> Iterator[Problem]:
    """Answers are kept for ever."""
    for name, purpose in subject.quiz.purposes.items():
        if purpose.keep is None:
            message = f'purpose `{name}` keeps answers for ever; add `keep`, such as keep = "365d".'
            yield Problem(("purposes", name), "keep", message)


def gating_contacts(subject: Subject) -> Iterator[Problem]:
    """A visitor has to deal with an address before the result, or cannot decline."""
    reached = {channel.purpose for _, channel in _channels(subject)}
    for place, question in subject.questions():
        before = question.place is Place.BEFORE_RESULT
        if before and _collects(question, reached):
            yield Problem(
                place,
                "place",
                f"question `{question.id}` asks for an address before the result; set "
                'place = "after_result", so that nobody has to give one to see it.',
            )
        elif question.kind is Kind.CONTACT and question.required:
            message = (
                f"question `{question.id}` asks for an address and cannot be skipped; remove `required`."
            )
            yield Problem(place, "required", message)


def single_confirmations(subject: Subject) -> Iterator[Problem]:
    """Anybody could sign up an address that is not theirs."""
    for place, channel in _channels(subject):
        if channel.via == "email" and channel.confirm == "single":
            yield Problem(
                place,
                "channels",
                'the e-mail channel takes an address at its word; set confirm = "double", so that its owner '
                "confirms it.",
            )


def mixed_channels(subject: Subject) -> Iterator[Problem]:
    """LINE is treated as if it were e-mail, or e-mail as if it were LINE."""
    mailed = {channel.purpose for _, channel in _channels(subject) if channel.via == "email"}
    for place, channel in _channels(subject):
        if channel.via == "line" and channel.confirm != "platform":
            message = (
                f'the LINE channel has confirm = "{channel.confirm}", but LINE asks by itself; '
                'set confirm = "platform".'
            )
            yield Problem(place, "channels", message)
        if channel.via == "email" and channel.confirm == "platform":
            message = 'the e-mail channel has no platform that confirms an address; set confirm = "double".'
            yield Problem(place, "channels", message)
        if channel.via == "line" and channel.purpose in mailed:
            yield Problem(
                place,
                "channels",
                f"LINE and e-mail share the purpose `{channel.purpose}`, so that one consent would stand for "
                "both; give each a purpose of its own.",
            )


def _channels(subject: Subject) -> Iterator[tuple[tuple[str | int, ...], Channel]]:
    for place, question in subject.questions():
        for channel in question.channels:
            yield place, channel


def _collects(question: Question, reached: set[str]) -> bool:
    """Whether its answer is an address; a text that is kept for the purpose of a channel is one."""
    if question.kind is Kind.CONTACT or question.channels:
        return True
    return question.kind is Kind.TEXT and question.purpose in reached


RULES = (
    Rule("purpose-missing", Level.ERROR, missing_purposes),
    Rule("purpose-reserved", Level.ERROR, reserved_purposes),
    Rule("sensitive-without-opt-in", Level.ERROR, careless_sensitive),
    Rule("keep-missing", Level.WARNING, endless_purposes),
    Rule("opt-in-gates-result", Level.ERROR, gating_contacts),
    Rule("email-single-confirm", Level.ERROR, single_confirmations),
    Rule("line-as-email", Level.ERROR, mixed_channels),
)
