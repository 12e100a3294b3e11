"""The contributions are the score: they add up to it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsvc.model.parameters import Strengths
from recsvc.model.prior import Answers, Wish
from recsvc.model.scoring import History, build_query, score
from recsvc.serving.explain import contributions
from tests.artifacts import NOW, item_ids, make_artifact

ARTIFACT = make_artifact(strengths=Strengths(tau=(1.0, 0.8, 0.5, 0.3, 0.2), rho=(0.0, 0.4, 0.4, 0.4, 0.4)))
NOW_S = NOW.timestamp()


@given(
    st.lists(st.sampled_from(item_ids(12)), max_size=9, unique=True),
    st.sampled_from([(), ("dry",), ("dry", "oily")]),
    st.floats(-3, 3),
)
def test_contributions_sum_to_the_score(bought: list[str], skin: tuple[str, ...], wish: float) -> None:
    answers = Answers({"skin": skin} if skin else {}, (Wish("drink=tea", None, "category.tea", wish),))
    n = len(bought)
    history = History(bought, ["purchase"] * n, [NOW_S] * n, [1.0] * n, [1.0] * n)
    query = build_query(ARTIFACT, history, answers, now=NOW_S)
    rows = np.array([0, 3, 11], dtype=np.int32)
    parts = contributions(ARTIFACT, query, rows)
    assert np.allclose(parts.values.sum(axis=1), score(ARTIFACT, query)[rows], atol=1e-5)
    assert len(parts.labels) == parts.values.shape[1]
