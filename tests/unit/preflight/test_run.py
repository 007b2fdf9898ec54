"""All checks at once, and what becomes of those that can't be asked."""

from __future__ import annotations

import ast
import json
import re
import stat
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.parsers import ResponseParserError

from preflight import checks, docker, place
from preflight.account import Account, action
from preflight.checks import CannotAskError, merged, run
from preflight.report import ACTIONS, as_json, lines, policy, worst
from preflight.row import Result, Row
from preflight.target import target_of
from tests.support import ROOT
from tests.unit.preflight.support import (
    ACCOUNT,
    REGION,
    SESSION,
    Answer,
    account,
    environment,
    rows,
    target,
)

WHO = {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:role/deployer", "UserId": "A"}
IDENTITY: Answer = ("sts", "get_caller_identity", WHO)


class Silent:
    """A session whose clients raise."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def client(self, _service: str, **_more: object) -> object:
        """Raise, as a client without credentials does when it is asked."""
        raise self.error


def test_the_account_that_the_environment_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another one nothing else is asked."""
    monkeypatch.setattr(checks, "checks_of", lambda _target: iter(()))
    stated = target_of(environment(tmp_path, account=ACCOUNT), name="Dev")
    other = target_of(environment(tmp_path, account="999988887777"), name="Dev")
    anyone = target_of(environment(tmp_path), name="Dev")

    assert [row.result for row in run(account(IDENTITY), stated)[1]] == ["passes"]
    placed, (row,) = run(account(IDENTITY), anyone)
    assert (placed.account, row.result) == (ACCOUNT, "passes")
    _, (row,) = run(account(IDENTITY), other)
    assert row.result == "fails"
    assert "Dev belongs to 999988887777" in row.found


@pytest.mark.parametrize(
    "asked",
    [
        Account(Silent(NoCredentialsError()), REGION),
        Account(Silent(EndpointConnectionError(endpoint_url="https://sts")), REGION),
        Account(Silent(ResponseParserError("a proxy's page")), REGION),
        account(("sts", "get_caller_identity", "ExpiredToken")),
        account(("sts", "get_caller_identity", "AccessDenied")),
    ],
)
def test_nobody_answers(asked: Account, tmp_path: Path) -> None:
    """Without credentials or network there is one error, and no row."""
    with pytest.raises(CannotAskError):
        run(asked, target(tmp_path))


def test_a_region_that_is_off_knows_no_credentials(tmp_path: Path) -> None:
    """That is a row with the command, and not a matter of credentials."""
    off = {"Regions": [{"OptInStatus": "not-opted-in"}]}
    asked = account(
        ("sts", "get_caller_identity", "InvalidClientTokenId"), ("ec2", "describe_regions", off)
    )

    _, (row,) = run(asked, target(tmp_path))

    assert (row.result, row.run) == ("fails", f"aws account enable-region --region-name {REGION}")


def test_a_denied_call_is_a_warning_that_names_the_action(tmp_path: Path) -> None:
    """Once for all checks that ask it; what else goes wrong is a warning, too."""
    asked = account(
        ("ec2", "describe_regions", "Throttling"),
        ("ec2", "describe_availability_zones", "UnauthorizedOperation"),
    )
    chosen = {"region": place.region, "zones": place.zones, "more zones": place.zones}
    about = target(tmp_path)

    told = [checks._rows(name, check, asked, about) for name, check in chosen.items()]
    throttled, denied = merged([row for each in told for row in each])

    assert throttled.result == "warns"
    assert throttled.found.startswith("could not be checked: An error occurred (Throttling)")
    assert (denied.check, denied.result) == ("zones and 1 more", "warns")
    assert denied.found == "ec2:DescribeAvailabilityZones was denied"
    assert "allow ec2:DescribeAvailabilityZones" in denied.run


def test_every_check_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of every environment, an add-on's, and one for each quota; none ends the others."""
    monkeypatch.setenv("CDK_DOCKER", "/nowhere/docker")
    asked = account(IDENTITY)
    asked.client("sts")
    asked._session = Silent(EndpointConnectionError(endpoint_url="https://aws"))

    _, found = run(asked, target(tmp_path))

    names = [name for name, _ in checks.checks_of(target(tmp_path))]
    assert len(names) == len(checks.CHECKS) + 1 + 12
    assert [row.result for row in found] == ["passes", "warns", "warns"]
    assert [row.check for row in found] == ["account", "region and 25 more", "Docker"]


def test_only_warnings_of_one_cause_are_merged() -> None:
    """A failure has a row of its own, whatever it has in common with others."""
    same = [Row(name, result, "found") for result in RESULTS for name in ("one", "two")]

    assert [row.check for row in merged(same)] == ["one", "two", "one and 1 more", "one", "two"]


RESULTS: tuple[Result, ...] = ("passes", "warns", "fails")


@pytest.mark.parametrize(
    ("results", "expected"),
    [(("passes",), "passes"), (("passes", "warns"), "warns"), (RESULTS, "fails"), ((), "passes")],
)
def test_the_worst_result_counts(results: tuple[Result, ...], expected: Result) -> None:
    """One failure is a failure."""
    assert worst([Row("any", result, "") for result in results]) == expected


def test_the_table(tmp_path: Path) -> None:
    """Every row, long words wrapped, and below what to run."""
    told = "\n".join(
        lines(
            target(tmp_path),
            [
                Row("account", "passes", ACCOUNT),
                Row("bootstrap", "fails", "word " * 20, "cdk bootstrap"),
            ],
        )
    )

    assert "passes  account    111122223333\nfails   bootstrap  word word" in told
    assert "\n                   word word" in told
    assert "\nbootstrap fails:\n  cdk bootstrap\n" in told
    assert told.endswith("Dev: 1 fails, 0 warns, 1 passes. Fix what fails before you deploy.")


def test_programs_get_the_same(tmp_path: Path) -> None:
    """With the account and the region."""
    told = as_json(target(tmp_path), [Row("account", "passes", ACCOUNT)])

    assert json.loads(json.dumps(told)) == {
        "environment": "Dev",
        "account": ACCOUNT,
        "region": REGION,
        "result": "passes",
        "rows": [{"check": "account", "result": "passes", "found": ACCOUNT, "run": ""}],
    }


def test_the_policy_allows_what_is_asked_and_nothing_else(tmp_path: Path) -> None:
    """Every call of the package is in the list of actions, which has only reads."""
    asked = {
        action(SESSION.client(service), operation)
        for file in (ROOT / "preflight").glob("*.py")
        for service, operation in calls(ast.parse(file.read_text(encoding="utf-8")))
    }
    told = policy(target_of(environment(tmp_path), name="Dev"))
    read, assume = told["Statement"]

    assert asked - {"sts:GetCallerIdentity", "sts:AssumeRole"} == set(ACTIONS)
    assert all(re.search(":(Describe|Get|List)", each) for each in ACTIONS)
    assert read["Action"] == sorted(ACTIONS)
    assert assume["Resource"] == [
        "arn:aws:iam::*:role/cdk-deploy",
        "arn:aws:iam::1:role/cdk-images",
    ]


def calls(tree: ast.AST) -> set[tuple[str, str]]:
    """Return the service and operation of each `ask`; one of IAM's is of a role or a user."""
    found = {("iam", "get_user")}
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="ask"),
                args=[ast.Constant(value=str() as service), ast.Constant(value=str() as name), *_],
            ):
                found.add((service, name))
    return found


@pytest.mark.parametrize(
    ("platforms", "result", "found"),
    [
        ("linux/amd64, linux/arm64*", "passes", "builds linux/arm64"),
        ("linux/amd64, linux/386", "fails", "can't build linux/arm64"),
        (None, "warns", "doesn't respond; the workloads have images for linux/arm64"),
    ],
)
def test_docker(
    platforms: str | None,
    result: str,
    found: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The builder tells its platforms; without Docker here, another machine may deploy."""
    program = tmp_path / "docker"
    if platforms is not None:
        program.write_text(f"#!/bin/sh\necho 'Platforms: {platforms}'\n", encoding="utf-8")
        program.chmod(stat.S_IRWXU)
    monkeypatch.setenv("CDK_DOCKER", str(program))

    (row,) = rows(docker.docker, target(tmp_path))

    assert row.result == result
    assert found in row.found
    assert bool(row.run) == (result != "passes")
