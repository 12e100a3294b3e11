"""Experiments come out as they are: no effect where there is none, the true one, or an alarm."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from recsvc.domain.attribution import Attribution
from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.serving.arms import HOLDOUT, STANDARD
from recsvc.serving.estimates import Figure
from recsvc.serving.outcomes import ArmOutcome, Lift, Outcomes, Period, Person, PlacementOutcome, people
from recsvc.serving.tallies import outcomes_of
from recsvc.stores.memory import MemoryStore
from tests.artifacts import NOW
from tests.simulated_shop import HOME, MEASURED, SIGNER, Habits, Told, simulated

ALIKE: dict[str | None, Habits] = {HOLDOUT: Habits(), STANDARD: Habits()}
BETTER: dict[str | None, Habits] = {HOLDOUT: Habits(), STANDARD: Habits(clicks=0.13, buys=0.26)}
LOSSY: dict[str | None, Habits] = {HOLDOUT: Habits(), STANDARD: Habits(reports=0.85)}
V = Told("v", STANDARD)
A, B = EventLine("a"), EventLine("b")
PAID = EventLine("a", 2, 5.0)


def of(*persons: Person) -> Outcomes:
    return outcomes_of(persons, SIGNER, MEASURED)


def the_one(outcomes: Outcomes) -> PlacementOutcome:
    (placement,) = outcomes.placements
    return placement


def arm(outcomes: Outcomes, name: str | None) -> ArmOutcome:
    return next(one for one in the_one(outcomes).arms if one.arm == name)


def seen(told: Told = V, hours: float = 0, *lines: EventLine) -> Event:
    at = NOW + timedelta(hours=hours)
    return told.event(EventKind.IMPRESSION, at, *(lines or (A,)), slate_id=told.slate_id(at))


def clicked(told: Told = V, hours: float = 0, line: EventLine = A) -> Event:
    at = NOW + timedelta(hours=hours)
    return told.event(EventKind.CLICK, at + timedelta(minutes=1), line, slate_id=told.slate_id(at))


def paid(told: Told = V, hours: float = 1, line: EventLine = PAID) -> Event:
    return told.event(EventKind.PURCHASE, NOW + timedelta(hours=hours), line)


def lifts(outcomes: Outcomes) -> Iterator[Figure]:
    found = arm(outcomes, STANDARD).lift
    assert isinstance(found, Lift)
    for figure in (found.click_rate, found.conversion, found.revenue_per_visitor["EUR"]):
        assert figure is not None
        yield figure


def covers(figure: Figure, truth: float) -> bool:
    assert figure.low is not None
    assert figure.high is not None
    return figure.low <= truth <= figure.high


def test_arms_that_are_alike_differ_no_more_than_by_chance() -> None:
    """Of 60 intervals of 95 % three miss on average; nine or more in one of 400 such tests."""
    found = [outcomes_of(simulated(seed, 500, ALIKE), SIGNER, MEASURED) for seed in range(20)]
    missed = sum(not covers(figure, 0.0) for one in found for figure in lifts(one))
    assert missed < 9
    assert not any(ratio.is_off for one in found if (ratio := the_one(one).sample_ratio))


def test_effect_that_is_there_is_found_within_its_interval() -> None:
    clicks, buys, revenue = lifts(outcomes_of(simulated(1, 6000, BETTER), SIGNER, MEASURED))
    assert all(covers(figure, 0.3) for figure in (clicks, buys, revenue))
    assert all(figure.low is not None and figure.low > 0 for figure in (clicks, buys, revenue))


def test_arm_that_lost_impressions_is_found_out() -> None:
    ratio = the_one(outcomes_of(simulated(2, 4000, LOSSY), SIGNER, MEASURED)).sample_ratio
    assert ratio is not None
    assert ratio.is_off
    assert ratio.visitors[HOLDOUT] > ratio.expected[HOLDOUT]


def test_shares_are_not_checked_on_slates_of_another_revision() -> None:
    before = Told("v", STANDARD, revision="before")
    assert the_one(of(Person([seen(before)]))).sample_ratio is None


def test_revisions_are_told_by_who_saw_them_and_when() -> None:
    before = Told("v", STANDARD, revision="before")
    older, newer = the_one(
        of(Person([seen(before), seen(before, 2), seen(V, 5)]), Person([seen(V, 3)]))
    ).revisions
    assert (older.revision, older.visitors, older.is_present) == ("before", 1, False)
    assert (older.since, older.until) == (NOW, NOW + timedelta(hours=2))
    assert (newer.revision, newer.visitors, newer.is_present) == (V.revision, 2, True)
    assert (newer.since, newer.until) == (NOW + timedelta(hours=3), NOW + timedelta(hours=5))


def test_figures_are_those_of_the_log() -> None:
    outcomes = of(Person([seen(V, 0, A, B), clicked(), clicked(), paid()]), Person([seen(V, 2)]))
    found = arm(outcomes, STANDARD)
    assert (found.visitors, found.slates, found.impressions, found.clicks, found.buyers) == (2, 2, 3, 1, 1)
    assert (found.click_rate.value, found.conversion.value) == (pytest.approx(1 / 3), 0.5)
    assert found.revenue_per_visitor["EUR"].value == 5.0
    assert found.last_touch == found.any_touch
    assert (found.last_touch.lines, found.last_touch.units, found.last_touch.revenue) == (1, 2.0, {"EUR": 10})


def test_share_of_buyers_stays_a_share_and_few_visitors_accuse_nobody() -> None:
    told = [Told(f"v{number}", STANDARD) for number in range(10)]
    outcomes = of(*(Person([seen(one), *([paid(one)] if number else [])]) for number, one in enumerate(told)))
    figure, ratio = arm(outcomes, STANDARD).conversion, the_one(outcomes).sample_ratio
    assert (figure.low, figure.value, figure.high) == pytest.approx((0.596, 0.9, 0.982), abs=1e-3)
    assert ratio is not None
    assert (ratio.p, ratio.is_off) == (pytest.approx(2 / 2**10), False)


def test_slate_that_is_looked_at_again_shows_nothing_new() -> None:
    found = arm(of(Person([seen(), seen()])), STANDARD)
    assert (found.slates, found.impressions) == (1, 1)


def test_purchase_counts_once_for_the_last_touch_and_once_for_each_placement_by_any() -> None:
    cart = Told("v", None, placement="cart")
    outcomes = of(Person([seen(), clicked(), seen(cart, 0.5), paid()]))
    by_name = {one.placement: one.arms[0] for one in outcomes.placements}
    assert (by_name["home"].last_touch.lines, by_name["cart"].last_touch.lines) == (1, 0)
    assert (by_name["home"].any_touch.lines, by_name["cart"].any_touch.lines) == (1, 1)
    assert by_name["cart"].lift is None


def test_what_was_bought_before_the_placement_was_seen_counts_for_nobody() -> None:
    found = arm(of(Person([paid(V, -1), seen()])), STANDARD)
    assert (found.buyers, found.any_touch.lines) == (0, 0)


def test_visitor_counts_for_the_arm_seen_first_whatever_came_later() -> None:
    nobody, held = Told("v", None), Told("v", HOLDOUT)
    outcomes = of(Person([seen(nobody), seen(held, 1), seen(V, 2), paid(V, 3)]))
    assert the_one(outcomes).crossed == 1
    assert {one.arm: one.visitors for one in the_one(outcomes).arms} == {HOLDOUT: 1, STANDARD: 0, None: 0}
    assert arm(outcomes, HOLDOUT).buyers == 1
    assert arm(outcomes, STANDARD).last_touch.lines == 1  # it was the last place that showed the product


def test_slates_that_were_not_made_here_count_for_nobody_and_are_counted() -> None:
    forged = msgspec.structs.replace(seen(), slate_id=V.slate_id(NOW)[:-4] + "AAAA")
    outcomes = of(Person([forged, paid()]))
    assert (outcomes.placements, outcomes.unreadable) == ((), 1)


def test_slates_that_were_not_made_here_are_counted_within_the_period_only() -> None:
    forged = msgspec.structs.replace(seen(), slate_id=V.slate_id(NOW)[:-4] + "AAAA")
    later = MEASURED._replace(period=Period((NOW + timedelta(days=1)).timestamp()))
    assert outcomes_of([Person([forged, seen()])], SIGNER, later) == Outcomes((), 0)


def test_period_holds_for_what_was_seen_and_bought_but_not_for_what_came_back() -> None:
    period = Period(NOW.timestamp(), (NOW + timedelta(days=1)).timestamp())
    back = V.event(EventKind.RETURN, NOW + timedelta(days=5), EventLine("a", 1))
    person = Person([seen(V, -1), seen(), paid(), back, paid(V, 30), seen(V, 31)])
    found = arm(outcomes_of([person], SIGNER, MEASURED._replace(period=period)), STANDARD)
    assert (found.slates, found.last_touch.units) == (1, 2.0)  # the newest purchase is what came back


def test_variant_that_is_bought_came_of_the_variant_that_was_shown() -> None:
    of_group = MEASURED._replace(product_of=lambda item_id: item_id.partition("-")[0])
    person = Person([seen(V, 0, EventLine("a-red")), paid(V, 1, EventLine("a-blue", 1, 3.0))])
    assert arm(outcomes_of([person], SIGNER, of_group), STANDARD).last_touch.revenue == {"EUR": 3.0}


def test_windows_are_those_of_the_settings() -> None:
    person = Person([seen(), paid(V, 40)])
    wide = MEASURED._replace(windows=Attribution(view_days=2))
    assert arm(of(person), STANDARD).any_touch.lines == 0
    assert arm(outcomes_of([person], SIGNER, wide), STANDARD).any_touch.lines == 1


def test_one_person_of_two_names_is_one_visitor() -> None:
    store = MemoryStore()
    card = (Identity(IdentityKind.LOYALTY_CARD, "7"),)
    known = msgspec.structs.replace(V.event(EventKind.IDENTIFY, NOW), identities=card)
    till = msgspec.structs.replace(paid(), visitor_id=card[0].visitor_id)
    store.append([seen(), known, till]).result()
    found = arm(of(*people(store)), STANDARD)
    assert (found.visitors, found.buyers, found.last_touch.lines) == (1, 1, 1)


def test_whoever_withdrew_is_not_in_it_and_what_was_before_is_not_used() -> None:
    store = MemoryStore()
    consents = [
        msgspec.structs.replace(V.event(EventKind.CONSENT, NOW + timedelta(hours=at)), consent=word)
        for at, word in ((2, {"personalise": False}), (3, {"personalise": True}))
    ]
    store.append([seen(), clicked(), paid(), consents[0]]).result()
    assert list(people(store)) == []
    store.append([consents[1], seen(V, 4, B)]).result()
    found = arm(of(*people(store)), STANDARD)
    assert (found.visitors, found.impressions, found.clicks, found.buyers) == (1, 1, 0, 0)


def test_placement_without_an_experiment_is_counted_without_an_arm() -> None:
    plain = MEASURED._replace(placements={"home": msgspec.structs.replace(HOME, holdout=0.0)})
    placement = the_one(outcomes_of([Person([seen(Told("v", None))])], SIGNER, plain))
    assert (placement.baseline, placement.sample_ratio, placement.arms[0].arm) == (None, None, None)
