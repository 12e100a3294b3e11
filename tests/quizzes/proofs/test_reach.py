from typing import Any

from quizzes.parser import parse
from quizzes.proofs.partition import Mentions, representatives
from quizzes.proofs.reach import Route, Walked, most_asked, reach
from tests.quizzes.parts import Raw, build, choice, question


def answers(asked: Raw, *conditions: str) -> list[Any]:
    quiz = build(asked, question("other"))
    mentions = Mentions(quiz, [parse(one) for one in conditions])
    return list(representatives(quiz.questions[0], mentions))


def test_choices_that_nothing_tells_apart_count_as_one() -> None:
    assert answers(question("q")) == ["a", None]
    assert answers(question("q"), "q == 'b'") == ["a", "b", None]
    assert answers(question("q", required=True), "q == other") == ["a", "b", "c"]


def test_lists_respect_picks_and_lonely_choices() -> None:
    choices = [choice("a"), choice("b"), choice("c"), choice("no", alone=True)]
    two = question("q", "multi", choices=choices, pick=[2, 2], required=True)
    assert answers(two, "'c' in q") == [("a", "b"), ("a", "c")]
    free = question("q", "multi", choices=choices, required=True)
    assert answers(free, "'c' in q") == [("a",), ("c",), ("no",), ("a", "c")]


def test_numbers_lie_below_at_between_and_above_every_threshold() -> None:
    slider = question("q", "slider", range={"min": 0, "max": 10}, required=True)
    assert answers(slider, "q < 5") == [0.0, 2.5, 5.0, 7.5, 10.0]
    scale = question("q", "scale", scale={"min": 1, "max": 3}, required=True)
    assert answers(scale, "q > 1") == [1.0, 2.0, 3.0]
    assert answers(question("q", "number", required=True)) == [0.0]
    assert answers(question("q", "number", required=True), "q > 3") == [2.0, 2.5, 3.0, 3.5, 4.0]


def test_texts_are_those_compared_and_one_other() -> None:
    assert len(answers(question("q", "text"), "q == 'x'")) == 3


def test_contradiction_across_two_questions_is_found() -> None:
    quiz = build(
        question("one"),
        question("two", when="one == 'a'"),
        question("three", when="two == 'b' and one == 'c'"),
        question("four", when="two == 'b' or one == 'c'"),
    )
    found = reach(quiz)
    assert found.exact
    assert set(found.paths) == {"one", "two", "four"}
    assert found.paths["four"] in {(("one", "c"),), (("one", "a"), ("two", "b"))}


def test_numbers_that_cannot_be_are_found() -> None:
    limits = {"min": 0, "max": 10}
    quiz = build(
        question("budget", "slider", range=limits),
        question("low", when="budget < 0"),
        question("none", when="budget > 4 and budget < 3"),
        question("some", when="budget > 3 and budget < 3.5"),
    )
    assert set(reach(quiz).paths) == {"budget", "some"}


def test_what_follows_a_certain_end_is_not_reached_but_the_offer_is() -> None:
    ending = [choice("a", ends=True), choice("b", ends=True)]
    quiz = build(
        question("one", choices=ending, required=True),
        question("two"),
        question("mail", "text", place="after_result"),
    )
    assert set(reach(quiz).paths) == {"one", "mail"}


def test_facts_of_elsewhere_may_be_known_or_not() -> None:
    quiz = build(
        question("one", when="known(f)"),
        question("two", when="not known(f)"),
        question("three", when="known(f) and not known(f)"),
    )
    assert set(reach(quiz).paths) == {"one", "two"}


def test_fact_is_known_after_its_question_or_from_elsewhere() -> None:
    dunno = [choice("dunno", unsure=True)]
    quiz = build(
        question("one", fact="f"),
        question("two", when="known(f)"),
        question("three", choices=dunno, fact="g"),
        question("four", when="known(g)"),
    )
    routes = reach(quiz).routes
    assert routes["two"] == Route((("one", "a"),))
    assert [fact for fact, _ in routes["four"].known] == ["g"]
    assert "three" not in dict(routes["four"].answers)


def test_known_facts_are_no_longer_used_once_it_is_a_gift() -> None:
    giving = [choice("me"), choice("friend", gift=True)]
    quiz = build(
        question("one", choices=giving, required=True),
        question("two", when="known(f) and one == 'friend'"),
        question("three", when="known(f) and one == 'me'"),
    )
    assert set(reach(quiz).routes) == {"one", "three"}


def test_what_comes_after_the_maximum_is_not_asked_unless_facts_are_known() -> None:
    hidden = build(question("one"), question("two"), question("three"), pace={"max": 2})
    assert set(reach(hidden).routes) == {"one", "two"}
    returning = reach(build(question("one", fact="f"), question("two"), question("three"), pace={"max": 2}))
    assert returning.routes["three"].known == (("f", ("a",)),)
    skipped = build(question("one"), question("two", when="one == 'a'"), question("three"), pace={"max": 2})
    assert reach(skipped).routes["three"].answers == (("one", "b"),)


