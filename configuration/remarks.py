"""Warnings of a synth: what may be a mistake and is worth a look before a deploy."""

from __future__ import annotations

import datetime as dt
import fnmatch
import re
from collections.abc import Iterator, Mapping

from capacity.instance_types import InstanceType, instance_type
from configuration.build_date import today
from configuration.capacity_plan import not_counted
from configuration.fields import EnvironmentFields
from configuration.karpenter_rules import pods_of_a_small_type
from constructs_lib.specs.add_ons import version_tuple
from constructs_lib.specs.base import Spec
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.kubernetes_versions import LOAD_BALANCER_CONTROLLER_CHART
from constructs_lib.specs.managed_policies import MANAGED
from constructs_lib.specs.namespaces import BUILT_IN_NAMESPACES
from constructs_lib.specs.node_pool_types import CAPACITY_TYPE
from constructs_lib.specs.permissions import PermissionsSpec
from constructs_lib.specs.regions import WITHOUT_CONTROL_PLANE
from constructs_lib.specs.types import spelt


def remarks_of(config: EnvironmentFields) -> dict[str, str]:
    """Return each remark by its id."""
    return dict(
        [
            *(*_zones(config), *_namespaces(config), *_fargate(config), *_add_ons(config)),
            *(*_mfa(config), *_shapes(config), *_policies(config)),
            *(*_load_balancer_controller(config), *_workloads(config), *_proxy(config)),
            *pods_of_a_small_type(config),
        ]
    )


