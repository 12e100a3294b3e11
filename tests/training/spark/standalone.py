"""A real standalone cluster on loopback: one master and two workers, through pyspark's own spark-class.

Two applications fit on it side by side, each with one core of each worker.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.journeys.servers import free_port

WORKERS, APPLICATIONS = 2, 2
PATIENCE_S = 240.0
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""No second compiler and no second thread for garbage: these runs are too short for either to pay."""


SETTINGS = {
    "spark.cores.max": str(WORKERS),
    "spark.executor.cores": "1",
    "spark.executor.memory": "512m",
    "spark.driver.memory": "512m",
    "spark.driver.extraJavaOptions": QUICK,
}
"""Of an application on this cluster."""


@contextmanager
def standalone(folder: Path) -> Iterator[str]:
    """Start the cluster, give its URL, and stop it."""
    port = free_port()
    url = f"spark://127.0.0.1:{port}"
    log = folder / "master.log"
    with ExitStack() as stack:
        stack.enter_context(_running(log, "master.Master", "--host", "127.0.0.1", "--port", str(port)))
        for number in range(WORKERS):
            limits = (
                "--cores",
                str(APPLICATIONS),
                "--memory",
                "1g",
                "--work-dir",
                str(folder / f"work-{number}"),
            )
            stack.enter_context(_running(folder / f"worker-{number}.log", "worker.Worker", *limits, url))
        _await(log, "Registering worker", WORKERS)
        yield url


@contextmanager
def _running(log: Path, name: str, *arguments: str) -> Iterator[None]:
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    home = Path(spec.origin).parent
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "JDK_JAVA_OPTIONS": QUICK,
    }
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", "--webui-port", "0"]
    with log.open("wb") as out:
        process = subprocess.Popen([*command, *arguments], stdout=out, stderr=out, env=environment)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(log: Path, text: str, times: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while log.read_text("utf-8").count(text) < times:
        assert time.monotonic() < deadline, log.read_text("utf-8")
        time.sleep(0.2)