def test_information_and_offers_are_not_counted_but_hidden_with_the_rest() -> None:
    offer = question("mail", "text", place="after_result")
    after = reach(build(question("one"), question("i", "info"), question("two"), offer, pace={"max": 2}))
    assert set(after.routes) == {"one", "i", "two", "mail"}
    full = reach(build(question("one"), question("i", "info"), question("two"), offer, pace={"max": 1}))
    assert set(full.routes) == {"one", "mail"}


def test_offer_that_waits_for_what_the_maximum_hides_is_never_made() -> None:
    offer = question("mail", "text", place="after_result", when="two != 'a'")
    assert set(reach(build(question("one"), question("two"), offer, pace={"max": 1})).routes) == {"one"}


def test_shortest_and_longest_are_of_finished_paths() -> None:
    quiz = build(
        question("one", choices=[choice("a"), choice("b", ends=True)]),
        question("two", when="one == 'a'"),
        question("three", when="known(of)"),
        question("i", "info"),
        pace={"max": 2},
    )
    found = reach(quiz)
    assert found.shortest == Walked(1, Route((("one", "b"),)))
    assert found.longest is not None
    assert found.longest.counted == 3
    assert found.longest.route.known == (("of", ("yes",)),)


def test_whens_that_were_true_and_false_are_told() -> None:
    ending = [choice("a"), choice("b", ends=True)]
    quiz = build(
        question("one", choices=ending, required=True),
        question("two", when="one == 'a'"),
        question("three", when="two == 'a'"),
    )
    found = reach(quiz)
    assert (found.held, found.failed) == ({"two", "three"}, {"three"})


WIDE = [choice(f"c{number}") for number in range(20)]
ALL = " and ".join(f"'c{number}' in wide" for number in range(20))


def apart(**fields: Any) -> list[Raw]:
    """Two groups, of which the first has too many kinds of answers."""
    wide = question("wide", "multi", choices=WIDE)
    return [wide, question("all", when=ALL), question("one", **fields), question("two", when="one == 'z'")]


def test_too_many_answers_are_admitted_and_not_guessed() -> None:
    found = reach(build(*apart()))
    assert not found.exact
    assert found.shortest is None
    assert {"one", "wide"} <= set(found.routes)
    facts = " and ".join(f"known(f{number})" for number in range(20))
    assert not reach(build(question("one", when=facts))).exact


def groups(**fields: Any) -> list[Raw]:
    made = [question(f"{name}{row}") for name in "abc" for row in (1, 2)]
    whens = [question(f"{name}3", when=f"{name}1 == 'a' and {name}2 != 'b'") for name in "abc"]
    return [question("first", **fields), *made, *whens]


def test_groups_that_do_not_depend_on_each_other_are_exact() -> None:
    quiz = build(*groups())
    whole, parts = reach(quiz), reach(quiz, limit=30)
    assert parts.exact
    assert set(parts.routes) == set(whole.routes)
    assert (parts.held, parts.failed) == (whole.held, whole.failed)
    assert parts.shortest is not None
    assert parts.longest is not None
    assert whole.shortest is not None
    assert (parts.shortest.counted, parts.longest.counted) == (whole.shortest.counted, 10)
    path = dict(parts.routes["c3"].answers)
    assert set(path) == {"first", "a1", "a2", "b1", "b2", "c1", "c2", "a3", "b3"}


def test_groups_that_an_end_a_gift_or_the_maximum_couples_are_not_exact() -> None:
    for choices in ([choice("a", ends=True), choice("b")], [choice("a", gift=True), choice("b")]):
        assert not reach(build(*groups(choices=choices)), limit=30).exact
    assert not reach(build(*groups(), pace={"max": 5}), limit=30).exact
    assert reach(build(*groups(), pace={"max": 5, "order": "adaptive"}), limit=30).exact


def test_questions_that_share_a_fact_are_one_group() -> None:
    shared = [question("a", fact="f"), question("b", when="known(f) and c == 'a'")]
    quiz = build(question("c"), *shared, question("d", fact="f"))
    assert reach(quiz, limit=200).exact
    assert set(reach(quiz, limit=200).routes) == {"a", "b", "c", "d"}


def test_maximum_of_the_longest_arm_hides_and_none_where_the_order_changes() -> None:
    def arms(**patch: Any) -> Raw:
        return {"key": "k", "arms": {"x": 1}, "set": {"x": patch}}

    paced = {"max": 1}
    assert most_asked(build(pace=paced)) == 1
    assert most_asked(build(pace=paced, experiment=arms(max=3))) == 3
    assert most_asked(build(pace=paced, experiment=arms(order="informative"))) is None
    assert most_asked(build(pace=paced, experiment=arms(first="one"))) is None
    assert most_asked(build(pace={"max": 1, "order": "adaptive"})) is None


def test_a_dozen_branching_questions_are_enumerated() -> None:
    rows = range(1, 12)
    later = [question(f"q{row}", when=f"q{row - 1} == 'a' or q{row - 1} == 'b'") for row in rows]
    found = reach(build(question("q0"), *later))
    assert found.exact
    assert len(found.paths) == 12
