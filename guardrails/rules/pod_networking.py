"""Whether pods can get addresses in the way that the VPC CNI is told to give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from capacity.cni import Cni
from capacity.instance_types import InstanceType
from capacity.pods import type_limit
from guardrails import vpc_cni_schema
from guardrails.environment import Environment
from guardrails.node_groups import NODE_GROUP, instance_types, zone_of, zones
from guardrails.rule import Finding, Rule
from guardrails.vpc_cni import (
    LOCATION,
    NotReadableError,
    add_ons,
    configured,
    node_groups,
    read_configuration,
)

FAMILY = "Pod networking"
ZONE_LABEL = "topology.kubernetes.io/zone"


def _invalid(environment: Environment) -> Iterator[Finding]:
    for add_on in add_ons(environment):
        try:
            read = read_configuration(add_on)
        except NotReadableError as error:
            yield Finding(
                resource=add_on,
                value="unreadable",
                location=LOCATION,
                detail=f"It is neither JSON nor YAML: {error}.",
            )
            continue
        if read is not None:
            for at, allowed in vpc_cni_schema.problems(read.configuration):
                yield Finding(
                    resource=add_on,
                    value=at,
                    location=LOCATION,
                    detail=f"At {at} the schema wants {allowed}.",
                )


def _unable(
    setting: str, able: Callable[[InstanceType], bool]
) -> Callable[[Environment], Iterator[Finding]]:
    """Return a check that finds the instance types which a setting doesn't work on."""

    def check(environment: Environment) -> Iterator[Finding]:
        for cni in configured(environment):
            for group in node_groups(environment, cni) if cni.is_on(setting) else ():
                for kind in instance_types(environment, group):
                    if not able(kind):
                        yield Finding(
                            resource=group,
                            value=kind.name,
                            location="Properties/InstanceTypes",
                            detail=f"The VPC CNI has {setting}=true.",
                        )

    return check


def _has_addresses(kind: InstanceType) -> bool:
    return type_limit(Cni(custom_networking=True), kind).addressed > 0


def _zones_apart(environment: Environment) -> Iterator[Finding]:
    for cni in configured(environment):
        subnets = cni.pod_subnets
        if not subnets:
            continue
        groups = node_groups(environment, cni)
        used = {zone for group in groups for zone in zones(environment, group)}
        for zone in sorted(used - set(subnets)):
            yield Finding(
                resource=cni.add_on,
                value=zone,
                location=LOCATION,
                detail=f"Nodes run in {zone}, and eniConfig.subnets has only {', '.join(subnets)}.",
            )
        for zone, subnet in subnets.items():
            actual = zone_of(environment, cni.add_on.stack, subnet)
            if actual is not None and actual != zone:
                yield Finding(
                    resource=cni.add_on,
                    value=zone,
                    location=LOCATION,
                    detail=f"The subnet that eniConfig names for {zone} is in {actual}.",
                )


def _unlabelled(environment: Environment) -> Iterator[Finding]:
    for cni in configured(environment):
        label = cni.env("ENI_CONFIG_LABEL_DEF")
        if cni.pod_subnets and label != ZONE_LABEL:
            yield Finding(
                resource=cni.add_on,
                value="ENI_CONFIG_LABEL_DEF",
                location=LOCATION,
                detail=f"It is {label!r}." if label else "It is not set.",
            )


def _probes_fail(environment: Environment) -> Iterator[Finding]:
    for cni in configured(environment):
        # strict is the CNI's own default.
        strict = cni.env("POD_SECURITY_GROUP_ENFORCING_MODE") in (None, "strict")
        demux_off = cni.init_env("DISABLE_TCP_EARLY_DEMUX") in ("true", True)
        if cni.is_on("ENABLE_POD_ENI") and strict and not demux_off:
            yield Finding(resource=cni.add_on, value="DISABLE_TCP_EARLY_DEMUX", location=LOCATION)


