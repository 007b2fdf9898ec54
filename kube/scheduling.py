"""Which node a pod can run on, apart from capacity: node selectors, affinity, taints and tolerations.

If the answer depends on an unknown value, the pod can run on the node.
"""

from __future__ import annotations

from kube import selectors
from kube.values import Json, Unknown, dicts, items, look_up, mapping, unsure

HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
SYSTEM = "kubernetes.io/os"
TAINT_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}
"""Kubernetes' word for the effect of a taint, by EKS's (EKS API reference, "Taint")."""
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def labels(obj: object) -> Json:
    """Return the labels of a node or a pod."""
    found = look_up(obj, "metadata", "labels")
    return {found: ""} if isinstance(found, Unknown) else mapping(found)


def takes(node: object, pod: object) -> bool:
    """Tell whether a node's labels and taints let a pod in, room aside."""
    spec = mapping(pod, "spec")
    return is_selected(node, spec) and tolerates(spec, node)


def is_selected(node: object, spec: object) -> bool:
    """Tell whether a pod's node selector and required node affinity take a node."""
    wanted = look_up(spec, "nodeSelector")
    if wanted and not selectors.may_match({"matchLabels": wanted}, labels(node)):
        return False
    required = look_up(spec, "affinity", "nodeAffinity", REQUIRED)
    terms = look_up(required, "nodeSelectorTerms")
    free = required is None or unsure(terms)
    return free or any(unsure(term) or _meets(node, term) for term in items(terms))


def _meets(node: object, term: object) -> bool:
    fields = {"metadata.name": look_up(node, "metadata", "name")}
    wanted = [(each, labels(node)) for each in dicts(term, "matchExpressions")]
    wanted += [(each, fields) for each in dicts(term, "matchFields")]
    # A term that says nothing takes no node.
    return bool(wanted) and all(selectors.meets(*each, unknown=True) for each in wanted)


def tolerates(spec: object, node: object) -> bool:
    """Tell whether a pod tolerates the taints that would keep it out of a node."""
    tolerations = look_up(spec, "tolerations")
    return unsure(tolerations) or all(
        any(_is_tolerated(taint, one) for one in items(tolerations))
        for taint in dicts(node, "spec", "taints")
        if taint.get("effect") in ("NoSchedule", "NoExecute")
    )


def tolerating(spec: Json) -> Json:
    """Return the specification of a pod with the tolerations that the API server adds for the devices it asks for.

    EKS enables ExtendedResourceToleration (EKS user guide, "Platform versions"); the DaemonSet controller looks at
    nodes before (plugin/pkg/admission/extendedresourcetoleration/admission.go).
    """
    several = (x for field in ("initContainers", "containers") for x in dicts(spec, field))
    resources = [mapping(each, "resources") for each in several]
    asked = {
        str(x) for each in resources for of in ("limits", "requests") for x in mapping(each, of)
    }
    devices = sorted(x for x in asked if "/" in x and "kubernetes.io/" not in x)
    if not devices or unsure(look_up(spec, "tolerations")):
        return spec
    added = [{"key": x, "operator": "Exists", "effect": "NoSchedule"} for x in devices]
    return {**spec, "tolerations": [*items(spec, "tolerations"), *added]}


def _is_tolerated(taint: Json, toleration: object) -> bool:
    said = mapping(toleration)
    key, exists = said.get("key"), _agrees(said.get("operator"), "Exists")
    same_value = _agrees(said.get("value") or "", taint.get("value") or "")
    same_effect = _agrees(said.get("effect") or taint["effect"], taint["effect"])
    same_key = _agrees(key, taint.get("key")) if key else exists
    return unsure(toleration) or (same_effect and same_key and (exists or same_value))


def _agrees(left: object, right: object) -> bool:
    return left == right or unsure(left, right)
