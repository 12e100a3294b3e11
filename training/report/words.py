"""The words of the page in one language."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files

import msgspec

from recsvc.domain.catalogue import Item
from recsvc.reports.numbers import NOTHING

Table = dict[str, dict[str, dict[str, str]]]  # section → key → locale → words


@cache
def table() -> Table:
    """All words: texts.toml, read once."""
    return msgspec.toml.decode(files(__package__).joinpath("texts.toml").read_bytes(), type=Table)


class Words:
    """What the templates say in one locale."""

    def __init__(self, locale: str, items: Mapping[str, Item]) -> None:
        self.locale = locale
        self._items = items

    def __call__(self, name: str, **values: object) -> str:
        """The words under `section.key`, with their places filled."""
        section, _, key = name.partition(".")
        return table()[section][key][self.locale].format(**values)

    def of(self, section: str, key: str, **values: object) -> str:
        """The words for a key that a run brings; the key itself where there are none."""
        known = key in table().get(section, {})
        return self(f"{section}.{key}", **values) if known else key.replace("_", " ")

    def title(self, item_id: str) -> str:
        """The title of a product, else its id."""
        item = self._items.get(item_id)
        return item.title_in(self.locale) if item else item_id

    def titles(self, item_ids: Iterable[str], most: int, but: str | None = None) -> list[str]:
        """The first different titles of some products; two packs of the same name are one to a reader."""
        own = None if but is None else self.title(but)
        found = dict.fromkeys(self.title(item_id) for item_id in item_ids)
        return [title for title in found if title != own][:most]

    def category(self, item_id: str) -> str:
        """The category of a product; "" where none is known."""
        item = self._items.get(item_id)
        return (item.category if item else None) or ""

    def date(self, moment: datetime | str | None) -> str:
        """A day."""
        if moment is None:
            return NOTHING
        day = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return self("format.date", day=day)

    def seconds(self, value: float) -> str:
        """A duration."""
        minutes, rest = divmod(value, 60.0)
        if minutes >= 1:
            return self("format.minutes", minutes=int(minutes), seconds=f"{rest:02.0f}")
        return self("format.seconds", seconds=f"{value:.1f}")
