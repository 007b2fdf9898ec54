"""Whether what objects name exists, by the table in presence.yaml.

Only namespaces whose contents are in the templates are judged: those that the templates create and
`default`, unless a chart, an add-on or an unreadable manifest may add objects. What is in no namespace
is judged in clusters of the templates, unless charts that nobody knows may add it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CLUSTER
from assembly.kubernetes_object import KubernetesObject
from assembly.links import version_of
from guardrails.rule import Finding, found, rule
from guardrails.rules.workloads import (
    Place,
    components,
    object_at,
    pods,
    unclear,
)
from kube.platform_pods import PLATFORM_PODS
from kube.schemas import of_version
from kube.validity.rows import join
from kube.values import Json, dicts, flag, items, known, look_up, mapping, table, text, unsure

DATA: Mapping[str, Any] = table(__file__, "presence.yaml")
CLAIM = "PersistentVolumeClaim"
BY_ANNOTATION = "use-annotation"
"""A port that says: the name is that of an action in the Ingress's annotations, and of no Service."""
STEPS = re.compile(r"\[([^]]+)\]|([^.\[]+)")
KNOWN = {*DATA["brought"], *(row["of"] for row in PLATFORM_PODS)}
CLASSES = frozenset(DATA["in_no_namespace"])
ROWS = grouped((row["of"], row) for row in DATA["references"])
BUT_SERVICES = frozenset({"*"})
"""Of a place where others may add anything else: EKS, and those whose Services are known."""
OTHER_FIX = "Name an object that is there, or add this one."


@dataclass(frozen=True)
class Named:
    """What names an object: the field, the object's kind, name and place, and the table's row."""

    item: KubernetesObject
    field: str
    holder: object
    kind: str
    name: str
    where: Place
    row: Json


@rule("KUBE23")
def _missing(environment: Environment) -> Iterator[Finding]:
    every = (each for one in named(environment) for each in _of_one(environment, one))
    # Several fields may name the same.
    yield from {(each.resource.node, each.value): each for each in every}.values()


def _of_one(environment: Environment, each: Named) -> Iterator[Finding]:
    kind, name, where = each.kind, each.name, each.where
    elsewhere = where != each.item.place and is_missing(environment, where)
    others = frozenset() if elsewhere else closed(environment).get(where)
    if (target := target_of(environment, each)) is not None:
        yield from _parts(each, target)
    elif (
        others is not None
        and kind not in others
        and (kind == "Service" or others != BUT_SERVICES)
        and each.row.get("judged", True)
        and name
        and known(name)
        and not _made_otherwise(environment, each)
    ):
        of = "The cluster" if kind in CLASSES else f"Namespace {where[1]}"
        fix = DATA["fixes"].get(kind, OTHER_FIX).format(name=name)
        detail = f"{of} has no {kind} {name}."
        yield found(each.item, f"{kind}/{name}", detail, fix=fix, field=each.field)


def target_of(environment: Environment, each: Named) -> KubernetesObject | None:
    """Return the object of the templates that is named."""
    cluster, space = each.where
    return object_at(environment, cluster, each.kind, each.name, space or "default")


def _parts(each: Named, there: KubernetesObject) -> Iterator[Finding]:
    """Yield the keys or the port that the other object doesn't have."""
    port, ports = look_up(each.holder, each.row.get("port", "-")), there.spec.get("ports")
    if port is None:
        wanted = [text(key) for _, key in reached(each.holder, each.row.get("keys", "-"))]
        has = [key for field in DATA["keys_in"] for key in mapping(there.content, field)]
        judged = flag(each.holder, "optional") is False
    else:
        wanted = [text(port, "name") or text(port, "number") or text(port)]
        has = [text(own, field) for own in dicts(ports) for field in ("name", "port")]
        kind, address = (text(there.spec, field) for field in ("type", "clusterIP"))
        has_ports = kind != "ExternalName" and address != "None"
        judged = has_ports and isinstance(ports, list) and not unsure(*ports)
    for part in wanted if judged and known(has) else ():
        if part and known(part) and part not in has:
            detail = f"{each.kind} {each.name} has {', '.join(filter(None, has)) or 'nothing'}."
            value = f"{each.kind}/{each.name} {part}"
            fix = DATA["part_fixes"]["port" if port is not None else "keys"]
            yield found(each.item, value, detail, fix=fix, field=each.field)


@indexed
def named(environment: Environment) -> Sequence[Named]:
    """Return what names another object, by the table."""
    return [*_named(environment)]


def _named(environment: Environment) -> Iterator[Named]:
    objects = ((each, each.kind, each.content, "") for each in environment.kubernetes_objects())
    specs = ((each.owner, "pods", each.spec, each.path) for each in pods(environment))
    for item, of, root, at in (*objects, *specs):
        cluster, own = item.place
        for row in ROWS.get(of, ()):
            for field, holder in reached(root, row["at"], at):
                kind = text(holder, row.get("kind", "-")) or row.get("to", "")
                name = text(holder, row["name"]) if "name" in row else text(holder)
                judged = kind in DATA["scaled"] or "to" in row
                if judged and text(holder, "port", "name") != BY_ANNOTATION:
                    space = "" if kind in CLASSES else text(holder, row.get("in", "-")) or own
                    yield Named(item, field, holder, kind, name, (cluster, space), row)