def _architectures(environment: Environment) -> Iterator[Finding]:
    for group in environment.resources(NODE_GROUP):
        image = str(group.properties.get("AmiType", ""))
        wanted = "arm64" if "_ARM_64" in image else "x86_64" if "x86_64" in image else None
        for kind in instance_types(environment, group):
            if wanted is not None and kind.architecture != wanted:
                yield Finding(
                    resource=group,
                    value=kind.name,
                    location="Properties/InstanceTypes",
                    detail=f"{kind.name} is {kind.architecture}, and {image} is {wanted}.",
                )


RULES = (
    Rule(
        id="CNI1",
        family=FAMILY,
        reason="EKS checks the configuration of vpc-cni against a closed schema during the deploy, "
        "and a wrong key or a number without quotation marks rolls everything back.",
        source="https://docs.aws.amazon.com/cli/latest/reference/eks/"
        "describe-addon-configuration.html",
        mend="Set it through the fields of vpc_cni, which write the right keys and strings; the "
        "schema is in guardrails/vpc_cni_schema.py.",
        check=_invalid,
    ),
    Rule(
        id="CNI2",
        family=FAMILY,
        reason="The instance type has no branch interfaces: pods with security groups of their own "
        "stay Pending there.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html",
        mend="Take instance_types that have them, such as m7g, m6i, c7g and r7g, or set "
        "vpc_cni.pod_security_groups=False.",
        check=_unable("ENABLE_POD_ENI", lambda kind: kind.trunking),
    ),
    Rule(
        id="CNI3",
        family=FAMILY,
        reason="The instance type is not on Nitro, so its interfaces take no prefixes: the nodes "
        "run far fewer pods than planned.",
        source="https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html",
        mend="Take instance_types on Nitro, or set vpc_cni.prefix_delegation=False.",
        check=_unable("ENABLE_PREFIX_DELEGATION", lambda kind: kind.prefixes),
    ),
    Rule(
        id="CNI4",
        family=FAMILY,
        reason="Custom networking gives pods no address of the first interface, and the instance "
        "type has no second one: its nodes run no pods.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/cni-custom-network.html",
        mend="Take instance_types with two interfaces or more, or set "
        "vpc_cni.custom_networking=False.",
        check=_unable("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", _has_addresses),
    ),
    Rule(
        id="CNI5",
        family=FAMILY,
        reason="A node finds the subnet of its pods by its zone; without one in that zone it never "
        "becomes ready.",
        source="https://docs.aws.amazon.com/eks/latest/best-practices/custom-networking.html",
        mend="Give eniConfig a pod subnet in each zone of the node groups: network.pod_cidr makes "
        "them, network.pod_subnets names them.",
        check=_zones_apart,
    ),
    Rule(
        id="CNI6",
        family=FAMILY,
        reason="eniConfig is named after zones, and the CNI looks by default for a label of nodes "
        "that nobody sets: nodes never become ready.",
        source="https://github.com/aws/amazon-vpc-cni-k8s#eni_config_label_def",
        mend=f"Set env.ENI_CONFIG_LABEL_DEF to {ZONE_LABEL}, as vpc_cni.custom_networking does.",
        check=_unlabelled,
    ),
    Rule(
        id="CNI7",
        family=FAMILY,
        reason="With strict security groups for pods the kubelet's TCP probes don't reach pods on "
        "branch interfaces, and restart them for ever.",
        source="https://github.com/aws/amazon-vpc-cni-k8s#disable_tcp_early_demux-v173",
        mend='Set init.env.DISABLE_TCP_EARLY_DEMUX to "true", or '
        "vpc_cni.pod_security_group_enforcing_mode to 'standard'.",
        check=_probes_fail,
    ),
    Rule(
        id="CNI8",
        family=FAMILY,
        reason="Instance type and image are of different architectures; EKS refuses the node group.",
        source="https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html",
        mend="Take instance_types of the architecture of ami_type.",
        check=_architectures,
    ),
)
