"""The cluster: a Spark session for one run, and the directory through which frames come and go."""

import ipaddress
import os
import shutil
import socket
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import polars as pl

from recsvc.domain.errors import InputOutputError, UsageError
from training.config import SparkConfig

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

LOG_SETTINGS = Path(__file__).with_name("log4j2.properties")
PORT = 7077  # of a standalone master whose URL names none
ANSWER_S = 10.0
WORKERS_S = 60.0


class Cluster(NamedTuple):
    """A running session and the run's own directory, which the driver and every worker see by one path."""

    session: "SparkSession"
    directory: Path
    numbers: Iterator[int]

    def fetch(self, frame: "DataFrame") -> pl.DataFrame:
        """Bring a small frame here, through Parquet: nothing passes the memory of the driver's JVM."""
        return pl.read_parquet(self._write(frame) / "*.parquet", glob=True)

    def settle(self, frame: "DataFrame") -> "DataFrame":
        """Compute a frame once; what is built on it reads it from the directory and repeats nothing."""
        return self.session.read.schema(frame.schema).parquet(self._write(frame).as_uri())

    def send(self, frame: pl.DataFrame) -> "DataFrame":
        """Hand a small frame to the cluster."""
        path = self._path()
        path.mkdir()
        frame.write_parquet(path / "part.parquet")
        return self.session.read.parquet(path.as_uri())

    def _write(self, frame: "DataFrame") -> Path:
        path = self._path()
        frame.write.parquet(path.as_uri())
        return path

    def _path(self) -> Path:
        return self.directory / f"{next(self.numbers):03}"


@contextmanager
def cluster(master: str, config: SparkConfig, parent: Path) -> Iterator[Cluster]:
    """Open a session, and stop it with everything it left on the disk.

    Args:
        master: `local[N]`, `spark://HOST:PORT` or another URL that Spark knows.
        config: further settings of Spark.
        parent: where the run's directory is made; the driver and every worker see it by this path.

    Raises:
        UsageError: pyspark or Java is absent.
        InputOutputError: the master does not answer, no worker takes the run, or Spark fails in the midst.
    """
    check_presence()
    _check_master(master)
    from py4j.protocol import Py4JError  # noqa: PLC0415
    from pyspark.errors import PySparkException  # noqa: PLC0415

    parent.mkdir(parents=True, exist_ok=True)
    directory = Path(mkdtemp(prefix="spark-", dir=parent.resolve()))
    directory.chmod(0o777)  # workers may run as someone else
    session = None
    try:
        session = _session(master, config)
        session.sparkContext.setCheckpointDir((directory / "checkpoints").as_uri())
        _await_workers(session, master)
        yield Cluster(session, directory, count())
    except (Py4JError, PySparkException) as error:
        raise InputOutputError(f"Spark at {master} failed: {_first_line(error)}") from error
    finally:
        if session is not None:
            session.stop()
        shutil.rmtree(directory, ignore_errors=True)


def check_presence() -> None:
    """Refuse to go on without pyspark or Java.

    Raises:
        UsageError: one of them is absent; the message says what installs it.
    """
    if find_spec("pyspark") is None:
        raise UsageError(
            "--engine spark needs pyspark, which is not installed: `make spark`, or the pins of "
            "requirements-spark.lock."
        )
    if java() is None:
        raise UsageError(
            "--engine spark needs Java 17 or newer, and there is neither JAVA_HOME nor a java on the PATH. "
            "On Debian and Ubuntu: apt-get install openjdk-17-jre-headless."
        )


def java() -> Path | None:
    """The program that would run Spark's driver."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    return Path(found) if found else None


def _check_master(master: str) -> None:
    """Ask a standalone master for a connection: Spark itself would try for a minute and say little."""
    hosts = _hosts(master)
    for host, port in hosts:
        try:
            socket.create_connection((host, port), timeout=ANSWER_S).close()
        except OSError:
            continue
        return
    if hosts:
        raise InputOutputError(
            f"--master {master}: nobody answers there. Start the master, or pass the URL that its log names "
            "(spark://HOST:7077); local[2] runs without one."
        )


def _hosts(master: str) -> list[tuple[str, int]]:
    """Host and port of the standalone masters that a URL names; none for other URLs."""
    if not master.startswith("spark://"):
        return []
    try:
        parts = [urlsplit(f"spark://{part}") for part in master.removeprefix("spark://").split(",")]
        return [(part.hostname or "localhost", part.port or PORT) for part in parts]
    except ValueError as error:
        raise UsageError(f"--master {master}: {error}; expected spark://HOST:7077.") from error


def _session(master: str, config: SparkConfig) -> "SparkSession":
    from pyspark.sql import SparkSession, functions  # noqa: PLC0415

    # The first use of pyspark asks for pandas, which nothing here needs, and warns of pandas 3.
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        builder = SparkSession.builder.master(master).appName("recsvc train")
        for name, value in (_settings(master) | config.settings).items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        functions.lit(0)
    return session


def _settings(master: str) -> dict[str, str]:
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "2g",  # the driver holds what is of the size of the catalogue
        "spark.driver.defaultJavaOptions": f"-Dlog4j2.configurationFile={LOG_SETTINGS.as_uri()}",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",  # a number beyond its type is an error and never another number
        # Sums of vectors are kept for every item of a partition; beyond 128 rows Spark would sort all pairs.
        "spark.sql.objectHashAggregate.sortBased.fallbackThreshold": "1000000",
        "spark.sql.legacy.parquet.nanosAsLong": "true",
        # What is small is said to be (F.broadcast). Spark goes by bytes on the disk, where vectors and pairs
        # are packed: at 5 million lines it sent a table round that the driver could not hold.
        "spark.sql.autoBroadcastJoinThreshold": "-1",
        "spark.sql.adaptive.autoBroadcastJoinThreshold": "-1",
    }
    if master.startswith("local"):  # the driver is the one worker as well
        settings["spark.driver.memory"] = f"{max(2, _memory_gb() // 2)}g"
    if master.startswith("local") or any(_is_loopback(host) for host, _ in _hosts(master)):
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return settings


def _memory_gb() -> int:
    """What this machine has, in whole gigabytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _await_workers(session: "SparkSession", master: str) -> None:
    """Wait for the first worker: a master without free ones would keep the run waiting for ever."""
    deadline = time.monotonic() + WORKERS_S
    status = session.sparkContext._jsc.sc()  # noqa: SLF001 (pyspark has no other way to ask)
    while not master.startswith("local") and status.getExecutorMemoryStatus().size() < 2:  # noqa: PLR2004
        if time.monotonic() > deadline:
            raise InputOutputError(
                f"--master {master}: no worker took the run within {WORKERS_S:.0f} s. Start workers, free "
                'their cores, or ask for less memory (spark.settings."spark.executor.memory").'
            )
        time.sleep(0.2)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]
