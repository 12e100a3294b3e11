"""The files in the demo's state that people may edit, and how those of an earlier version are noticed."""

import tomllib
from pathlib import Path

CONFIG_FILE, PLACEMENTS_FILE, ORIGINAL_FILE = "recsvc.toml", "placements.toml", "placements.original.toml"
DATA_VERSION = "2"
"""Another one whenever the demo makes other data: 2 has prices in yen."""

CONFIG = """\
# Written by `recsvc demo`; docs/operating.md says what else can stand here.
demo = true  # serve the demo shop at /
"""
PLACEMENTS = """\
# Written by `recsvc demo`; docs/placements.md says what else can stand here. Changes hold within a second.

[[placements]]
id = "home"
strategy = "personal"
exclude_bought_days = 3  # what was bought just now makes room for what goes with it
max_per_category = 2  # a household that buys six kinds of dog food wants to see more than dog food
title = { en = "For you", ja = "あなたへのおすすめ" }

[[placements]]
id = "buy-again"
strategy = "buy_again"
title = { en = "Time to buy again", ja = "そろそろ買い足しませんか" }

[[placements]]
id = "similar"
strategy = "similar"
title = { en = "Similar products", ja = "似ている商品" }

[[placements]]
id = "bought-together"
strategy = "together"
max_per_category = 2
title = { en = "Often bought together", ja = "よく一緒に買われている商品" }

[[placements]]
id = "cart"
strategy = "cart"
max_per_category = 2
title = { en = "Goes with your cart", ja = "カートの商品に合うもの" }

[[placements]]
id = "mail"
strategy = "personal"
exclude_bought_days = 14
max_per_category = 2
rotation = 0.5  # another mail shows other products
discreet = true  # others may see a mail: sensitive answers show in nothing of it
title = { en = "For you", ja = "あなたへのおすすめ" }
"""


def write_demo_files(state: Path) -> list[str]:
    """Write what is missing and what nobody has edited; sentences about what is of an earlier version.

    Beside the placements stands what the demo wrote, so that an edited file is known from an old one.
    """
    if not (state / CONFIG_FILE).exists():
        (state / CONFIG_FILE).write_text(CONFIG, "utf-8")
    path, original = state / PLACEMENTS_FILE, state / ORIGINAL_FILE
    found, written = _text(path), _text(original)
    original.write_text(PLACEMENTS, "utf-8")
    said = _said_of_old_state(state)
    if found is None or found == written:
        path.write_text(PLACEMENTS, "utf-8")
        if found not in {None, PLACEMENTS}:
            said.append(f"{path} was of an earlier version and is written anew.")
    elif lacking := _lacking(found):
        said.append(
            f"{path} lacks {', '.join(lacking)}, which pages of this version show. Copy them from "
            f"{original}; or delete {path} and start again, for the demo then writes its own."
        )
    return said


def _lacking(found: str) -> list[str]:
    """The demo's placements that a file has not; of a file that is no TOML the service speaks itself."""
    try:
        ids = {one.get("id") for one in tomllib.loads(found).get("placements", [])}
    except tomllib.TOMLDecodeError:
        return []
    return [one["id"] for one in tomllib.loads(PLACEMENTS)["placements"] if one["id"] not in ids]


def _said_of_old_state(state: Path) -> list[str]:
    if _text(state / "data" / "READY") in {None, DATA_VERSION}:
        return []
    old = f"{state} holds what an earlier version made of the data, and its shop is served as it was."
    return [f"{old} Delete {state} and start again to have it made anew."]


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None
