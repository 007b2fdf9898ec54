"""Who starts connections: node groups, Fargate profiles, pod networks, kubectl handlers, control planes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, CHART, CLUSTER, FUNCTION, KUBECTL, NODE_GROUP, PROFILE, SUBNET
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, kubectl_handler, role_of, template_of
from assembly.nodes import is_self_managed
from assembly.resource import Resource
from assembly.user_data import user_data
from constructs_lib.specs.additional_add_on import PRESETS
from guardrails.reach.filters import Key, keys, of_cluster
from guardrails.reach.hops import Hop, hop
from guardrails.reach.subnets import subnets_in, tags_of, users, vpc_of
from guardrails.rules.pod_networking import configured
from guardrails.rules.workloads import component_name
from kube.values import dicts, known, look_up, mapping, table

DATA = table(__file__, "services.yaml")
ROLES = {NODE_GROUP: "NodeRole", PROFILE: "PodExecutionRoleArn", FUNCTION: "Role"}
GROUPS = {
    FUNCTION: ("VpcConfig", "SecurityGroupIds"),
    CLUSTER: ("ResourcesVpcConfig", "SecurityGroupIds"),
}
"""Where each type names its role and its security groups."""
COMPUTE = (NODE_GROUP, PROFILE, ADD_ON)
"""Where nodes and pods are; a place of an add-on is the VPC CNI's, for pods."""
UNPROXIED = re.compile(
    r"""(?is)\bno[-_]?proxy\b.*[\s,"'[=](\*|[\w.*-]*\beks\.amazonaws\.com(\.cn)?|\.?amazonaws\.com)["'\s,]"""
)
"""A list of what isn't asked of a proxy, with the names of API servers in it."""
ENDS = {"NodeGroup", "Resource", "Default", "Handler", "AddOn", "Cluster"}
"""What the last construct ids say without telling one place from another."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where connections start: in which subnets of those made here, with which security groups."""

    name: str
    resource: Resource
    cluster: Resource | None
    subnets: tuple[Resource, ...]
    groups: tuple[Key, ...]
    needs: tuple[str, ...] = ()
    role: Resource | None = None
    # Whether a class gives its nodes public addresses, None where the subnet does.
    addressed: object = None

    @property
    def kind(self) -> str:
        """Return the type of what runs there; a class of Karpenter or Auto Mode makes nodes."""
        return NODE_GROUP if self.resource.kind in KUBECTL else self.resource.kind


def subnets_of(environment: Environment, cluster: Resource | None) -> tuple[Resource, ...]:
    """Return the subnets of a cluster that are made here."""
    written = look_up(cluster.properties, "ResourcesVpcConfig", "SubnetIds") if cluster else None
    return subnets_in(environment, written)


def vpc_of_cluster(environment: Environment, resource: Resource) -> Resource | None:
    """Return the VPC of a resource's cluster, if it is made here."""
    subnets = subnets_of(environment, resource.cluster)
    return vpc_of(environment, subnets[0]) if subnets else None


@indexed
def handled(environment: Environment) -> Mapping[Resource, list[Resource]]:
    """Return the clusters of each function that calls kubectl, each once."""
    asking = environment.resources(*KUBECTL)
    pairs = ((kubectl_handler(environment, each), each.cluster) for each in asking)
    return grouped((one, other) for one, other in dict.fromkeys(pairs) if one and other)


@indexed
def places(environment: Environment) -> tuple[Place, ...]:
    """Return every place of an environment."""
    clusters = environment.resources(CLUSTER)
    every = *users(environment), *((each, subnets_of(environment, each)) for each in clusters)
    made = (_place(environment, user, subnets) for user, subnets in every)
    return (*made, *_pod_networks(environment), *_classes(environment))


def _classes(environment: Environment) -> Iterator[Place]:
    for item in environment.kubernetes_objects("EC2NodeClass", "NodeClass"):
        terms = dicts(item.spec, "securityGroupSelectorTerms")
        needs = DATA["needed_by"][NODE_GROUP], _needs_of_components(environment, item.resource)
        yield Place(
            name=item.name,
            resource=item.resource,
            cluster=item.resource.cluster,
            subnets=selected_by(environment, item) or (),
            # Of a group that is selected by tags nobody knows which it is.
            groups=tuple(key for each in terms for key in keys(environment, each, "id") or (None,)),
            needs=tuple(dict.fromkeys(chain(*needs))),
            addressed=item.spec.get("associatePublicIPAddress"),
        )


SELECTED = {SUBNET: "subnetSelectorTerms", "AWS::EC2::SecurityGroup": "securityGroupSelectorTerms"}
OF_EKS = re.compile(r"aws:eks:cluster-name|kubernetes\.io/cluster/.+|Name")
"""Tags that the security group has which EKS makes for a cluster."""


