"""The part of Kubernetes' CronJob (batch/v1) that deploy/ uses; any other field is refused."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=63)]
Seconds = Annotated[int, Meta(gt=0)]
Quantity = Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)?(m|[KMGT]i?)?$")]
ExitCode = Annotated[int, Meta(ge=1, le=255)]


class Part(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """One object of the manifest."""


class Metadata(Part):
    name: Name | None = None
    labels: dict[str, str] = {}


class OnExitCodes(Part):
    container_name: Name
    operator: Literal["In"]
    values: Annotated[list[ExitCode], Meta(min_length=1)]


class OnPodCondition(Part):
    type: Literal["DisruptionTarget", "ConfigIssue"]
    status: Literal["True", "False", "Unknown"] = "True"


class Rule(Part):
    action: Literal["FailJob", "Ignore", "Count"]
    on_exit_codes: OnExitCodes | None = None
    on_pod_conditions: list[OnPodCondition] = []


class PodFailurePolicy(Part):
    rules: Annotated[list[Rule], Meta(min_length=1, max_length=20)]


class SeccompProfile(Part):
    type: Literal["RuntimeDefault", "Unconfined"]


class PodSecurity(Part):
    run_as_non_root: bool
    run_as_user: Seconds
    run_as_group: Seconds
    fs_group: Seconds
    seccomp_profile: SeccompProfile


class Capabilities(Part):
    drop: list[str]


class Security(Part):
    allow_privilege_escalation: bool
    read_only_root_filesystem: bool
    capabilities: Capabilities


class SecretKey(Part):
    name: Name
    key: str
    optional: bool = False


class ValueFrom(Part):
    secret_key_ref: SecretKey


class Variable(Part):
    name: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]*$")]
    value: str | None = None
    value_from: ValueFrom | None = None


class Resources(Part):
    requests: dict[Literal["cpu", "memory"], Quantity]
    limits: dict[Literal["cpu", "memory"], Quantity]


class Mount(Part):
    name: Name
    mount_path: Annotated[str, Meta(pattern="^/")]


class Container(Part):
    name: Name
    image: Annotated[str, Meta(pattern=r"^[^\s:]+:[^\s:]+$")]
    command: list[str]
    args: list[str]
    env: list[Variable]
    resources: Resources
    security_context: Security
    volume_mounts: list[Mount]


class Claim(Part):
    claim_name: Name


class EmptyDirectory(Part):
    size_limit: Quantity | None = None


class Volume(Part):
    name: Name
    persistent_volume_claim: Claim | None = None
    empty_dir: EmptyDirectory | None = None


class Pod(Part):
    restart_policy: Literal["Never", "OnFailure"]
    automount_service_account_token: bool
    security_context: PodSecurity
    containers: Annotated[list[Container], Meta(min_length=1)]
    volumes: list[Volume]


class PodTemplate(Part):
    metadata: Metadata
    spec: Pod


class Job(Part):
    active_deadline_seconds: Seconds
    ttl_seconds_after_finished: Seconds
    backoff_limit: Annotated[int, Meta(ge=0)]
    pod_failure_policy: PodFailurePolicy
    template: PodTemplate


class JobTemplate(Part):
    spec: Job


class Spec(Part):
    schedule: str
    time_zone: str
    concurrency_policy: Literal["Allow", "Forbid", "Replace"]
    starting_deadline_seconds: Seconds
    successful_jobs_history_limit: Annotated[int, Meta(ge=0)]
    failed_jobs_history_limit: Annotated[int, Meta(ge=0)]
    job_template: JobTemplate


class CronJob(Part):
    """The manifest."""

    api_version: Literal["batch/v1"]
    kind: Literal["CronJob"]
    metadata: Metadata
    spec: Spec
