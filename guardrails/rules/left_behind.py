"""What a retained resource keeps from being deleted, and which objects kubectl prunes with a manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import MANIFEST
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from kube.values import Json, text


def left_behind(environment: Environment, item: Resource) -> Json:
    """Return what holds a retained resource and goes; of a manifest, what is in it and who has its label."""
    facts: dict[str, object] = {}
    if item.retained:
        own = [y for x, y in item.properties.items() if x != "PolicyDocument"]
        named = environment.targets(own)
        facts["goes"] = [x.kind for x in named if not x.retained]
    if objects := _objects(environment).get(item) if item.kind == MANIFEST else None:
        key = item.cluster_key, text(item.properties, "PruneLabel")
        others = {each.resource.path for each in _objects(environment).get(key, ())} - {item.path}
        facts["makes"] = [f"{each.kind} {text(each.spec, 'type')}".rstrip() for each in objects]
        facts["labels"] = [*set.intersection(*({*each.every_label} for each in objects))]
        facts["others"] = ", ".join(sorted(others))
    return facts


@indexed
def _objects(environment: Environment) -> Mapping[object, Sequence[KubernetesObject]]:
    """Return objects by the manifest that applies them, and by their cluster and each label."""
    every = environment.kubernetes_objects()
    made: list[tuple[object, KubernetesObject]] = [(each.resource, each) for each in every]
    keys = [(x.resource.cluster_key, x) for x in every]
    return grouped([*made, *(((key, label), x) for key, x in keys for label in x.every_label)])
