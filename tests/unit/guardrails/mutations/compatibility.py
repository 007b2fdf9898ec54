"""Node groups and add-ons that don't fit their cluster or their launch template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, in_resource, in_template
from tests.unit.guardrails.mutations.versions import in_kube_proxy, in_node_group

Edit = Callable[[Environment], Environment]


def in_queue(**properties: object) -> Callable[[Environment], Environment]:
    """Return a change of the queue of interruptions."""
    return in_resource("Cluster", "AWS::SQS::Queue", lambda it: it.update(properties))


def in_add_on(path: str, **properties: object) -> Edit:
    """Return a change of one add-on."""
    return in_resource("Cluster", "AWS::EKS::Addon", lambda it: it.update(properties), path=path)


def in_launch_template(**data: object) -> Edit:
    """Return a change of the first launch template."""
    return in_resource(
        "Cluster", "AWS::EC2::LaunchTemplate", lambda it: it["LaunchTemplateData"].update(data)
    )


def in_cluster(**properties: object) -> Edit:
    """Return a change of the cluster."""
    return in_resource("Cluster", "AWS::EKS::Cluster", lambda it: it.update(properties))


def in_function(change: Callable[[dict[str, Any]], object]) -> Edit:
    """Return a change of the function that calls kubectl."""
    return in_resource("Cluster", "AWS::Lambda::Function", change, path="KubectlProvider/Handler")


def in_handler(**properties: object) -> Edit:
    """Return a change of its properties."""
    return in_function(lambda it: it.update(properties))


def with_version(version: object) -> Edit:
    """Return a change of the version of the launch template that nodes use."""
    return in_resource(
        "Cluster", "AWS::EKS::Nodegroup", lambda it: it["LaunchTemplate"].update(Version=version)
    )


def sizes(least: int, wanted: int, most: int) -> dict[str, int]:
    """Return the sizes of a node group."""
    return {"MinSize": least, "DesiredSize": wanted, "MaxSize": most}


OLD_CORE_DNS = "v1.8.7-eksbuild.4"
INTERFACES = [{"DeviceIndex": 0, "Groups": ["sg-1"], "InterfaceType": "efa"}]
DEFAULT = {
    "Fn::GetAtt": ["DataPlaneNodeGroupsGeneralLaunchTemplate3462D99E", "DefaultVersionNumber"]
}
GROUP_OF_CLUSTER = {"Fn::GetAtt": ["ControlPlaneCluster8AFA2E51", "ClusterSecurityGroupId"]}
EFA = [{"DeviceIndex": 0, "Groups": [GROUP_OF_CLUSTER], "InterfaceType": "efa"}]


def _together(template: dict[str, Any]) -> None:
    """Place the nodes of all zones close together."""
    template["Resources"]["Close"] = {
        "Type": "AWS::EC2::PlacementGroup",
        "Properties": {"Strategy": "cluster"},
        "Metadata": {"aws:cdk:path": "Close"},
    }
    nodes = template["Resources"]["DataPlaneNodeGroupsGeneralLaunchTemplate3462D99E"]["Properties"]
    nodes["LaunchTemplateData"]["Placement"] = {"GroupName": {"Ref": "Close"}}


CASES: tuple[tuple[str, str, str, Edit, str, str], ...] = (
    # rule, what is wrong, environment, how, the value of the finding, a part of the fix
    *(
        (
            "VERSION10",
            f"a kube-proxy {what}",
            "Prod",
            in_kube_proxy(of),
            f"kube-proxy AddonVersion {of}",
            "lists",
        )
        for what, of in (("of tomorrow", "v1.36.0-eksbuild.21"), ("of old", "v1.31.1-eksbuild.2"))
    ),
    (
        *("VERSION10", "a name that is nearly one", "Prod"),
        in_add_on("MetricsServer", AddonName="metric-server"),
        *("metric-server AddonName metric-server", "describe-addon-versions"),
    ),
    (
        *("VERSION10", "an upstream version", "Prod"),
        in_add_on("CoreDns", AddonVersion="v1.14.2"),
        *("coredns AddonVersion v1.14.2", "describe-addon-versions"),
    ),
    (
        *("VERSION10", "a version of years ago", "Prod"),
        in_add_on("CoreDns", AddonVersion=OLD_CORE_DNS),
        *(f"coredns AddonVersion {OLD_CORE_DNS}", "describe-addon-versions"),
    ),
    (
        *("VERSION10", "the version of another add-on", "Prod"),
        in_add_on("MetricsServer", AddonVersion="v1.14.2-eksbuild.1"),
        *("metrics-server AddonVersion v1.14.2-eksbuild.1", "describe-addon-versions"),
    ),
    (
        *("VERSION5", "an add-on that nobody knows", "Prod"),
        in_add_on("MetricsServer", AddonName="our-own", AddonVersion="v1.0.0-eksbuild.1"),
        *("our-own v1.0.0-eksbuild.1", "describe-addon-versions"),
    ),
    (
        *("VERSION11", "a release of another minor", "Dev"),
        in_node_group(ReleaseVersion="1.35.3-20260512"),
        *("ReleaseVersion 1.35.3-20260512", "release_version"),
    ),
    (
        *("VERSION11", "a release of Bottlerocket that is none", "Prod"),
        in_node_group(ReleaseVersion="latest"),
        *("ReleaseVersion latest", "release_version"),
    ),
    *(
        ("VERSION12", f"a launch template with {name}", "Dev", edit, name, "Remove the property")
        for name, edit in (
            ("InstanceMarketOptions", in_launch_template(InstanceMarketOptions={})),
            ("IamInstanceProfile", in_launch_template(IamInstanceProfile={"Name": "nodes"})),
            ("HibernationOptions", in_launch_template(HibernationOptions={"Configured": True})),
            (
                "InstanceInitiatedShutdownBehavior terminate",
                in_launch_template(InstanceInitiatedShutdownBehavior="terminate"),
            ),
            (
                "NetworkInterfaces[0].SubnetId subnet-1",
                in_launch_template(NetworkInterfaces=[{"SubnetId": "subnet-1"}]),
            ),
            (
                "SecurityGroupIds",
                in_launch_template(NetworkInterfaces=INTERFACES, SecurityGroupIds=["sg-1"]),
            ),
            ("UserData", in_launch_template(ImageId="ami-0123456789abcdef0")),
            ("InstanceTypes", in_launch_template(InstanceType="m7g.large")),
            ("DiskSize 50", in_node_group(DiskSize=50)),
            (
                "RemoteAccess",
                in_node_group(RemoteAccess={"SourceSecurityGroups": ["sg-1"]}),
            ),
        )
    ),
    (
        *("VERSION12", "an image of one's own that isn't there", "Dev"),
        in_node_group(AmiType="CUSTOM"),
        *("ImageId", "Remove the property"),
    ),
    *(
        (
            "VERSION13",
            f"sizes {wrong}",
            "Dev",
            in_node_group(ScalingConfig=wrong),
            value,
            "min_size",
        )
        for wrong, value in (
            (sizes(2, 9, 6), "ScalingConfig.DesiredSize 9"),
            (sizes(4, 2, 6), "ScalingConfig.DesiredSize 2"),
            (sizes(0, 0, 0), "ScalingConfig.MaxSize 0"),
        )
    ),
    (
        *("VERSION13", "a warm pool of Spot", "Dev"),
        in_node_group(WarmPoolConfig={"Enabled": True}, CapacityType="SPOT"),
        *("CapacityType SPOT", "ON_DEMAND"),
    ),
    (
        *("VERSION13", "a warm pool of Bottlerocket that sleeps", "Prod"),
        in_node_group(WarmPoolConfig={"Enabled": True, "PoolState": "HIBERNATED"}),
        *("WarmPoolConfig.PoolState HIBERNATED", "STOPPED"),
    ),
    (
        *("VERSION13", "a cluster placement group in three zones", "Prod"),
        in_template("Cluster", _together),
        *("Subnets of 3 zones", "one zone"),
    ),
    (
        *("VERSION13", "EFA on a type without", "Prod"),
        in_launch_template(NetworkInterfaces=EFA),
        *("InstanceTypes[0] m7g.xlarge", "with EFA"),
    ),
    (
        *("VERSION19", "logs of Fargate in another region", "Prod"),
        in_template(
            "Cluster",
            manifest_change("ConfigMap", "aws-logging", "region eu-west-1", "region eu-west-3"),
        ),
        *("ConfigMap/aws-logging region eu-west-3", "that of the log group"),
    ),
    (
        *("VERSION13", "two ways to update", "Prod"),
        in_node_group(UpdateConfig={"MaxUnavailable": 1, "MaxUnavailablePercentage": 33}),
        *("UpdateConfig.MaxUnavailable 1", "max_unavailable"),
    ),
    (
        *("VERSION14", "all nodes at once", "Prod"),
        in_node_group(UpdateConfig={"MaxUnavailablePercentage": 100}),
        *("UpdateConfig.MaxUnavailablePercentage 100", "33 or less"),
    ),
    (
        *("VERSION14", "as many nodes as there are", "Prod"),
        in_node_group(UpdateConfig={"MaxUnavailable": 3}),
        *("UpdateConfig.MaxUnavailable 3", "below desired_size"),
    ),
    *(
        ("VERSION19", f"no such word: {word}", "Prod", edit, word, "case-sensitive")
        for word, edit in (
            ("UpgradePolicy.SupportType BASIC", in_cluster(UpgradePolicy={"SupportType": "BASIC"})),
            ("CapacityType Spot", in_node_group(CapacityType="Spot")),
            ("ResolveConflicts FORCE", in_add_on("CoreDns", ResolveConflicts="FORCE")),
            ("Version 1.35.3", in_node_group(Version="1.35.3")),
            ("UpdateConfig.MaxUnavailable 0", in_node_group(UpdateConfig={"MaxUnavailable": 0})),
            (
                "Runtime nodejs16.x",
                in_resource(
                    *("Cluster", "AWS::Lambda::Function"),
                    lambda it: it.update(Runtime="nodejs16.x"),
                    path="framework-onEvent",
                ),
            ),
        )
    ),
    *(
        (
            *("VERSION19", f"a handler with {what}", "Dev"),
            in_handler(**{what: few}),
            *(f"{what} {few}", fix),
        )
        for what, few, fix in (("Timeout", 60, "900"), ("MemorySize", 256, "1024"))
    ),
    *(
        ("VERSION19", f"a handler with {what}", "Dev", edit, what, "layers")
        for what, edit in (
            ("no AWS CLI", in_function(lambda it: it["Layers"].pop(0))),
            ("no helm", in_function(lambda it: it["Layers"].pop())),
        )
    ),
    (
        *("VERSION19", "a handler in a module that isn't there", "Prod"),
        in_handler(Handler="main.handler"),
        *("Handler main.handler", "MODULE.FUNCTION"),
    ),
    (
        *("VERSION19", "a log router that finds no configuration", "Prod"),
        in_template(
            "Cluster",
            manifest_change(
                "Namespace", "aws-observability", '"aws-observability":"enabled"', '"a":"b"'
            ),
        ),
        "Namespace/aws-observability metadata.labels[aws-observability]",
        "to enabled",
    ),
    *(
        (
            *("VERSION19", f"a queue with {value}", "Karpenter"),
            in_queue(**{name: much}),
            *(value, "seconds"),
        )
        for name, much in (("MessageRetentionPeriod", 30), ("VisibilityTimeout", 43201))
        for value in (f"{name} {much}",)
    ),
    *(
        (
            *("VERSION19", f"a log router with {value}", "Prod"),
            in_template("Cluster", manifest_change("ConfigMap", "aws-logging", old, new)),
            *(f"ConfigMap/aws-logging {value}", fix),
        )
        for old, new, value, fix in (
            ("Name cloudwatch_logs", "Name datadog", "outputs[0] datadog", "kinesis_firehose"),
            (
                "Name cloudwatch_logs",
                "Name opensearch",
                "outputs[0] opensearch",
                "kinesis_firehose",
            ),
            ("Name kubernetes", "Name lua", "filters[1] lua", "words printed here"),
            ("[PARSER]", "[SERVICE]", "sections[3] SERVICE", "Remove the section"),
        )
    ),
    (
        *("VERSION21", "budgets are ignored", "Prod"),
        in_node_group(ForceUpdateEnabled=True),
        *("ForceUpdateEnabled", "force_update=False"),
    ),
    (
        *("VERSION23", "a size that isn't there", "Prod"),
        in_node_group(InstanceTypes=["m7g.xlage"]),
        *("InstanceTypes[0] m7g.xlage", "instance types printed here"),
    ),
    (
        *("VERSION20", "a version of today", "Dev", with_version("1")),
        *("LaunchTemplate.Version 1", "LatestVersionNumber"),
    ),
    (
        *("VERSION20", "the default version", "Dev"),
        with_version(DEFAULT),
        *(f"LaunchTemplate.Version ${{{'.'.join(DEFAULT['Fn::GetAtt'])}}}", "LatestVersionNumber"),
    ),
)


ALSO: Mapping[str, tuple[str, ...]] = {
    # What can't work was never tried either.
    "VERSION10": ("VERSION5",),
    # Nodes with these groups alone don't reach the control plane, and have no EFA.
    "SecurityGroupIds": ("REACH12", "VERSION13"),
}
"""Rules that have something to say about a mutation, too, by its rule or value."""

MUTATIONS = tuple(
    Mutation(
        rule=rule,
        name=name,
        environment=environment,
        change=edit,
        value=value,
        fix=fix,
        also=ALSO.get(value, ALSO.get(rule, ())),
    )
    for rule, name, environment, edit, value, fix in CASES
)
