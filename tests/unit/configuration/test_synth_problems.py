"""What stops a synth is told by the field that caused it, without a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from configuration import synth_problems
from configuration.synth_problems import FIELDS, field_of, problems_of
from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.arns import digest
from constructs_lib.specs.workloads import Workload
from tests.unit.configuration.karpenter_mistakes import GOOD as WITH_KARPENTER
from tests.unit.configuration.mistakes import DEV, ENTRY, ROLE_ARN, SHOP, with_changes
from tests.unit.configuration.workload_mistakes import TEAM

FULL = with_changes(
    WITH_KARPENTER,
    {
        "workloads": (*DEV.workloads, SHOP),
        "access.entries": (ENTRY,),
        "add_ons.additional": (
            AddOnSpec(name="snapshot-controller"),
            AddOnSpec(name="cert-manager"),
        ),
        "namespaces": (TEAM,),
    },
)
CONTROL_PLANE = "Dev/Cluster/ControlPlane/Cluster"
LOGGING = "Properties/Logging/ClusterLogging"
ENTRY_AT = f"Dev/Cluster/Access/Entry{digest(ROLE_ARN)}"


@pytest.mark.parametrize(
    ("path", "properties", "field"),
    [
        ("Dev/Network/Network/PublicA/Subnet", "", "dev.network"),
        ("Dev/Network/Network/FlowLogs/Group/Resource", "", "dev.network.flow_logs"),
        ("Dev/Cluster/ControlPlane/Cluster/Resource", "Properties.Name", "dev.cluster"),
        ("Dev/Cluster/ControlPlane/LogGroup", "", "dev.cluster.log_retention_days"),
        ("Dev/Cluster/DataPlane/NodeGroups/General/NodeGroup", "", "dev.node_groups[0]"),
        ("Dev/Cluster/DataPlane/Fargate/Profiles/SampleApi", "", "dev.fargate_profiles[0]"),
        ("Dev/Cluster/DataPlane/Fargate/Role", "", "dev.fargate_profiles"),
        ("Dev/Cluster/AddOns/CoreDns", "Properties.Tags.0.Value", "dev.tags"),
        ("Dev/SampleService/SampleService/WebService", "", "dev.workloads[0]"),
        ("Dev/SampleService", "", "dev.workloads[0]"),
        (
            "Dev/Shop/Namespace/Quota/Resource/Default",
            "Properties/Manifest",
            "dev.workloads[1].quota",
        ),
        ("Dev/Cluster", "", "dev"),
        ("Dev/Cluster/LogsKey/Resource", "", "dev.protected_logs"),
        ("Dev/Cluster/ControlPlane/Cluster/Resource", "Properties/Tags", "dev.tags"),
        (f"{CONTROL_PLANE}/Resource", f"{LOGGING}/EnabledTypes", "dev.cluster.enabled_log_types"),
        (
            f"{CONTROL_PLANE}/ControlPlaneSecurityGroup/Resource",
            "Properties/SecurityGroupIngress",
            "dev.cluster.endpoint_private_access_cidrs",
        ),
        ("Dev/Cluster/DataPlane/NodeGroups/General2/NodeGroup", "", "dev.node_groups"),
        ("Dev/Cluster/Karpenter/Nodes/Role/Resource", "", "dev.karpenter.permissions"),
        ("Dev/Cluster/Karpenter/NodePools/NodePool-general", "", "dev.karpenter.node_pools[0]"),
        ("Dev/Cluster/Karpenter/NodePools/EC2NodeClass-x", "", "dev.karpenter"),
        ("Dev/Cluster/Karpenter/Interruptions/Queue", "", "dev.karpenter"),
        ("Dev/Cluster/DataPlane/AutoMode/StorageClass", "", "dev.auto_mode"),
        ("Dev/Cluster/AddOns/Additional-cert-manager/Resource", "", "dev.add_ons.additional[1]"),
        ("Dev/Cluster/AddOns/Additional-adot/Resource", "", "dev.add_ons"),
        ("Dev/Cluster/Access/AdministratorRole/Resource", "", "dev.access.roles[0]"),
        (ENTRY_AT, "Properties/PrincipalArn", "dev.access.entries[0].principal_arn"),
        (ENTRY_AT, "Properties/AccessPolicies", "dev.access.entries[0]"),
        ("Dev/Cluster/Namespaces/team/Resource", "", "dev.namespaces[0]"),
        ("Other/Cluster", "", "Other/Cluster"),
    ],
)
def test_a_construct_is_told_by_its_field(path: str, properties: str, field: str) -> None:
    """The longest known path decides; what nobody knows keeps its path."""
    assert field_of(path, {"Dev": FULL}, properties) == field


def test_the_longest_path_stands_first() -> None:
    """Or a shorter one would hide it."""
    paths = list(FIELDS)

    assert not [
        (one, other)
        for index, one in enumerate(paths)
        for other in paths[index + 1 :]
        if other.startswith(f"{one}/")
    ]


def report(tmp_path: Path, severity: str) -> str:
    """Write a report as the CDK does, and return the message that names it."""
    constructs = [
        {
            "constructPath": f"Dev/Cluster/AddOns/{name}/Resource",
            "cloudFormationResource": {"propertyPaths": ["Properties.Tags.0.Value"]},
        }
        for name in ("CoreDns", "EbsCsiDriver")
    ]
    violation = {
        "ruleName": "F3033",
        "description": "Tags.0.Value: length 300 exceeds maximum 255",
        "severity": severity,
        "violatingConstructs": constructs,
    }
    plugin = {"pluginName": "CloudFormation Validate", "violations": [violation]}
    file = tmp_path / "validation-report.json"
    file.write_text(json.dumps({"pluginReports": [plugin, None]}), encoding="utf-8")
    return f"ValidationFailed: Validation failed. A copy of this report can be found in: {file}"


def test_a_report_is_told_by_fields(tmp_path: Path) -> None:
    """The same finding of several constructs is told once."""
    (problem,) = problems_of(RuntimeError(report(tmp_path, "error")), [DEV])

    assert str(problem) == (
        "  dev.tags: Tags.0.Value: length 300 exceeds maximum 255\n"
        "    allowed: a value that CloudFormation Validate F3033 accepts at "
        "Dev/Cluster/AddOns/CoreDns/Resource and 1 more\n"
        "    fix:     change the values in dev.tags that produce this resource"
    )


@pytest.mark.parametrize(
    ("plugin", "rule", "path", "fix"),
    [
        (
            *("Groundwork", "KUBE4[Deployment/web 1 replica]", "Dev/Shop/Deployment-web"),
            (
                'Use two; to accept it, set acknowledge={"KUBE4[Deployment/web-1-replica]": "why"} in '
                "workloads[1]"
            ),
        ),
        (
            *("AwsSolutions", "AwsSolutions-S1", "Dev/SampleService/Bucket/Resource"),
            (
                "Use two; to accept it, call acknowledge(construct, "
                '{"AwsSolutions::AwsSolutions-S1": "why"}) in SampleService.build'
            ),
        ),
        ("Groundwork", "ACK1[KUBE4[x]]", "Dev/Shop/Deployment-web", "Use two."),
        ("CloudFormation Validate", "F3033", "Dev/Shop/Deployment-web", "Use two."),
        ("Groundwork", "EKS1[0.0.0.0/0]", "Dev/Cluster/ControlPlane", "Use two."),
    ],
)
def test_a_finding_tells_where_it_is_accepted(
    tmp_path: Path, plugin: str, rule: str, path: str, fix: str
) -> None:
    """The CDK says how, but not in which file."""
    violation = {
        "ruleName": rule,
        "description": "It breaks.",
        "suggestedFix": "Use two.",
        "severity": "error",
        "violatingConstructs": [{"constructPath": path}],
    }
    file = tmp_path / "validation-report.json"
    reports = [{"pluginName": plugin, "violations": [violation]}]
    file.write_text(json.dumps({"pluginReports": reports}), encoding="utf-8")
    config = with_changes(DEV, {"workloads": (*DEV.workloads, SHOP)})

    (problem,) = problems_of(RuntimeError(f"report can be found in: {file}"), [config])

    assert problem.fix == fix


class Queue(Workload):
    """A workload with code of its own."""

    def build(self, scope: object, platform: object) -> None:
        """Name two constructs."""
        str(scope).count("Jobs")
        str(platform).count("DeadJobs")


FIRST = Queue.build.__code__.co_firstlineno
HERE = "tests/unit/configuration/test_synth_problems.py line"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("Dev/Jobs/DeadJobs/Resource", FIRST + 3),
        ("Dev/Jobs/Jobs/Policy/Resource", FIRST + 2),
        ("Dev/Jobs/Other", FIRST),
        ("Dev/Jobs", FIRST),
    ],
)
def test_a_finding_in_a_class_of_a_team_has_its_line(tmp_path: Path, path: str, line: int) -> None:
    """That of the construct's name, otherwise that of `build`; cdk-nag has no fix of its own."""
    violation = {
        "ruleName": "AwsSolutions-SQS3",
        "description": "It breaks.",
        "severity": "error",
        "violatingConstructs": [{"constructPath": path}],
    }
    file = tmp_path / "validation-report.json"
    reports = [{"pluginName": "AwsSolutions", "violations": [violation]}]
    file.write_text(json.dumps({"pluginReports": reports}), encoding="utf-8")
    config = with_changes(DEV, {"workloads": (*DEV.workloads, Queue(name="Jobs"))})

    (problem,) = problems_of(RuntimeError(f"report can be found in: {file}"), [config])

    assert problem.allowed.endswith(f" accepts at {path}, in {HERE} {line}")
    assert problem.fix.startswith(f"change the code in {HERE} {line}; to accept it, call")


