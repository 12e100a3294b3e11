"""Several visitors are known and solved together as each is alone."""

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsvc.model.artifact import Artifact
from recsvc.model.known import NO_HISTORY, History, known_beside, known_items
from recsvc.model.parameters import Strengths
from recsvc.model.prior import NO_ANSWERS, Answers
from recsvc.model.scoring import SPLIT, build_queries, build_query
from tests.artifacts import NOW, arrays_of, item_ids, make_artifact

NOW_S = NOW.timestamp()
ITEMS = 90
IDS = [*item_ids(ITEMS), "unheard-of"]
KINDS = ("purchase", "view", "return", "search")


def fading() -> Artifact:
    """A model in which all that is known of an interaction counts: its age, its order, its repeats."""
    arrays = arrays_of(ITEMS) | {"repeats": np.linspace(0, 1, ITEMS, dtype="f4")}
    plain = make_artifact(ITEMS, arrays=arrays)
    confidence = msgspec.structs.replace(plain.parameters.confidence, half_life_days=30.0, item_exponent=0.5)
    strengths = Strengths(rho=(0.0, 0.5, 0.5, 0.7, 1.0), omega=(0.0, 1.0, 2.0, 3.0, 4.0))
    parameters = msgspec.structs.replace(
        plain.parameters, confidence=confidence, half_life_steps=2.0, strengths=strengths
    )
    return Artifact(msgspec.structs.replace(plain.manifest, parameters=parameters), IDS[:ITEMS], arrays)


MODEL = fading()
LINES = st.tuples(
    st.sampled_from(IDS),
    st.sampled_from(KINDS),
    st.one_of(st.integers(0, 400).map(lambda days: NOW_S - days * 86_400.0), st.just(float("nan"))),
    st.sampled_from((1.0, 2.0, 0.5)),
    st.sampled_from((1.0, 3.0)),
)
HISTORIES = st.lists(LINES, max_size=12).map(
    lambda lines: History(*zip(*lines, strict=True)) if lines else NO_HISTORY
)
ANSWERS = st.sampled_from((NO_ANSWERS, Answers({"skin": ("dry",)}), Answers({"age": 44.0})))


@given(st.lists(HISTORIES, min_size=1, max_size=6))
def test_histories_side_by_side_are_known_as_each_alone(histories: list[History]) -> None:
    beside = known_beside(MODEL, histories, NOW_S).apart()
    for history, found in zip(histories, beside, strict=True):
        for ours, alone in zip(found, known_items(MODEL, history, NOW_S), strict=True):
            assert np.array_equal(ours, alone)


def much(count: int) -> History:
    """So many items that were bought."""
    return History(IDS[:count], ["purchase"] * count, [NOW_S] * count, [1.0] * count, [1.0] * count)


@given(
    st.lists(
        st.tuples(st.one_of(HISTORIES, st.sampled_from((much(SPLIT), much(ITEMS)))), ANSWERS), max_size=6
    )
)
def test_profiles_solved_together_are_those_solved_alone(profiles: list[tuple[History, Answers]]) -> None:
    for profile, found in zip(profiles, build_queries(MODEL, profiles, now=NOW_S), strict=True):
        alone = build_query(MODEL, *profile, now=NOW_S)
        assert np.allclose(found.vector, alone.vector, atol=1e-9)
        assert np.isclose(found.theta, alone.theta)
        assert (found.tau, found.popularity) == (alone.tau, alone.popularity)
        assert np.array_equal(found.own, alone.own)
        assert np.allclose(found.said, alone.said)
        assert (found.by_item is None) == (alone.by_item is None)
        if found.by_item is not None and alone.by_item is not None:
            assert np.allclose(found.by_item, alone.by_item, atol=1e-6)


def test_nobody_is_solved_for_nobody() -> None:
    assert build_queries(MODEL, [], now=NOW_S) == []
