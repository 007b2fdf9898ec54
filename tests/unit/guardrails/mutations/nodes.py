"""Nodes that don't start, don't join, or are open to people who shouldn't get onto them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from tests.unit.guardrails.mutations import Mutation, in_resource

TEMPLATE, CLUSTER = "AWS::EC2::LaunchTemplate", "AWS::EKS::Cluster"
MULTIPART = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: {kind}

{content}
--//--
"""
NODE_CONFIG = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n"
CONFIG, SCRIPT = "application/node.eks.aws", "text/x-shellscript"


def _template(
    rule: str, name: str, environment: str, value: str, fix: str, **data: object
) -> Mutation:
    """Return a change of the data of the first launch template."""
    change = in_resource("Cluster", TEMPLATE, lambda each: each["LaunchTemplateData"].update(data))
    return Mutation(
        rule=rule, name=name, environment=environment, change=change, value=value, fix=fix
    )


def _disk(  # noqa: PLR0917  # a row
    rule: str, name: str, environment: str, value: str, fix: str, index: int = 0, **disk: object
) -> Mutation:
    """Return a change of a disk; a DeviceName is that of the mapping."""

    def change(template: dict[str, Any]) -> None:
        mapping = template["LaunchTemplateData"]["BlockDeviceMappings"][index]
        for field, new in disk.items():
            (mapping if field == "DeviceName" else mapping["Ebs"])[field] = new

    return Mutation(
        rule=rule,
        name=name,
        environment=environment,
        change=in_resource("Cluster", TEMPLATE, change),
        value=value,
        fix=fix,
    )


def _user_data(name: str, environment: str, written: str, *, plain: bool = False) -> Mutation:
    data = written if plain else b64encode(written.encode()).decode()
    value = "DataPlane/NodeGroups/General/NodeGroup"
    fix = "Write user data in Base64"
    return _template("NODES3", name, environment, value, fix, UserData=data)


def _of_multipart(name: str, content: str, kind: str = CONFIG) -> Mutation:
    return _user_data(name, "Dev", MULTIPART.format(kind=kind, content=content))


def _cluster(name: str, *also: str, **properties: object) -> Mutation:
    change = in_resource("Cluster", CLUSTER, lambda cluster: cluster.update(properties))
    return Mutation(
        rule="NODES4",
        name=name,
        environment="Prod",
        change=change,
        value="ComputeConfig.Enabled",
        fix="same value",
        also=also,
    )


def _add_on(name: str, value: str, configuration: str) -> Mutation:
    change = in_resource(
        "Cluster",
        "AWS::EKS::Addon",
        lambda add_on: add_on.update(ConfigurationValues=configuration),
        path="/CoreDns/",
    )
    fix = "describe-addon-configuration"
    return Mutation(
        rule="NODES6", name=name, environment="Prod", change=change, value=value, fix=fix
    )


