"""Graph: a picture of the paths through a quiz, as SVG, from the first question to the result and beyond.

One line runs from top to bottom. Who is asked a question with a `when` leaves it for a while: to the right,
or to the left where nobody can be asked both. Choices that close the quiz lead round the rest to the result.
"""

from typing import NamedTuple

from quizzes.definition import Order, Place, Question, Quiz
from quizzes.expression import And
from quizzes.parser import names_in, parse
from quizzes.picture.canvas import arrow, canvas, dot, finished, group, rectangle, words
from quizzes.picture.cards import BOLD, CARD_WIDTH, Card, card, draw_card, words_of
from quizzes.picture.lettering import clean, wrap
from quizzes.picture.phrases import in_words
from quizzes.proofs.reach import reach
from quizzes.proofs.satisfiable import satisfiable
from quizzes.texts import in_locale

OUT = 46  # from the line to the boxes beside it
STEP = 34  # from a box to the next
LANE = 22  # from the boxes to the lines that lead round them
RESULT = (220, 56)
LABEL = 13
LABEL_ROOM = OUT + CARD_WIDTH - 12


class Branch(NamedTuple):
    """A question at its side of the line: 0 on it, 1 to the right, -1 to the left."""

    card: Card
    side: int
    label: tuple[str, ...]  # who is asked it

    @property
    def left(self) -> float:
        """Of the box."""
        return {0: -CARD_WIDTH / 2, 1: OUT, -1: -OUT - CARD_WIDTH}[self.side]


Layer = list[Branch]
Point = tuple[float, float]


def draw(quiz: Quiz, locale: str | None = None) -> str:
    """Draw a quiz.

    Args:
        quiz: its expressions can be read.
        locale: of the words; the quiz's first where there is none.
    """
    return _Drawing(quiz, locale or quiz.locales[0]).drawn()


