"""Imports point one way.

app → stacks → constructs_lib → aws_cdk; commands → review, guardrails → assembly → kube, capacity.
"""

from __future__ import annotations

import ast
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path

import pytest

from tests.support import ROOT

BUILDERS = {"constructs_lib.specs", "constructs_lib.platform", "constructs_lib.workloads", "kube"}
READERS = {"assembly", "kube", "capacity"}
ALLOWED: Mapping[str, AbstractSet[str]] = {
    ".": {
        *("stacks", "configuration", "constructs_lib.specs.base", "guardrails.plugin", "aws_cdk"),
        # The flags of cdk.json.
        "assembly.synthesis",
    },
    "assembly": READERS,
    # They measure everything, with the reference environments.
    "benchmarks": {
        *(*READERS, "benchmarks", "guardrails", "review", "commands", "configuration", "app"),
        *("tests.reference", "aws_cdk"),
    },
    "capacity": {"capacity"},
    "commands": {
        *READERS,
        "commands",
        "preflight",
        "review",
        "guardrails",
        "configuration",
        "constructs_lib.specs.base",
        "constructs_lib.specs.regions",
    },
    # The app of `make synth`.
    "commands/synth_app.py": {"app", "assembly", "commands", "configuration", "guardrails"},
    "configuration": {"configuration", "constructs_lib.specs", "capacity", "kube"},
    "constructs_lib": {"constructs_lib", "aws_cdk"},
    # Code of Lambda functions.
    "constructs_lib/handlers": set(),
    "constructs_lib/handlers/kubectl_layer/python": set(),
    "constructs_lib/specs": {"constructs_lib.specs", "kube", "capacity"},
    # A workload is values and how they are built, which it imports when it is built.
    "constructs_lib/specs/helm_release.py": BUILDERS,
    "constructs_lib/specs/manifests.py": BUILDERS,
    "constructs_lib/specs/workloads.py": BUILDERS,
    # Values only. The list is read by name.
    "environments": {"environments", "configuration.model", "constructs_lib.specs", "workloads"},
    "examples": {"configuration.model", "constructs_lib.specs"},
    "guardrails": {*READERS, "guardrails", "constructs_lib.specs"},
    "guardrails/plugin.py": {*READERS, "guardrails", "aws_cdk"},
    "guardrails/rules": {
        *(*READERS, "constructs_lib.specs"),
        *("guardrails.rules", "guardrails.rule", "guardrails.support_calendar", "guardrails.reach"),
    },
    # Which pods there are, and the CNI's settings, the rules read too.
    "guardrails/reach": {
        *(*READERS, "guardrails.reach", "guardrails.rule", "guardrails.rules.pod_networking"),
        *("guardrails.rules.selectors", "guardrails.rules.workloads"),
        "constructs_lib.specs",
    },
    "guardrails/step": {
        *READERS,
        *("guardrails.step", "guardrails.rule", "guardrails.run", "guardrails.support_calendar"),
        "guardrails.reach.places",
    },
    "kube": {"kube"},
    "kube/validity": {"kube"},
    "local_aws": {*READERS, "local_aws", "configuration", "constructs_lib.specs.base"},
    "local_aws/emulator": {"local_aws", "kube", "assembly.resource_schemas"},
    "local_aws/emulator/ec2": {"local_aws"},
    "local_aws/emulator/eks": {
        *("local_aws", "kube", "constructs_lib.specs.kubernetes_versions"),
    },
    "local_aws/kubernetes": {"local_aws", "kube"},
    "local_aws/kubernetes/api_server": {"local_aws", "kube"},
    "local_aws/kubernetes/controllers": {"local_aws", "kube", "capacity"},
    "local_aws/load_balancers": {"local_aws", "kube"},
    "preflight": {*READERS, "preflight", "constructs_lib.specs.regions"},
    # It tells in words what the guardrails find between two sets of templates.
    "review": {*READERS, "review", "guardrails"},
    "review/html": {*READERS, "review"},
    "review/pictures": {*READERS, "review"},
    "workloads/sample_service": {"workloads", "constructs_lib", "aws_cdk", "kube"},
    "workloads/sample_service/api/api": set(),
    "workloads/sample_service/web/web": set(),
    "stacks": {
        *("stacks", "constructs_lib", "aws_cdk", "configuration.model"),
        *("configuration.capacity_checks", "configuration.capacity_plan"),
        "configuration.remarks",
    },
}
"""What the modules of a folder may import of ours, and whether of the CDK. A module may have a line of
its own."""
ELSEWHERE = {"tests", "node_modules", "cdk.out", "plan.out", "review.out"}