def _policies(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """AWS adds policies: nothing but the account tells a newer one from one that is misspelt altogether."""
    for name in sorted({*_managed_policies(config)} - MANAGED):
        near = spelt([name], MANAGED, cutoff=0.8).get(name)
        hint = f"; the nearest is {near}" if near else ""
        text = (
            f"{name} is not in constructs_lib/specs/managed_policies.txt, which has the policies that AWS "
            f"managed in March 2026{hint}. If AWS doesn't have it, the deploy fails: `make preflight` looks."
        )
        yield f"groundwork:unknown-policy:{name}", text


def _managed_policies(value: object) -> Iterator[str]:
    """Yield the AWS managed policies that stand in a value, by name."""
    if isinstance(value, PermissionsSpec):
        yield from value.managed_policies
    elif isinstance(value, str) and (
        of_aws := re.fullmatch(r"arn:[\w-]+:iam::aws:policy/(.+)", value)
    ):
        yield of_aws[1]
    elif isinstance(value, Spec | Mapping | tuple):
        parts = value.__dict__ if isinstance(value, Spec) else value
        for each in parts.values() if isinstance(parts, Mapping) else parts:
            yield from _managed_policies(each)


def _zones(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """Letters differ by account, so nobody but the account can tell which zone is meant."""
    closed = WITHOUT_CONTROL_PLANE.get(config.region)
    if closed is None:
        return
    network = config.network
    existing = isinstance(network, ExistingNetworkSpec)
    field = "control_plane_subnets" if existing else "control_plane_zones"
    text = (
        f"EKS doesn't support control planes in zone {closed} of {config.region}. Its letter differs by "
        f"account: `aws ec2 describe-availability-zones --region {config.region} --zone-ids {closed}` "
        f"shows it. If the network uses this zone, leave it out of network.{field}. Nodes and pods can "
        "still use it."
    )
    yield "groundwork:zone-without-control-plane", text


def _shapes(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """EKS user guide, "Managed node group capacity types": as many vCPUs and as much memory in each type.

    It counts c4.xlarge with its 7.5 GiB among those of 8.
    """
    for index, group in enumerate(config.node_groups):
        shapes: dict[object, list[InstanceType]] = {}
        for kind in map(instance_type, group.instance_types):
            each = kind.memory_mib / kind.vcpus / 1024
            shapes.setdefault((kind.vcpus, round(each) or each), []).append(kind)
        if group.capacity_type == "SPOT" and len(shapes) > 1:
            told = "; ".join(
                f"{', '.join(kind.name for kind in kinds)} with {kinds[0].vcpus} vCPUs and "
                f"{kinds[0].memory_mib / 1024:g} GiB"
                for kinds in shapes.values()
            )
            text = (
                f"node_groups[{index}].instance_types are of {len(shapes)} shapes: {told}. EC2 picks one for "
                "each node, and the cluster autoscaler takes all of a group for alike: make a group for each."
            )
            yield f"groundwork:spot-of-several-shapes:{group.name}", text
    for pool in config.node_pools:
        families = {kind.name.partition(".")[0] for kind in pool.kinds}
        if len(families) == 1 and pool.values_of(CAPACITY_TYPE, ()) == ["spot"]:
            text = (
                f"The NodePool {pool.name} starts Spot Instances of {families.pop()} only, and EC2 interrupts "
                "those of a family together. Let its requirements take another family, or on-demand."
            )
            yield f"groundwork:spot-of-one-family:{pool.name}", text


def _add_ons(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """EKS is the first to look at a configuration whose schema is not at hand."""
    for add_on in config.add_ons.additional:
        if not add_on.is_checked:
            text = (
                f"The configuration of {add_on.name} is not checked: constructs_lib/specs/"
                "add_on_schemas has no schema for it. docs/add-ons.md says how to add one."
            )
            yield f"groundwork:unchecked-configuration:{add_on.name}", text
    for name in not_counted(config):
        text = (
            f"The pods of {name} are not counted: constructs_lib/specs/add_on_presets.json doesn't "
            "have this add-on. Compare its name with `aws eks describe-addon-versions`, and set pods and "
            "pods_per_node of its AddOnSpec."
        )
        yield f"groundwork:not-counted:{name}", text


def _load_balancer_controller(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """The policy of a newer chart has not been compared with ours."""
    controller = config.add_ons.load_balancer_controller
    known = LOAD_BALANCER_CONTROLLER_CHART
    if controller is not None and version_tuple(controller.chart_version) > version_tuple(known):
        text = (
            f"The load balancer controller's IAM policy was checked against charts up to {known}, not "
            f"{controller.chart_version}. Compare docs/install/iam_policy.json of that release "
            "with constructs_lib/load_balancer_controller_policy.json."
        )
        yield "groundwork:load-balancer-controller-policy", text


def _proxy(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """What no connection tells before it fails."""
    proxy = config.http_proxy
    if proxy is None:
        return
    for path, day in proxy.last_days:
        if day - today() <= dt.timedelta(days=60):
            text = (
                f"A certificate in {path} expires on {day}. Add its successor to the file before then; that "
                "replaces all nodes."
            )
            yield f"groundwork:certificate-expires:{path}", text
    if proxy.url.startswith("https:") and proxy.ca_certificates:
        text = (
            "http_proxy.url begins with https://, and neither the kubectl handler's AWS CLI nor nodeadm's "
            "first request trusts ca_certificates. If the proxy's own certificate needs them, use http://."
        )
        yield "groundwork:https-proxy", text


def _workloads(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """Each workload yields its own."""
    for workload in config.workloads:
        for name, text in workload.remarks:
            yield f"groundwork:{workload.name}:{name}", text


def _namespaces(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """A policy for a namespace that nobody makes grants nothing until somebody does."""
    made = _made_namespaces(config)
    for field in ("roles", "entries"):
        for index, holder in enumerate(getattr(config.access, field)):
            asked = {name for policy in holder.policies for name in policy.namespaces}
            unknown = [name for name in sorted(asked) if not fnmatch.filter(made, name)]
            if unknown:
                text = (
                    f"access.{field}[{index}] has a policy for {', '.join(unknown)}, which nothing in "
                    f"this environment creates. Its namespaces are {', '.join(made)}."
                )
                yield f"groundwork:namespace-of-nobody:{field}-{index}", text


def _mfa(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """A code given to assume-role counts for that call, not for the session that it opens."""
    for index, role in enumerate(config.access.roles):
        roles = [arn for arn in role.trusted_principal_arns if ":role/" in arn]
        if role.require_mfa and roles:
            text = (
                f"access.roles[{index}].require_mfa asks for MFA, which a session of "
                f"{', '.join(roles)} carries only if the credentials that opened it did, such as those "
                "of `aws sts get-session-token` with a code. No other session can use this role. Trust "
                "the users instead, or remove require_mfa and require MFA where people sign in."
            )
            yield f"groundwork:mfa-of-a-role:{role.name}", text


def _fargate(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """What a removed workload leaves behind; a pattern such as team-* is meant for others."""
    made = _made_namespaces(config)
    for index, profile in enumerate(config.fargate_profiles):
        asked = [each.namespace for each in profile.selectors]
        if not any(each in made or re.search(r"[*?]", each) for each in asked):
            text = (
                f"fargate_profiles[{index}] ({profile.name}) selects pods in {', '.join(asked)}, but "
                "nothing in this environment creates such a namespace. Remove the profile, unless "
                "something else creates it."
            )
            yield f"groundwork:profile-of-nobody:{profile.name}", text


def _made_namespaces(config: EnvironmentFields) -> list[str]:
    own = [name for each in config.workloads for name in each.own_namespaces]
    return [*BUILT_IN_NAMESPACES, *(each.name for each in config.namespaces), *own]
