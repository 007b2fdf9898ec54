"""The pods of add-ons and known charts, and what they ask for.

From the charts in kubernetes-sigs/aws-ebs-csi-driver, aws/amazon-vpc-cni-k8s, aws/eks-charts,
aws/eks-node-monitoring-agent and aws/eks-pod-identity-agent, the chart of metrics-server, and CoreDNS as
eksctl-io/eksctl has it in pkg/addons/default/assets. EKS publishes no manifest of kube-proxy and none of
its metrics-server: their rows are what `kubectl describe` and `kubectl get` print of EKS clusters in
public repositories. A row without `kind` has only their labels; `not_on` are the types of compute that
pods keep away from, such as the nodes of EKS Auto Mode, which replaces add-ons (EKS user guide, "Amazon EKS
add-ons", considerations for Auto Mode).
"""

from __future__ import annotations

from kube.fargate import COMPUTE_TYPE
from kube.scheduling import REQUIRED, SYSTEM
from kube.values import Json, look_up, mapping, table

PLATFORM_PODS: list[Json] = table(__file__)
"""One row for the pods of a name; `of` is the add-on or the chart."""
PLACING = ("tolerations", "affinity")
"""Fields of a pod that have the same names in the values of add-ons and charts, beside nodeSelector."""
LINUX = {SYSTEM: "linux"}
ON_EVERY_NODE = {"tolerations": [{"operator": "Exists"}]}


def row_of(name: str, kind: str) -> Json:
    """Return the row of an add-on's or a chart's pods, by either name; empty for those that nobody knows."""
    rows = (row for row in PLATFORM_PODS if name in (row["name"], row["of"]))
    return next((row for row in rows if row.get("kind") == kind), {})


def told_of(row: Json, values: object) -> object:
    """Return what of the values that an add-on or a chart is told is about the pods of a row."""
    return look_up(values, row["values"]) if "values" in row else values


def spec_of(row: Json, values: object = None) -> Json:
    """Return the specification of the pods of a row, as far as a scheduler asks for it, with what they are told."""
    own = told_of(row, values)
    asks = look_up(own, row["asks"]) if "asks" in row else own
    said = mapping(asks, "resources")
    requests = {**row.get("requests", {}), **mapping(said, "requests")}
    resources = {**said, "requests": requests}
    placing = {name: row[name] for name in PLACING if name in row}
    if others := row.get("not_on"):
        away = {"key": COMPUTE_TYPE, "operator": "NotIn", "values": others}
        required = {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [away]}]}}
        placing["affinity"] = {"nodeAffinity": required}
    return {
        "containers": [{"name": row.get("name", "main"), "resources": resources}],
        "nodeSelector": {**LINUX, **mapping(own, "nodeSelector")},
        **placing,
        **{name: given for name in PLACING if (given := look_up(own, name))},
    }


def daemon_of(row: Json, values: object = None) -> Json:
    """Return the specification of a DaemonSet's pods; those that nobody knows run on every node."""
    return {**ON_EVERY_NODE, **spec_of(row, values)}
