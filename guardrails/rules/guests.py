"""The pods that look for a place, also those of add-ons and known charts.

What these ask for is in platform_pods.json, from the charts in kubernetes-sigs/aws-ebs-csi-driver,
aws/amazon-vpc-cni-k8s, aws/eks-charts, aws/eks-node-monitoring-agent and aws/eks-pod-identity-agent, and
the manifests of CoreDNS and metrics-server. A row without `kind` has only their labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

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

COMPUTE = "eks.amazonaws.com/compute-type"
PLACING = ("nodeSelector", "affinity", "tolerations")
"""Fields of a pod that have the same names in the values of add-ons and charts."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Guest:
    """Pods that look for a node, and how many; `field` is the property that holds them."""

    pods: Pods
    count: int | None
    field: str = "Manifest"

    @property
    def spec(self) -> Json:
        """Return the specification of the pods."""
        return self.pods.spec

    @property
    def name(self) -> str:
        """Return the kind and the name of what makes them."""
        return f"{self.pods.owner.kind}/{self.pods.owner.name}"

    @property
    def per_node(self) -> bool:
        """Tell whether there is one on every node that lets it in."""
        return self.pods.owner.kind == "DaemonSet"

    @property
    def asked(self) -> Amounts:
        """Return what one of the pods takes of a node."""
        return {**requests(self.spec), "pods": Decimal(1)}

    def finding(self, value: str, detail: str, fix: str = "", at: str = "") -> Finding:
        """Return a finding about them; `at` is a field below their specification."""
        if self.field == "Manifest":
            field = f"{self.pods.path}.{at}" if at else ""
            return found(self.pods.owner, value, detail, fix=fix, field=field)
        return breach(self.pods.owner.resource, self.field, f"{self.name} {value}", detail, fix=fix)


def on_nodes(environment: Environment) -> Iterator[Guest]:
    """Yield all pods that no Fargate profile selects, and that aren't switched off."""
    declared = [Guest(pods=each, count=least(environment, each)) for each in pods(environment)]
    for guest in (*declared, *of_platform(environment)):
        kept_off = guest.pods.annotations.get(COMPUTE) == "ec2"
        on_fargate = not kept_off and runs_on_fargate(environment, guest.pods, may_select)
        if guest.count != 0 and not on_fargate:
            yield guest


@indexed
def of_platform(environment: Environment) -> Sequence[Guest]:
    """Return the pods of add-ons and known charts."""
    rows = grouped((row["of"], row) for row in ADD_ONS if "kind" in row)
    return [
        _of_row(each, row)
        for each in environment.resources(ADD_ON, CHART)
        for name in [text(each.properties, "Chart" if each.kind == CHART else "AddonName")]
        for row in rows.get(name.rpartition("/")[2], ())
    ]


def _of_row(resource: Resource, row: Json) -> Guest:
    field = "Values" if resource.kind == CHART else "ConfigurationValues"
    told: object = None
    with suppress(ValueError):
        told = structured(resource.properties.get(field), or_yaml=True)
    own = look_up(told, row["values"]) if "values" in row else told
    resources = {"requests": row["requests"], **mapping(own, "resources")}
    spec = {name: look_up(own, name) or row.get(name) for name in PLACING}
    spec["containers"] = [{"name": row["name"], "resources": resources}]
    owner = KubernetesObject(
        resource=resource,
        content={},
        kind=row["kind"],
        name=row["name"],
        namespace=text(resource.properties, "Namespace") or "kube-system",
    )
    on_fargate = text(told, "computeType").lower() == "fargate"
    annotations = {} if on_fargate else row.get("annotations", {})
    made = Pods(owner=owner, labels=row["labels"], annotations=annotations, spec=spec)
    count = look_up(own, "replicaCount")
    return Guest(
        pods=made, count=count if isinstance(count, int) else row.get("count"), field=field
    )
