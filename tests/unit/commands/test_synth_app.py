"""What is synthesized of some environments, beside the same of all at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from cdk_nag import AwsSolutionsChecks

import app
from commands import synth_app
from commands.synth_inputs import NOTE
from constructs_lib.acknowledgements import acknowledge, managed_policy_finding
from guardrails import catalogue
from tests.support import context

World = Mapping[str, str]
"""What is in each environment, in words."""
POLICIES = {"role": "ReadOnlyAccess", "other": "SecurityAudit", "refused": "PowerUserAccess"}
RULES = ("SECOND2", "FIRST1")
BEFORE = {
    "Test": "zone role SECOND2 one",
    "Eu": "role zone warns other one",
    "Prod": "other role warns FIRST1 SECOND2 two",
}


@jsii.implements(cdk.IPolicyValidationPlugin)
class Groundwork:
    """Finds the rules that a template names, rule by rule as ours do."""

    name = property(lambda _: "Groundwork")
    version = property(lambda _: None)
    rule_ids = property(lambda _: [*RULES])

    def validate(self, asked: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Return a warning for each."""
        found = [
            cdk.PolicyViolation(
                rule_name=f"{rule}[x]",
                description="It is there.",
                severity="warning",
                violating_resources=[
                    cdk.PolicyViolatingResource(
                        construct_path=each.stack_construct_path, locations=["Description"]
                    )
                ],
            )
            for rule in RULES
            for each in asked.stack_templates
            if rule in Path(each.template_path).read_text(encoding="utf-8")
        ]
        return cdk.PolicyValidationPluginReport(success=True, violations=found)


def zone(stack: cdk.Stack, name: str) -> None:
    """Name a zone, which the CDK's own validation finds."""
    subnet = ec2.CfnSubnet(
        stack, name, vpc_id="vpc-1", availability_zone="eu-west-1a", cidr_block="10.0.0.0/24"
    )
    acknowledge(subnet, {"CloudFormation-Validate::W3010": "The environment names its zones."})


def role(stack: cdk.Stack, name: str) -> None:
    """Attach a policy that cdk-nag finds."""
    policy = POLICIES[name]
    attached = [iam.ManagedPolicy.from_aws_managed_policy_name(policy)]
    made = iam.Role(stack, name, assumed_by=iam.AccountRootPrincipal(), managed_policies=attached)
    if name != "refused":
        acknowledge(made, {managed_policy_finding(policy): "It only reads."})


def asset(stack: cdk.Stack, name: str) -> None:
    """Have a file that a deploy uploads."""
    file = Path(stack.node.get_context("files")) / name
    file.write_text(name, encoding="utf-8")
    assets.Asset(stack, name, path=str(file))


PARTS: Mapping[str, Callable[[cdk.Stack, str], object]] = {
    "zone": zone,
    "role": role,
    "other": role,
    "refused": role,
    "one": asset,
    "two": asset,
    "three": asset,
    "warns": lambda stack, _: cdk.Annotations.of(stack).add_warning_v2("test:same", "The same."),
    "deprecated": lambda *_: sys.stderr.write("It is."),
    "alarms": lambda stack, _: cdk.Annotations.of(stack).add_warning_v2("test:more", "More."),
}


def synthesize(output: Path, world: World) -> Path:
    """Synthesize a stage for each environment."""
    quiet = {**context(), "@aws-cdk/core:failSynthOnValidationErrors": False}
    tree = cdk.App(outdir=str(output), context={**quiet, "files": str(output.parent)})
    cdk.Validations.of(tree).add_plugins(AwsSolutionsChecks(tree), Groundwork())
    for name, words in world.items():
        stack = cdk.Stack(cdk.Stage(tree, name), "Stack", description=words)
        cdk.CfnWaitConditionHandle(stack, "Always")
        for word in words.split():
            if word in PARTS:
                PARTS[word](stack, word)
    tree.synth()
    return output


