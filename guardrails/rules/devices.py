"""The devices of nodes that pods ask for: accelerators and Elastic Fabric Adapters, by what devices.json says of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from decimal import Decimal

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART
from assembly.resource import Resource
from constructs_lib.specs.devices import EFA
from constructs_lib.specs.machine_features import DEVICES_OF, EFAS
from guardrails.rules.workloads import components
from kube.pods import Amounts
from kube.values import Json, items, look_up, mapping, table, text, unsure

ROWS: Mapping[str, Json] = table(__file__)["devices"]


def adapters(group: Resource, template: Resource | None) -> Amounts:
    """Return how many adapters the launch template of a group asks for, empty where only a deploy tells."""
    data = mapping(template.properties, "LaunchTemplateData") if template else {}
    told = data.get("NetworkInterfaces")
    kinds = [look_up(each, "InterfaceType") for each in items(told)]
    if unsure(told, *kinds) or (template is None and "LaunchTemplate" in group.properties):
        return {}
    return {EFA: Decimal(sum(str(kind).startswith("efa") for kind in kinds))}


def of_pools(environment: Environment, kind: str) -> Amounts:
    """Return what an instance type has in a pool, which asks for as many adapters as pods do."""
    return {**devices(environment, kind), EFA: Decimal(EFAS.get(kind, 0))}


@indexed
def is_shared(environment: Environment) -> bool:
    """Tell whether pods may share a device, as a plug-in of a chart or with a configuration can have it."""
    names = [name for each, name, _ in components(environment) if each.kind == CHART]
    plugins = "|".join(row["plugin"] for row in ROWS.values())
    told = environment.kubernetes_objects("ConfigMap")
    return any(re.fullmatch(plugins, text(each)) for each in names) or any(
        "sharing:" in str(each.content.get("data")) for each in told
    )


def devices(environment: Environment, kind: str) -> Amounts:
    """Return how many of each device an instance type has, where that is known."""
    shared = is_shared(environment)
    return {x: count for x, count in _devices(kind).items() if not (count and shared)}


@functools.cache
def _devices(kind: str) -> Amounts:
    has = {x: re.fullmatch(row["types"], kind) for x, row in ROWS.items()}
    counts = {x: DEVICES_OF[x].get(kind) if match else 0 for x, match in has.items()}
    return {x: Decimal(count) for x, count in counts.items() if count is not None}
