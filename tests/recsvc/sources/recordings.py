"""Messages as the public documents of their protocols shape them, with made-up shops and people."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recorded"


def recorded(name: str) -> Any:
    """One recording."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