class _Drawing:
    """One pass from top to bottom; the line that all visitors follow lies at x = 0."""

    def __init__(self, quiz: Quiz, locale: str) -> None:
        self._quiz = quiz
        self._locale = locale
        self._reach = reach(quiz)
        self._before, self._after = self._layers(Place.BEFORE_RESULT), self._layers(Place.AFTER_RESULT)
        branches = [branch for layer in (*self._before, *self._after) for branch in layer]
        self._left = min(-RESULT[0] / 2, *(branch.left for branch in branches))
        self._right = max(RESULT[0] / 2, *(branch.left + CARD_WIDTH for branch in branches))
        self._title = clean(in_locale(quiz, quiz.title, locale))
        self._root = canvas(self._title, ", ".join(one.id for one in quiz.asking_order), locale)
        self._lines = group(self._root, "lines")  # below the boxes
        self._y = 0.0  # down to where the picture is drawn
        self._from = 0.0  # where the line goes on
        self._ends: dict[int, list[list[Point]]] = {-1: [], 1: []}  # side → where somebody ends early

    def drawn(self) -> str:
        self._head()
        for layer in self._before:
            self._layer(layer)
        self._result()
        for layer in self._after:
            self._layer(layer)
        if self._from < self._y:
            arrow(self._lines, [(0, self._from), (0, self._y)], head=False)
            dot(self._lines, 0, self._y)
        left, right = (LANE * (len(self._ends[side]) + 0.5) * bool(self._ends[side]) for side in (-1, 1))
        return finished(self._root, self._left - left, self._right + right, self._y)

    def _layers(self, place: Place) -> list[Layer]:
        layers: list[Layer] = []
        for question in self._quiz.questions:
            if question.place is not place:
                continue
            other = layers[-1][0].card.question if layers and len(layers[-1]) == 1 else None
            if other is not None and self._exclusive(other, question):
                layers[-1].append(self._branch(question, -1))
            else:
                layers.append([self._branch(question, 1 if question.when else 0)])
        return layers

    def _exclusive(self, one: Question, other: Question) -> bool:
        """Whether nobody is asked both, as far as it can be told from their own conditions."""
        if one.when is None or other.when is None or one.id in names_in(other.when).questions:
            return False
        return not satisfiable(self._quiz, And((parse(one.when), parse(other.when))))

    def _branch(self, question: Question, side: int) -> Branch:
        never = self._reach.exact and question.id not in self._reach.routes
        made = card(self._quiz, question, self._locale, never=never)
        told = in_words(self._quiz, parse(question.when), self._locale) if question.when else ""
        return Branch(made, side, tuple(wrap(told, LABEL, LABEL_ROOM)) if told else ())

    def _head(self) -> None:
        for line in wrap(self._title, 20 * BOLD, self._right - self._left):
            self._y += 24
            words(self._root, self._left, self._y, line, "strong", 20)
        for line in wrap(self._facts(), LABEL, self._right - self._left):
            self._y += 20
            words(self._root, self._left, self._y, line, "faint", LABEL)
        self._y += STEP
        dot(self._lines, 0, self._y)
        self._from = self._y

    def _facts(self) -> str:
        quiz, (shortest, longest) = self._quiz, (self._reach.shortest, self._reach.longest)
        found = [f"{quiz.id}@{quiz.revision}"]
        if shortest is not None and longest is not None:
            least, most = shortest.counted, min(longest.counted, quiz.pace.max or longest.counted)
            told = str(most) if least == most else f"{least}\N{EN DASH}{most}"
            found.append(words_of(self._locale)["asks one" if told == "1" else "asks"].format(told))
        if quiz.pace.order is not Order.FIXED:
            found.append(words_of(self._locale)[quiz.pace.order.value])
        return " \N{MIDDLE DOT} ".join(found)

    def _layer(self, layer: Layer) -> None:
        if layer[0].side == 0:
            self._on_the_line(layer[0])
        else:
            self._beside_the_line(layer)

    def _on_the_line(self, branch: Branch) -> None:
        self._step_down(self._y + STEP)
        self._box(branch, self._y)
        self._y = self._from = self._y + branch.card.height

    def _beside_the_line(self, layer: Layer) -> None:
        out = self._y + 26 + max(len(branch.label) for branch in layer) * 18
        top = out + STEP
        back = top + max(branch.card.height for branch in layer) + 22
        dot(self._lines, 0, out)
        for branch in layer:
            middle = branch.left + CARD_WIDTH / 2
            self._label(branch, out)
            arrow(self._lines, [(0, out), (middle, out), (middle, top)])
            self._box(branch, top)
            bottom = top + branch.card.height
            arrow(self._lines, [(middle, bottom), (middle, back), (branch.side * 2, back)])
        self._y = back

    def _label(self, branch: Branch, out: float) -> None:
        """Who is asked, above the line that leads there."""
        for row, line in enumerate(reversed(branch.label)):
            anchor = "start" if branch.side > 0 else "end"
            words(self._root, branch.side * 14, out - 8 - row * 18, line, "", LABEL, anchor)

    def _box(self, branch: Branch, top: float) -> None:
        draw_card(self._root, branch.card, branch.left, top)
        if branch.card.question.place is Place.BEFORE_RESULT and branch.card.exits:
            self._note_ends(branch, top)

    def _note_ends(self, branch: Branch, top: float) -> None:
        """Where the ways of those begin who end early, at the choices that close the quiz."""
        side = 1 if branch.side > 0 else -1
        begins = [
            (branch.left + chip.x + chip.width * (side > 0), top + chip.y + chip.height / 2)
            for chip in branch.card.exits
        ]
        self._ends[side].append(begins)

    def _result(self) -> None:
        broad, high = RESULT
        self._step_down(self._y + STEP + 8)
        rectangle(self._root, (-broad / 2, self._y), RESULT, "result", 28)
        named, least = words_of(self._locale), self._quiz.result.min
        words(self._root, 0, self._y + (25 if least else 34), named["result"], "strong on", 16, "middle")
        if least:
            words(self._root, 0, self._y + 43, named["least"].format(least), "on", 11, "middle")
        for side in self._ends:
            self._lead_round(side, self._y + high / 2)
        self._y = self._from = self._y + high

    def _lead_round(self, side: int, to: float) -> None:
        """Ways of those who end early: the later, the further in, so that none crosses another."""
        edge = self._right if side > 0 else self._left
        for number, begins in enumerate(reversed(self._ends[side]), 1):
            lane = edge + side * LANE * number
            for x, y in begins:
                end = (side * (RESULT[0] / 2 + 2), to)
                arrow(self._lines, [(x, y), (lane, y), (lane, to), end], "end")

    def _step_down(self, to: float) -> None:
        arrow(self._lines, [(0, self._from), (0, to)])
        self._y = to
