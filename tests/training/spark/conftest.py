from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.training.spark.standalone import standalone
from training.spark.cluster import java


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running cluster; tests that take it carry the marker `java`."""
    if java() is None:
        pytest.skip("no Java: neither JAVA_HOME nor a java on the PATH")
    if find_spec("pyspark") is None:
        pytest.skip("no pyspark: make spark installs requirements-spark.lock")
    with standalone(tmp_path_factory.mktemp("spark")) as url:
        yield url
