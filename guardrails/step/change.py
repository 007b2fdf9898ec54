"""One resource between two environments, and what its type says about a change.

interruptions.json has what an update in place stops. Sources: CloudFormation template reference, "Some
interruptions"; EKS user guide: "Update existing cluster to new Kubernetes version", "Understand each
phase of node updates", "Update an Amazon EKS add-on".

What replaces a resource is in the schemas of CloudFormation.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from assembly.environment import Environment
from assembly.functions import function_of
from assembly.index import indexed
from assembly.kubernetes_object import KubernetesObject
from assembly.references import Node
from assembly.resource import Resource
from assembly.resource_schemas import schema_of
from kube.values import flag, items, mapping, table

Effect = Literal[
    "created",
    "deleted",
    "replaced",
    "replaced with a fixed name",
    "refused",
    "interrupted",
    "in place",
]
GONE: tuple[Effect, ...] = ("deleted", "replaced", "replaced with a fixed name")
"""Effects after which the resource of before is no more."""
NEW: tuple[Effect, ...] = ("created", "replaced", "replaced with a fixed name")
"""Effects that make a resource."""
INTERRUPTIONS: Mapping[tuple[str, str], str] = {
    (kind, name): words
    for kind, properties in table(__file__, "interruptions.json").items()
    for name, words in properties.items()
}
"""What an update in place stops for a while, by type and property."""
STATEFUL_TYPES: Mapping[str, str] = table(__file__, "stateful.json")
"""What is lost with each resource that loses something when it goes, the worst first;
docs/stateful-resources.md says more. What can't be deleted: CloudFormation user guide, "Monitor the progress
of a stack update"."""
COPIES = {"DBClusterIdentifier", "SourceDBClusterIdentifier", "SourceDBInstanceIdentifier"}
"""Properties of a database instance whose data is that of another resource (Aurora user guide, "Deleting Aurora DB
clusters and DB instances"; RDS user guide, "Working with DB instance read replicas")."""


def is_copy(resource: Resource) -> bool:
    """Tell whether a resource is an instance that serves the data of another one."""
    return resource.kind.endswith("::DBInstance") and not COPIES.isdisjoint(resource.properties)


def is_stateful(resource: Resource) -> bool:
    """Tell whether something is lost with a resource."""
    return resource.kind in STATEFUL_TYPES and not is_copy(resource)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one resource, by which properties, and why.

    `leaders` are the resources that it refers to and whose own change is the reason. `certain` is
    False where CloudFormation decides by the value. `lost` is what goes for good though the resource
    stays, as in "keeps log entries for 30 days instead of 365: older ones are deleted".
    """

    resource: Resource
    effect: Effect
    properties: tuple[str, ...] = ()
    because: str = ""
    leaders: tuple[Node, ...] = ()
    certain: bool = True
    lost: str = ""

    @property
    def node(self) -> Node:
        """Return the place of the resource."""
        return self.resource.node

    @property
    def kind(self) -> str:
        """Return the CloudFormation type of the resource."""
        return self.resource.kind

    @property
    def path(self) -> str:
        """Return the construct path of the resource."""
        return self.resource.path


@indexed
def everything(environment: Environment) -> Mapping[Node, Resource]:
    """Return every resource of the templates, whatever their conditions say."""
    return replace(environment, regardless=True).by_node


def kept_objects(environment: Environment) -> Iterator[tuple[KubernetesObject, KubernetesObject]]:
    """Yield the objects that were there before, each as it was and as it is."""
    base = environment.base
    before = {item.whole_key: item for item in base.kubernetes_objects()} if base else {}
    for item in environment.kubernetes_objects() if base else ():
        if was := before.get(item.whole_key):
            yield was, item


ALSO_UNIQUE: Mapping[str, Sequence[str]] = table(__file__, "create_only.json")
"""What can exist only once, though its identifier is one that AWS makes (EC2 API reference,
AssociateRouteTable, CreateNatGateway, CreateRoute, CreateSubnet, CreateVpcEndpoint and the others; EKS
API reference, CreatePodIdentityAssociation; IAM, CreateOpenIDConnectProvider; Lambda,
CreateEventSourceMapping)."""

IN_PLACE: Mapping[str, Mapping[str, Any]] = table(__file__, "in_place.json")
"""What doesn't replace a resource whatever its schema says, and what does unless its UpdatePolicy is on."""


CUSTOM: Mapping[str, Mapping[str, Any]] = {
    "Custom::LogGroup": {"createOnlyProperties": ["/properties/LogGroupName"]},
    "Custom::AWSCDKOpenIdConnectProvider": {"primaryIdentifier": ["/properties/Url"]},
}
"""What no schema says: custom resources of the constructs, whose physical ids are these properties."""


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """What replaces a resource of one type, each property as a path such as Resources/Size.

    `perhaps` are the properties for which it depends on the value. `identity` are those of which two
    resources can't have the same values at once; there are none where AWS makes the identifier.
    `deletes_first` tells that CloudFormation deletes the old resource before it makes the new one.
    """

    always: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    deletes_first: bool = False


@functools.cache
def replacement_of(kind: str) -> Replacement:
    """Return what replaces a resource of a type; nothing is known of foreign custom resources."""
    schema = CUSTOM.get(kind) or schema_of(kind)
    always, identity = _paths(schema, "createOnlyProperties"), _paths(schema, "primaryIdentifier")
    # The schema says so, and CloudFormation refuses it: one_way.json.
    always = tuple(path for path in always if path != "ServiceToken")
    if not set(_paths(schema, "readOnlyProperties")).isdisjoint(identity):
        identity = tuple(ALSO_UNIQUE.get(kind, (path for path in always if _is_name(path, kind))))
    perhaps = _paths(schema, "conditionalCreateOnlyProperties")
    return Replacement(
        always=always,
        perhaps=tuple(x for x in perhaps if x not in IN_PLACE["never"].get(kind, ())),
        identity=identity,
        deletes_first=schema.get("replacementStrategy") == "delete_then_create",
    )


def replacing(resource: Resource) -> Replacement:
    """Return what replaces a resource of its type with its UpdatePolicy."""
    found, unless = replacement_of(resource.kind), IN_PLACE["unless"].get(resource.kind, {})
    off = (x for x in unless if not flag(resource.body, "UpdatePolicy", x))
    return replace(found, always=(*found.always, *(path for x in off for path in unless[x])))


def values_at(properties: object, path: str) -> list[object]:
    """Return what stands at a path of a schema; `*` stands for every item of a list.

    A condition on the way there stays around the values of its branches. What any other function
    makes is not known, so it counts as a whole.
    """
    step, _, rest = path.partition("/")
    step = step.replace("~1", "/")
    match function_of(properties):
        case ("Ref", "AWS::NoValue"):
            return []
        case ("Fn::If", [condition, *branches]) if path:
            inner = [values_at(branch, path) for branch in branches]
            return [{"Fn::If": [condition, *inner]}] if any(inner) else []
        case (_, _):
            return [properties]
    if not path:
        return [properties]
    if step == "*":
        return [found for item in items(properties) for found in values_at(item, rest)]
    inside = mapping(properties)
    return values_at(inside[step], rest) if step in inside else []


def _paths(schema: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(pointer.removeprefix("/properties/") for pointer in schema.get(key) or ())


def _is_name(path: str, kind: str) -> bool:
    """Tell whether a property is the name of its resource: GroupName of a SecurityGroup is."""
    own = f"{kind.rpartition('::')[2]}Name"
    return path == "Name" or (path.endswith("Name") and own.lower().endswith(path.lower()))
