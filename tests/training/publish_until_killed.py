"""Publish a second model again and again, each time killed one step later, until one lives."""

import os
import signal
import sys
from pathlib import Path

import msgspec
import numpy as np

from recsvc.model.artifact import Artifact
from tests.training.shops import plain_artifact
from training import publish

STEPS = {"open", "os.rename", "os.mkdir", "os.truncate", "os.remove", "os.listdir", "os.scandir"}


def version_of(day: int) -> str:
    return f"2026040{day}T000000Z-0000000{day}"


def model_of(day: int, *, digest: str = "d") -> Artifact:
    """A small model of that day."""
    rng = np.random.default_rng(day)
    model = plain_artifact(rng.normal(size=(20, 4)).astype(np.float32), strength=1.0)
    model.manifest = msgspec.structs.replace(model.manifest, version=version_of(day), digest=digest)
    model.version = version_of(day)
    return model


def put(models: Path, day: int, *, digest: str = "d") -> None:
    """Publish it."""
    with publish.locked(models) as lease:
        publish.publish(models, lease, model_of(day, digest=digest), {"day": day})


def kill_at(models: Path, step: int) -> None:
    """Kill this process at its step-th audited touch of the directory."""
    left = step

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in STEPS and arguments and str(models) in str(arguments[0]):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def main(folder: Path) -> None:
    """Leave one directory of models a step under the folder."""
    step, lived = 0, False
    while not lived:
        step += 1
        models = folder / f"step-{step:03}"
        put(models, 1)
        child = os.fork()
        if child == 0:
            kill_at(models, step)
            put(models, 2)
            os._exit(0)
        lived = os.waitpid(child, 0)[1] == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
