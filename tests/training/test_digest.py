from pathlib import Path

import recsvc
from training.digest import CODE


def test_code_that_reads_files_and_names_things_is_hashed_too() -> None:
    root = Path(recsvc.__file__).parent
    assert {root / "domain", root / "files", root / "model"} < set(CODE)
