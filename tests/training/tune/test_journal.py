"""What a search leaves on the disk, whenever it is killed."""

from pathlib import Path

import pytest

from recsvc.domain.errors import UsageError
from training.config import TrainingConfig, load_config
from training.tune.journal import Heading, Journal, Trial, toml_of

HEADING = Heading(digest="d", metric="ndcg@10", visitors=30)


def trial(number: int) -> Trial:
    return Trial(number=number, figure=0.1 * number, error=0.01, seconds=1.0, values={"factors": 8.0})


def test_trials_of_an_earlier_run_are_there_again(tmp_path: Path) -> None:
    path = tmp_path / "found.trials.ndjson"
    first = Journal(path, HEADING)
    first.add(trial(1))
    first.add(trial(2))
    assert Journal(path, HEADING).trials == [trial(1), trial(2)]


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_line_cut_by_a_kill_is_dropped_and_the_log_goes_on(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "found.trials.ndjson"
    journal = Journal(path, HEADING)
    journal.add(trial(1))
    journal.add(trial(2))
    path.write_bytes(path.read_bytes()[:-cut])
    again = Journal(path, HEADING)
    assert again.trials == [trial(1)]
    again.add(trial(3))
    assert Journal(path, HEADING).trials == [trial(1), trial(3)]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (Heading(digest="e", metric="ndcg@10", visitors=30), "input, start or code"),
        (Heading(digest="d", metric="recall@10", visitors=30), "metric"),
    ],
)
def test_the_log_of_another_search_is_refused(tmp_path: Path, other: Heading, told: str) -> None:
    path = tmp_path / "found.trials.ndjson"
    Journal(path, HEADING)
    with pytest.raises(UsageError, match=told):
        Journal(path, other)


def test_a_file_that_is_no_log_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "found.trials.ndjson"
    path.write_text("my notes\nof today\n")
    with pytest.raises(UsageError, match="no log"):
        Journal(path, HEADING)
    assert path.read_text() == "my notes\nof today\n"


@pytest.mark.parametrize(
    "assignments",
    [
        [],
        ["factors=8", "regularization=22.6", "numeric_facts=['age', 'height']"],
        ["confidence.alpha=3", "confidence.kinds={purchase=1.0, view=0.5}", "item_item.neighbours=30"],
        ["strengths={tau=[0.0,1,1,1,1],rho=[0.0,0,0,0,5]}", "left_out.share=0", "window_days=90"],
    ],
)
def test_what_was_found_reads_back_as_it_was(tmp_path: Path, assignments: list[str]) -> None:
    config = load_config(None, assignments)
    path = tmp_path / "found.toml"
    path.write_bytes(toml_of(config, ["a comment"]))
    assert load_config(path) == config
    assert (path.read_text().count("=") == 0) == (config == TrainingConfig())
