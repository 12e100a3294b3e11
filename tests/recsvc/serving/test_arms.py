"""A placement's experiment: each visitor stays in one arm, and only the chain of strategies differs."""

from collections import Counter
from pathlib import Path

import msgspec

from recsvc.domain.events import EventKind
from recsvc.domain.placements import Arm, Placement, Strategy
from recsvc.domain.profile import Profile
from recsvc.domain.slates import Basis, PlacementRequest, Slate, SlateRequest
from recsvc.serving.arms import HOLDOUT, STANDARD, arm_of, in_arm
from tests.shop import Shop

VISITORS = [Profile(f"v{number}") for number in range(2000)]
HALVES = '[[placements]]\nid = "spot"\nstrategy = "personal"\nholdout = 0.5\n'
WITH_ARM = (
    HALVES.replace("0.5", "0.2")
    + '[[placements.arms]]\nname = "recent"\nshare = 0.6\nstrategy = "recently_viewed"\nfallbacks = []\n'
)
SPOT = Placement(id="spot", strategy=Strategy.PERSONAL, holdout=0.1)


def ask(shop: Shop, visitor: str | None, *, explain: bool = False) -> Slate:
    return shop.recommender.page(SlateRequest(visitor, (PlacementRequest("spot"),), explain=explain))[0]


def held_out(placement: Placement) -> set[str]:
    return {one.visitor_id for one in VISITORS if arm_of(placement, one) == HOLDOUT}


def someone(shop: Shop, arm: str) -> str:
    """A visitor of an arm, who has looked at something."""
    placement = shop.recommender.placements["spot"]
    visitor = next(one.visitor_id for one in VISITORS if arm_of(placement, one) == arm)
    shop.happen(visitor, EventKind.VIEW, "item-09")
    return visitor


def test_holdout_sees_what_is_popular_though_more_is_known(tmp_path: Path) -> None:
    shop = Shop(tmp_path, placements=HALVES).open()
    held, others = ask(shop, someone(shop, HOLDOUT)), ask(shop, someone(shop, STANDARD))
    assert (held.arm, held.basis) == (HOLDOUT, Basis.POPULAR)
    assert (others.arm, others.basis) == (STANDARD, Basis.HISTORY)
    assert {one.reason.code for one in held.items} == {"popular"}


def test_holdout_is_under_the_same_rules(tmp_path: Path) -> None:
    rules = "limit = 3\nexclude_bought_days = 7\nfilter = \"item.category != 'coffee'\"\n"
    shop = Shop(tmp_path, placements=HALVES + rules).open()
    visitor = someone(shop, HOLDOUT)
    shop.happen(visitor, EventKind.PURCHASE, "item-00")
    slate = ask(shop, visitor)
    assert [one.id for one in slate.items] == ["item-02", "item-03", "item-05"]
    assert slate.dropped == {"bought_recently": 1, "filter": 2}


def test_arm_shows_its_own_chain(tmp_path: Path) -> None:
    shop = Shop(tmp_path, placements=WITH_ARM).open()
    slate = ask(shop, someone(shop, "recent"))
    assert (slate.arm, [one.id for one in slate.items]) == ("recent", ["item-09"])


def test_arm_is_in_the_trail_and_in_the_slate_id(tmp_path: Path) -> None:
    shop = Shop(tmp_path, placements=HALVES).open()
    slate = ask(shop, someone(shop, HOLDOUT), explain=True)
    assert slate.trail is not None
    assert (slate.trail.arm, slate.trail.chain) == (HOLDOUT, (Strategy.POPULAR,))
    assert shop.signer.read(slate.slate_id).arm == HOLDOUT


def test_nobody_is_in_no_arm_and_sees_the_placement_as_written(tmp_path: Path) -> None:
    shop = Shop(tmp_path, placements=HALVES).open()
    slate = ask(shop, None)
    assert slate.arm is None
    assert shop.signer.read(slate.slate_id).arm is None


def test_whoever_withdrew_is_in_no_arm(tmp_path: Path) -> None:
    shop = Shop(tmp_path, placements=HALVES).open()
    visitor = someone(shop, HOLDOUT)
    shop.happen(visitor, EventKind.CONSENT, consent={"personalise": False})
    assert ask(shop, visitor).arm is None


def test_placement_without_an_experiment_has_no_arm() -> None:
    plain = msgspec.structs.replace(SPOT, holdout=0.0)
    assert {arm_of(plain, one) for one in VISITORS} == {None}
    assert in_arm(plain, None) is plain


def test_arms_have_their_shares() -> None:
    arm = Arm(name="trend", share=0.3, strategy=Strategy.TRENDING)
    counts = Counter(arm_of(msgspec.structs.replace(SPOT, arms=(arm,)), one) for one in VISITORS)
    assert set(counts) == {HOLDOUT, "trend", STANDARD}
    assert abs(counts[HOLDOUT] - 200) < 60
    assert abs(counts["trend"] - 600) < 90


def test_larger_holdout_keeps_the_visitors_it_has() -> None:
    assert held_out(SPOT) < held_out(msgspec.structs.replace(SPOT, holdout=0.3))


def test_placements_draw_for_themselves_unless_they_share_an_experiment() -> None:
    other = msgspec.structs.replace(SPOT, id="other")
    assert held_out(SPOT) != held_out(other)
    shared = [msgspec.structs.replace(one, experiment="2026") for one in (SPOT, other)]
    assert held_out(shared[0]) == held_out(shared[1]) != held_out(SPOT)
