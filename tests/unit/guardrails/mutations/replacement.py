"""What must not be replaced in the real environments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, in_resource, in_template

NODE_GROUP = "AWS::EKS::Nodegroup"
Edit = Callable[[Environment], Environment]


def step(before: Edit, after: Edit) -> Edit:
    """Return a change of what was accepted last and of what is compared with it."""
    return lambda environment: replace(after(environment), base=before(environment))


def as_it_is(environment: Environment) -> Environment:
    """Change nothing."""
    return environment


def in_node_group(**properties: object) -> Edit:
    """Return a change of the first node group."""
    return in_resource("Cluster", NODE_GROUP, lambda group: group.update(properties))


def with_key(template: dict[str, Any]) -> None:
    """Add a retained key that nothing refers to."""
    template["Resources"]["OldKey"] = {"Type": "AWS::KMS::Key", "DeletionPolicy": "Retain"}


def renamed(template: dict[str, Any]) -> None:
    """Give the manifest of the web front's Service another logical id."""
    resources = template["Resources"]
    resources["Front"] = resources.pop("SampleServiceWebServiceDF4C7FF4")


def without_definitions(template: dict[str, Any]) -> None:
    """Take the chart with Karpenter's definitions away."""
    gone = next(name for name in template["Resources"] if name.startswith("KarpenterDefinitions"))
    del template["Resources"][gone]
    for body in template["Resources"].values():
        body["DependsOn"] = [each for each in body.get("DependsOn", ()) if each != gone]


selects_less = manifest_change(
    "Deployment", "api", '"selector":{"matchLabels":{', '"selector":{"matchLabels":{"tier":"back",'
)


def with_export(template: dict[str, Any]) -> None:
    """Export one more value."""
    template["Outputs"]["Old"] = {"Value": "old", "Export": {"Name": "old"}}


def with_import(template: dict[str, Any]) -> None:
    """Import it."""
    properties = {"Type": "String", "Value": {"Fn::ImportValue": "old"}}
    template["Resources"]["Old"] = {"Type": "AWS::SSM::Parameter", "Properties": properties}


def exported(environment: Environment) -> Environment:
    """Let the network export a value that the cluster imports."""
    with_value = in_template("Network", with_export)(environment)
    return in_template("Cluster", with_import)(with_value)


def with_two_zones(environment: Environment) -> Environment:
    """Take the last subnet from the cluster."""
    return in_resource(
        "Cluster",
        "AWS::EKS::Cluster",
        lambda cluster: cluster["ResourcesVpcConfig"]["SubnetIds"].pop(),
    )(environment)


def without_namespace(template: dict[str, Any]) -> None:
    """Take the sample service's namespace away, and all that is in it."""
    template["Resources"] = {
        logical_id: body
        for logical_id, body in template["Resources"].items()
        if body["Type"] != "Custom::AWSCDK-EKS-KubernetesResource"
    }
    for body in template["Resources"].values():
        body.pop("DependsOn", None)


MUTATIONS = (
    Mutation("REPLACE1", "another instance type", "Prod", step(as_it_is, in_node_group(InstanceTypes=["m7g.large"])), "replaced: InstanceTypes", 'accepted_replacements={"Prod/Cluster/DataPlane/NodeGroups/General/NodeGroup/Resource"'),
    Mutation("REPLACE1", "a key that is gone", "Dev", step(in_template("Cluster", with_key), as_it_is), "deleted", 'accepted_replacements={"OldKey"'),
    Mutation("REPLACE1", "logs that are kept for less time", "Prod", step(as_it_is, in_resource("Cluster", "Custom::LogGroup", lambda logs: logs.update(RetentionInDays=90))), "lost: RetentionInDays", 'accepted_replacements={"Prod/Cluster/ControlPlane/Logs/Resource/Default"'),
    Mutation("REPLACE1", "a Fargate profile for other pods", "Prod", step(as_it_is, in_resource("Cluster", "AWS::EKS::FargateProfile", lambda profile: profile["Selectors"].append({"Namespace": "jobs"}))), "replaced: Selectors", "accepted_replacements"),
    Mutation("REPLACE1", "a Service without its load balancer", "Prod", step(as_it_is, in_template("SampleService", manifest_change("Service", "web", '"type":"LoadBalancer"', '"type":"NodePort"'))), "Service/web lost: type", "accepted_replacements", also=("EXPOSE22", "KUBE19")),
    Mutation("REPLACE1", "a namespace with all that is in it", "Prod", step(as_it_is, in_template("SampleService", without_namespace)), "lost: Namespace sample", "accepted_replacements"),
    Mutation("REPLACE2", "another instance type for a node group with a name", "Prod", step(in_node_group(NodegroupName="general"), in_node_group(NodegroupName="general", InstanceTypes=["m7g.large"])), "replaced with a fixed name: InstanceTypes", "Give the new resource another name or none"),
    Mutation("REPLACE2", "another type for a logical id", "Dev", step(in_template("Cluster", lambda template: template["Resources"]["ControlPlaneLogsLogGroup2D01FD92"].update(Type="AWS::SSM::Parameter")), as_it_is), "refused: Type", "restore the old value or construct id"),
    Mutation("REPLACE2", "a subnet becomes smaller in its place", "Prod", step(as_it_is, in_resource("Network", "AWS::EC2::Subnet", lambda subnet: subnet.update(CidrBlock="10.20.0.0/20"), path="/PrivateA/")), "overlap: 10.20.0.0/20", "move to a free range", also=("REPLACE1", "REPLACE4", "REACH14")),
    Mutation("REPLACE3", "a manifest under another logical id", "Dev", step(in_template("SampleService", renamed), as_it_is), "Service sample/web", "remove the object in one deploy and add it in the next"),
    Mutation("REPLACE4", "an export and its import go together", "Dev", step(exported, as_it_is), "old", "Keep the export in the deploy that removes the import"),
    Mutation("REPLACE5", "another selector of a Deployment", "Prod", step(in_template("SampleService", selects_less), as_it_is), "Deployment/api spec.selector", "Restore the old value"),
    Mutation("REPLACE1", "the definitions of Karpenter's kinds go", "Karpenter", step(as_it_is, in_template("Cluster", without_definitions)), "lost: chart kube-system/karpenter-crd", "accepted_replacements", also=("ORDER17", "KUBE20", "ORDER14")),
    Mutation("REPLACE5", "a role for the instance profile of a class", "Karpenter", step(as_it_is, in_template("Cluster", manifest_change("EC2NodeClass", "default", '"instanceProfile"', '"role"'))), "EC2NodeClass/default spec.role", "another name", also=("ROLE8", "ACCESS17", "KUBE20")),
    Mutation("REPLACE5", "a pool of a fixed size that may grow", "AutoMode", step(as_it_is, in_template("Cluster", manifest_change("NodePool", "steady", '"replicas":2,', ""))), "NodePool/steady spec.replicas", "another name"),
    Mutation("REPLACE6", "a third zone of the cluster", "Prod", step(with_two_zones, as_it_is), "eu-west-1a, eu-west-1b to eu-west-1a, eu-west-1b, eu-west-1c", "Set `network.control_plane_zones` to eu-west-1a, eu-west-1b"),
)  # fmt: skip