@pytest.mark.parametrize("content", ["", "[]", '{"pluginReports": [{"violations": 1}]}'])
def test_a_report_of_another_shape_leaves_the_message(tmp_path: Path, content: str) -> None:
    """Whatever the CDK writes one day, its own words are told."""
    message = report(tmp_path, "warning")
    (tmp_path / "validation-report.json").write_text(content, encoding="utf-8")

    (problem,) = problems_of(RuntimeError(message), [DEV])

    assert problem.at == "the synth"
    assert "Validation failed" in str(problem.got)


class Part:
    """A construct that refuses what it is made of."""

    def __init__(self, path: str) -> None:
        """Have a path, then fail."""
        self.node = type("Node", (), {"path": path})
        raise RuntimeError("The specified AMI does not match\nat Kernel.create")


def test_what_a_construct_raises_is_told_by_its_field() -> None:
    """With the first line of what it says, and the line of this project."""
    with pytest.raises(RuntimeError) as raised:
        Part("Dev/Cluster/DataPlane/NodeGroups/General")

    (problem,) = problems_of(raised.value, [DEV])

    assert problem.at == "dev.node_groups[0]"
    assert problem.got == "RuntimeError: The specified AMI does not match"
    assert "test_synth_problems.py line" in problem.allowed


@pytest.mark.parametrize(
    ("code", "at", "allowed", "fix"),
    [
        (
            *("Queue()", "workloads/shop.py line 2"),
            "a name that is imported or defined before its use, in workloads/shop.py line 2",
            "import or define Queue, or correct Queue()",
        ),
        (
            *("raise ValueError('no size')", "the synth"),
            "a value that the CDK accepts (workloads/shop.py line 2)",
            "change the field; if its value is right, TRACEBACK=1 shows where the code fails",
        ),
    ],
)
def test_a_mistake_in_the_code_of_a_workload_is_told_as_one(
    *, code: str, at: str, allowed: str, fix: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No field could change it, as one could the value that code refuses."""
    monkeypatch.setattr(synth_problems, "ROOT", tmp_path)
    (tmp_path / "workloads").mkdir()
    file = tmp_path / "workloads" / "shop.py"
    file.write_text(f"def build():\n    {code}\n", encoding="utf-8")
    space: dict[str, Any] = {}
    exec(compile(file.read_bytes(), file, "exec"), space)  # noqa: S102  # as an import does
    with pytest.raises((NameError, ValueError)) as raised:
        space["build"]()

    (problem,) = problems_of(raised.value, [DEV])

    assert (problem.at, problem.allowed, problem.fix) == (at, allowed, fix)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Queue failed due to the following errors:\n  too long\n", "errors: too long"),
        ("", "SystemExit: it exits the program"),
    ],
)
def test_a_first_line_that_announces_is_told_with_the_next(words: str, said: str) -> None:
    """And a class that ends the program is told like any other."""
    (problem,) = problems_of(SystemExit(words), [DEV])

    assert str(problem.got).endswith(said)


def test_an_error_that_names_a_construct_is_told_by_its_field() -> None:
    """The CDK counts resources after all constructs are made."""
    words = "TooManyResourcesInStack: Number of resources in stack 'Dev/SampleService': 502"

    (problem,) = problems_of(RuntimeError(words), [DEV])

    assert problem.at == "dev.workloads[0]"
    assert problem.allowed == "a value that Dev/SampleService accepts"
