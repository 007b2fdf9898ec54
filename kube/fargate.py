"""What runs on Fargate: which pods a profile selects, what can't run there, and what a pod gets.

Source: EKS user guide, "Simplify compute management with AWS Fargate", "Define which Pods use AWS
Fargate when launched" and "Understand Fargate Pod configuration details".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from kube.pods import containers, pod_template, requests
from kube.scheduling import is_selected
from kube.validity import rows
from kube.values import Json, Unknown, items, known, look_up, mapping, table, text, unsure

COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_TABLE: Mapping[str, Any] = table(__file__)
"""Storage that Fargate doesn't mount, by CSI driver or provisioner; the GB that come with vCPUs; the
labels of a node; what pods and containers may not ask for, in rows as `kube.validity.rows` reads."""
_KUBERNETES_GB = Decimal("0.25")
"""What Fargate adds for the kubelet and its kin."""
_STORAGE = Decimal(175 * 1024**3)
"""The ephemeral storage that a pod gets at most."""
LARGEST = max(
    (int(vcpus), sizes[-1]) for vcpus, sizes in _TABLE["sizes"].items() if vcpus.isdecimal()
)
"""The vCPUs and GB of the largest pod."""
_ZONE = Unknown("a zone of the profile's subnets")
_LABELS = {**_TABLE["labels"], **dict.fromkeys(_TABLE["labels_of_place"], _ZONE)}
_NODE: Json = {"metadata": {"name": Unknown("fargate-ip"), "labels": _LABELS}}
"""The node that a pod gets: it has no labels of anybody else."""


class Size(NamedTuple):
    """What a pod pays for."""

    vcpus: Decimal
    gb: Decimal


def selector_of_api(selector: object) -> Json:
    """Return a selector of the EKS API as CloudFormation spells it."""
    labels = [{"Key": key, "Value": of} for key, of in mapping(selector, "labels").items()]
    return {"Namespace": look_up(selector, "namespace"), "Labels": labels}


def _takes(selector: object, namespace: object, labels: object, *, unknown: bool) -> bool:
    """Tell whether a profile's selector takes pods; `unknown` is the answer where nobody knows.

    Namespace, keys and values of a selector may have the wildcards * and ?.
    """
    fits = partial(_fits, unknown=unknown)
    wanted, pairs = look_up(selector, "Labels"), mapping(labels).items()
    return (
        fits(look_up(selector, "Namespace"), namespace)
        and (unknown or not unsure(wanted))
        and all(
            (unknown and unsure(labels))
            or any(
                fits(look_up(each, "Key"), key) and fits(look_up(each, "Value"), value)
                for key, value in pairs
            )
            for each in items(wanted)
        )
    )


def _fits(pattern: object, value: object, *, unknown: bool) -> bool:
    if unsure(pattern, value):
        return unknown or pattern == "*"
    if not isinstance(pattern, str):
        return False
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, text(value), re.DOTALL) is not None


selects = partial(_takes, unknown=False)
"""Tell whether a profile's selector certainly takes pods."""
may_select = partial(_takes, unknown=True)
"""Tell whether a selector takes pods once every unknown value is filled in, or may."""


def size(spec: object) -> Size | None:
    """Return the smallest size that holds a pod's requests; None if none does, or nobody knows yet."""
    asking = [container.get("resources") for _, container in containers(spec)]
    if not known([*asking, look_up(spec, "resources"), look_up(spec, "overhead")]):
        return None
    return _smallest(requests(spec))


def _smallest(asked: Mapping[str, Decimal]) -> Size | None:
    vcpus = asked.get("cpu", Decimal(0))
    gb = asked.get("memory", Decimal(0)) / 1024**3 + _KUBERNETES_GB
    pairs = ((cpus, amount) for cpus, amounts in _TABLE["sizes"].items() for amount in amounts)
    sizes = (Size(vcpus=Decimal(cpus), gb=Decimal(amount)) for cpus, amount in pairs)
    return next((each for each in sizes if each.vcpus >= vcpus and each.gb >= gb), None)


