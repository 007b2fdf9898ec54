"""Whether nodes have as many Elastic Fabric Adapters as pods ask for: their launch templates say how many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from assembly.environment import Environment
from assembly.index import grouped
from assembly.links import template_of
from assembly.nodes import has_other_nodes
from assembly.resource import Resource
from constructs_lib.specs.devices import EFA
from guardrails.rule import Finding, rule
from guardrails.rules.homes import homes, on_nodes
from guardrails.rules.room import together
from kube.pods import Amounts, requests
from kube.values import dicts, known, mapping, text


@rule("KUBE24")
def _too_few(environment: Environment) -> Iterator[Finding]:
    asking = [] if has_other_nodes(environment) else [*on_nodes(environment)]
    with_efa = (each for each in asking if requests(each.spec).get(EFA))
    clusters = ((each.owner.resource.cluster_key, each) for each in with_efa)
    for several in grouped(clusters).values():
        there = [
            replace(home, room=adapters(environment, home.group))
            for home in homes(environment, several[0])
        ]
        if there and None not in [home.most for home in there]:
            yield from together(environment, several, there)


def adapters(environment: Environment, group: Resource) -> Amounts:
    """Return how many adapters a node has, empty where only a deploy tells."""
    template = template_of(environment, group)
    data = mapping(template.properties, "LaunchTemplateData") if template else {}
    unclear = template is None and "LaunchTemplate" in group.properties
    if unclear or not known(data.get("NetworkInterfaces")):
        return {}
    kinds = [text(each, "InterfaceType") for each in dicts(data, "NetworkInterfaces")]
    return {EFA: Decimal(sum(kind.startswith("efa") for kind in kinds))}
