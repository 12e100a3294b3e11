import random as randomness
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.domain.events import Event, EventKind, EventLine, QuizStep
from recsvc.domain.profile import (
    ALL_MOMENTS_LIMIT,
    MOMENTS_LIMIT,
    RECENT_LIMIT,
    SEEN_LIMIT,
    Consent,
    FactValue,
    Profile,
)
from recsvc.serving.profile import apply, apply_many, history_of, may_change

START = datetime(2026, 1, 1, tzinfo=UTC)


def event(kind: EventKind = EventKind.PURCHASE, minutes: float = 0, **fields: Any) -> Event:
    at = START + timedelta(minutes=minutes)
    return Event(event_id="e", kind=kind, visitor_id="v", occurred_at=at, received_at=START, **fields)


def bought(
    item_id: str, minutes: float = 0, quantity: float = 1, kind: EventKind = EventKind.PURCHASE
) -> Event:
    return event(kind, minutes, lines=(EventLine(item_id, quantity),))


def answered(fact: str, value: tuple[str, ...] | float | None, minutes: float = 0) -> Event:
    at = START + timedelta(minutes=minutes)
    said = None if value is None else FactValue(value, at.timestamp(), "personalise")
    return event(EventKind.QUESTION_ANSWERED, minutes, fact=fact, value=said)


def at_touchpoint(
    minutes: float = 0,
    kind: EventKind = EventKind.QUESTION_SHOWN,
    touchpoint: str | None = "pdp",
    quiz: str = "tea",
    question: str | None = "drink",
) -> Event:
    return event(kind, minutes, step=QuizStep(quiz, 1, question, touchpoint=touchpoint))


def minute(number: float) -> float:
    return (START + timedelta(minutes=number)).timestamp()


def without_revision(profile: Profile) -> Profile:
    return msgspec.structs.replace(profile, revision=0, told_revision=0)


minutes = st.integers(-5, 5).map(float)
interactions = st.builds(
    bought,
    st.sampled_from("abc"),
    minutes,
    st.floats(0.001, 1e6),
    st.sampled_from([EventKind.PURCHASE, EventKind.VIEW, EventKind.RETURN, EventKind.CANCEL]),
)
impressions = st.builds(
    lambda item_id, at: bought(item_id, at, kind=EventKind.IMPRESSION), st.sampled_from("abc"), minutes
)
answers = st.builds(
    answered,
    st.sampled_from(["skin", "size"]),
    st.none() | st.sampled_from([("dry",), ("oily", "dry"), 3.0]),
    minutes,
)
consents = st.builds(
    lambda consent, at: event(EventKind.CONSENT, at, consent=consent),
    st.dictionaries(st.sampled_from(["personalise", "mail"]), st.booleans(), min_size=1),
    minutes,
)
moments = st.builds(
    at_touchpoint,
    minutes,
    st.sampled_from([EventKind.QUESTION_SHOWN, EventKind.QUESTION_SKIPPED]),
    st.sampled_from(["pdp", "cart", None]),
    st.sampled_from(["tea", "wine"]),
)
lives = st.lists(interactions | impressions | answers | consents | moments, max_size=12)


@given(lives, st.randoms())
def test_any_order_of_the_same_events_gives_the_same_profile(
    life: list[Event], random: randomness.Random
) -> None:
    shuffled = list(life)
    random.shuffle(shuffled)
    one = apply_many(Profile("v"), life)
    other = apply_many(Profile("v"), shuffled)
    assert without_revision(one) == without_revision(other)


@settings(max_examples=25)
@given(st.lists(interactions, min_size=5, max_size=12), st.randoms())
def test_any_order_folds_the_same_older_interactions(life: list[Event], random: randomness.Random) -> None:
    long = life + [bought(str(n % 9)) for n in range(RECENT_LIMIT - 2)]
    shuffled = list(long)
    random.shuffle(shuffled)
    one = apply_many(Profile("v"), long)
    other = Profile("v")
    for single in shuffled:
        other = apply(other, single)
    assert one == other
    assert len(one.recent) == RECENT_LIMIT
    assert sum(count.lines for count in one.older) == len(life) - 2


