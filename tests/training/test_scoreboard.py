import io

from rich.console import Console

from training.scoreboard import print_evaluation

RIVALS = ("model", "popularity", "popularity_window", "own_counts", "fold_in", "answers")


def segment(*, visitors: int = 30, model: float = 0.25, other: float = 0.125) -> dict[str, object]:
    figures = {
        rival: {
            "ndcg@10": model if rival == "model" else other,
            "coverage@10": 0.5 if rival == "model" else 0.75,
            "out_of_stock@10": 0.25 if rival == "model" else 0.0,
        }
        for rival in RIVALS
    }
    ci = {"ndcg@10": (model - 0.1, model + 0.1), "ndcg@10_vs_popularity": (0.0123, 0.0456)}
    return {"visitors": visitors, **figures, "ci": ci}


def printed(summary: dict[str, object]) -> str:
    console = Console(file=io.StringIO(), width=100)
    print_evaluation({"k": [10], "dropped_targets": 0} | summary, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_best_of_a_row_is_starred_where_more_or_less_is_better() -> None:
    text = printed({"segments": {"all": segment()}})
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if "@10 " in line}
    assert rows["ndcg@10"] == ["*0.2500", *["0.1250"] * 5]
    assert rows["coverage@10"] == ["0.5000", *["0.7500"] * 5]
    assert rows["out_of_stock@10"] == ["0.2500", *["*0.0000"] * 5]
    assert "NDCG@10 0.1500 to 0.3500, over popularity +0.0123 to +0.0456 (95 %)" in text


def test_without_repeats_new_targets_are_not_printed_twice() -> None:
    same = {"all": segment(), "repeat": segment(visitors=0), "new": segment()}
    assert "new:" not in printed({"segments": same})
    assert "new:" in printed({"segments": same | {"new": segment(model=0.2)}})


def test_parts_have_a_line_each_and_fit_into_a_hundred_columns() -> None:
    part = {"0": segment(), "5": segment(visitors=0)}
    groups = {"a rather long question=and a long answer": segment()}
    text = printed({"segments": {"all": segment()}, "newcomers": part, "groups": groups})
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 100
    assert "+0.0123 to +0.0456" in text
    (line,) = [line for line in text.splitlines() if line.startswith("0 ")]
    assert line.split()[1:4] == ["30", "*0.2500", "0.1250"]
    assert not [line for line in text.splitlines() if line.startswith("5 ")]
