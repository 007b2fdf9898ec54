"""What the real environments must not tell the VPC CNI."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.mutations import Mutation, in_resource

VPC_CNI = "PodNetworking/VpcCni"
IN_YAML = """
env:
  ENABLE_PREFIX_DELEGATION: "true"
  WARM_PREFIX_TARGET: "0"
"""


def configuration(old: str, new: str) -> Callable[[Environment], Environment]:
    """Return a change that replaces text in the configuration of the VPC CNI."""

    def change(add_on: dict[str, Any]) -> None:
        written = json.dumps(add_on["ConfigurationValues"])
        escaped = json.dumps(old)[1:-1]
        assert escaped in written
        add_on["ConfigurationValues"] = json.loads(written.replace(escaped, json.dumps(new)[1:-1]))

    return in_resource("Cluster", "AWS::EKS::Addon", change, path=VPC_CNI)


def in_node_group(**properties: object) -> Callable[[Environment], Environment]:
    """Return a change of the first node group."""
    return in_resource("Cluster", "AWS::EKS::Nodegroup", lambda group: group.update(properties))


def subnets_swapped(add_on: dict[str, Any]) -> None:
    """Exchange the pod subnets of the zones a and b."""
    parts = add_on["ConfigurationValues"]["Fn::Join"][1]
    subnets = [
        index
        for index, part in enumerate(parts)
        if isinstance(part, dict) and "Pods" in part.get("Fn::ImportValue", "")
    ]
    first, second, _ = subnets
    parts[first], parts[second] = parts[second], parts[first]


MUTATIONS = (
    Mutation(
        rule="EXPOSE16",
        name="network policies that nothing enforces",
        environment="Prod",
        change=configuration('"enableNetworkPolicy":"true"', '"enableNetworkPolicy":"false"'),
        value="NetworkPolicy/default-deny policy",
        fix="enableNetworkPolicy",
    ),
    Mutation(
        rule="CNI1",
        name="a misspelt key",
        environment="Prod",
        change=configuration("ENABLE_PREFIX_DELEGATION", "ENABLE_PREFIXES"),
        value="env.ENABLE_PREFIXES",
        fix="fields of vpc_cni",
    ),
    Mutation(
        rule="CNI10",
        name="no prefix in reserve",
        environment="Prod",
        change=configuration('"WARM_PREFIX_TARGET":"1"', '"WARM_PREFIX_TARGET":"0"'),
        value="vpc-cni WARM_PREFIX_TARGET 0",
        fix="WARM_PREFIX_TARGET to 1",
    ),
    Mutation(
        rule="CNI1",
        name="a number without quotation marks",
        environment="Prod",
        change=configuration('"WARM_PREFIX_TARGET":"1"', '"WARM_PREFIX_TARGET":1'),
        value="env.WARM_PREFIX_TARGET",
        fix="fields of vpc_cni",
    ),
    Mutation(
        rule="CNI1",
        name="a word in the place of a boolean",
        environment="Dev",
        change=configuration('"enableNetworkPolicy":"true"', '"enableNetworkPolicy":"yes"'),
        value="enableNetworkPolicy",
        fix="fields of vpc_cni",
    ),
    Mutation(
        rule="CNI1",
        name="no JSON",
        environment="Prod",
        change=configuration('"}}', '"'),
        value="unreadable",
        fix="fields of vpc_cni",
    ),
    Mutation(
        rule="CNI1",
        name="a zone without its subnet",
        environment="Existing",
        change=configuration('"id":"subnet-000000db",', ""),
        value="eniConfig.subnets.eu-central-1b.id",
        fix="fields of vpc_cni",
    ),
    Mutation(
        rule="CNI2",
        name="security groups for pods without branch interfaces",
        environment="Closed",
        change=in_node_group(InstanceTypes=["m6i.large", "t3.large"]),
        value="t3.large",
        fix="vpc_cni.pod_security_groups=False",
    ),
    Mutation(
        rule="CNI3",
        name="prefixes without Nitro",
        environment="Prod",
        change=in_node_group(InstanceTypes=["m4.large"], AmiType={"Fn::ImportValue": "image"}),
        value="m4.large",
        fix="vpc_cni.prefix_delegation=False",
    ),
    Mutation(
        rule="CNI4",
        name="custom networking with a single interface",
        environment="Existing",
        change=in_node_group(InstanceTypes=["hpc6id.32xlarge"]),
        value="hpc6id.32xlarge",
        fix="vpc_cni.custom_networking=False",
    ),
    Mutation(
        rule="CNI5",
        name="nodes in a zone without a pod subnet",
        environment="Closed",
        change=configuration('"eu-central-1b":', '"eu-central-1d":'),
        value="eu-central-1b",
        fix="network.pod_cidr",
    ),
    Mutation(
        rule="CNI5",
        name="pod subnets in one another's zones",
        environment="Closed",
        change=in_resource("Cluster", "AWS::EKS::Addon", subnets_swapped, path=VPC_CNI),
        value="eu-central-1a",
        fix="network.pod_cidr",
    ),
    Mutation(
        rule="CNI6",
        name="no label for the zones",
        environment="Existing",
        change=configuration(',"ENI_CONFIG_LABEL_DEF":"topology.kubernetes.io/zone"', ""),
        value="ENI_CONFIG_LABEL_DEF",
        fix="topology.kubernetes.io/zone",
    ),
    Mutation(
        rule="CNI7",
        name="strict security groups for pods without late demultiplexing",
        environment="Closed",
        change=configuration(
            '"DISABLE_TCP_EARLY_DEMUX":"true"', '"DISABLE_TCP_EARLY_DEMUX":"false"'
        ),
        value="DISABLE_TCP_EARLY_DEMUX",
        fix="init.env.DISABLE_TCP_EARLY_DEMUX",
    ),
    Mutation(
        rule="CNI8",
        name="Intel types with an ARM image",
        environment="Dev",
        change=in_node_group(InstanceTypes=["m7i.large"]),
        value="m7i.large",
        fix="with the architecture of ami_type",
    ),
    Mutation(
        rule="CNI9",
        name="pods on Windows get no addresses",
        environment="Windows",
        change=configuration('"enableWindowsIpam":"true"', '"enableWindowsIpam":"false"'),
        value="WINDOWS_CORE_2022_x86_64",
        fix="enableWindowsIpam",
    ),
    Mutation(
        rule="CNI10",
        name="nothing in reserve, in YAML",
        environment="Prod",
        change=in_resource(
            "Cluster",
            "AWS::EKS::Addon",
            lambda add_on: add_on.update(ConfigurationValues=IN_YAML),
            path=VPC_CNI,
        ),
        value="vpc-cni WARM_PREFIX_TARGET 0",
        fix="WARM_PREFIX_TARGET",
        also=("EXPOSE16",),
    ),
    Mutation(
        rule="CNI5",
        name="custom networking without a subnet for pods",
        environment="Prod",
        change=configuration('"env":{', '"env":{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"true",'),
        value="AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
        fix="eniConfig.subnets",
    ),
    Mutation(
        rule="ROLE2",
        name="nobody makes the interfaces of pods with security groups of their own",
        environment="Prod",
        change=configuration(
            '"env":{',
            '"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"standard",',
        ),
        value="ec2:CreateNetworkInterface",
        fix="AmazonEKSVPCResourceController",
    ),
)
