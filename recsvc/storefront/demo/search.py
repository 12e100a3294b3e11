"""Search: products by the words of their titles."""

import unicodedata
from collections.abc import Iterable

from recsvc.domain.catalogue import Item


def find(items: Iterable[Item], words: str, locale: str) -> list[Item]:
    """Items that can be bought and whose title has every word; those that begin with the first one lead.

    Args:
        items: to look through.
        words: as they were typed, in any width and case; nothing is found without any.
        locale: of the titles; the shop's own titles are looked at, too.
    """
    wanted = _plain(words).split()
    if not wanted:
        return []
    found = []
    for item in items:
        title = item.title_in(locale)
        text = f"{_plain(title)} {_plain(item.title or '')}"
        if item.can_be_bought and all(word in text for word in wanted):
            found.append((not text.startswith(wanted[0]), title, item.item_id, item))
    return [item for *_, item in sorted(found, key=lambda one: one[:3])]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