@given(lives)
def test_events_at_once_equal_events_one_by_one(life: list[Event]) -> None:
    one_by_one = Profile("v")
    for single in life:
        one_by_one = apply(one_by_one, single)
    assert apply_many(Profile("v"), life) == one_by_one


def test_a_purchase_becomes_one_interaction_a_line() -> None:
    profile = apply(
        Profile("v"), event(minutes=1, lines=(EventLine("b", 2.0), EventLine("a")), order_id="o1")
    )
    assert [(one.item_id, one.kind, one.quantity) for one in profile.recent] == [
        ("a", "purchase", 1.0),
        ("b", "purchase", 2.0),
    ]
    assert profile.revision == 1
    assert type(profile.recent[0].kind) is str


def test_interactions_beyond_the_limit_become_counts() -> None:
    life = [bought("old", minute, 0.5) for minute in range(3)]
    life += [bought("new", minute) for minute in range(10, 10 + RECENT_LIMIT)]
    profile = apply_many(Profile("v"), life)
    assert len(profile.recent) == RECENT_LIMIT
    assert {one.item_id for one in profile.recent} == {"new"}
    (count,) = profile.older
    assert (count.item_id, count.kind, count.lines, count.quantity) == ("old", "purchase", 3, 1.5)
    assert count.last_at == (START + timedelta(minutes=2)).timestamp()


def test_a_return_is_kept_as_an_interaction_of_its_own_kind() -> None:
    profile = apply_many(Profile("v"), [bought("a", 0, 3.0), bought("a", 1, 2.0, EventKind.RETURN)])
    assert [(one.kind, one.quantity) for one in profile.recent] == [("purchase", 3.0), ("return", 2.0)]


@pytest.mark.parametrize(
    "silent",
    [
        event(EventKind.IMPRESSION),
        event(EventKind.SEARCH, query="tea"),
        event(EventKind.QUIZ_COMPLETED, step=QuizStep("finder", 1)),
        event(EventKind.QUESTION_SKIPPED, fact="skin"),
        event(EventKind.PURCHASE),
        event(EventKind.QUESTION_ANSWERED),
        at_touchpoint(touchpoint=None),
        at_touchpoint(kind=EventKind.QUIZ_STARTED),
        at_touchpoint(kind=EventKind.QUESTION_SKIPPED, question=None),
    ],
    ids=[
        "impression of nothing",
        "search",
        "quiz step",
        "skipped",
        "no lines",
        "no fact",
        "shown in a quiz",
        "started",
        "skipped without a name",
    ],
)
def test_an_event_without_news_leaves_the_profile_itself(silent: Event) -> None:
    profile = Profile("v", revision=3)
    assert apply(profile, silent) is profile


def test_only_events_with_news_touch_a_profile() -> None:
    assert may_change(bought("a"))
    assert may_change(answered("skin", None))
    assert may_change(event(EventKind.VIEW, consent={"mail": True}))
    assert may_change(at_touchpoint())
    assert may_change(at_touchpoint(kind=EventKind.QUESTION_SKIPPED))
    assert not may_change(at_touchpoint(touchpoint=None))
    assert may_change(bought("a", kind=EventKind.IMPRESSION))
    assert not may_change(event(EventKind.SEARCH, query="tea"))


def test_a_later_answer_wins_over_one_that_arrives_late() -> None:
    profile = apply_many(Profile("v"), [answered("skin", ("dry",), 5), answered("skin", ("oily",), 2)])
    assert profile.facts["skin"].values == ("dry",)
    assert profile.revision == 1


def test_taking_back_removes_a_fact_and_holds_against_late_answers() -> None:
    profile = apply_many(
        Profile("v"),
        [answered("skin", ("dry",), 1), answered("skin", None, 3), answered("skin", ("oily",), 2)],
    )
    assert profile.facts == {}
    assert profile.revision == 2
    again = apply(profile, answered("skin", ("oily",), 4))
    assert again.facts["skin"].values == ("oily",)
    assert again.taken_back == {}


