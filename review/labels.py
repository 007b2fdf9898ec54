"""Names and values for people: `node group General` instead of a logical id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence, Sized

from assembly.environment import Environment
from assembly.index import grouped as gathered
from assembly.kinds import (
    ADD_ON,
    ADOPTED_LOG_GROUP,
    ASSOCIATION,
    AUTO_SCALING_GROUP,
    CLUSTER,
    ENDPOINT,
    PROFILE,
    ROLE,
)
from assembly.kubernetes_object import KubernetesObject
from assembly.nodes import types_of
from assembly.references import Text, written_out
from assembly.resource import Resource
from kube.values import Unknown, text
from review.model import read

NOUNS: Mapping[str, str] = read("nouns")
"""What AWS's documentation calls a type."""
UNSAID = frozenset({"Access", "AddOn", "AddOns", "DataPlane", "NodeGroups", "PodNetworking"})
"""Construct ids that only group others."""
UNSAID_OF: Mapping[str, frozenset[str]] = {
    AUTO_SCALING_GROUP: frozenset({"NodeGroup"}),
    "AWS::EC2::EIP": frozenset({"EIP"}),
    ENDPOINT: frozenset({"Endpoints"}),
    PROFILE: frozenset({"Fargate", "Profiles"}),
}
"""Construct ids that say no more than the noun does, beside those that are spelt like it."""
ACCOUNT = re.compile(r"arn:[^:]+:iam::(?P<id>.+):root")
"""A whole account as a principal."""
NAMES: Mapping[str, str] = {CLUSTER: "Name", ADD_ON: "AddonName", ADOPTED_LOG_GROUP: "LogGroupName"}
"""The property by which people know a resource of a type."""
IMAGE = re.compile(r"\{\{resolve:ssm:\S*/([\w.-]+-v\d{8})/image_id\}\}")
"""An image by the parameter of its release (EKS user guide, "Retrieve recommended Amazon Linux AMI IDs")."""
HOLE = re.compile(r"\$\{([^{}]*)\}")
REFERENCE = re.compile(r"(`?)\{(\w+)(?:\.([\w.]+))?\}(`?)")
"""What `words` makes of a reference, as the whole of some code or within it."""


def words(value: object) -> str:
    """Return a value as text, such as `arn:{AWS::Partition}:iam::{AWS::AccountId}:root`.

    What is filled in at deploy stands in braces.
    """
    if isinstance(value, Text) and value == "".join(map(written_out, value.parts)):
        return "".join(map(words, value.parts))
    if isinstance(value, str):
        return IMAGE.sub(r"\1", braced(value) if isinstance(value, Unknown) else value)
    return json.dumps(worded(value), sort_keys=True, default=str)


def braced(text: str) -> str:
    """Return a text with `{X}` in the place of each `${X}`."""
    return HOLE.sub(r"{\1}", text)


