from quizzes.proofs.paths import paths, played
from quizzes.proofs.reach import reach
from quizzes.proofs.trails import Route
from tests.quizzes.parts import build, choice, question


def test_one_path_for_each_set_of_questions_and_every_choice_on_one() -> None:
    found = paths(build(question("one"), question("two", when="one == 'a'"), question("three")))
    assert [route.answers for route in found.routes] == [
        (("one", "a"), ("two", "a"), ("three", "a")),
        (("one", "b"), ("three", "b")),
        (("one", "c"), ("three", "c")),
        (("one", "a"), ("two", "b"), ("three", "a")),
        (("one", "a"), ("two", "c"), ("three", "a")),
    ]


def test_choices_that_a_condition_tells_apart_are_not_exchanged() -> None:
    quiz = build(
        question("one"), question("two", when="one in ['a', 'b']"), question("three", when="one == 'b'")
    )
    asked = [tuple(name for name, _ in route.answers) for route in paths(quiz).routes]
    assert asked[:3] == [("one", "two"), ("one", "two", "three"), ("one",)]


def test_lists_hold_what_may_stand_together() -> None:
    choices = [*map(choice, "abc"), choice("no", alone=True)]
    found = paths(build(question("many", "multi", choices=choices, pick=[1, 2])))
    assert [dict(route.answers)["many"] for route in found.routes] == [("a",), ("b",), ("c",), ("no",)]
    pairs = paths(build(question("many", "multi", choices=choices[:3], pick=[2, 2])))
    assert [dict(route.answers)["many"] for route in pairs.routes] == [("a", "b"), ("a", "c")]


def test_choice_behind_a_known_fact_is_on_a_path_that_knows_it() -> None:
    quiz = build(question("one", fact="f"), question("two", when="known(elsewhere)"))
    known = [route for route in paths(quiz).routes if route.known]
    assert {route.known for route in known} == {(("elsewhere", ("yes",)),)}
    assert all(dict(route.answers).keys() == {"one", "two"} for route in known)


def test_paths_end_where_the_maximum_ends_them() -> None:
    quiz = build(question("one"), question("two"), question("three", fact="f"), pace={"max": 2})
    assert {len(route.answers) for route in paths(quiz).routes} == {2}


def test_paths_of_a_quiz_with_too_many_answers_still_show_its_choices() -> None:
    wide = [choice(f"c{number}") for number in range(20)]
    when = " and ".join(f"'c{number}' in wide" for number in range(20))
    quiz = build(question("wide", "multi", choices=wide), question("all", when=when), question("one"))
    assert not reach(quiz).exact
    found = paths(quiz)
    assert found.truncated
    assert {dict(route.answers)["wide"] for route in found.routes} == {(one["id"],) for one in wide}
    assert all(played(quiz, route).finished for route in found.routes)


def test_skipped_answers_are_played_as_such() -> None:
    quiz = build(question("one"), question("two", when="one != 'a'"))
    assert played(quiz, Route((("one", None),))).reachable == ("one", "two")