def modules() -> Iterator[Path]:
    """Yield every module but the tests and a team's workloads, relative to the repository."""
    for folder, inside, files in os.walk(ROOT):
        inside[:] = [name for name in inside if name not in ELSEWHERE and name[0] != "."]
        if Path(folder) == ROOT / "workloads":
            inside[:], files[:] = ["sample_service"], []
        yield from ((Path(folder) / name).relative_to(ROOT) for name in files if name[-3:] == ".py")


MODULES = sorted(modules())
OURS = {
    "aws_cdk",
    "tests",
    "workloads",
    *(module.parts[0].removesuffix(".py") for module in MODULES),
}


@cache
def imported(file: Path) -> Sequence[str]:
    """Return the full name of everything that a module imports."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} line {node.lineno}: name the package in full"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def allowed_in(module: Path) -> AbstractSet[str] | None:
    """Return what a module may import, None where no line says it."""
    return ALLOWED.get(module.as_posix(), ALLOWED.get(module.parent.as_posix()))


def test_a_module_imports_only_what_lies_below_it() -> None:
    """A module knows nothing of those that use it."""
    new = {str(module.parent) for module in MODULES if allowed_in(module) is None}
    assert not new, "new: give it a line in ALLOWED"
    wrong = [
        f"{module} may not import {name}"
        for module in MODULES
        for name in imported(ROOT / module)
        if name.split(".")[0] in OURS
        and not any(f"{name}.".startswith(f"{place}.") for place in allowed_in(module) or ())
    ]
    assert not wrong


@pytest.mark.parametrize(
    "folder", ["configuration", "constructs_lib", "stacks", "capacity", "kube"]
)
def test_nothing_below_the_environments_reads_the_process_environment(folder: str) -> None:
    """What a template says is decided in an environment file, and nowhere else."""
    # No template depends on the date.
    for file in {*(ROOT / folder).rglob("*.py")} - {ROOT / "configuration" / "build_date.py"}:
        text = file.read_text(encoding="utf-8")
        assert "os.environ" not in text, file
        assert "getenv" not in text, file
        assert "try_get_context" not in text, file


def test_no_test_reads_the_environments_of_a_team() -> None:
    """Its values may be any; tests take those of tests/reference."""
    wrong = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in (ROOT / "tests").rglob("*.py")
        for name in imported(file)
        if name.partition(".")[0] == "environments"
    ]
    assert not wrong


def test_the_type_checker_reads_what_is_used_of_the_cdk() -> None:
    """It takes a module that pyproject.toml doesn't list for Any, and would check nothing of it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    lists = [each for each in settings["overrides"] if each.get("follow_imports") == "normal"]
    read = {name for each in lists for name in each["module"]}
    files = [*MODULES, *(ROOT / "tests").rglob("*.py")]
    used = {
        module
        for file in files
        for name in imported(ROOT / file)
        if (module := ".".join(name.split(".")[:2])).startswith("aws_cdk.") and module.islower()
    }
    assert "aws_cdk.aws_ec2" in used
    services = {name.removeprefix("aws_cdk.") for name in read if name.startswith("aws_cdk.aws_")}
    assert used | {f"aws_cdk.interfaces.{name}" for name in services} <= read
