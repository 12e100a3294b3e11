"""Cards: a question as a box with its title, its kind, its choices and what hangs on it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from quizzes.definition import PIPE, Basis, Choice, Question, Quiz
from quizzes.picture.canvas import Group, group, rectangle, words
from quizzes.picture.lettering import width, wrap
from quizzes.texts import in_locale

CARD_WIDTH = 340
PADDING = 14
GAP = 6
TITLE, LABEL, NOTE = 15, 13, 11  # sizes of letters
BOLD = 1.14  # strong letters are so much wider
INNER = CARD_WIDTH - 2 * PADDING

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "required": "required",
        "pick": "pick {}",
        "ends": "ends here",
        "filter": "filter",
        "loosened": "loosened",
        "gift": "gift",
        "alone": "alone",
        "unsure": "says nothing",
        "fact": "fact",
        "sensitive": "sensitive",
        "opt_in": "opt-in",
        "never": "never asked",
        "result": "Result",
        "least": "at least {} items",
        "asks one": "1 question",
        "asks": "{} questions",
        "informative": "ordered by information, drawn in file order",
        "adaptive": "ordered by information per visitor, drawn in file order",
    },
    "ja": {
        "required": "必須",
        "pick": "{}個",
        "ends": "ここで終了",
        "filter": "絞り込み",
        "loosened": "緩和",
        "gift": "贈り物",
        "alone": "単独",
        "unsure": "影響なし",
        "fact": "ファクト",
        "sensitive": "要配慮",
        "opt_in": "同意が必要",
        "never": "到達しない",
        "result": "結果",
        "least": "{}点以上",
        "asks one": "1問",
        "asks": "{}問",
        "informative": "質問の順は情報量で決まります(図はファイルの順)",
        "adaptive": "質問の順は訪問者ごとの情報量で決まります(図はファイルの順)",
    },
}


class Chip(NamedTuple):
    """A small box of words in a card, placed from the card's upper left."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    note: str
    look: str
    size: int
    ends: bool


class Card(NamedTuple):
    """A question, measured."""

    question: Question
    title: tuple[str, ...]
    meta: tuple[str, ...]
    chips: tuple[Chip, ...]
    height: float
    never: bool

    @property
    def exits(self) -> tuple[Chip, ...]:
        """The choices that close the quiz."""
        return tuple(chip for chip in self.chips if chip.ends)


def words_of(locale: str) -> Mapping[str, str]:
    """The words of the picture in a locale, in English where there are none."""
    return WORDS.get(locale.partition("-")[0], WORDS["en"])


def card(quiz: Quiz, question: Question, locale: str, *, never: bool) -> Card:
    """Measure a question.

    Args:
        quiz: that it is of.
        question: to be drawn.
        locale: of its words.
        never: whether nobody is asked it.
    """
    named = words_of(locale)
    shown = PIPE.sub(r"{\1}", in_locale(quiz, question.title, locale))
    title = tuple(wrap(shown, TITLE * BOLD, INNER))
    meta = tuple(wrap(" · ".join(_meta(question, named, never=never)), NOTE, INNER))
    top = PADDING + len(title) * 20 + len(meta) * 16 + 6
    choices, below = _flow((_choice(quiz, one, locale, named) for one in question.choices), top)
    badges, bottom = _flow(_badges(quiz, question, locale, named), below + (4 if choices else 0))
    return Card(question, title, meta, (*choices, *badges), bottom + PADDING - GAP, never)


def draw_card(parent: Group, made: Card, x: float, y: float) -> None:
    """Draw a card with its upper left at a point."""
    part = group(parent, made.question.id)
    rectangle(part, (x, y), (CARD_WIDTH, made.height), "never" if made.never else "card", 10)
    base = y + PADDING + 13
    for row, line in enumerate(made.title):
        words(part, x + PADDING, base + row * 20, line, "strong", TITLE)
    base += len(made.title) * 20 - 2
    for row, line in enumerate(made.meta):
        words(part, x + PADDING, base + row * 16, line, "faint", NOTE)
    for chip in made.chips:
        _draw_chip(part, chip, x, y)