def unsupported(
    obj: object, *, claims: Iterable[Json] = (), classes: Iterable[Json] = ()
) -> list[tuple[str, str]]:
    """Return what keeps the pods of an object from running on Fargate: field paths, and why.

    `claims` are the PersistentVolumeClaims of the object's namespace, `classes` the cluster's
    StorageClasses.
    """
    if (template := pod_template(obj)) is None:
        return []
    claims, classes, spec = list(claims), list(classes), template.spec
    found = (
        [("kind", "Fargate doesn't support DaemonSets")] if text(obj, "kind") == "DaemonSet" else []
    )
    wrong = (
        *_of_rows("pod", spec),
        *_of_size(spec),
        *chain.from_iterable(_of_rows("container", each, at) for at, each in containers(spec)),
        *_of_volumes(spec, claims, classes),
        *_of_node(spec),
    )
    found += [(f"{template.path}.{at}", words) for at, words in wrong]
    for index, claim in enumerate(items(obj, "spec", "volumeClaimTemplates")):
        if storage := storage_of(look_up(claim, "spec"), classes):
            found.append(
                (f"spec.volumeClaimTemplates[{index}]", f"Fargate can't mount {storage} volumes")
            )
    return found


def _of_rows(name: str, holder: Json, at: str = "") -> Iterator[tuple[str, str]]:
    context = rows.Context(minor=0, root=holder, is_custom=False)
    for row in _TABLE[name]:
        for wrong in rows.problems(row, holder, at, context):
            yield wrong.field, wrong.detail


def _of_size(spec: Json) -> Iterator[tuple[str, str]]:
    asked = requests(spec)
    if _smallest(asked) is None:
        wanted = f"{asked.get('cpu', 0)} vCPU and {asked.get('memory', 0) / 1024**3:g} GiB"
        words = f"Fargate runs at most 16 vCPU and 120 GB, 0.25 GB of it for its own processes: {wanted}"
        yield "containers", words
    if asked.get("ephemeral-storage", 0) > _STORAGE:
        yield "containers", "a pod on Fargate has at most 175 GiB of ephemeral storage"


def _of_volumes(
    spec: Json, claims: Iterable[Json], classes: Iterable[Json]
) -> Iterator[tuple[str, str]]:
    for index, volume in enumerate(items(spec, "volumes")):
        name = text(volume, "persistentVolumeClaim", "claimName")
        named = (each for each in claims if name and text(each, "metadata", "name") == name)
        claimed = [look_up(claim, "spec") for claim in named]
        claimed.append(look_up(volume, "ephemeral", "volumeClaimTemplate", "spec"))
        storage = [
            _TABLE["drivers"].get(text(volume, "csi", "driver")),
            *(storage_of(claim, classes) for claim in claimed if claim is not None),
            "hostPath" if mapping(volume, "hostPath") else None,
            "EBS" if mapping(volume, "awsElasticBlockStore") else None,
        ]
        yield from (
            (f"volumes[{index}]", f"Fargate can't mount {kind} volumes") for kind in storage if kind
        )


def storage_of(claim: object, classes: Iterable[Json]) -> str | None:
    """Return the storage that a claim is for if Fargate doesn't mount it, by its class or the default."""
    wanted = look_up(claim, "storageClassName")
    for each in classes:
        is_default = look_up(each, "metadata", "annotations", DEFAULT_CLASS) == "true"
        if is_default if wanted is None else mapping(each, "metadata").get("name") == wanted:
            found: str | None = _TABLE["drivers"].get(text(each, "provisioner"))
            return found
    # EKS makes this class in every cluster.
    return "EBS" if wanted == "gp2" else None


def _of_node(spec: Json) -> Iterator[tuple[str, str]]:
    """Yield the wishes for a node that no node of Fargate meets; it has x86 processors only."""
    for key, value in mapping(spec, "nodeSelector").items():
        if not is_selected(_NODE, {"nodeSelector": {key: value}}):
            yield f"nodeSelector[{key}]", f"no Fargate node has the label {key}={value}"
    if not is_selected(_NODE, {"affinity": spec.get("affinity")}):
        yield "affinity.nodeAffinity", "no Fargate node matches the required node affinity"