class Project:
    """Stands in for app.py and the files of its environments, and notes what is synthesized."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.output = folder / "cdk.out"
        self.world: World = BEFORE
        self.synthesized: list[str] = []
        self._folder, self._monkeypatch = folder, monkeypatch
        monkeypatch.setenv("CDK_OUTDIR", str(self.output))
        monkeypatch.setattr(app, "main", self._app)
        monkeypatch.setattr(catalogue, "RULES", [SimpleNamespace(id=each) for each in RULES])

    def _app(self, chosen: Callable[[Iterable[Any]], Iterable[Any]]) -> None:
        configs = [
            SimpleNamespace(stage_id=name, words=words) for name, words in self.world.items()
        ]
        for config in configs:
            module = ModuleType(f"environments.{config.stage_id}")
            file = self._folder / f"{config.stage_id}.py"
            file.touch()
            module.__dict__.update(ENVIRONMENT=config, __file__=str(file))
            self._monkeypatch.setitem(sys.modules, module.__name__, module)
        left = [*chosen(configs)]
        self.synthesized = [each.stage_id for each in left]
        synthesize(self.output, {each.stage_id: each.words for each in left})

    def touch(self, name: str) -> None:
        """Write a comment into the file of an environment."""
        (self._folder / f"{name}.py").write_text("# Why.", encoding="utf-8")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which all environments have been synthesized."""
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as monkeypatch:
        made = Project(folder, monkeypatch)
        synth_app.main([])
    assert made.synthesized == [*BEFORE]
    return folder


@pytest.fixture
def project(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project whose environments have all been synthesized."""
    shutil.copytree(whole, tmp_path / "project")
    return Project(tmp_path / "project", monkeypatch)


def files(folder: Path) -> Mapping[str, bytes]:
    """Return the content of each file of an assembly, without the note."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != NOTE]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.parametrize(
    ("world", "synthesized"),
    [
        pytest.param({**BEFORE, "Eu": "three warns other"}, ["Eu"], id="another asset"),
        pytest.param({**BEFORE, "Prod": "zone alarms other FIRST1"}, ["Prod"], id="findings"),
        pytest.param({**BEFORE, "Test": "role zone", "Prod": ""}, ["Test", "Prod"], id="two"),
        pytest.param(
            {"Test": BEFORE["Test"], "New": "other warns", "Prod": BEFORE["Prod"]},
            ["New"],
            id="name",
        ),
        pytest.param({**BEFORE, "Prod": "other warns refused"}, ["Prod"], id="an error"),
    ],
)
def test_some_environments_are_synthesized_as_all_are(
    project: Project, tmp_path: Path, world: World, synthesized: list[str]
) -> None:
    """The folder is the same as that of a whole synth, to the byte, and has nothing of before."""
    project.world = world

    synth_app.main(["--only-changed"])

    assert project.synthesized == synthesized
    assert files(project.output) == files(synthesize(tmp_path / "whole", world))


def test_an_order_that_is_not_known_has_all_synthesized(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Prod finds after Eu no longer does has its place in Prod's order, which was never seen."""
    asked: list[list[str]] = []

    def ran(command: list[str], **_: object) -> SimpleNamespace:
        asked.append(command[1:])
        return SimpleNamespace(returncode=3)

    monkeypatch.setattr(subprocess, "run", ran)
    project.world = {**BEFORE, "Eu": ""}

    with pytest.raises(SystemExit) as ended:
        synth_app.main(["--only-changed"])

    assert ended.value.code == 3
    assert asked == [["-m", "commands.synth_app"]]


def test_a_file_counts_as_its_values_do(project: Project) -> None:
    """A class that it defines shows in no value. Two of one text are two."""
    project.touch("Eu")
    synth_app.main(["--only-changed"])
    assert project.synthesized == ["Eu"]

    project.touch("Eu")
    project.world = {**BEFORE, "Test": "zone role SECOND2"}
    synth_app.main(["--only-changed"])
    assert project.synthesized == ["Test"]


def test_what_the_app_itself_says_is_said_each_time(project: Project) -> None:
    """The CDK names what is deprecated, once in a run, and not in the assembly."""
    project.world = {**BEFORE, "Eu": "other warns deprecated"}
    synth_app.main(["--only-changed"])
    assert project.synthesized == ["Eu"]

    project.touch("Prod")
    synth_app.main(["--only-changed"])

    assert project.synthesized == [*BEFORE]


def test_what_the_cdk_would_write_otherwise_has_all_synthesized(project: Project) -> None:
    """Then no part of it can be written again."""
    tree = project.output / "tree.json"
    tree.write_text(tree.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    synth_app.main(["--only-changed"])
    assert project.synthesized == [*BEFORE]
