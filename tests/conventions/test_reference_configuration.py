"""deploy/recsvc.toml is complete and says the defaults."""

import re
from pathlib import Path

from recsvc.settings import Settings, load_settings
from tests.conventions.tree import ROOT

REFERENCE = ROOT / "deploy" / "recsvc.toml"
SILENT = re.compile(r"^# (\w+) = ", re.MULTILINE)
"""A setting whose default is absent stands there as a comment."""


def test_reference_says_the_defaults() -> None:
    assert load_settings({"RECSVC_CONFIG": str(REFERENCE)}) == Settings()


def test_reference_names_every_setting() -> None:
    text = REFERENCE.read_text("utf-8")
    named = set(re.findall(r"^(?:# )?(\w+) = ", text, re.MULTILINE)) | set(
        re.findall(r"^\[+(\w+)", text, re.MULTILINE)
    )
    assert set(Settings.__struct_fields__) <= named


def test_every_silent_setting_may_be_spoken(tmp_path: Path) -> None:
    spoken = tmp_path / "recsvc.toml"
    spoken.write_text(SILENT.sub(r"\1 = ", REFERENCE.read_text("utf-8")), "utf-8")
    settings = load_settings({"RECSVC_CONFIG": str(spoken)})
    assert (settings.models_path, settings.quizzes_path, settings.database_url) == (
        Settings().models_path,
        Settings().quizzes_path,
        Settings().database_url,
    )
