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
    Mutation("CFN1", "too many resources", "Dev", in_template("Network", with_many), "Resources", "Split the stack"),
    Mutation("CFN1", "a description that is too long", "Dev", in_template("Network", lambda template: template.update(Description="x" * 1025)), "bytes of Description", "shorten the value"),
    Mutation("CFN1", "a handler that may run for an hour", "Prod", in_resource("Cluster", "AWS::Lambda::Function", lambda function: function.update(Timeout=3600)), "Timeout", "shorten the value"),
    Mutation("CFN2", "a reference to nothing", "Dev", in_resource("Cluster", KEY, lambda key: key.update(Description={"Ref": "Old"})), "Old", "of this template"),
    Mutation("CFN1", "a tag that is AWS's", "Prod", in_resource("Cluster", "AWS::IAM::Role", lambda role: role["Tags"].append({"Key": "aws:team", "Value": "a"})), "aws:team", "without aws:"),
    Mutation("CFN2", "a slip in a pseudo parameter", "Prod", in_resource("Cluster", KEY, lambda key: key.update(Description={"Fn::Sub": "${AWS::AccountID}"})), "AWS::AccountID", "pseudo parameter"),
    Mutation("CFN2", "an attribute of another type", "Prod", in_resource("Cluster", "AWS::EKS::Nodegroup", lambda group: group.update(NodeRole={"Fn::GetAtt": [group["NodeRole"]["Fn::GetAtt"][0], "RoleArn"]})), "DataPlaneNodeGroupsGeneralRole4F0FE456.RoleArn", "Write one of Arn"),
    Mutation("CFN2", "a condition of nowhere", "Prod", in_template("Cluster", lambda template: found(template, "/AdministratorEntry")[1].update(Condition="IsProduction")), "IsProduction", "condition"),
    Mutation("CFN2", "an edge to nothing", "Dev", in_template("Cluster", after_nothing), "Nothing", "of this template"),
    Mutation("CFN2", "a circle", "Dev", in_template("Cluster", in_a_circle), "DataPlaneNodeGroupsGeneralNodeGroup0545CD19", "one edge of the circle"),
    Mutation("CFN3", "an import of what nobody exports", "Prod", without_export, "Prod-Network:ExportsOutputRefNetworkPrivateASubnet55E0BBADECCE48AB", "Export the value"),
    Mutation("CFN3", "two exports of one name", "Dev", in_template("Network", with_export_again), "Dev-Network:ExportsOutputRefNetworkVpc7FB7348F649FC110", "a name of its own"),
    Mutation("CFN4", "values in YAML", "Dev", in_resource("Cluster", CHART, lambda chart: chart.update(Values="a: b: c")), "Values", "add_helm_chart"),
    Mutation("UNCHECKED1", "a cluster of the first generation", "Dev", in_template("Cluster", of_first_generation), "ControlPlaneCluster8AFA2E51", "aws_eks_v2"),
    Mutation("UNCHECKED2", "an identity provider", "Dev", with_type("AWS::EKS::IdentityProviderConfig"), "AWS::EKS::IdentityProviderConfig", "Review it yourself"),
    Mutation("UNCHECKED2", "a macro", "Dev", in_template("Cluster", lambda template: template.update(Transform="Ours")), "Ours", "Review it yourself"),
    Mutation("UNCHECKED3", "a manifest from a parameter", "Dev", in_template("Cluster", with_unknown), "Manifest", "Write them into the template"),
)  # fmt: skip
