"""`python -m commands.rehearse BASE HEAD --output FILE`: deploy the base to an emulated account, then the head.

Each environment whose templates differ gets an account of its own, which is stopped at the end. FILE is
what `python -m commands.review --rehearsal` reads.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from assembly.cloud_assembly import Assembly, assembly_at
from assembly.synthesis import ROOT, run
from commands import start, write
from commands.stack_events import NOTHING, Seen, deployed, new_events, rolled_back, timeline
from configuration.loading import load
from constructs_lib.specs.base import ConfigurationError
from kube.values import text

SECONDS = 900
NOTHING_TO_COMPARE = 2
DELETED = "DELETE_COMPLETE"
FAILED = "❌"
"""The CDK CLI begins the error of a stack with it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Rehearse the change of every environment, write what happened, and say how each ended."""
    parser = argparse.ArgumentParser(prog="python -m commands.rehearse", description=__doc__)
    parser.add_argument("base", type=Path, help="the assembly before")
    parser.add_argument("head", type=Path, help="the assembly after, such as cdk.out")
    parser.add_argument("--output", type=Path, required=True, help="file for what happened")
    parser.add_argument("--kubernetes", default="auto", help="stand-in, envtest or auto")
    parser.add_argument("--environments", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        base, head = assembly_at(options.base), assembly_at(options.head)
        before, after = base.environments(), head.environments()
        names = {each.stage_id: each.name for each in load(package=options.environments)}
    except (ValueError, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return NOTHING_TO_COMPARE
    differing = [
        stage
        for stage, each in after.items()
        if stage in names and (stage not in before or before[stage].templates != each.templates)
    ]
    folder = tempfile.TemporaryDirectory(prefix="rehearsal-", ignore_cleanup_errors=True)
    with folder as root, ThreadPoolExecutor(2) as pool:

        def ended(stage: str) -> Mapping[str, object]:
            account = Account(Path(root), options.kubernetes, options.environments, names[stage])
            # An environment that is new has no base.
            return rehearse(account, stage, base if stage in before else None, head)

        found = dict(zip(differing, pool.map(ended, differing), strict=True))
    written = json.dumps(found, indent=2, ensure_ascii=False)
    write(options.output.parent, {options.output.name: f"{written}\n"})
    for stage, each in found.items():
        print(f"Rehearsal of {stage}: {each['outcome']}")
    return 0


@dataclass(frozen=True)
class Account:
    """The emulated account of one environment, driven by its commands."""

    root: Path
    kubernetes: str
    package: str | None
    name: str

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of local_aws.

        Images are not built. What only the real account knows is taken as right: which principals
        are in it, and which versions of add-ons AWS has.
        """
        listed = ("--environments", self.package) if self.package else ()
        return run(
            *(sys.executable, "-m", "local_aws", "--root", str(self.root), *listed),
            *(command, self.name, *arguments),
            cwd=ROOT,
            timeout=SECONDS,
            CI="true",
            LOCAL_AWS_BUILD_IMAGES="no",
            LOCAL_AWS_KNOWN_PRINCIPALS="*",
            LOCAL_AWS_ALLOW_UNKNOWN_ADD_ON_VERSIONS="1",
            LOCAL_AWS_LAYERS=str(self.root / "layers"),
        )

    def deploy(self, assembly: Assembly) -> subprocess.CompletedProcess[str]:
        """Deploy the environment as an assembly has it."""
        return self.run("deploy", "--kubernetes", self.kubernetes, "--app", str(assembly.path))

    def seen(self) -> Seen:
        """Return the events and resources of every stack; none where nothing was deployed."""
        settings = self.root / self.name / "env"
        if not settings.exists():
            return NOTHING
        lines = settings.read_text(encoding="utf-8").splitlines()
        words = [shlex.split(line) for line in lines if line.startswith("export ")]
        values = dict(word.split("=", 1) for _, word in words)
        client: Any = boto3.Session().client(
            "cloudformation",
            endpoint_url=values["AWS_ENDPOINT_URL"],
            region_name=values["AWS_REGION"],
            aws_access_key_id=values["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=values["AWS_SECRET_ACCESS_KEY"],
            config=Config(proxies={}),
        )
        events = client.get_paginator("describe_stack_events")
        resources = client.get_paginator("list_stack_resources")
        stacks = client.get_paginator("describe_stacks").paginate().search("Stacks[].StackName")
        names = [*stacks]
        there = f"StackResourceSummaries[?ResourceStatus!='{DELETED}']"
        return Seen(
            {x: [*events.paginate(StackName=x).search("StackEvents[]")][::-1] for x in names},
            {
                (name, each["LogicalResourceId"]): text(each, "PhysicalResourceId")
                for name in names
                for each in resources.paginate(StackName=name).search(there)
            },
        )


def rehearse(
    account: Account, stage: str, base: Assembly | None, head: Assembly
) -> Mapping[str, object]:
    """Deploy both sides one after the other, destroy what nothing protects, and stop the account."""
    try:
        return _deploy_both(account, stage, base, head)
    except (BotoCoreError, ClientError, subprocess.TimeoutExpired) as error:
        return {"outcome": "not rehearsed", "why": f"the account failed: {error}"}
    finally:
        account.run("stop")


def _deploy_both(
    account: Account, stage: str, base: Assembly | None, head: Assembly
) -> Mapping[str, object]:
    before = NOTHING
    if base is not None:
        first = account.deploy(base)
        before = account.seen()
        # Its exit code also says how a report of ours went, which looks for the head's cluster.
        if not deployed(before.events, base.environments()[stage].stack_names):
            why = f"the base was not deployed there: {_last_words(first)}"
            return {"outcome": "not rehearsed", "why": why}
    second = account.deploy(head)
    now = account.seen()
    new = new_events(before.events, now.events)
    after = head.environments()[stage]
    rows = timeline(before, now, after.stack_names)
    if second.returncode:
        # What CloudFormation refused at once has no event, and an error of the CDK CLI.
        began = new or FAILED in second.stdout + second.stderr
        outcome = "rolled back" if rolled_back(new) else "stopped" if began else "not rehearsed"
        return {"outcome": outcome, "why": _last_words(second), "rows": rows}
    destroyed = "protected"
    if not any(each.termination_protection for each in after.stacks.values()):
        last = account.run("destroy")
        destroyed = _last_words(last) if last.returncode else "done"
    return {"outcome": "deployed", "rows": rows, "destroyed": destroyed}


def _last_words(result: subprocess.CompletedProcess[str]) -> str:
    """Return the lines of a command that name an error, or its last one."""
    lines = [line.strip() for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    named = [line for line in lines if line.startswith(FAILED)]
    return " ".join(named or lines[-1:])


if __name__ == "__main__":
    start(main)