def test_the_later_consent_wins_and_a_refusal_wins_a_tie() -> None:
    profile = apply_many(
        Profile("v"),
        [
            event(EventKind.CONSENT, 2, consent={"mail": False, "line": True}),
            event(EventKind.CONSENT, 1, consent={"mail": True}),
            event(EventKind.CONSENT, 2, consent={"mail": True, "line": False}),
        ],
    )
    at = (START + timedelta(minutes=2)).timestamp()
    assert profile.consents == dict.fromkeys(("mail", "line"), Consent(granted=False, at=at, withdrawn_at=at))
    assert profile.revision == 2


def test_history_holds_recent_lines_and_older_counts() -> None:
    life = [bought("a", 0, 2.0), bought("a", 1, 3.0)] + [bought("b", 2)] * RECENT_LIMIT
    history = history_of(apply_many(Profile("v"), life))
    assert history.item_ids == ["b"] * RECENT_LIMIT + ["a"]
    assert history.kinds == ["purchase"] * (RECENT_LIMIT + 1)
    assert history.quantities[-1] == 5.0
    assert history.lines == [1.0] * RECENT_LIMIT + [2.0]
    assert history.occurred_at[-2:] == [START.timestamp() + 120, START.timestamp() + 60]


def test_questions_shown_and_skipped_at_a_touchpoint_leave_their_times() -> None:
    profile = apply_many(
        Profile("v"),
        [
            at_touchpoint(2),
            at_touchpoint(1),
            at_touchpoint(3, question=None),
            at_touchpoint(4, EventKind.QUESTION_SKIPPED),
        ],
    )
    assert profile.shown == {"tea/pdp": (minute(1), minute(2), minute(3))}
    assert profile.skipped == {"tea/pdp/drink": (minute(4),)}
    assert profile.revision == 4
    assert apply(profile, at_touchpoint(2)) is profile


def test_the_newest_times_of_a_touchpoint_are_kept() -> None:
    profile = apply_many(Profile("v"), [at_touchpoint(number) for number in range(MOMENTS_LIMIT + 5)])
    assert profile.shown == {"tea/pdp": tuple(minute(number) for number in range(5, MOMENTS_LIMIT + 5))}
    assert apply(profile, at_touchpoint(0)) is profile


@settings(max_examples=20)
@given(st.randoms())
def test_any_order_keeps_the_same_newest_times_of_many_touchpoints(random: randomness.Random) -> None:
    life = [at_touchpoint(number % 37, quiz=f"q{number % 60}") for number in range(ALL_MOMENTS_LIMIT + 90)]
    life += [at_touchpoint(number) for number in range(-20, MOMENTS_LIMIT)]
    shuffled = list(life)
    random.shuffle(shuffled)
    one, other = apply_many(Profile("v"), life), apply_many(Profile("v"), shuffled)
    assert one.shown == other.shown
    assert sum(map(len, one.shown.values())) == ALL_MOMENTS_LIMIT


def test_the_newest_impressions_are_kept_whatever_their_order() -> None:
    life = [bought(str(at), at, kind=EventKind.IMPRESSION) for at in range(SEEN_LIMIT + 9)]
    profile = apply_many(Profile("v"), life)
    assert [one.item_id for one in profile.seen] == [str(at) for at in range(9, SEEN_LIMIT + 9)]
    late = apply_many(Profile("v"), life[9:])
    for one in reversed(life[:9]):
        late = apply(late, one)
    assert late == profile
    assert profile.recent == ()


def test_impressions_from_before_a_withdrawal_are_gone() -> None:
    life = [bought("a", at, kind=EventKind.IMPRESSION) for at in (1, 2, 3)]
    withdrawal = event(EventKind.CONSENT, 2, consent={"personalise": False})
    profile = apply_many(Profile("v"), [*life, withdrawal])
    assert [one.occurred_at for one in profile.seen] == [minute(3)]
    assert apply(profile, life[0]) is profile


def test_impressions_raise_the_revision_but_not_that_of_what_was_told() -> None:
    profile = apply_many(Profile("v"), [bought("a"), bought("b", kind=EventKind.IMPRESSION)])
    assert (profile.revision, profile.told_revision) == (2, 1)
    assert apply(profile, bought("c")).told_revision == 3
