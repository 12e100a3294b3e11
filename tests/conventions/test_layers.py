"""Who may import whom: every contract of pyproject.toml turns red for an import planted against it."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conventions.tree import PACKAGES, ROOT

PLANTS = {
    "recsvc-layers": ("recsvc/domain/slates.py", "import recsvc.serving.ports"),
    "training-layers": ("training/config.py", "import training.job"),
    "quizzes-layers": ("quizzes/definition.py", "import quizzes.engine"),
    "ports": ("recsvc/http/planted.py", "import recsvc.stores"),
    "lean-worker": ("recsvc/serving/planted.py", "def late():\n    import scipy"),
    "no-training": ("recsvc/cli/planted.py", "import training.config"),
    "training-arrow": ("training/planted.py", "import recsvc.settings"),
    "quizzes-alone": ("quizzes/planted.py", "import recsvc.domain.errors"),
    "litestar": ("recsvc/serving/framework_planted.py", "from litestar import get"),
    "sql": ("recsvc/serving/sql_planted.py", "import sqlalchemy"),
    "httpx": ("recsvc/serving/client_planted.py", "import httpx"),
    "polars": ("recsvc/model/planted.py", "import polars"),
    "opentelemetry": ("recsvc/serving/traced_planted.py", "import opentelemetry"),
    "pyspark": ("training/cluster_planted.py", "from pyspark.sql import SparkSession"),
    "implicit": ("training/solver_planted.py", "from implicit.als import AlternatingLeastSquares"),
}
"""Contract → (file, what is planted there)."""

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
NAMES = {contract["id"]: contract["name"] for contract in CONTRACTS}


def _lint(directory: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from importlinter.cli import lint_imports_command as lint; lint()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--no-logo"],
        cwd=directory,
        env=os.environ | {"COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report on a copy of the tree with everything planted at once."""
    copy = tmp_path_factory.mktemp("planted")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    (copy / "recsvc" / "unlayered").mkdir()
    (copy / "recsvc" / "unlayered" / "__init__.py").touch()
    for path, text in PLANTS.values():
        with (copy / path).open("a", encoding="utf-8") as stream:
            stream.write(f"\n{text}\n")
    return _lint(copy).stdout


def _section(report: str, contract: str) -> str:
    details = report.split("Broken contracts", 1)[1]
    return re.split("|".join(map(re.escape, NAMES.values())), details.split(NAMES[contract], 1)[1])[0]


def test_tree_keeps_every_contract() -> None:
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_contract_has_its_plant() -> None:
    assert set(NAMES) == set(PLANTS)


@pytest.mark.parametrize("contract", PLANTS)
def test_planted_import_breaks_its_contract(contract: str, planted: str) -> None:
    path, _ = PLANTS[contract]
    module = path.removesuffix(".py").replace("/", ".")
    assert f"{NAMES[contract]} BROKEN" in planted
    assert module in _section(planted, contract)


def test_room_without_a_place_in_the_layers_is_refused(planted: str) -> None:
    assert "recsvc.unlayered" in _section(planted, "recsvc-layers")