def worded(value: object) -> object:
    """Return a value whose texts are words, however deep they stand."""
    if isinstance(value, Mapping):
        return {words(name): worded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [worded(inner) for inner in value]
    return words(value) if isinstance(value, str) else value


def spelled(sentence: str, names: Mapping[str, str]) -> str:
    """Return a sentence with the labels of what it refers to, each by its logical id."""

    def named(found: re.Match[str]) -> str:
        begin, name, attribute, end = found.groups()
        if name not in names:
            return found[0]
        says_more = attribute and not attribute.endswith(("Arn", "Id"))
        of = f"`{attribute}` of " if says_more else ""
        whole = f"{of}{names[name]}"
        return whole if begin and end else f"{begin}{{{whole.replace('`', '')}}}{end}"

    return REFERENCE.sub(named, sentence)


def label(resource: Resource | KubernetesObject) -> str:
    """Return a resource or an object in words, such as "node group `General`"."""
    if isinstance(resource, KubernetesObject):
        return f"{words(resource.kind)} `{place(resource)}`"
    noun = NOUNS.get(resource.kind)
    if noun is None:
        return f"`{resource.type}` `{resource.name}`"
    short = role_name if resource.kind == ROLE else short_name
    name = words(text(resource.properties, NAMES.get(resource.kind, ""))) or short(resource)
    if resource.kind == ASSOCIATION and text(resource.properties, "ServiceAccount"):
        name = service_account(resource)
    return f"{noun} `{name}`" if name else noun


def short_name(resource: Resource) -> str:
    """Return what of the construct path tells the resource from others of its type, if anything."""
    noun = NOUNS.get(resource.kind, "").replace(" ", "").lower()
    unsaid = UNSAID | UNSAID_OF.get(resource.kind, frozenset())
    above = resource.ids
    if above[:1] == ("Network",) and resource.scope.stack.name == "Network":
        above = above[1:]
    spelt = {noun, f"{noun}s"} if noun else set()
    return "/".join(part for part in above if part not in unsaid and part.lower() not in spelt)


def several(environment: Environment) -> bool:
    """Tell whether an environment has more than one cluster: a single one needs no name."""
    return len(environment.resources(CLUSTER)) > 1


def of_its_cluster(environment: Environment, resource: Resource) -> str:
    """Return " of cluster `x`" for a resource of one of several clusters."""
    cluster = resource.cluster if several(environment) else None
    return "" if cluster is None else f" of {label(cluster)}"


def group_name(group: Resource) -> str:
    """Return the name of a node group, or its logical id where its path says no more."""
    return short_name(group) or group.logical_id


def size_of(group: Resource, name: str) -> int | None:
    """Return the `Desired`, `Max` or `Min` size of a node group, None where it isn't known."""
    size = text(group.properties, "ScalingConfig", f"{name}Size")
    return int(size) if size.isdecimal() else None


def types_in_words(group: Resource) -> list[str]:
    """Return the instance types of a node group."""
    return [words(text(each)) for each in types_of(group)] or ["types from its launch template"]


def place(item: KubernetesObject) -> str:
    """Return a Kubernetes object's name, behind its namespace where it names one."""
    return "/".join(words(each) for each in (item.namespace, item.name) if each) or "(no name)"


def service_account(association: Resource) -> str:
    """Return whose pods a Pod Identity association is about, such as `team/web`."""
    names = (text(association.properties, x) for x in ("Namespace", "ServiceAccount"))
    return "/".join(map(words, names))


def listed(names: Iterable[str]) -> str:
    """Return names as people list them: "a, b and c"."""
    *first, last = [*names] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def quoted(names: Iterable[object]) -> str:
    """Return names as code, listed: "`a`, `b` and `c`"."""
    return listed(f"`{name}`" if name != "" else "nothing" for name in names)


def stacks_named(names: Sequence[str]) -> str:
    """Return stacks in words: "stacks `a` and `b`"."""
    return f"stack{'s' if names[1:] else ''} {quoted(names)}"


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, such as "2 subnets"."""
    return f"{count:,} {noun if count == 1 else plural_of(noun)}"


def duration(seconds: str) -> str:
    """Return seconds in the largest unit that leaves no rest, such as "12 hours"."""
    if not seconds.isdecimal() or not (number := int(seconds)):
        return f"{seconds} seconds"
    units = ((3600, "hour"), (60, "minute"), (1, "second"))
    return next(counted(number // size, noun) for size, noun in units if number % size == 0)


def has_or_have(count: int) -> str:
    """Return the verb of so many."""
    return "has" if count == 1 else "have"


def is_or_are(names: Sized) -> str:
    """Return the verb of one or of several."""
    return "is" if len(names) == 1 else "are"


def grouped(resources: Iterable[Resource], *, by_name: str = "") -> str:
    """Return resources by their nouns, such as "3 subnets and cluster `prod`", one type `by_name`."""
    found = gathered((NOUNS.get(each.kind, f"`{each.type}`"), each) for each in resources)
    parts: list[str] = []
    for noun, alike in found.items():
        few = len(alike) == 1 or alike[0].kind == by_name
        parts += map(label, alike) if few else [counted(len(alike), noun)]
    return listed(parts)


def named(resources: Sequence[Resource]) -> list[str]:
    """Return the names of several resources as a detail; a sentence has that of one."""
    return [] if len(resources) == 1 else [f"{listed(map(label, resources))}."]


def plural_of(noun: str) -> str:
    """Return the plural of a noun."""
    # The library inflect takes capitals for names: it writes "IAM policys" and "VPCS".
    if noun.endswith(("policy", "access entry")):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("ss") else f"{noun}s"


def principal(environment: Environment, arn: object) -> str:
    """Return who an ARN is: "role `Administrator`", or the ARN itself of somebody else."""
    name, whole = named_principal(environment, arn)
    return f"{name} (`{whole}`)" if whole else name


def named_principal(environment: Environment, arn: object) -> tuple[str, str]:
    """Return who an ARN is, and the whole ARN where the stacks don't say what it names."""
    role = environment.target(arn)
    if role is not None and role.kind == ROLE:
        return f"role `{role_name(role)}`", ""
    if not arn:
        return "nobody", ""
    written = words(arn)
    kind, _, name = written.rpartition(":")[2].partition("/")
    if written.startswith("arn:") and name:
        return f"{kind} `{name.rpartition('/')[2]}`", written
    account = ACCOUNT.match(f"arn:aws:iam::{written}:root" if written.isdecimal() else written)
    if account is not None:
        own = account["id"] == "{AWS::AccountId}"
        where = "this account" if own else f"account `{account['id']}`"
        return f"any principal in {where} that IAM allows", ""
    return ("anyone" if written == "*" else f"`{written}`"), ""


def role_name(role: Resource) -> str:
    """Return the name of a role that a stack creates, such as `Administrator`."""
    name = "/".join(part for part in role.ids if part not in UNSAID)
    name = name.removeprefix("ControlPlane/Cluster/")
    return name if name.endswith("/Role") else name.removesuffix("Role")
