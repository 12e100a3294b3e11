"""Nearest: what was probably meant by a name that is not there."""

import difflib
from collections.abc import Collection

SHOWN = 8
"""Names that are listed where none is near."""


def nearest(name: str, there: Collection[str]) -> str:
    """A hint at what was probably meant, else at what there is."""
    near = difflib.get_close_matches(name, there, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    shown = sorted(there)[:SHOWN]
    more = " …" if len(there) > len(shown) else ""
    return f"there are {', '.join(shown)}{more}." if shown else "there is none."
