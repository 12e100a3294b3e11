"""The shape of a placement: each field of its table by itself, so that one fault hides no other."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from quizzes.nearest import nearest
from recsvc.domain.placements import Arm, Boost, Pin, Placement, Rule, Strategy
from recsvc.serving.placement_flaws import Flaw

PARTS: Mapping[str, type[Rule]] = {"pins": Pin, "boosts": Boost, "arms": Arm}
"""The fields that are tables themselves."""
NO_WORD = re.compile(r"^Invalid enum value '(.*?)'")
WHERE = re.compile(r" - at `\$(\.\w+)?.*")


class Shape(NamedTuple):
    """What a table says that can be, and what it says that cannot."""

    values: dict[str, Any]  # by field; of tables the sound ones
    flaws: list[Flaw]

    @property
    def placement(self) -> Placement:
        """The placement of what is sound, with something harmless where a field must be."""
        return Placement(**{"id": "", "strategy": Strategy.PERSONAL, **self.values})


def shape_of(table: Mapping[str, object], kind: type[Rule] = Placement) -> Shape:
    """Read a table field by field."""
    fields = {one.name: one for one in msgspec.structs.fields(kind)}
    found = Shape({}, [])
    for name, value in table.items():
        if name not in fields:
            found.flaws.append(Flaw(name, f"unknown field `{name}`; {nearest(name, fields)}"))
        elif name in PARTS and isinstance(value, list) and all(isinstance(part, dict) for part in value):
            _add_parts(found, name, value)
        else:
            _add(found, name, value, fields[name].type)
    missing = (name for name, field in fields.items() if field.required and name not in table)
    found.flaws.extend(Flaw("", f"the field `{name}` is missing; add it") for name in missing)
    if not found.flaws:  # such as how many arms there may be
        found.flaws.extend(_flaw_of_whole(table, kind))
    return found


def _flaw_of_whole(table: Mapping[str, object], kind: type[Rule]) -> Iterator[Flaw]:
    try:
        msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        at = WHERE.search(str(error))
        field = at[1] if at and at[1] else ""
        yield Flaw(field[1:], WHERE.sub("", str(error)))


def _add_parts(found: Shape, name: str, tables: Sequence[dict[str, object]]) -> None:
    parts = [shape_of(table, PARTS[name]) for table in tables]
    found.values[name] = tuple(PARTS[name](**part.values) for part in parts if not part.flaws)
    found.flaws.extend(
        Flaw(name, f"in `{name}`: {flaw.sentence}", flaw.word or flaw.field)
        for part in parts
        for flaw in part.flaws
    )


def _add(found: Shape, name: str, value: object, kind: Any) -> None:
    try:
        found.values[name] = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        complaint = WHERE.sub("", str(error))
        word = NO_WORD.match(complaint)
        if word is not None:
            near = difflib.get_close_matches(word[1], [*Strategy], n=1)
            meant = f"did you mean `{near[0]}`? There" if near else "there"
            sentence = f"there is no strategy `{word[1]}`; {meant} are {', '.join(Strategy)}"
            found.flaws.append(Flaw(name, sentence, word[1]))
            return
        said = f" = {value!r}" if isinstance(value, str | int | float) else ""
        sentence = f"`{name}`{said}: {complaint}; docs/placements.md lists the fields and their ranges"
        found.flaws.append(Flaw(name, sentence, str(value) if said else ""))