ON = {"Enabled": True}
FITS, EXISTS = "disk_size_gib", "that EBS offers"
MUTATIONS = (
    _disk("NODES1", "the data disk has another name", "Prod", "BlockDeviceMappings", FITS, 1, DeviceName="/dev/sdb"),
    _disk("NODES1", "the root disk has another name", "Dev", "BlockDeviceMappings", FITS, DeviceName="/dev/sda1"),
    _disk("NODES1", "two disks have one name", "Prod", "BlockDeviceMappings", FITS, 1, DeviceName="/dev/xvda"),
    _disk("NODES1", "AL2023 doesn't fit the root disk", "Dev", "/dev/xvda Ebs.VolumeSize 10", FITS, VolumeSize=10),
    _disk("NODES1", "Bottlerocket doesn't fit the root disk", "Prod", "/dev/xvda Ebs.VolumeSize 1", FITS, VolumeSize=1),
    _disk("NODES1", "images don't fit the data disk", "Prod", "/dev/xvdb Ebs.VolumeSize 10", FITS, 1, VolumeSize=10),
    _disk("NODES1", "the root disk has another image", "Dev", "/dev/xvda Ebs.SnapshotId snap-0123456789abcdef0", "Remove SnapshotId", SnapshotId="snap-0123456789abcdef0"),
    _disk("NODES2", "no such type", "Dev", "/dev/xvda Ebs.VolumeType gp4", EXISTS, VolumeType="gp4"),
    _disk("NODES2", "too few IOPS", "Dev", "/dev/xvda Ebs.Iops 100", EXISTS, Iops=100),
    _disk("NODES2", "too many IOPS for the size", "Dev", "/dev/xvda Ebs.Iops 40000", EXISTS, Iops=40000),
    _disk("NODES2", "too much throughput for the IOPS", "Dev", "/dev/xvda Ebs.Throughput 1000", EXISTS, Throughput=1000),
    _disk("NODES2", "gp2 has no IOPS to set", "Dev", "/dev/xvda Ebs.Iops 3000", EXISTS, VolumeType="gp2", Iops=3000),
    _disk("NODES2", "io2 needs IOPS", "Dev", "/dev/xvda Ebs.Iops", EXISTS, VolumeType="io2"),
    _disk("NODES2", "st1 can't be booted from", "Dev", "/dev/xvda Ebs.VolumeType st1", EXISTS, VolumeType="st1", VolumeSize=200),
    _disk("NODES2", "disks stay", "Dev", "/dev/xvda Ebs.DeleteOnTermination", "Remove DeleteOnTermination", DeleteOnTermination=False),
    _user_data("no Base64", "Dev", "#!/bin/bash\necho", plain=True),
    _user_data("a script alone", "Dev", "#!/bin/bash\necho"),
    _user_data("a NodeConfig alone", "Dev", NODE_CONFIG),
    _user_data("too much", "Dev", MULTIPART.format(kind=SCRIPT, content="#!/bin/sh\n" + 17000 * "#")),
    _of_multipart("another version", NODE_CONFIG.replace("v1alpha1", "v1")),
    _of_multipart("another kind", NODE_CONFIG.replace("NodeConfig", "Node")),
    _of_multipart("no YAML", NODE_CONFIG + "spec: ["),
    _of_multipart("a misspelt field", NODE_CONFIG + "spec:\n  kublet: {}"),
    _of_multipart("another cluster", NODE_CONFIG + "spec:\n  cluster:\n    name: other"),
    _of_multipart("another content type", NODE_CONFIG, "text/x-yaml"),
    _of_multipart("the script of AL2", "#!/bin/bash\n/etc/eks/bootstrap.sh dev", SCRIPT),
    _user_data("no TOML", "Prod", MULTIPART.format(kind=CONFIG, content=NODE_CONFIG)),
    _user_data("a script for Bottlerocket", "Prod", "#!/bin/bash\n"),
    _user_data("a misspelt table", "Prod", "[settings.kubernets]\nmax-pods = 10\n"),
    _user_data("another cluster's settings", "Prod", '[settings.kubernetes]\ncluster-name = "other"\n'),
    _cluster("only compute is on", "ROLE1", "ROLE2", ComputeConfig=ON),
    _cluster("only storage is on", StorageConfig={"BlockStorage": ON}),
    _template("NODES5", "no metadata", "Dev", "MetadataOptions.HttpEndpoint disabled", "Remove HttpEndpoint", MetadataOptions={"HttpEndpoint": "disabled"}),
    _add_on("no JSON", "unreadable", "{replicaCount: 2"),
    _add_on("no object", "no object", "[1]"),
    _add_on("a misspelt field of an add-on", "replicas", '{"replicas": 2}'),
    _add_on("a word for a number", "replicaCount", '{"replicaCount": "two"}'),
    _template("EXPOSE18", "each node has a public address", "Prod", "NetworkInterfaces[0].AssociatePublicIpAddress", "private subnets", NetworkInterfaces=[{"DeviceIndex": 0, "AssociatePublicIpAddress": True}]),
    Mutation(
        rule="EXPOSE18",
        name="a subnet gives public addresses",
        environment="Prod",
        change=in_resource("Network", "AWS::EC2::Subnet", lambda subnet: subnet.update(MapPublicIpOnLaunch=True), path="/PrivateA/"),
        value="MapPublicIpOnLaunch",
        fix="MapPublicIpOnLaunch",
    ),
    _template("EXPOSE19", "a key for SSH", "Prod", "KeyName ops", "Session Manager", KeyName="ops"),
    Mutation(
        rule="EXPOSE19",
        name="SSH from the VPC",
        environment="Prod",
        change=in_resource(
            "Cluster",
            "AWS::EC2::SecurityGroup",
            lambda group: group.update(SecurityGroupIngress=[{"CidrIp": "10.20.0.0/16", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}]),
        ),
        value="22",
        fix="Session Manager",
    ),
)  # fmt: skip
