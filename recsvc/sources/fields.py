"""Fields: the members of one foreign object, read leniently, with a pointer to whatever is amiss."""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

from recsvc.domain.currencies import CURRENCIES
from recsvc.domain.events import EventLine

MOST_ID_CHARACTERS: Final = 200
MOST_LINES: Final = 500
MOST_EVENT_ID_CHARACTERS: Final = 100
HIGHEST_PRICE: Final = 1e12
HIGHEST_QUANTITY: Final = 1e6
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
DECIMAL: Final = re.compile(r"-?\d{1,18}(\.\d{1,9})?")
"""How amounts travel as text; longer ones are no amounts."""


class FieldFaultError(Exception):
    """A member that cannot be used.

    Attributes:
        code: as verdicts name it.
        pointer: JSON pointer to the member.
    """

    def __init__(self, code: str, pointer: str) -> None:
        super().__init__(code)
        self.code = code
        self.pointer = pointer


class Fields:
    """Reads members by their names; of several names the first that is there counts.

    Blank text and null are as good as absent: senders fill templates.
    """

    def __init__(self, members: dict[str, Any] | None, pointer: str) -> None:
        self.members = members or {}
        self.pointer = pointer

    def text(self, *names: str, most: int = MOST_ID_CHARACTERS) -> str | None:
        """Text, or a whole number as text; ids travel as both."""
        for name, value in self._given(names):
            if isinstance(value, str) and not value.strip():
                continue
            return text_of(value, f"{self.pointer}/{name}", most)
        return None

    def needed(self, name: str) -> str:
        """Text that must be there."""
        text = self.text(name)
        if text is None:
            raise FieldFaultError("missing_field", f"{self.pointer}/{name}")
        return text

    def words(self, name: str, most: int = 500) -> str | None:
        """What somebody typed, cut to a length, without NUL."""
        value = self.members.get(name)
        return value.replace("\0", "")[:most].strip() or None if isinstance(value, str) else None

    def price(self, *names: str) -> float | None:
        """An amount of money: a number or decimal text, at least 0."""
        for name, value in self._given(names):
            return self._number(value, name, lowest=0.0, highest=HIGHEST_PRICE)
        return None

    def quantity(self, *names: str) -> float | None:
        """How many: above 0."""
        for name, value in self._given(names):
            number = self._number(value, name, lowest=0.0, highest=HIGHEST_QUANTITY)
            if number == 0.0:
                raise FieldFaultError("out_of_range", f"{self.pointer}/{name}")
            return number
        return None

    def currency(self, *names: str) -> str | None:
        """A code of ISO 4217, in capitals."""
        for name, value in self._given(names):
            code = value.strip().upper() if isinstance(value, str) else ""
            if code not in CURRENCIES:
                raise FieldFaultError("unknown_currency", f"{self.pointer}/{name}")
            return code
        return None

    def moment(self, *names: str) -> datetime | None:
        """A time of ISO 8601, UTC where it names no zone; between 1970 and 2200."""
        for name, value in self._given(names):
            return moment_of(value, f"{self.pointer}/{name}")
        return None

    def inside(self, name: str) -> "Fields":
        """The members of an object within; none where it is absent."""
        value = self.members.get(name)
        if not isinstance(value, dict | None):
            raise FieldFaultError("wrong_type", f"{self.pointer}/{name}")
        return Fields(value, f"{self.pointer}/{name}")

    def each(self, name: str) -> list["Fields"]:
        """The objects of a list within."""
        value = self.members.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise FieldFaultError("wrong_type", f"{self.pointer}/{name}")
        return [Fields(one, f"{self.pointer}/{name}/{place}") for place, one in enumerate(value)]

    def _given(self, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        for name in names:
            value = self.members.get(name)
            if value is not None and value != "":
                yield name, value

    def _number(self, value: Any, name: str, lowest: float, highest: float) -> float:
        pointer = f"{self.pointer}/{name}"
        if isinstance(value, str) and DECIMAL.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FieldFaultError("wrong_type", pointer)
        # A whole number of 400 digits is no float; it compares all the same.
        if not (lowest <= value <= highest) or not math.isfinite(value):
            raise FieldFaultError("out_of_range", pointer)
        return float(value)


def text_of(value: Any, pointer: str, most: int = MOST_ID_CHARACTERS) -> str:
    """An id as text.

    Raises:
        FieldFaultError: it is neither text nor a whole number, too long, or holds control characters.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FieldFaultError("wrong_type", pointer)
    # Python refuses to write very long numbers as text.
    if isinstance(value, int) and abs(value) >= 10**40:
        raise FieldFaultError("out_of_range", pointer)
    text = str(value).strip()
    if not 0 < len(text) <= most:
        raise FieldFaultError("out_of_range", pointer)
    if CONTROLS.search(text):
        raise FieldFaultError("invalid_value", pointer)
    return text


def moment_of(value: Any, pointer: str) -> datetime:
    """Aware UTC of text.

    Raises:
        FieldFaultError: it is no time, or one that no shop can mean.
    """
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        utc = aware.astimezone(UTC)
    except (ValueError, OverflowError, AttributeError) as error:
        raise FieldFaultError("invalid_time", pointer) from error
    if not EARLIEST <= utc < LATEST:
        raise FieldFaultError("invalid_time", pointer)
    return utc


def lines_of(
    products: list[Fields], ids: tuple[str, ...], pointer: str, prices: tuple[str, ...] = ("price",)
) -> tuple[EventLine, ...]:
    """Lines of the products that name their item.

    Raises:
        FieldFaultError: there are too many, or one names no item.
    """
    if len(products) > MOST_LINES:
        raise FieldFaultError("out_of_range", pointer)
    lines = []
    for product in products:
        item_id = product.text(*ids)
        if item_id is None:
            raise FieldFaultError("missing_item", f"{product.pointer}/{ids[0]}")
        lines.append(EventLine(item_id, product.quantity("quantity") or 1.0, product.price(*prices)))
    return tuple(lines)


def event_id_of(*parts: str) -> str:
    """An id of one name space a source: `segment:…`; what is too long to keep is digested."""
    joined = ":".join(parts)
    return joined if len(joined) <= MOST_EVENT_ID_CHARACTERS else f"{parts[0]}:{digest(joined.encode())}"


def digest(content: bytes) -> str:
    """A short name of some content, for messages that bring none."""
    return blake2b(content, digest_size=16).hexdigest()
