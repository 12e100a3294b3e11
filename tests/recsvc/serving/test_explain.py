"""The contributions are the score: they add up to it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsvc.model.known import History
from recsvc.model.parameters import Strengths
from recsvc.model.prior import Answers, Wish
from recsvc.model.scoring import build_query, score
from recsvc.serving.contributions import Contributor
from tests.artifacts import NOW, arrays_of, item_ids, make_artifact

ARTIFACT = make_artifact(
    arrays=arrays_of(12) | {"repeats": np.linspace(0.9, 0.1, 12, dtype="f4")},
    strengths=Strengths(
        tau=(1.0, 0.8, 0.5, 0.3, 0.2), rho=(0.0, 0.4, 0.4, 0.4, 0.4), omega=(0.0, 1.0, 2.0, 3.0, 4.0)
    ),
    half_life_steps=2.0,
)
NOW_S = NOW.timestamp()


@given(
    st.lists(st.sampled_from(item_ids(12)), max_size=9, unique=True),
    st.sampled_from([(), ("dry",), ("dry", "oily")]),
    st.floats(-3, 3),
)
def test_contributions_sum_to_the_score(bought: list[str], skin: tuple[str, ...], wish: float) -> None:
    answers = Answers({"skin": skin} if skin else {}, (Wish("drink=tea", None, "category.tea", wish),))
    n = len(bought)
    times = [NOW_S - 86_400.0 * day for day in range(n)]
    history = History(bought, ["purchase"] * n, times, [1.0] * n, [1.0] * n)
    query = build_query(ARTIFACT, history, answers, now=NOW_S)
    rows = np.array([0, 3, 11], dtype=np.int32)
    contributor = Contributor(ARTIFACT, query)
    parts = contributor.of(rows)
    assert np.allclose(parts.sum(axis=1), score(ARTIFACT, query)[rows], atol=1e-5)
    kinds = [("popularity", "answer", "item")[kind] for kind in contributor.is_kind.argmax(axis=1)]
    assert contributor.kinds == kinds
    assert len(contributor.ids) == parts.shape[1]


def test_what_is_bought_again_is_explained_by_itself() -> None:
    history = History(["item-00"], ["purchase"], [NOW_S], [1.0], [1.0])
    query = build_query(ARTIFACT, history, now=NOW_S)
    rows = np.array([0, 5], dtype=np.int32)
    without = Contributor(ARTIFACT, query._replace(own=np.zeros(1))).of(rows)
    contributor = Contributor(ARTIFACT, query)
    assert (contributor.kinds[-1], contributor.ids[-1]) == ("item", "item-00")
    assert np.allclose((contributor.of(rows) - without)[:, -1], [0.9, 0.0])