def reached(value: object, path: str, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value at a path in which * stands for each item of a list, with its own path."""
    found: list[tuple[str, Any]] = [(at, value)]
    for key, step in STEPS.findall(path):
        if step == "*":
            found = [(f"{to}[{n}]", one) for to, each in found for n, one in enumerate(items(each))]
        else:
            found = [(join(to, key or step), look_up(each, key or step)) for to, each in found]
    return ((where, each) for where, each in found if each is not None)


def _made_otherwise(environment: Environment, each: Named) -> bool:
    """Tell whether an object needs not be there, or something else makes it."""
    wanted, cluster = f"{each.kind}/{each.name}", each.where[0]
    makers = [name for of, name, _ in components(environment) if of.cluster_key == cluster]
    return (
        wanted in DATA["from_kubernetes"]
        or flag(each.holder, "optional") is not False
        or (each.kind == CLAIM and _is_of_set(environment, each))
        or (each.kind == "Secret" and _is_made_by_pods(environment, each.where))
        or any(wanted in DATA["brought"].get(name, ()) for name in makers)
    )


def _is_of_set(environment: Environment, each: Named) -> bool:
    """Tell whether a StatefulSet makes a claim: data-db-0, or its own in the place of a volume."""
    own = {text(one, "metadata", "name") for one in items(each.item.spec, "volumeClaimTemplates")}
    mounted = dicts(each.item.spec, "template", "spec", "volumes")
    return any(
        text(one, "name") in own and look_up(one, "persistentVolumeClaim") == each.holder
        for one in mounted
    ) or any(
        re.fullmatch(rf".+-{re.escape(one.name)}-\d+", each.name)
        for one in environment.kubernetes_objects("StatefulSet")
        if one.place == each.where
    )


def _is_made_by_pods(environment: Environment, where: Place) -> bool:
    """Tell whether pods may make Secrets of a namespace, as those that issue certificates do."""
    return any(
        role.kind == "ClusterRole" or role.place == where
        for role in environment.kubernetes_objects("Role", "ClusterRole")
        for rule in dicts(role.content, "rules")
        if any(verb in items(rule, "verbs") for verb in ("create", "*"))
        and any(resource in items(rule, "resources") for resource in ("secrets", "*"))
    )


def is_missing(environment: Environment, where: Place) -> bool:
    """Tell whether a cluster certainly has no namespace of this name."""
    cluster, name = where
    judged = bool(name) and known(name) and (cluster, "") in closed(environment)
    return judged and where not in _namespaces(environment)


@indexed
def _namespaces(environment: Environment) -> set[Place]:
    every = environment.kubernetes_objects("Namespace")
    made = {(each.resource.cluster_key, each.name) for each in every}
    made |= {*product([x.node for x in environment.resources(CLUSTER)], DATA["namespaces"])}
    return made | {
        (each.cluster_key, namespace)
        for each, _, namespace in components(environment)
        if each.properties.get("CreateNamespace") is not False
    }


@indexed
def closed(environment: Environment) -> Mapping[Place, frozenset[str]]:
    """Return the places that are judged, each with the kinds that others may add all the same."""
    # Namespaces of charts and add-ons; None stands for those that aren't known.
    filled: set[tuple[object, str | None]] = set()
    partly: set[tuple[object, str | None]] = set()
    for part, name, namespace in components(environment):
        cluster = part.cluster_key
        into = partly if name in DATA["brought"] and known(namespace) else filled
        into.add((cluster, namespace if known(namespace) else None))
        # Those that nobody knows may bring classes, too.
        filled |= set() if name in KNOWN else {(cluster, "")}
    # A nested stack that nobody can read may make anything.
    clusters = () if environment.nested else environment.resources(CLUSTER)
    made: set[Place] = {(each.node, name) for each in clusters for name in ("", "kube-system")}
    custom: set[Place] = set()
    for each in environment.kubernetes_objects():
        cluster = each.resource.cluster_key
        made.add((cluster, each.name if each.kind == "Namespace" else "default"))
        version = of_version(version_of(each.resource))
        may_make = each.group not in DATA["makes_nothing"]
        if may_make and version.is_custom(text(each.content, "apiVersion")):
            custom.add((cluster, each.namespace))
    return {
        where: frozenset(
            DATA["from_others"]
            if where[1] == "default" or not custom.isdisjoint({where, (where[0], "")})
            else BUT_SERVICES
            if where in partly or where[1] == "kube-system"
            else ()
        )
        for where in made - filled
        if where[0] not in unclear(environment) and (where[0], None) not in filled
    }
