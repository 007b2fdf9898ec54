"""Whether pods can get addresses in the way that the VPC CNI is told to give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assembly.environment import Environment
from assembly.kinds import NODE_GROUP
from assembly.links import beside
from capacity.cni import Cni
from capacity.instance_types import InstanceType
from capacity.pods import type_limit
from guardrails.rule import Family, Finding
from guardrails.rules.node_groups import instance_types, zone_of, zones
from guardrails.rules.vpc_cni import (
    LOCATION,
    add_ons,
    configured,
    problems,
    read_configuration,
)
from kube.values import known, look_up, text

NETWORKING = Family("Pod networking")
ZONE_LABEL = "topology.kubernetes.io/zone"


@NETWORKING.rule(
    "CNI1",
    reason="EKS checks the configuration of vpc-cni against a closed schema during the deploy, "
    "and a wrong key or a number without quotation marks rolls everything back.",
    source="https://docs.aws.amazon.com/cli/latest/reference/eks/describe-addon-configuration.html",
    fix="Set it through the fields of vpc_cni, which write the right keys and strings; the "
    "schema is in guardrails/rules/vpc_cni_schema.json.",
)
def _invalid(environment: Environment) -> Iterator[Finding]:
    for add_on in add_ons(environment):
        try:
            told = read_configuration(add_on).configuration
        except ValueError as error:
            yield Finding(
                resource=add_on,
                value="unreadable",
                location=LOCATION,
                detail=f"It is neither JSON nor YAML: {error}.",
            )
            continue
        for at, allowed in problems(told):
            yield Finding(
                resource=add_on,
                value=at,
                location=LOCATION,
                detail=f"At {at} the schema wants {allowed}.",
            )


@NETWORKING.rule(
    "CNI2",
    reason="The instance type has no branch interfaces: pods with security groups of their own "
    "stay Pending there.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html",
    fix="Take instance_types that have them, such as m7g, m6i, c7g and r7g, or set "
    "vpc_cni.pod_security_groups=False.",
)
def _no_branches(environment: Environment) -> Iterator[Finding]:
    return _unable(environment, "ENABLE_POD_ENI", lambda kind: kind.trunking)


@NETWORKING.rule(
    "CNI3",
    reason="The instance type is not on Nitro, so its interfaces take no prefixes: the nodes "
    "run far fewer pods than planned.",
    source="https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html",
    fix="Take instance_types on Nitro, or set vpc_cni.prefix_delegation=False.",
)
def _no_prefixes(environment: Environment) -> Iterator[Finding]:
    return _unable(environment, "ENABLE_PREFIX_DELEGATION", lambda kind: kind.prefixes)


@NETWORKING.rule(
    "CNI4",
    reason="Custom networking gives pods no address of the first interface, and the instance "
    "type has no second one: its nodes run no pods.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/cni-custom-network.html",
    fix="Take instance_types with two interfaces or more, or set vpc_cni.custom_networking=False.",
)
def _no_addresses(environment: Environment) -> Iterator[Finding]:
    custom = Cni(custom_networking=True)
    return _unable(
        environment,
        "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
        lambda kind: type_limit(custom, kind).addressed > 0,
    )


def _unable(
    environment: Environment, setting: str, able: Callable[[InstanceType], bool]
) -> Iterator[Finding]:
    """Yield the instance types that a setting doesn't work on."""
    for cni in configured(environment):
        groups = beside(environment, cni.add_on, NODE_GROUP) if cni.is_on(setting) else ()
        for group in groups:
            for kind in instance_types(environment, group):
                if not able(kind):
                    yield Finding(
                        resource=group,
                        value=kind.name,
                        location="Properties/InstanceTypes",
                        detail=f"The VPC CNI has {setting}=true.",
                    )


