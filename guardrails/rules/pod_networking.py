"""Whether pods can get addresses in the way that the VPC CNI is told to give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assembly.environment import Environment
from assembly.kinds import NODE_GROUP
from assembly.links import beside
from capacity.cni import Cni
from capacity.instance_types import InstanceType
from capacity.pods import type_limit
from guardrails.rule import Finding, rule
from guardrails.rules.node_groups import instance_types, zone_of, zones
from guardrails.rules.vpc_cni import (
    LOCATION,
    add_ons,
    configured,
    problems,
    read_configuration,
)
from kube.values import known, look_up, text

ZONE_LABEL = "topology.kubernetes.io/zone"


@rule("CNI1")
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


@rule("CNI2")
def _no_branches(environment: Environment) -> Iterator[Finding]:
    return _unable(environment, "ENABLE_POD_ENI", lambda kind: kind.trunking)


@rule("CNI3")
def _no_prefixes(environment: Environment) -> Iterator[Finding]:
    return _unable(environment, "ENABLE_PREFIX_DELEGATION", lambda kind: kind.prefixes)


@rule("CNI4")
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


@rule("CNI5")
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


@rule("CNI6")
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


@rule("CNI7")
def _probes_fail(environment: Environment) -> Iterator[Finding]:
    for cni in configured(environment):
        # strict is the CNI's own default.
        strict = cni.env("POD_SECURITY_GROUP_ENFORCING_MODE") in (None, "strict")
        demux = look_up(cni.configuration, "init", "env", "DISABLE_TCP_EARLY_DEMUX")
        demux_stays = known(demux) and demux not in ("true", True)
        if cni.is_on("ENABLE_POD_ENI") and strict and demux_stays:
            yield Finding(resource=cni.add_on, value="DISABLE_TCP_EARLY_DEMUX", location=LOCATION)


@rule("CNI8")
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
