"""What deploy/ gives to schedulers is sound, and calls the command as it is."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from recsvc.cli.retrain import retrain
from recsvc.domain.errors import BadDataError, GateRefusedError, LockedError, NothingNewError, UsageError
from tests.conventions.cronjob import CronJob
from tests.conventions.tree import ROOT
from training.cli import train

DEPLOY = ROOT / "deploy"
SERVICE = "recsvc.service"
UNITS = ("recsvc-train.service", "recsvc-train.timer")
SCHEDULES = (*UNITS, "recsvc-train.cron", "recsvc-train.cronjob.yaml")
PROGRAM = "/opt/recsvc/.venv/bin/recsvc"
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def text(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def manifest() -> CronJob:
    return msgspec.yaml.decode(text("recsvc-train.cronjob.yaml"), type=CronJob)


def is_schedule(words: list[str]) -> bool:
    """Whether five words are a plain time of cron: numbers in range, or stars."""
    return len(words) == len(FIELDS) and all(
        word == "*" or (word.isdecimal() and first <= int(word) <= last)
        for word, (first, last) in zip(words, FIELDS, strict=True)
    )


def accepts(command: str) -> bool:
    """Whether the program takes a command line as it stands."""
    program, name, *arguments = shlex.split(command)
    retrain.make_context(name, arguments)
    return (Path(program).name, name) == ("recsvc", "retrain")


def test_the_units_are_what_systemd_understands(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    for name in (SERVICE, *UNITS):
        (tmp_path / name).write_text(text(name).replace(PROGRAM, "/bin/true"), "utf-8")
    done = subprocess.run(
        [analyze, "verify", *(str(tmp_path / name) for name in (SERVICE, *UNITS))],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    named = [line for line in done.stderr.splitlines() if "recsvc" in line]
    assert (done.returncode, named) == (0, [])


def test_systemd_calls_the_command_and_takes_nothing_new_for_a_success() -> None:
    settings = dict(re.findall(r"^(\w+)=(.*)$", text("recsvc-train.service"), re.MULTILINE))
    assert accepts(settings["ExecStart"])
    assert settings["SuccessExitStatus"] == str(NothingNewError.exit_code)
    assert settings["Type"] == "oneshot"


def test_cron_calls_the_command_at_a_time_that_exists() -> None:
    lines = [line for line in text("recsvc-train.cron").splitlines() if line and not line.startswith("#")]
    (entry,) = [line for line in lines if not re.match(r"\w+=", line)]
    *schedule, user, command = entry.split(None, 6)
    assert is_schedule(schedule)
    assert user == "recsvc"
    assert accepts(command.removeprefix("nice -n 10 ").partition(" 2>&1")[0])
    assert "%" not in command  # cron would end the line there
    assert text("recsvc-train.cron").endswith("\n")  # or cron would not read the last line


@pytest.mark.parametrize(
    "words", ["60 3 * * *", "30 24 * * *", "30 3 0 * *", "30 3 * 13 *", "30 3 * *", "@daily"]
)
def test_a_time_that_does_not_exist_is_found(words: str) -> None:
    assert not is_schedule(words.split())


def test_the_cron_job_is_one_by_its_schema() -> None:
    spec = manifest().spec
    assert is_schedule(spec.schedule.split())
    assert ZoneInfo(spec.time_zone)
    assert spec.concurrency_policy == "Forbid"
    pod = spec.job_template.spec.template.spec
    assert pod.restart_policy == "Never"  # a policy for failures needs it
    volumes = {volume.name for volume in pod.volumes}
    assert {mount.name for mount in pod.containers[0].volume_mounts} <= volumes


@pytest.mark.parametrize(
    ("part", "planted"),
    [
        ("concurrencyPolicy: Forbid", "concurrencyPolicy: Never"),
        ("backoffLimit: 2", "backofLimit: 2"),
        ("operator: In", "operator: Is"),
        ("values: [4, 64, 65, 75]", "values: [0]"),
        ('cpu: "1"', "cpu: 1"),
    ],
)
def test_a_cron_job_that_is_none_is_found(part: str, planted: str) -> None:
    source = text("recsvc-train.cronjob.yaml")
    assert part in source
    with pytest.raises(msgspec.ValidationError):
        msgspec.yaml.decode(source.replace(part, planted), type=CronJob)


def test_kubernetes_does_not_retry_what_cannot_get_better() -> None:
    job = manifest().spec.job_template.spec
    (rule,) = [rule for rule in job.pod_failure_policy.rules if rule.on_exit_codes]
    assert rule.on_exit_codes is not None
    hopeless = {one.exit_code for one in (GateRefusedError, UsageError, BadDataError, LockedError)}
    assert set(rule.on_exit_codes.values) == hopeless
    assert rule.action == "FailJob"
    assert rule.on_exit_codes.container_name == job.template.spec.containers[0].name


@pytest.mark.parametrize(("code", "seen"), [(0, 0), (3, 0), (4, 4), (75, 75), (137, 137)])
def test_kubernetes_takes_nothing_new_for_a_success(tmp_path: Path, code: int, seen: int) -> None:
    program = tmp_path / "recsvc"
    program.write_text(f'#!/bin/sh\ntest "$*" = retrain || exit 99\nexit {code}\n')
    program.chmod(0o755)
    (container,) = manifest().spec.job_template.spec.template.spec.containers
    found = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert subprocess.run([*container.command, *container.args], env=found, check=False).returncode == seen


@pytest.mark.parametrize("name", SCHEDULES)
def test_variables_are_those_of_the_command(name: str) -> None:
    known = {option.envvar for command in (retrain, train) for option in command.params}
    assert set(re.findall(r"RECSVC_[A-Z_]+", text(name))) <= known
