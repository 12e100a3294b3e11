"""The index of a model: the same items under other numbers, kept where it finds what a whole pass finds."""

from collections.abc import Callable

import numpy as np

from recsvc.model import artifact, versions
from recsvc.model.artifact import INDEX, Artifact
from recsvc.model.prior import NO_ANSWERS
from recsvc.model.scoring import build_query, score, table_sum
from tests.artifacts import NOW, make_artifact
from tests.large import STRENGTHS, histories, large_arrays
from tests.training.shops import Shop
from training.cases import Case
from training.item_index import REACHES, arranged, judged
from training.synthetic import World

N = 3_000
PLAIN = make_artifact(N, arrays=large_arrays(N), strengths=STRENGTHS)
ARRANGED = arranged(PLAIN, seed=4)
HISTORIES = histories(N, 40)
JUDGES = [Case(f"v{number}", one, NO_ANSWERS, np.empty(0, "i4"), 0) for number, one in enumerate(HISTORIES)]


def test_everybody_scores_every_item_as_before() -> None:
    for history in HISTORIES:
        before, after = (build_query(model, history, now=NOW.timestamp()) for model in (PLAIN, ARRANGED))
        rows = ARRANGED.vocabulary.rows(PLAIN.vocabulary.ids)
        assert np.allclose(score(PLAIN, before), score(ARRANGED, after)[rows], atol=1e-5)
        assert np.allclose(table_sum(PLAIN, before.known), table_sum(ARRANGED, after.known)[rows])


def test_neighbours_are_the_same_items() -> None:
    for model in (PLAIN, ARRANGED):
        row = model.vocabulary.row("item-17")
        near = [model.vocabulary.ids[other] for other in model.arrays["together_rows"][row] if other >= 0]
        assert near == ["item-18", "item-19", "item-20"]


def test_centre_of_a_list_is_the_mean_of_its_items_weighed_by_length() -> None:
    centres, starts = ARRANGED.arrays["index_centres"], ARRANGED.arrays["index_starts"]
    popular = ARRANGED.parameters.popularity_scale * ARRANGED.popularity
    columns = np.column_stack([ARRANGED.factors, popular])
    for number in (0, 7, len(centres) - 1):
        own = columns[starts[number] : starts[number + 1]]
        mean = np.average(own, axis=0, weights=np.linalg.norm(own, axis=1))
        assert np.allclose(centres[number], mean, atol=1e-5)


def test_item_of_which_nothing_is_known_lies_in_some_list() -> None:
    arrays = PLAIN.arrays | {name: PLAIN.arrays[name].copy() for name in ("factors", "popularity")}
    arrays["factors"][:50], arrays["popularity"][:50] = 0.0, 0.0
    found = arranged(make_artifact(N, arrays=arrays, strengths=STRENGTHS), seed=4)
    assert np.isfinite(found.arrays["index_centres"]).all()
    assert found.arrays["index_starts"][-1] == N


def test_same_seed_gives_the_same_lists() -> None:
    again = arranged(PLAIN, seed=4)
    assert [*again.vocabulary.ids] == [*ARRANGED.vocabulary.ids]
    assert all(np.array_equal(again.arrays[name], ARRANGED.arrays[name]) for name in INDEX)


def test_search_looks_as_far_as_judges_need() -> None:
    found = judged(ARRANGED, JUDGES, now=NOW.timestamp())
    assert found.model.index is not None
    assert found.recall is not None
    assert found.recall >= 0.98
    assert found.judges == len(JUDGES)
    assert f"{found.model.index.reach:,} of" in found.sentence()


def test_index_that_overlooks_too_much_is_left_out() -> None:
    dealt = np.random.default_rng(1).permutation(ARRANGED.arrays["index_centres"])  # to other lists
    misled = Artifact(ARRANGED.manifest, ARRANGED.vocabulary.ids, ARRANGED.arrays | {"index_centres": dealt})
    found = judged(misled, JUDGES, now=NOW.timestamp())
    assert found.model.index is None
    assert not INDEX.keys() & found.model.arrays.keys()
    assert "searched hold but" in found.sentence()


def test_without_judges_there_is_no_index() -> None:
    found = judged(ARRANGED, [], now=NOW.timestamp())
    assert found.summary() == {"reach": None, "recall": None, "judges": 0}
    assert "no visitor was left out" in found.sentence()


def test_training_publishes_the_index_of_a_model_of_many_items(
    make_shop: Callable[[World], Shop], world: World
) -> None:
    shop = make_shop(world)
    done = shop.train("--set", "index_from=100")
    assert done.exit_code == 0
    model = artifact.read(versions.resolve(str(shop.models)))
    assert model.index is not None
    assert model.index.reach in REACHES
    assert model.manifest.training["index"]["recall"] >= 0.98
    assert {"lists", "index"} <= model.manifest.training["seconds"].keys()


def test_model_of_few_items_has_none(trained: Shop) -> None:
    model = artifact.read(versions.resolve(str(trained.models)))
    assert model.index is None
    assert "index" not in model.manifest.training
