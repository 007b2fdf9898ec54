"""Whether what pods and autoscalers name exists in their namespace.

Only namespaces whose contents are in the templates are judged: those that the templates create and
`default`, unless a chart, an add-on or an unreadable manifest may add objects. Secrets aren't judged:
they belong in no template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import ADD_ON, CHART, MANIFEST
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from guardrails.rule import Finding, found, rule
from guardrails.rules.workloads import Place, by_name, place, pods, version_of
from kube.pods import containers
from kube.schemas import of_version
from kube.values import Json, dicts, flag, known, look_up, text

ACCOUNT, CONFIG, CLAIM = "ServiceAccount", "ConfigMap", "PersistentVolumeClaim"
FROM_OTHERS = (CONFIG, CLAIM)
"""Kinds that controllers make for custom resources, and people by hand in `default`."""
FROM_KUBERNETES = {(ACCOUNT, "default"), (CONFIG, "kube-root-ca.crt")}
"""What every namespace has."""
SCALED = ("Deployment", "StatefulSet", "ReplicaSet")
FIXES = {
    ACCOUNT: "Correct the name; or add service_accounts={{{name!r}: PermissionsSpec()}} to the workload, "
    "or a ServiceAccount to its files.",
    CONFIG: "Correct the name, add the ConfigMap to the workload's files, or set optional: true.",
    CLAIM: "Correct the name, or add the PersistentVolumeClaim to the workload's files.",
}


@rule("KUBE23")
def _missing(environment: Environment) -> Iterator[Finding]:
    there, closed = by_name(environment), _closed(environment)
    for item, kind, name, field, fix in dict.fromkeys(_named(environment)):
        where = place(environment, item)
        judged = where in closed and (closed[where] or kind not in FROM_OTHERS)
        if judged and name and known(name) and (where, kind, name) not in there:
            if (kind, name) in FROM_KUBERNETES or (kind == CLAIM and _of_a_set(name, where, there)):
                continue
            detail = f"Namespace {where[1]} has no {kind} {name}."
            how = fix.format(name=name)
            yield found(item, f"{kind}/{name}", detail, fix=how, field=field)


def _named(environment: Environment) -> Iterator[tuple[KubernetesObject, str, str, str, str]]:
    """Yield what names an object, the kind and name, the field, and how to fix it."""
    for template in pods(environment):
        for kind, name in _needed(template.spec):
            path = f"{template.path}.serviceAccountName" if kind == ACCOUNT else template.path
            yield template.owner, kind, name, path, FIXES[kind]
    for scaler in environment.kubernetes_objects("HorizontalPodAutoscaler"):
        kind, name = (text(scaler.spec, "scaleTargetRef", field) for field in ("kind", "name"))
        if kind in SCALED:
            fix = "Set spec.scaleTargetRef to a workload of this namespace."
            yield scaler, kind, name, "spec.scaleTargetRef.name", fix


def _needed(spec: Json) -> Iterator[tuple[str, str]]:
    """Yield the kinds and names of what a pod doesn't start without."""
    yield ACCOUNT, text(spec, "serviceAccountName") or text(spec, "serviceAccount")
    maps: list[object] = []
    for volume in dicts(spec, "volumes"):
        yield CLAIM, text(volume, "persistentVolumeClaim", "claimName")
        maps.append(look_up(volume, "configMap"))
        maps += (look_up(each, "configMap") for each in dicts(volume, "projected", "sources"))
    for _, container in containers(spec):
        maps += (look_up(each, "configMapRef") for each in dicts(container, "envFrom"))
        variables = dicts(container, "env")
        maps += (look_up(each, "valueFrom", "configMapKeyRef") for each in variables)
    yield from ((CONFIG, text(each, "name")) for each in maps if flag(each, "optional") is False)


def _of_a_set(name: str, where: Place, there: Iterable[tuple[Place, str, str]]) -> bool:
    """Tell whether a claim has the name of one that a StatefulSet makes, such as data-db-0."""
    sets = (each for at, kind, each in there if (at, kind) == (where, "StatefulSet"))
    return any(re.fullmatch(rf".+-{re.escape(each)}-\d+", name) for each in sets)


@indexed
def _closed(environment: Environment) -> Mapping[Place, bool]:
    """Return the namespaces that are judged, each with whether others add nothing to it."""
    objects = environment.kubernetes_objects()
    read = {each.resource.node for each in objects}
    unread = [each for each in environment.resources(MANIFEST) if each.node not in read]
    unread += [e.resource for e in objects if not known([e.kind, e.name, e.namespace])]
    unclear = {cluster_key(environment, each) for each in unread}
    made = {
        (cluster_key(environment, each.resource), name)
        for each in objects
        for name in (each.name if each.kind == "Namespace" else "default",)
    }
    others = _filled_by_others(environment)
    custom = {
        (cluster_key(environment, each.resource), each.namespace)
        for each in objects
        if of_version(version_of(environment, each.resource)).is_custom(
            text(each.content, "apiVersion")
        )
    }
    return {
        where: where[1] != "default" and custom.isdisjoint({where, (where[0], "")})
        for where in made - others
        if where[0] not in unclear and (where[0], None) not in others
    }


def _filled_by_others(environment: Environment) -> AbstractSet[tuple[object, str | None]]:
    """Return the namespaces of charts and add-ons; None stands for those that aren't known."""
    charts = ((x, text(x.properties, "Namespace")) for x in environment.resources(CHART))
    add_ons = (
        (x, text(x.properties, "NamespaceConfig", "Namespace") or "kube-system")
        for x in environment.resources(ADD_ON)
    )
    return {
        (cluster_key(environment, each), (name or "default") if known(name) else None)
        for each, name in (*charts, *add_ons)
    }
