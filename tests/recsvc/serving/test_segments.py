"""Who is in which of the shop's groups, now."""

from recsvc.domain.events import EventKind
from recsvc.domain.segments import Segment
from recsvc.serving.segments import Segments
from tests.recsvc.serving.test_affinities import TEAS
from tests.recsvc.serving.test_export import tell, withdraw
from tests.shop import Shop


def of(shop: Shop, visitor_id: str = "v") -> tuple[str, ...]:
    return shop.segments.see(visitor_id).segments


def love_tea(shop: Shop, visitor_id: str = "v") -> None:
    for item_id in TEAS:
        shop.happen(visitor_id, EventKind.PURCHASE, item_id)


def test_facts_and_affinities_decide(shop: Shop) -> None:
    assert of(shop) == ()
    love_tea(shop)
    assert of(shop) == ("tea-lovers",)
    tell(shop, "pets", "cat")
    assert of(shop) == ("tea-lovers", "with-pets")


def test_a_fact_counts_until_it_expires(shop: Shop) -> None:
    tell(shop, "pets", "cat", expires_at=shop.clock().timestamp() + 60)
    assert of(shop) == ("with-pets",)
    shop.clock.advance(minutes=1)
    assert of(shop) == ()


def test_whoever_withdrew_is_in_no_segment(shop: Shop) -> None:
    love_tea(shop)
    tell(shop, "pets", "cat", purpose="family")
    withdraw(shop)
    assert of(shop) == ()


def test_a_sensitive_fact_is_unknown_to_segments(shop: Shop) -> None:
    segments = Segments(
        [Segment(name="parents", when="kids == 'yes'"), Segment(name="others", when="not known(kids)")],
        visitors=shop.visitors,
        affinities=shop.affinities,
        quizzes=shop.quizzes,
        clock=shop.clock,
    )
    tell(shop, "kids", "yes", quiz="tea", revision=1, question="kids")
    assert segments.see("v").segments == ("others",)


def test_members_are_everybody_who_may_be_seen(shop: Shop) -> None:
    for visitor_id in ("v", "w", "x"):
        love_tea(shop, visitor_id)
    withdraw(shop, visitor_id="w")
    assert list(shop.segments.members(shop.store)) == [("v", "tea-lovers"), ("x", "tea-lovers")]
