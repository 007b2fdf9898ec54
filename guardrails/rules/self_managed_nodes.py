"""What EKS does for managed nodes, and somebody must do for those of an Auto Scaling group or a class."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import ACCESS_ENTRY, CLUSTER
from assembly.links import beside, role_of
from assembly.nodes import node_groups
from assembly.references import Reference
from assembly.resource import Resource
from assembly.self_managed import OF_CLUSTER, self_managed_groups
from guardrails.rule import Finding, breach, rule
from guardrails.rules.filled_in import role_of_class
from guardrails.rules.pod_networking import cni_of, instance_types
from kube.values import Json, Unknown, dicts, known, look_up, mapping, text, unsure

EC2_TYPES = ("EC2", "EC2_LINUX", "EC2_WINDOWS")
"""The types of entries for instances; EC2 is that of Auto Mode (EKS API reference, "AccessEntry")."""


TEMPLATE = "k8s.io/cluster-autoscaler/node-template/"
"""Tags that the cluster autoscaler takes for the nodes of a group that has none."""
Nodes = tuple[Resource, str, str, Resource | None, tuple[str, ...]]
"""Nodes that EKS doesn't let in by itself: what makes them, the field that names their role, how people
call them, the role, and the types of its access entry."""


def _nodes(environment: Environment) -> Iterator[Nodes]:
    for group in self_managed_groups(environment):
        image, role = text(group.properties, "AmiType"), group.properties.get("NodeRole")
        kind = "EC2_WINDOWS" if image.startswith("WINDOWS") else "EC2_LINUX"
        named, of = f"{group.path} runs {image}, and its nodes", role_of(environment, role)
        yield group, "NodeRole", named, of, (kind,) if known(image) else EC2_TYPES
    for item in environment.kubernetes_objects("EC2NodeClass", "NodeClass"):
        of = role_of_class(environment, item)
        kinds = ("EC2",) if item.kind == "NodeClass" else ("EC2_LINUX", "EC2_WINDOWS")
        yield item.resource, "Manifest", f"The nodes of {item.kind} {item.name}", of, kinds


@rule("ACCESS17")
def _not_let_in(environment: Environment) -> Iterator[Finding]:
    for resource, field, _, role, _ in _nodes(environment):
        cluster = resource.cluster
        mode = look_up(cluster.properties, "AccessConfig", "AuthenticationMode") if cluster else ""
        # In the other modes aws-auth may let them in.
        if mode == "API" and role and not _is_let_in(environment, resource, role):
            detail = f"No access entry is for {role.path}."
            yield breach(resource, field, role.logical_id, detail)


def _is_let_in(environment: Environment, resource: Resource, role: Resource) -> bool:
    """Tell whether there may be an access entry for a role: EKS makes one for that of managed nodes."""
    entries = beside(environment, resource, ACCESS_ENTRY)
    named = [each.properties.get("PrincipalArn") for each in entries]
    named += [x.properties.get("NodeRole") for x in node_groups(environment) if x.kind == x.type]
    clusters = environment.resources(CLUSTER)
    named += [look_up(x.properties, "ComputeConfig", "NodeRoleArn") for x in clusters]
    return any(
        role_of(environment, each) == role or (unsure(each) and not isinstance(each, Reference))
        for each in named
    )


@rule("ACCESS10")
def _type_of_image(environment: Environment) -> Iterator[Finding]:
    for resource, _, named, role, kinds in _nodes(environment):
        for entry in beside(environment, resource, ACCESS_ENTRY):
            kind = text(entry.properties, "Type")
            same = role_of(environment, entry.properties.get("PrincipalArn"))
            # A rule for every role has the other types.
            if same and same == role and kind in {*EC2_TYPES} - {*kinds}:
                detail = f"{named} join as {' or '.join(kinds)}."
                yield breach(entry, "Type", kind, detail)


@rule("NODES8")
def _without_addresses(environment: Environment) -> Iterator[Finding]:
    for group in self_managed_groups(environment):
        vpc_cni, most = cni_of(environment, group), group.max_pods
        if vpc_cni is None or most is None or unsure(vpc_cni.configuration):
            continue
        for kind in instance_types(group):
            served = vpc_cni.serves(kind)
            if most > served:
                detail = f"It is {most}, and the interfaces of {kind.name} serve {served} pods."
                yield breach(group, "LaunchTemplate", f"{kind.name} {most}", detail)


@rule("NODES11")
def _of_no_cluster(environment: Environment) -> Iterator[Finding]:
    ours = [text(each.properties, "Name") for each in environment.resources(CLUSTER)]
    for group in self_managed_groups(environment):
        own, template = group.own.get("Tags"), group.template
        data = look_up(template.properties, "LaunchTemplateData") if template else Unknown("tags")
        specs = look_up(data, "TagSpecifications") or []
        of_instances = [x for x in dicts(specs) if text(x, "ResourceType") == "instance"]
        tags = [x for x in dicts(own) if x.get("PropagateAtLaunch") in (True, "true")]
        tags += [x for each in of_instances for x in dicts(each, "Tags")]
        keys = [text(each, "Key") for each in tags]
        named = [each.removeprefix(OF_CLUSTER) for each in keys if each.startswith(OF_CLUSTER)]
        joins = look_up(group.joining, "cluster", "name") or group.joining.get("cluster-name")
        if known([own, specs]) and not named:
            detail = "Its instances don't have the tag of their cluster."
            yield breach(group, "Tags", f"{OF_CLUSTER}CLUSTER", detail)
        # NODES3 tells of nodes that join no cluster of the templates.
        elif named and joins in ours and known([joins, named]) and joins not in named:
            detail = f"Its instances join {joins}, and have the tag of {', '.join(named)}."
            yield breach(group, "Tags", OF_CLUSTER + named[0], detail)


@rule("NODES11")
def _of_other_nodes(environment: Environment) -> Iterator[Finding]:
    for group in self_managed_groups(environment):
        labels, taints = (group.properties.get(each) for each in ("Labels", "Taints"))
        given = {("label", *each) for each in mapping(labels).items()}
        given |= {("taint", text(x, "Key"), _written(x)) for x in dicts(taints)}
        there = {each[:2] for each in given}
        tags = group.own.get("Tags")
        for tag in dicts(tags) if known([tags, labels, taints]) else ():
            key, value = text(tag, "Key"), text(tag, "Value")
            kind, _, name = key.removeprefix(TEMPLATE).partition("/")
            ours = key.startswith(TEMPLATE) and (kind, name) in there
            if ours and (kind, name, value) not in given:
                detail = f"It says {value}, and user data gives the nodes another {kind}."
                yield breach(group, "Tags", f"{key} {value}", detail)


def _written(taint: Json) -> str:
    effect = text(taint, "Effect").title().replace("_", "")
    return f"{text(taint, 'Value')}:{effect}"