def _meta(question: Question, named: Mapping[str, str], *, never: bool) -> list[str]:
    found = [question.id, question.kind.value]
    if question.takes_many:
        fewest, most = question.picks
        found.append(named["pick"].format(fewest if fewest == most else f"{fewest}\N{EN DASH}{most}"))
    if question.required:
        found.append(named["required"])
    return [*found, named["never"]] if never else found


def _choice(quiz: Quiz, choice: Choice, locale: str, named: Mapping[str, str]) -> Chip:
    notes = [named[name] for name in ("gift", "alone", "unsure") if getattr(choice, name)]
    if choice.must is not None:
        notes.append(named["filter"])
    if choice.ends:
        notes.append(named["ends"])
    return _chip(in_locale(quiz, choice.text, locale), ", ".join(notes), "chip", LABEL, ends=choice.ends)


def _badges(quiz: Quiz, question: Question, locale: str, named: Mapping[str, str]) -> Iterable[Chip]:
    scope = _scope(quiz, question, locale)
    if scope:
        yield _chip(scope, "", "chip", LABEL)
    if question.fact:
        yield _chip(f"{named['fact']} {question.fact}", "", "fact", NOTE)
    if question.must is not None:
        loosened = f" · {named['loosened']} {question.relax}" if question.relax else ""
        yield _chip(f"{named['filter']} {question.must}{loosened}", "", "filter", NOTE)
    filters = list(dict.fromkeys(one.must for one in question.choices if one.must is not None))
    for must in filters:
        yield _chip(f"{named['filter']} {must}", "", "filter", NOTE)
    purpose = quiz.purpose_of(question)
    if question.sensitive:
        yield _chip(named["sensitive"], "", "consent", NOTE)
    if purpose is not None and purpose.basis is Basis.OPT_IN:
        yield _chip(named["opt_in"], "", "consent", NOTE)


def _scope(quiz: Quiz, question: Question, locale: str) -> str:
    """What can be answered where there are no choices."""
    if question.channels:
        return " · ".join(channel.via for channel in question.channels)
    if question.range or question.scale:
        unit = in_locale(quiz, question.range.unit, locale) if question.range else ""
        return f"{question.bounds[0]:.12g} \N{EN DASH} {question.bounds[1]:.12g} {unit}".strip()
    return ""


def _chip(text: str, note: str, look: str, size: int, *, ends: bool = False) -> Chip:
    """A chip that is not placed yet."""
    room = INNER - 2 * 9
    lines = wrap(text, size, room)
    beside = width(lines[-1], size) + (width(note, NOTE) + 8 if note else 0)
    if beside > room:
        lines.append("")
    broad = max(
        *(width(line, size) for line in lines), width(lines[-1], size) + (width(note, NOTE) + 8) * bool(note)
    )
    return Chip(0, 0, broad + 18, len(lines) * (size + 4) + 8, tuple(lines), note, look, size, ends)


def _flow(chips: Iterable[Chip], top: float) -> tuple[tuple[Chip, ...], float]:
    """Place chips in rows from the left; one that ends the quiz has a row to itself."""
    placed: list[Chip] = []
    x, y, height = 0.0, top, 0.0
    for chip in chips:
        alone = chip.ends or bool(placed and placed[-1].ends)
        if x and (alone or x + chip.width > INNER):
            x, y, height = 0.0, y + height + GAP, 0.0
        placed.append(chip._replace(x=PADDING + x, y=y))
        x, height = x + chip.width + GAP, max(height, chip.height)
    return tuple(placed), y + height + GAP if placed else top


def _draw_chip(parent: Group, chip: Chip, x: float, y: float) -> None:
    rectangle(parent, (x + chip.x, y + chip.y), (chip.width, chip.height), chip.look, 6)
    base = y + chip.y + chip.size + 4
    for row, line in enumerate(chip.lines):
        words(parent, x + chip.x + 9, base + row * (chip.size + 4), line, "", chip.size)
    if chip.note:
        last = len(chip.lines) - 1
        start = x + chip.x + 9 + (width(chip.lines[last], chip.size) + 8 if chip.lines[last] else 0)
        look = "ends" if chip.ends else "faint"
        words(parent, start, base + last * (chip.size + 4), chip.note, look, NOTE)