def selected_by(
    environment: Environment, item: KubernetesObject, kind: str = SUBNET
) -> tuple[Resource, ...] | None:
    """Return the subnets or groups of the templates that a class selects, None where it may select others."""
    vpc, found = vpc_of_cluster(environment, item.resource), list[Resource]()
    every = environment.resources(kind) if vpc else ()
    inside = [each for each in every if vpc_of(environment, each) == vpc]
    told = vpc and known([each.properties.get("Tags") for each in inside])
    for term in dicts(item.spec, SELECTED[kind]):
        named = [x for x in environment.targets(term.get("id")) if x.kind == kind]
        wanted = mapping(term, "tags").items()
        others = "name" in term or any(OF_EKS.fullmatch(x) for x, _ in wanted if kind != SUBNET)
        if others or not known(wanted) or not (told or named) or ("id" in term and not named):
            return None
        found += named or (
            each
            for each in inside
            if wanted
            and all(
                value in ("*", tags_of(each).get(key)) and key in tags_of(each)
                for key, value in wanted
            )
        )
    return tuple(dict.fromkeys(found))


def _place(environment: Environment, user: Resource, subnets: tuple[Resource, ...]) -> Place:
    cluster, kind = user.cluster, user.kind
    needs = [*DATA["needed_by"].get(kind, ())]
    groups = _of_template(environment, user) if kind == NODE_GROUP else ()
    groups = groups or (of_cluster(cluster),)
    named = keys(environment, user.properties, *GROUPS.get(kind, ("",)))
    if kind == FUNCTION:
        clusters = handled(environment).get(user, [])
        cluster, groups = clusters[0] if len(clusters) == 1 else None, ()
    # The pods of charts and add-ons are wherever the scheduler or a profile wants; nodes are usual.
    elif kind == NODE_GROUP or (kind == PROFILE and not any(beside(environment, user, NODE_GROUP))):
        needs += _needs_of_components(environment, user)
    return Place(
        name=_name(user),
        resource=user,
        cluster=cluster,
        subnets=subnets,
        groups=(*groups, *named),
        needs=tuple(dict.fromkeys(needs)),
        role=role_of(environment, user.properties.get(ROLES.get(kind, ""))),
    )


def _of_template(environment: Environment, group: Resource) -> tuple[Key, ...]:
    """Return the security groups that a launch template names: nodes have no other ones then.

    Source: EKS user guide, "Customize managed nodes with launch templates".
    """
    template = template_of(environment, group)
    if template is None:
        return (None,) if "LaunchTemplate" in group.properties else ()
    data = look_up(template.properties, "LaunchTemplateData")
    interfaces = (keys(environment, each, "Groups") for each in dicts(data, "NetworkInterfaces"))
    named = (*keys(environment, data, "SecurityGroupIds"), *chain.from_iterable(interfaces))
    if named or not is_self_managed(group):
        return named
    # EC2 gives instances the default one of the VPC.
    made = subnets_in(environment, group.properties.get("Subnets"))
    vpc = vpc_of(environment, made[0]) if made else None
    return (vpc.node if vpc else None,)


def needs_of(name: str) -> tuple[str, ...]:
    """Return what the pods of a chart or an add-on call."""
    ours = DATA["needed_by_component"].get(name, ())
    return (*ours, *PRESETS.get(name, {}).get("endpoints", ()))


def _needs_of_components(
    environment: Environment, resource: Resource, *left_out: str
) -> Iterator[str]:
    """Yield what the pods of the charts and add-ons beside a resource call."""
    for component in beside(environment, resource, CHART, ADD_ON):
        name = component_name(component)
        if name not in left_out:
            yield from needs_of(name)


def _pod_networks(environment: Environment) -> Iterator[Place]:
    for cni in configured(environment):
        cluster = cni.add_on.cluster
        for zone, network in mapping(cni.configuration, "eniConfig", "subnets").items():
            yield Place(
                name=f"pods-{zone}",
                resource=cni.add_on,
                cluster=cluster,
                subnets=subnets_in(environment, look_up(network, "id")),
                groups=keys(environment, network, "securityGroups") or (of_cluster(cluster),),
                needs=tuple(
                    dict.fromkeys(
                        _needs_of_components(environment, cni.add_on, *DATA["on_the_host"])
                    )
                ),
            )


def _name(user: Resource) -> str:
    """Return the name of a place for people: the last construct id that tells something."""
    if user.kind == CLUSTER:
        return "control-plane"
    if user.kind == FUNCTION:
        return "kubectl" if "Handler" in user.ids else "kubectl-provider"
    return next((each for each in reversed(user.ids) if each not in ENDS), user.logical_id)


def by_proxy(environment: Environment, place: Place) -> Iterator[Hop]:
    """Yield the proxy that user data names: it can't reach the private endpoint of an API server.

    Source: AWS knowledge center, "How can I automate the configuration of HTTP proxy for EKS worker nodes?"
    """
    template = template_of(environment, place.resource)
    written = user_data(template) or ""
    if template and re.search(r"(?i)\bhttps[-_]?proxy\b", written):
        passes = UNPROXIED.search(f"{written}\n") is not None
        yield hop("proxy", template, "no-proxy", passes=passes, template=template, place=place)
