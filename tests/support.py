"""What several tests need: the synthesized assembly, and small apps for single constructs."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

from filelock import FileLock

from assembly.cloud_assembly import Assembly as Assembly  # noqa: PLC0414  # tests take it from here
from assembly.snapshots import base
from assembly.synthesis import context as context  # noqa: PLC0414  # and this
from configuration.loading import load
from configuration.model import EnvironmentConfig
from constructs_lib.specs.network import NetworkSpec
from review.consents import consents_in

Template = Mapping[str, Any]
Case = TypeVar("Case")

ROOT = Path(__file__).parents[1]
THOROUGH = os.environ.get("THOROUGH") == "1"
"""Whether long enumerations try all of their cases, as in `make coverage`; else some of them do."""


def spread(cases: Sequence[Case], one_in: int) -> Sequence[Case]:
    """Return one case in so many, from the first to the last; all of them where THOROUGH is."""
    return cases if THOROUGH else cases[::one_in]


def examples(count: int) -> int:
    """Return how many examples a property is tried with: a fifth of them, unless THOROUGH is."""
    return count if THOROUGH else max(count // 5, 5)


@cache
def reference() -> tuple[EnvironmentConfig, ...]:
    """Return the environments that tests read, whatever a team writes into its own."""
    return load(package="tests.reference")


def consents(config: EnvironmentConfig) -> dict[str, str]:
    """Return what an environment accepts to lose, and what a commit since the base accepts for it.

    Such as `Review-consent: Prod/Cluster/ControlPlane/LogGroup/Resource: Why.`
    """
    since = base()
    commits = consents_in(f"{since}..HEAD", repository=ROOT) if since else {}
    here = {path: why for path, why in commits.items() if path.startswith(f"{config.stage_id}/")}
    return {**here, **config.accepted_replacements}


def flight_mode() -> dict[str, str]:
    """Return a process environment without anything of AWS, as on a machine that was never used."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    # The date of the build, where it is not today's.
    if "SOURCE_DATE_EPOCH" in os.environ:
        kept["SOURCE_DATE_EPOCH"] = os.environ["SOURCE_DATE_EPOCH"]
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", "CDK_DISABLE_CLI_TELEMETRY": "true"}


def stack_paths() -> tuple[str, ...]:
    """Return the path of every stack that the reference environments ask for, such as `Dev/Network`."""
    return tuple(
        f"{config.stage_id}/{stack}"
        for config in reference()
        for stack, wanted in (
            ("Network", isinstance(config.network, NetworkSpec)),
            ("Cluster", True),
            *((workload.name, True) for workload in config.workloads),
        )
        if wanted
    )


def run_app(
    outdir: Path, *arguments: str, validate: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the app of the reference environments as the CDK CLI does, into `outdir`.

    Other arguments of Python name another app; `validate` is the CDK's own validation.
    """
    return subprocess.run(  # noqa: S603  # our own program
        [sys.executable, *(arguments or ("-m", "tests.reference"))],
        cwd=ROOT,
        env={
            **flight_mode(),
            "CDK_OUTDIR": str(outdir),
            "CDK_VALIDATION": str(validate).lower(),
            "CDK_CONTEXT_JSON": json.dumps(context()),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def made_once(
    folder: Path, worker_id: str, make: Callable[[Path], subprocess.CompletedProcess[str]]
) -> Path:
    """Return what `make` writes; of all test processes the first to ask for it makes it.

    `folder` is a process's own place for it; the processes share the one next to theirs. The seconds
    that it took are in a file beside it, with the suffix .done.
    """
    made = folder if worker_id == "master" else folder.parents[1] / folder.name
    done = made.with_suffix(".done")
    with FileLock(made.with_suffix(".lock")):
        if not done.exists():
            started = time.monotonic()
            result = make(made)
            assert result.returncode == 0, result.stdout + result.stderr
            done.write_text(str(time.monotonic() - started), encoding="utf-8")
    return made


COPIES = multiprocessing.get_context("forkserver")
"""Starts a process as a copy of one that has read the modules which it is told: they take a second."""


def run_in_a_copy(
    main: Callable[[Sequence[str]], int],
    words: Sequence[str],
    variables: Mapping[str, str],
    seconds: float,
) -> tuple[int | None, str]:
    """Run a program's main function in a process of its own; return its exit code and what it prints.

    Killed after so many seconds, and then with another code.
    """
    with NamedTemporaryFile() as file:
        process = COPIES.Process(target=_as_a_program, args=(main, words, variables, file.name))
        process.start()
        process.join(seconds)
        process.kill()
        process.join()
        return process.exitcode, file.read().decode()


def _as_a_program(
    main: Callable[[Sequence[str]], int],
    words: Sequence[str],
    variables: Mapping[str, str],
    output: str,
) -> None:
    os.environ.update(variables)
    with Path(output).open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.exit(main(words))


def uncollected() -> None:
    """Let a program of a few seconds keep its garbage: collecting it takes a tenth of the time."""
    gc.disable()


def template_files(assembly: Assembly) -> Mapping[str, Path]:
    """Return the file of each template by the stack's path."""
    return {stack.path: Path(stack.template_path) for stack in assembly.stacks}


def resources_of(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a CloudFormation type by their logical ids."""
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def only(template: Template, kind: str) -> dict[str, Any]:
    """Return the properties of the one resource of a type."""
    found = list(resources_of(template, kind).values())
    assert len(found) == 1, f"{len(found)} resources of type {kind}"
    properties: dict[str, Any] = found[0]["Properties"]
    return properties


def kubernetes_objects(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each Kubernetes object of a template with the logical id of its resource.

    What CloudFormation fills in at deploy, such as an image's address, shows as a plain word.
    """
    for logical_id, resource in resources_of(
        template, "Custom::AWSCDK-EKS-KubernetesResource"
    ).items():
        for item in json.loads(joined(resource["Properties"]["Manifest"])):
            yield logical_id, item


def joined(value: str | Mapping[str, Any]) -> str:
    """Return a string or Fn::Join as text, each intrinsic function inside it as a plain word."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        text: str = separator.join(joined(part) for part in parts)
        return text
    if "Fn::Sub" in value:
        return re.sub(r"\$\{[^}]*\}", "value", value["Fn::Sub"])
    return "value"
