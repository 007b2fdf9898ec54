"""The nodes that volumes leave to pods: a volume of EBS is in one zone, and stays there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kube.fargate import storage_of
from kube.pods import pod_template
from kube.scheduling import REQUIRED, ZONE
from kube.values import Json, dicts, look_up, mapping, text

KINDS = ("PersistentVolume", "PersistentVolumeClaim", "StorageClass")
"""The kinds that say where volumes are."""
EBS_ZONES = ("topology.ebs.csi.aws.com/zone", "topology.ebs.csi.eks.amazonaws.com/zone")
"""Labels of the EBS CSI drivers, on nodes that have a zone (aws-ebs-csi-driver, docs/parameters.md)."""


def affinities(obj: Json, objects: Iterable[Json]) -> tuple[Json, ...]:
    """Return the node affinities of the volumes of an object's pods, as parts of a pod's specification.

    A claim has that of its volume, or else the topologies of its class.
    """
    several = [*objects]
    found = [_required(claim, several) for claim in _claims(obj, several)]
    return tuple({"affinity": {"nodeAffinity": {REQUIRED: each}}} for each in found if each)


def stay(obj: Json, objects: Iterable[Json]) -> bool:
    """Tell whether volumes of EBS keep an object's pods in a zone that nobody chose yet."""
    several = [*objects]
    classes = _of_kind(several, "StorageClass")
    return any(
        storage_of(mapping(claim, "spec"), classes) == "EBS" and not _required(claim, several)
        for claim in _claims(obj, several)
    )


def _claims(obj: Json, objects: list[Json]) -> Iterator[Json]:
    """Yield the claims of an object's pods that live longer than a pod."""
    yield from dicts(obj, "spec", "volumeClaimTemplates")
    template = pod_template(obj)
    for volume in dicts(template.spec, "volumes") if template else ():
        name = text(volume, "persistentVolumeClaim", "claimName")
        for claim in _of_kind(objects, "PersistentVolumeClaim"):
            if name and (name, _namespace(obj)) == (_name(claim), _namespace(claim)):
                yield claim


def _required(claim: Json, objects: list[Json]) -> Json:
    wanted = text(claim, "spec", "volumeName")
    for volume in _of_kind(objects, "PersistentVolume"):
        of = mapping(volume, "spec", "claimRef")
        bound = text(of, "name"), text(of, "namespace")
        own = _name(claim) and bound == (_name(claim), _namespace(claim))
        if own or (wanted and wanted == _name(volume)):
            return _in_zones(look_up(volume, "spec", "nodeAffinity", "required"))
    for each in _of_kind(objects, "StorageClass"):
        if _name(each) == text(claim, "spec", "storageClassName"):
            allowed = (dicts(x, "matchLabelExpressions") for x in dicts(each, "allowedTopologies"))
            terms = [
                {"matchExpressions": [{**x, "operator": "In"} for x in one]} for one in allowed
            ]
            return _in_zones({"nodeSelectorTerms": terms})
    return {}


def _in_zones(required: object) -> Json:
    """Return a node selector with the zone's own label in place of those of the drivers."""
    terms = [
        {
            **term,
            "matchExpressions": [
                {**each, "key": ZONE} if each.get("key") in EBS_ZONES else each
                for each in dicts(term, "matchExpressions")
            ],
        }
        for term in dicts(required, "nodeSelectorTerms")
    ]
    return {"nodeSelectorTerms": terms} if terms else {}


def _of_kind(objects: list[Json], kind: str) -> list[Json]:
    return [each for each in objects if text(each, "kind") == kind]


def _name(obj: Json) -> str:
    return text(obj, "metadata", "name")


def _namespace(obj: Json) -> str:
    return text(obj, "metadata", "namespace") or "default"
