"""Templates that CloudFormation or the kubectl handler refuses, and what the rules can't see."""

from __future__ import annotations

from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.environments import changed
from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template

CLUSTER, KEY = "AWS::EKS::Cluster", "AWS::KMS::Key"
CHART, MANIFEST = "Custom::AWSCDK-EKS-HelmChart", "Custom::AWSCDK-EKS-KubernetesResource"


def with_many(template: dict[str, Any]) -> None:
    """Add resources beyond the limit."""
    template["Resources"] |= {f"R{n}": {"Type": "AWS::SSM::Parameter"} for n in range(500)}


def without_export(environment: Environment) -> Environment:
    """Take away an export that the cluster imports."""

    def change(template: dict[str, Any]) -> None:
        del template["Outputs"][next(name for name in template["Outputs"] if "PrivateA" in name)]

    return changed(environment, "Network", change)


def with_export_again(template: dict[str, Any]) -> None:
    """Export a value a second time."""
    template["Outputs"]["Again"] = template["Outputs"][next(iter(template["Outputs"]))]


def in_a_circle(template: dict[str, Any]) -> None:
    """Let an add-on of each node wait for one that waits for nodes."""
    late, _ = found(template, "/CoreDns/")
    found(template, "/KubeProxy/")[1]["DependsOn"] = [late]


def after_nothing(template: dict[str, Any]) -> None:
    """Let an add-on wait for what isn't there."""
    found(template, "/KubeProxy/")[1]["DependsOn"] = ["Nothing"]


def with_type(kind: str, **more: object) -> Any:  # noqa: ANN401  # a change of an environment
    """Return a change that adds a resource of a type."""

    def change(template: dict[str, Any]) -> None:
        template["Resources"]["Added"] = {"Type": kind, **more}

    return in_template("Cluster", change)


def of_first_generation(template: dict[str, Any]) -> None:
    """Make the cluster as the CDK's first EKS module does: by a custom resource."""

    def uncapitalized(value: object) -> object:
        if isinstance(value, dict) and not any(str(key).startswith("Fn::") for key in value):
            return {
                key if key == "Ref" else f"{key[:1].lower()}{key[1:]}": uncapitalized(inner)
                for key, inner in value.items()
            }
        return [uncapitalized(each) for each in value] if isinstance(value, list) else value

    _, cluster = found(template, "/ControlPlane/Cluster/Resource")
    cluster["Type"] = "Custom::AWSCDK-EKS-Cluster"
    cluster["Properties"] = {"Config": uncapitalized(cluster["Properties"])}


def with_unknown(template: dict[str, Any]) -> None:
    """Add a manifest that only a deploy knows."""
    _, sibling = found(template, "/DefaultStorageClass/")
    barrier, _ = found(template, "/KubectlReadyBarrier")
    template["Parameters"]["Text"] = {"Type": "String"}
    template["Resources"]["Added"] = {
        "Type": MANIFEST,
        "Properties": {**sibling["Properties"], "Manifest": {"Ref": "Text"}},
        "DependsOn": [barrier],
    }


MUTATIONS = (
    Mutation(
        rule="CFN1",
        name="too many resources",
        environment="Dev",
        change=in_template("Network", with_many),
        value="Resources",
        fix="Split the stack",
    ),
    Mutation(
        rule="CFN1",
        name="a description that is too long",
        environment="Dev",
        change=in_template("Network", lambda template: template.update(Description="x" * 1025)),
        value="bytes of Description",
        fix="shorten the value",
    ),
    Mutation(
        rule="CFN1",
        name="a handler that may run for an hour",
        environment="Prod",
        change=in_resource(
            "Cluster", "AWS::Lambda::Function", lambda function: function.update(Timeout=3600)
        ),
        value="Timeout",
        fix="shorten the value",
    ),
    Mutation(
        rule="CFN2",
        name="a reference to nothing",
        environment="Dev",
        change=in_resource("Cluster", KEY, lambda key: key.update(Description={"Ref": "Old"})),
        value="Old",
        fix="of this template",
    ),
    Mutation(
        rule="CFN2",
        name="an edge to nothing",
        environment="Dev",
        change=in_template("Cluster", after_nothing),
        value="Nothing",
        fix="of this template",
    ),
    Mutation(
        rule="CFN2",
        name="a circle",
        environment="Dev",
        change=in_template("Cluster", in_a_circle),
        value="DataPlaneNodeGroupsGeneralNodeGroup0545CD19",
        fix="one edge of the circle",
    ),
    Mutation(
        rule="CFN3",
        name="an import of what nobody exports",
        environment="Prod",
        change=without_export,
        value="Prod-Network:ExportsOutputRefNetworkPrivateASubnet55E0BBADECCE48AB",
        fix="Export the value",
    ),
    Mutation(
        rule="CFN3",
        name="two exports of one name",
        environment="Dev",
        change=in_template("Network", with_export_again),
        value="Dev-Network:ExportsOutputRefNetworkVpc7FB7348F649FC110",
        fix="a name of its own",
    ),
    Mutation(
        rule="CFN4",
        name="values in YAML",
        environment="Dev",
        change=in_resource("Cluster", CHART, lambda chart: chart.update(Values="a: b: c")),
        value="Values",
        fix="add_helm_chart",
    ),
    Mutation(
        rule="UNCHECKED1",
        name="a cluster of the first generation",
        environment="Dev",
        change=in_template("Cluster", of_first_generation),
        value="ControlPlaneCluster8AFA2E51",
        fix="aws_eks_v2",
    ),
    Mutation(
        rule="UNCHECKED2",
        name="an identity provider",
        environment="Dev",
        change=with_type("AWS::EKS::IdentityProviderConfig"),
        value="AWS::EKS::IdentityProviderConfig",
        fix="Review it yourself",
    ),
    Mutation(
        rule="UNCHECKED2",
        name="a macro",
        environment="Dev",
        change=in_template("Cluster", lambda template: template.update(Transform="Ours")),
        value="Ours",
        fix="Review it yourself",
    ),
    Mutation(
        rule="UNCHECKED3",
        name="a manifest from a parameter",
        environment="Dev",
        change=in_template("Cluster", with_unknown),
        value="Manifest",
        fix="Write them into the template",
    ),
)
