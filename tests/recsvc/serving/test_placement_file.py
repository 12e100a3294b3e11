"""A file of placements is read as it stands, or refused with the line and what to do."""

import re
from pathlib import Path

import pytest

from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.domain.placements import Placement, Strategy
from recsvc.serving.placement_file import (
    judge_placements,
    parse_placements,
    read_placements,
    recipes,
    revision_of,
)
from tests.conventions.tree import ROOT

HOME = '[[placements]]\nid = "home"\nstrategy = "personal"\n'
ARM = '[[placements.arms]]\nname = "trend"\nshare = 0.5\nstrategy = "trending"\n'
PIN = '[[placements.pins]]\nitem = "a"\nposition = 1\n'


def test_recipes_are_sound_and_cover_the_usual_places() -> None:
    found = recipes()
    places = {
        "home",
        "category",
        "similar",
        "cart",
        "order",
        "buy-again",
        "not-found",
        "mail",
        "line",
        "till",
    }
    assert places <= set(found)
    assert all({"en", "ja"} <= set(one.title) for one in found.values())


def test_directory_holds_the_placements_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(HOME, "utf-8")
    (tmp_path / "b.toml").write_text(HOME.replace("home", "mail"), "utf-8")
    assert [*read_placements(tmp_path)] == ["home", "mail"]
    (tmp_path / "c.toml").write_text(HOME, "utf-8")
    with pytest.raises(UsageError, match=r"c\.toml, line 2: placement 'home': another placement"):
        read_placements(tmp_path)


@pytest.mark.parametrize(
    ("more", "line", "says"),
    [
        ("limits = 3", 8, "placement 'odd': unknown field `limits`; did you mean `limit`?"),
        ("pins = [{ item = 'a', place = 1 }]", 8, "unknown field `place`"),
        ("limit = 101", 8, "<= 100"),
        ('strategies = ["x"]', 8, "unknown field"),
        ('fallbacks = ["x"]', 8, "there is no strategy `x`; there are personal, similar,"),
        ('fallbacks = ["popula"]', 8, "did you mean `popular`? There are personal,"),
        (PIN + "until = 3\n", 11, "in `pins`: unknown field `until`; there are end, item"),
        (PIN.replace("1", "300"), 10, "`position` = 300"),
        ("boosts = [{ by = 1 }]", 8, "`where` is missing"),
        ('filter = "item.price < "', 8, "column 14"),
        ("filter = \"skin == 'dry'\"", 8, "write `item.skin`"),
        ('filter = "known(skin)"', 8, "no attribute"),
        ('items = ["a"]', 8, "`fixed` go together"),
        ('fallbacks = ["fixed"]', 5, "`fixed` go together"),
        ('fallbacks = ["popular", "popular"]', 8, "twice"),
        ('fallbacks = ["similar"]', 8, "needs the product"),
        ('same = ["category"]\nmax_per_category = 2', 9, "contradicts"),
        ("boosts = [{where = \"item.brand = 'x'\", by = 1}]", 8, "=="),
        ("boosts = [{where = \"item.brand == 'x'\", by = 11}]", 8, "<= 10"),
        (PIN.replace("1", "13"), 8, "beyond the limit"),
        (PIN + PIN.replace('"a"', '"b"'), 8, "another pin"),
        (PIN + "start = 2026-04-02T00:00:00\n", 8, "no zone"),
        (PIN + "start = 2026-04-02T00:00:00Z\nend = 2026-04-01T00:00:00Z\n", 8, "swap"),
        ("holdout = 1.0", 8, "< 1.0"),
        ("holdout = 0.995", 8, "lower the shares"),
        ('experiment = "a"', 8, "nothing to draw"),
        (ARM.replace('"trend"', '"holdout"'), 8, "taken"),
        (ARM + ARM, 8, "taken"),
        (f"holdout = 0.5\n{ARM}", 9, "lower the shares"),
        (ARM + 'fallbacks = ["similar"]', 8, "needs the product"),
        (ARM.replace("trending", "fixed"), 5, "`fixed` go together"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(more: str, line: int, says: str) -> None:
    text = f"{HOME}\n{HOME.replace('home', 'odd')}{more}\n"
    with pytest.raises(UsageError) as refused:
        parse_placements(text, "shop.toml")
    assert says in str(refused.value)
    assert str(refused.value).startswith(f"shop.toml, line {line}: ")


def test_every_fault_of_a_file_is_named_in_one_run(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    odd = HOME.replace("personal", "personl") + 'limits = 3\nlimit = 101\nfilter = "item.price <"\n'
    more = PIN + "colour = 1\n" + PIN.replace("1", "'x'") + 'boosts = [{ where = "a == b", by = 99 }]\n'
    path.write_text(odd + more + "\n" + HOME.replace("home", "mail") + "holdout = 0.999\n", "utf-8")
    found = judge_placements([path]).findings
    assert [sentence.split(": ")[0] for sentence in found] == [
        f"shop.toml, line {line}" for line in (3, 4, 5, 10, 13, 14, 6, 19)
    ]


@pytest.mark.parametrize("text", ["= =", "placements = 3", "", 'place = "x"'])
def test_what_is_no_file_of_placements_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"shop\.toml"):
        parse_placements(text, "shop.toml")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError, match=r"none\.toml"):
        read_placements(tmp_path / "none.toml")


def test_pins_one_after_the_other_may_share_a_place() -> None:
    first, second = PIN + "end = 2026-04-01T00:00:00Z\n", PIN + "start = 2026-04-01T00:00:00Z\n"
    (home,) = parse_placements(HOME + first + second, "shop.toml").values()
    assert len(home.pins) == 2


def test_revision_changes_with_anything_that_is_said() -> None:
    home = Placement(id="home", strategy=Strategy.PERSONAL)
    assert revision_of(home) == revision_of(Placement(id="home", strategy=Strategy.PERSONAL))
    assert revision_of(home) != revision_of(Placement(id="home", strategy=Strategy.PERSONAL, limit=3))


def test_examples_of_the_document_are_sound() -> None:
    text = (ROOT / "docs" / "placements.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    pinned, drawn = (parse_placements(example, "placements.md")["home"] for example in examples)
    assert pinned.pins
    assert pinned.filter
    assert drawn.holdout
    assert drawn.arms


def test_holdout_of_what_is_popular_anyway_is_refused() -> None:
    text = '[[placements]]\nid = "best"\nstrategy = "popular"\nfallbacks = []\nholdout = 0.1\n'
    with pytest.raises(UsageError, match="line 5: placement 'best': it would see the same"):
        parse_placements(text, "shop.toml")
