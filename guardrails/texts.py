"""The texts of the guardrails, Jinja templates next to this module: the catalogue and the teardown sheet.

The sheet lists what AWS creates outside the stacks, and what to run before `cdk destroy`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import jinja2

from assembly import kinds
from assembly.environment import Environment
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from guardrails.rule import Rule
from guardrails.rules.ordering import makes_load_balancers, makes_volumes
from kube import values
from kube.values import items, text

_JINJA = jinja2.Environment(  # noqa: S701  # plain texts, no HTML
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def rendered(template: str, **filled_in: object) -> str:
    """Return a template with its values filled in."""
    return _JINJA.get_template(template).render(filled_in)


def as_text(rules: Iterable[Rule]) -> str:
    """Return the catalogue for a terminal."""
    return rendered("catalogue.txt.jinja", rules=rules)


def as_markdown(rules: Iterable[Rule]) -> str:
    """Return the catalogue as the page docs/guardrails.md."""
    return rendered("catalogue.md.jinja", rules=rules)


def sheet(environment: Environment) -> str:
    """Return the sheet of one environment as text."""
    return rendered(
        "teardown.txt.jinja",
        environment=environment,
        kinds=kinds,
        balanced=[*filter(makes_load_balancers, environment.kubernetes_objects())],
        claiming=_claiming(environment),
        log_groups=_log_groups(environment),
        stays=partial(_stays, environment),
        others_than_ours=partial(_others_than_ours, environment),
        name_of=_name,
        values=values,
    ).rstrip()


def _others_than_ours(environment: Environment, cluster: Resource) -> str:
    """Return the namespaces without objects of ours: the stacks delete those, in their own order."""
    ours = {
        item.namespace or "default"
        for item in environment.kubernetes_objects()
        if makes_load_balancers(item) or makes_volumes(item)
        if item.resource.cluster_key == cluster.cluster_key
    }
    return ",".join(f"metadata.namespace!={namespace}" for namespace in sorted(ours))


def _stays(environment: Environment, resource: Resource) -> bool:
    """Tell whether a resource outlives its stack: an object goes with a cluster that goes."""
    inside = resource.kind in (kinds.MANIFEST, kinds.CHART)
    cluster = environment.target(resource.properties.get("ClusterName")) if inside else None
    return resource.retained and (cluster is None or cluster.retained)


def _claiming(environment: Environment) -> Iterator[KubernetesObject]:
    """Yield the StatefulSets that leave claims: these go with their namespace, or on request."""
    namespaces = {item.name for item in environment.kubernetes_objects("Namespace")}
    for item in environment.kubernetes_objects("StatefulSet"):
        policy = text(item.spec, "persistentVolumeClaimRetentionPolicy", "whenDeleted")
        claims = items(item.spec, "volumeClaimTemplates")
        if claims and item.namespace not in namespaces and policy != "Delete":
            yield item


def _log_groups(environment: Environment) -> set[Resource | str]:
    # An adopted one that is deleted comes back with the last records; a retained one is told itself.
    adopted = [x for x in environment.resources(kinds.ADOPTED_LOG_GROUP) if x.retained]
    groups = [*environment.resources(kinds.LOG_GROUP), *adopted]
    names = [each.properties.get("LogGroupName") for each in groups]
    return {*map(text, names), *environment.targets(names)}


def _name(cluster: Resource) -> str:
    return text(cluster.properties, "Name") or cluster.logical_id