@NETWORKING.rule(
    "CNI5",
    reason="A node finds the subnet of its pods by its zone; without one in that zone it never "
    "becomes ready.",
    source="https://docs.aws.amazon.com/eks/latest/best-practices/custom-networking.html",
    fix="Give eniConfig a pod subnet in each zone of the node groups: network.pod_cidr makes "
    "them, network.pod_subnets names them.",
)
def _zones_apart(environment: Environment) -> Iterator[Finding]:
    for cni in configured(environment):
        subnets = cni.pod_subnets
        if not subnets or not known([*subnets]):
            continue
        groups = beside(environment, cni.add_on, NODE_GROUP)
        used = {zone for group in groups for zone in zones(environment, group)}
        for zone in sorted(used - set(subnets)):
            yield Finding(
                resource=cni.add_on,
                value=zone,
                location=LOCATION,
                detail=f"Nodes run in {zone}, and eniConfig.subnets has only {', '.join(subnets)}.",
            )
        for zone, subnet in subnets.items():
            actual = zone_of(environment, subnet)
            if actual is not None and actual != zone:
                yield Finding(
                    resource=cni.add_on,
                    value=zone,
                    location=LOCATION,
                    detail=f"The subnet that eniConfig names for {zone} is in {actual}.",
                )


@NETWORKING.rule(
    "CNI6",
    reason="eniConfig is named after zones, and the CNI looks by default for a label of nodes "
    "that nobody sets: nodes never become ready.",
    source="https://github.com/aws/amazon-vpc-cni-k8s#eni_config_label_def",
    fix=f"Set env.ENI_CONFIG_LABEL_DEF to {ZONE_LABEL}, as vpc_cni.custom_networking does.",
)
def _unlabelled(environment: Environment) -> Iterator[Finding]:
    for cni in configured(environment):
        label = cni.env("ENI_CONFIG_LABEL_DEF")
        if cni.pod_subnets and known(label) and label != ZONE_LABEL:
            yield Finding(
                resource=cni.add_on,
                value="ENI_CONFIG_LABEL_DEF",
                location=LOCATION,
                detail=f"It is {label!r}." if label else "It is not set.",
            )


@NETWORKING.rule(
    "CNI7",
    reason="With strict security groups for pods the kubelet's TCP probes don't reach pods on "
    "branch interfaces, and restart them for ever.",
    source="https://github.com/aws/amazon-vpc-cni-k8s#disable_tcp_early_demux-v173",
    fix='Set init.env.DISABLE_TCP_EARLY_DEMUX to "true", or '
    "vpc_cni.pod_security_group_enforcing_mode to 'standard'.",
)
def _probes_fail(environment: Environment) -> Iterator[Finding]:
    for cni in configured(environment):
        # strict is the CNI's own default.
        strict = cni.env("POD_SECURITY_GROUP_ENFORCING_MODE") in (None, "strict")
        demux = look_up(cni.configuration, "init", "env", "DISABLE_TCP_EARLY_DEMUX")
        demux_stays = known(demux) and demux not in ("true", True)
        if cni.is_on("ENABLE_POD_ENI") and strict and demux_stays:
            yield Finding(resource=cni.add_on, value="DISABLE_TCP_EARLY_DEMUX", location=LOCATION)


@NETWORKING.rule(
    "CNI8",
    reason="Instance type and image are of different architectures; EKS refuses the node group.",
    source="https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html",
    fix="Take instance_types of the architecture of ami_type.",
)
def _architectures(environment: Environment) -> Iterator[Finding]:
    for group in environment.resources(NODE_GROUP):
        image = text(group.properties, "AmiType")
        wanted = "arm64" if "_ARM_64" in image else "x86_64" if "x86_64" in image else None
        for kind in instance_types(environment, group):
            if wanted is not None and kind.architecture != wanted:
                yield Finding(
                    resource=group,
                    value=kind.name,
                    location="Properties/InstanceTypes",
                    detail=f"{kind.name} is {kind.architecture}, and {image} is {wanted}.",
                )
