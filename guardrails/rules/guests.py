"""The pods that look for a place, also those of add-ons and known charts.

What these ask for is in platform_pods.json, from the charts in kubernetes-sigs/aws-ebs-csi-driver,
aws/amazon-vpc-cni-k8s, aws/eks-charts, aws/eks-node-monitoring-agent and aws/eks-pod-identity-agent, and
the manifests of CoreDNS and metrics-server: with `count` they are a Deployment's, with `requests` alone
a DaemonSet's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, CHART
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.rule import Finding, breach, found
from guardrails.rules.availability import least
from guardrails.rules.selectors import ADD_ONS, runs_on_fargate
from guardrails.rules.workloads import Pods, pods
from kube.fargate import may_select
from kube.pods import Amounts, requests
from kube.values import Json, look_up, mapping, text


@dataclass(frozen=True, kw_only=True, eq=False)
class Guest:
    """Pods that look for a node, and how many; `field` is the property that holds them.

    `per_node` are those of a DaemonSet: one on every node that lets them in.
    """

    pods: Pods
    count: int | None
    field: str = "Manifest"
    per_node: bool = False

    @property
    def spec(self) -> Json:
        """Return the specification of the pods."""
        return self.pods.spec

    @property
    def name(self) -> str:
        """Return the kind and the name of what makes them."""
        return f"{self.pods.owner.kind}/{self.pods.owner.name}"

    def finding(self, value: str, detail: str, fix: str = "", at: str = "") -> Finding:
        """Return a finding about them; `at` is a field below their specification."""
        if self.field == "Manifest":
            field = f"{self.pods.path}.{at}" if at else ""
            return found(self.pods.owner, value, detail, fix=fix, field=field)
        return breach(self.pods.owner.resource, self.field, f"{self.name} {value}", detail, fix=fix)


def on_nodes(environment: Environment) -> Iterator[Guest]:
    """Yield all pods that no Fargate profile selects, and that aren't switched off."""
    for guest in (*declared(environment), *of_platform(environment)):
        if guest.count != 0 and not _on_fargate(environment, guest):
            yield guest


def _on_fargate(environment: Environment, guest: Guest) -> bool:
    annotated = look_up(guest.pods.annotations, "eks.amazonaws.com/compute-type") == "ec2"
    return not annotated and runs_on_fargate(environment, guest.pods, may_select)


def declared(environment: Environment) -> Iterator[Guest]:
    """Yield the pods of the templates."""
    for each in pods(environment):
        per_node = each.owner.kind == "DaemonSet"
        count = None if per_node else least(environment, each)
        yield Guest(pods=each, count=count, per_node=per_node)


@indexed
def of_platform(environment: Environment) -> Sequence[Guest]:
    """Return the pods of add-ons and known charts."""
    named = [(each, text(each.properties, "AddonName")) for each in environment.resources(ADD_ON)]
    named += [
        (each, text(each.properties, "Chart").rpartition("/")[2])
        for each in environment.resources(CHART)
    ]
    rows = grouped((row["of"], row) for row in ADD_ONS if "requests" in row)
    return [
        guest
        for each, name in named
        for row in rows.get(name, ())
        for guest in _platform(each, row)
    ]


def _platform(resource: Resource, row: Json) -> Iterator[Guest]:
    field = "Values" if resource.kind == CHART else "ConfigurationValues"
    told: Any = None
    with suppress(ValueError):
        told = structured(resource.properties.get(field), or_yaml=True)
    on_fargate = text(told, row.get("on_nodes_unless", "-")).lower() == "fargate"
    values = look_up(told, *filter(None, [row.get("values")]))
    asked = {"requests": row["requests"], **mapping(values, "resources")}
    per_node = "count" not in row
    every = [{"operator": "Exists"}]
    tolerations = look_up(values, "tolerations")
    spec = {
        "nodeSelector": look_up(values, "nodeSelector"),
        "affinity": look_up(values, "affinity"),
        "tolerations": tolerations or (every if per_node else row["tolerations"]),
        "containers": [{"name": row["name"], "resources": asked}],
    }
    owner = KubernetesObject(
        resource=resource,
        content={},
        kind="DaemonSet" if per_node else "Deployment",
        name=row["name"],
        namespace=text(resource.properties, "Namespace") or "kube-system",
    )
    held = row.get("on_nodes_unless") and not on_fargate
    annotations = {"eks.amazonaws.com/compute-type": "ec2"} if held else {}
    made = Pods(owner=owner, labels=row["labels"], annotations=annotations, spec=spec)
    count = look_up(values, "replicaCount")
    yield Guest(
        pods=made,
        count=count if isinstance(count, int) else row.get("count"),
        field=field,
        per_node=per_node,
    )


def asked(guest: Guest) -> Amounts:
    """Return what one of the pods takes of a node."""
    return {**requests(guest.spec), "pods": Decimal(1)}
