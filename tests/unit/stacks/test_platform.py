from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands.synth_summary import read_assembly
from configuration.synth_problems import field_of
from tests.support import Assembly, only, template_files
from tests.unit.constructs_lib.variants import VARIANTS, Variants

STAGES = {config.stage_id: config for config in VARIANTS}


def manifest_of(assembly: Assembly, stage: str) -> dict[str, Any]:
    """Return the manifest of a stage."""
    file = assembly.path / f"assembly-{stage}" / "manifest.json"
    manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return manifest


def stacks(assembly: Assembly, stage: str) -> dict[str, dict[str, Any]]:
    """Return the stack artifacts of a stage by the name of the stack."""
    return {
        artifact["properties"]["stackName"]: artifact
        for artifact in manifest_of(assembly, stage)["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    }


def before(assembly: Assembly, stage: str, name: str) -> set[str]:
    """Return the stacks that CDK deploys before another."""
    manifest = manifest_of(assembly, stage)["artifacts"]
    found: set[str] = set()
    todo = list(stacks(assembly, stage)[name]["dependencies"])
    while todo:
        artifact = manifest[todo.pop()]
        if artifact["type"] == "aws:cloudformation:stack":
            found.add(artifact["properties"]["stackName"])
            todo.extend(artifact.get("dependencies", []))
    return found


@pytest.mark.parametrize(
    ("stage", "names"),
    [
        ("Closed", {"Closed-Network", "Closed-Cluster", "Closed-SampleService"}),
        ("FargateOnly", {"FargateOnly-Network", "FargateOnly-Cluster"}),
        (
            "Existing",
            {
                f"Existing-{name}"
                for name in ("Cluster", "SampleService", "Jobs", "Shop", "Podinfo", "TeamChart")
            },
        ),
        ("Bare", {"Bare-Cluster"}),
    ],
)
def test_an_environment_has_the_stacks_that_it_needs(
    stage: str, names: set[str], variants: Variants
) -> None:
    """No network where one exists, and a stack for each workload."""
    assert stacks(variants.platforms, stage).keys() == names


def test_stacks_are_deployed_in_order(variants: Variants) -> None:
    """Network, cluster, sample service; deleted backwards."""
    assembly = variants.platforms
    assert before(assembly, "Closed", "Closed-Network") == set()
    assert before(assembly, "Closed", "Closed-Cluster") == {"Closed-Network"}
    assert before(assembly, "Closed", "Closed-SampleService") == {
        *("Closed-Network", "Closed-Cluster"),
    }


@pytest.mark.parametrize("stage", STAGES)
def test_synth_looks_nothing_up(stage: str, variants: Variants) -> None:
    """Zones, subnets and the VPC are in the environment: no context is missing."""
    assert "missing" not in manifest_of(variants.platforms, stage)
    assert "missing" not in json.loads(
        (variants.platforms.path / "manifest.json").read_text(encoding="utf-8")
    )


def warnings(variants: Variants, stage: str) -> list[tuple[str, str]]:
    """Return the warnings and errors of a stage's stacks, each with its path."""
    entries = [
        (path, entry)
        for file in (variants.platforms.path / f"assembly-{stage}").glob("*.metadata.json")
        for path, found in json.loads(file.read_text(encoding="utf-8")).items()
        for entry in found
    ]
    assert entries
    kinds = ("aws:cdk:warning", "aws:cdk:error")
    return [(path, entry["data"]) for path, entry in entries if entry["type"] in kinds]


@pytest.mark.parametrize("stage", sorted(STAGES.keys() - {"Existing"}))
def test_synth_warns_of_nothing(stage: str, variants: Variants) -> None:
    """A warning that is always there hides the next one."""
    assert warnings(variants, stage) == []


def test_synth_warns_of_a_subnet_that_is_nearly_full(variants: Variants) -> None:
    """On the cluster's stack, with the numbers; the summary counts it."""
    ((path, text),) = [each for each in warnings(variants, "Existing") if "full" in each[1]]

    assert path == "/Existing/Cluster"
    assert text.startswith(
        "pods eu-central-1a (subnet-000000da) is 90% full in the worst case: 430 of 480 addresses"
    )
    summaries = read_assembly(variants.platforms.path)
    counts = {(each.environment, each.name): each.warnings for each in summaries}
    assert counts["Existing", "Cluster"] == len(warnings(variants, "Existing"))


@pytest.mark.parametrize(
    ("stage", "account", "region"),
    [
        ("Closed", "unknown-account", "eu-central-1"),
        ("FargateOnly", "unknown-account", "eu-west-1"),
        ("Existing", "111122223333", "eu-central-1"),
    ],
)
def test_stacks_go_where_the_environment_says(
    stage: str, account: str, region: str, variants: Variants
) -> None:
    """The region is named; the account may be that of the credentials."""
    for artifact in stacks(variants.platforms, stage).values():
        assert artifact["environment"] == f"aws://{account}/{region}"


@pytest.mark.parametrize("stage", ["Closed", "FargateOnly"])
def test_network_and_cluster_are_protected_as_the_environment_says(
    stage: str, variants: Variants
) -> None:
    """Termination protection is the environment's; the sample service may always go."""
    expected = STAGES[stage].termination_protection
    for name, artifact in stacks(variants.platforms, stage).items():
        protected = artifact["properties"].get("terminationProtection", False)
        assert protected is (expected and not name.endswith("-SampleService")), name


def test_everything_carries_the_tags_of_the_environment(variants: Variants) -> None:
    """Tags of the stage reach the resources of every stack that can carry them."""
    for stack, kind in (
        ("Closed/Network", "AWS::EC2::VPC"),
        ("Closed/Network", "AWS::S3::Bucket"),
        ("Closed/Cluster", "AWS::EKS::Cluster"),
        ("Closed/Cluster", "AWS::KMS::Key"),
    ):
        found = {
            tag["Key"]: tag["Value"]
            for tag in only(variants.platforms.templates[stack], kind)["Tags"]
        }
        assert found.items() >= {"environment": "closed", "owner": "platform"}.items(), kind


def test_every_stack_says_what_it_is(variants: Variants) -> None:
    """The description is what people see in the console."""
    for stack, template in variants.platforms.templates.items():
        assert template["Description"].startswith("eks-groundwork: "), stack


def test_no_template_is_near_a_limit(variants: Variants) -> None:
    """CloudFormation takes 500 resources and 1 MB."""
    for stack, file in template_files(variants.platforms).items():
        assert len(variants.platforms.templates[stack]["Resources"]) < 400, stack
        assert Path(file).stat().st_size < 800_000, stack


def test_every_construct_comes_from_a_field(variants: Variants) -> None:
    """What is wrong with it is told there: see configuration/construct_fields.json."""
    paths = {
        resource["Metadata"]["aws:cdk:path"]
        for template in variants.platforms.templates.values()
        for resource in template["Resources"].values()
        if "aws:cdk:path" in resource.get("Metadata", {})
    }
    names = {config.name for config in VARIANTS}

    assert len(paths) > 500
    nobodys = sorted(path for path in paths if field_of(path, STAGES) in names)
    # The CDK makes it for the conditions of IRSA roles.
    assert [path for path in nobodys if "/AWSCDKCfnUtilsProvider" not in path] == []
