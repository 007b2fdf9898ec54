"""What holds for every environment of the list in environments/, whatever its values are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pytest

from assembly import snapshots
from assembly.snapshots import since_base
from commands.write_snapshots import differences
from configuration import loading
from configuration.model import EnvironmentConfig
from constructs_lib.specs.base import ConfigurationError
from guardrails.acknowledgements import acknowledgements_in
from guardrails.acknowledgements import problems as acknowledgement_problems
from guardrails.catalogue import problems as step_problems
from guardrails.frozen import lost, read
from guardrails.step.change import STATEFUL_TYPES
from tests.support import ROOT, Assembly, consents, made_once, run_app
from tests.support import reference as shipped


def environments() -> tuple[EnvironmentConfig, ...]:
    """Return what the list holds, nothing where a file is wrong: `own` tells that."""
    try:
        return loading.load()
    except ConfigurationError:
        return ()


CONFIGS = environments()
each_environment = pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)


@pytest.fixture(autouse=True)
def reference() -> None:
    """Leave the product's own places as they are: this module alone reads the team's environments."""


@pytest.fixture(scope="module")
def own(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Assembly:
    """Return what app.py synthesizes, with cdk-nag, the guardrails and the flags of cdk.json.

    Equal environments make the same assembly: as long as a team has those of the project, it is theirs.
    """
    if (ROOT / "workloads/sample_service").exists() and shipped() == CONFIGS:
        shared: Assembly = request.getfixturevalue("assembly")
        return shared
    folder = tmp_path_factory.getbasetemp() / "own"
    try:
        return Assembly(made_once(folder, worker_id, lambda out: run_app(out, "app.py")))
    except AssertionError as error:
        pytest.fail(f"app.py fails; run `make synth` to see why: {error}", pytrace=False)


def refuse(lines: Iterable[str]) -> None:
    """Fail with these lines alone, if there are any."""
    if told := "\n".join(lines):
        pytest.fail(told, pytrace=False)


def test_every_environment_is_synthesized(own: Assembly) -> None:
    """cdk-nag, the CDK's own validation and the guardrails find no more than warnings."""
    assert [*own.environments()] == [config.stage_id for config in CONFIGS]
    found = [
        f"{report['pluginName']}: {violation['ruleName']}. Run `make synth`, then read its report."
        for report in own.report["pluginReports"]
        for violation in report["violations"]
        if violation.get("severity") != "warning"
    ]
    refuse(found)


def test_acknowledgements_are_live_narrow_and_reasoned(own: Assembly) -> None:
    """Each meets a finding, stands where the finding is, and says why."""
    refuse(map(str, acknowledgement_problems(acknowledgements_in(own.path))))


def test_the_snapshots_are_those_of_today(own: Assembly) -> None:
    """A change of a template shows in the pull request, and a snapshot that is left over doesn't."""
    refuse(
        f"{file.relative_to(ROOT)} {'belongs to no environment' if text is None else 'is not up to date'}"
        ": run `make snapshots`, then read `git diff`."
        for file, text in differences(own).items()
    )


@each_environment
def test_no_stateful_resource_loses_its_logical_id(
    config: EnvironmentConfig, own: Assembly
) -> None:
    """A lost id is a resource that a deploy replaces or deletes; `make snapshots` doesn't accept it."""
    file = snapshots.frozen_file(config.stage_id)
    refuse(
        f"A deploy would delete {kind} {logical_id} of {config.stage_id}/{stack}: "
        f"{STATEFUL_TYPES[kind]}. Put its construct id back, or remove it from "
        f"{file.relative_to(ROOT)} as docs/stateful-resources.md says. If {config.name} was never "
        "deployed, delete that file and run `make snapshots`."
        for stack, kind, logical_id in lost(own.environments()[config.stage_id], read(file))
    )


@each_environment
def test_the_step_from_the_base_is_possible_and_meant(
    config: EnvironmentConfig, own: Assembly
) -> None:
    """EKS goes one minor at a time; nothing that CloudFormation can't do, and no loss without consent.

    `make check BASE=origin/main` compares with that branch; assembly/snapshots.py tells what happens
    without it. A commit since then consents as well as the environment: `Review-consent: PATH: WHY`.
    """
    environment = own.environments(today=dt.date(2026, 11, 25))[config.stage_id]
    found = list(step_problems(since_base(environment), consents(config)))
    if found:
        found.append(
            f"If {config.name} was never deployed, commit its values, then run `make check BASE=HEAD`. "
            "A pull request has an older base: rename the environment there, and it is a new one."
        )
    refuse(found)
