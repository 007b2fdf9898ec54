"""What runs on Fargate: which pods a profile selects, what can't run there, and what a pod gets.

Source: EKS user guide, "Simplify compute management with AWS Fargate", "Define which Pods use AWS
Fargate when launched" and "Understand Fargate Pod configuration details".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kube.pods import containers, pod_template, requests
from kube.scheduling import HOSTNAME, is_selected
from kube.selectors import all_of
from kube.values import Json, Unknown, items, known, look_up, mapping, text

COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
DEVICES = re.compile(r"(nvidia\.com|amd\.com|gpu\.intel\.com)/.*|aws\.amazon\.com/neuron.*")
DRIVERS: Mapping[str, str] = {
    "ebs.csi.aws.com": "EBS",
    "ebs.csi.eks.amazonaws.com": "EBS",
    "kubernetes.io/aws-ebs": "EBS",
    "fsx.csi.aws.com": "FSx for Lustre",
    "s3.csi.aws.com": "S3",
}
"""Storage that Fargate doesn't mount, by CSI driver or provisioner."""
SIZES: Mapping[Decimal, tuple[Decimal, ...]] = {
    Decimal(vcpus): tuple(Decimal(gb) for gb in amounts)
    for vcpus, amounts in {
        "0.25": ("0.5", 1, 2),
        "0.5": range(1, 5),
        "1": range(2, 9),
        "2": range(4, 17),
        "4": range(8, 31),
        "8": range(16, 61, 4),
        "16": range(32, 121, 8),
    }.items()
}
"""The amounts of memory in GB that each number of vCPUs comes with."""
KUBERNETES_GB = Decimal("0.25")
"""What Fargate adds for the kubelet and its kin."""
STORAGE = Decimal(175 * 1024**3)
"""The ephemeral storage that a pod gets at most."""
_ZONE = Unknown("a zone of the profile's subnets")
NODE: Json = {
    "metadata": {
        "name": Unknown("fargate-ip"),
        "labels": {
            COMPUTE_TYPE: "fargate",
            **{f"{prefix}kubernetes.io/arch": "amd64" for prefix in ("", "beta.")},
            **{f"{prefix}kubernetes.io/os": "linux" for prefix in ("", "beta.")},
            HOSTNAME: _ZONE,
            **{f"topology.kubernetes.io/{place}": _ZONE for place in ("zone", "region")},
            **{f"failure-domain.beta.kubernetes.io/{place}": _ZONE for place in ("zone", "region")},
        },
    }
}
"""The node that a pod gets: it has no labels of anybody else."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a pod pays for."""

    vcpus: Decimal
    gb: Decimal


def selector_of_api(selector: object) -> Json:
    """Return a selector of the EKS API as CloudFormation spells it."""
    pairs = mapping(selector, "labels").items()
    labels = [{"Key": key, "Value": value} for key, value in pairs]
    return {"Namespace": look_up(selector, "namespace"), "Labels": labels}


def selects(selector: object, namespace: object, labels: object) -> bool:
    """Tell whether a profile's selector certainly takes pods.

    Namespace, keys and values of a selector may have the wildcards * and ?.
    """
    return _verdict(selector, namespace, labels) is True


def may_select(selector: object, namespace: object, labels: object) -> bool:
    """Tell whether a selector takes pods once every unknown value is filled in, or may."""
    return _verdict(selector, namespace, labels) is not False


def _verdict(selector: object, namespace: object, labels: object) -> bool | None:
    wanted = look_up(selector, "Labels")
    pairs = None if isinstance(wanted, Unknown) else items(wanted)
    return all_of(
        [
            _fits(look_up(selector, "Namespace"), namespace),
            None if pairs is None else all_of(_has(pair, labels) for pair in pairs),
        ]
    )


def _has(wanted: object, labels: object) -> bool | None:
    if isinstance(labels, Unknown):
        return None
    verdicts = [
        all_of([_fits(look_up(wanted, "Key"), key), _fits(look_up(wanted, "Value"), value)])
        for key, value in mapping(labels).items()
    ]
    return True if True in verdicts else None if None in verdicts else False


def _fits(pattern: object, value: object) -> bool | None:
    if isinstance(pattern, Unknown) or isinstance(value, Unknown):
        return True if pattern == "*" else None
    if not isinstance(pattern, str):
        return False
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, text(value), re.DOTALL) is not None


def size(spec: object) -> Size | None:
    """Return the smallest size that holds a pod's requests; None if none does, or nobody knows yet."""
    asking = [container.get("resources") for _, container in containers(spec)]
    if not known([*asking, look_up(spec, "resources"), look_up(spec, "overhead")]):
        return None
    return _smallest(requests(spec))


def _smallest(asked: Mapping[str, Decimal]) -> Size | None:
    vcpus = asked.get("cpu", Decimal(0))
    gb = asked.get("memory", Decimal(0)) / 1024**3 + KUBERNETES_GB
    fitting = (
        Size(vcpus=cpus, gb=amount)
        for cpus, amounts in SIZES.items()
        for amount in amounts
        if cpus >= vcpus and amount >= gb
    )
    return next(fitting, None)


def unsupported(
    obj: object, *, claims: Iterable[Json] = (), classes: Iterable[Json] = ()
) -> list[tuple[str, str]]:
    """Return what keeps the pods of an object from running on Fargate: field paths, and why.

    `claims` are the PersistentVolumeClaims of the object's namespace, `classes` the cluster's
    StorageClasses.
    """
    template = pod_template(obj)
    if template is None:
        return []
    claims, classes = list(claims), list(classes)
    found = [("kind", "Fargate runs no DaemonSet")] if text(obj, "kind") == "DaemonSet" else []
    found += [
        (f"{template.path}.{at}", words)
        for at, words in (
            *_of_pod(template.spec),
            *_of_containers(template.spec),
            *_of_volumes(template.spec, claims, classes),
            *_of_node(template.spec),
        )
    ]
    for index, claim in enumerate(items(obj, "spec", "volumeClaimTemplates")):
        if storage := _storage(look_up(claim, "spec"), classes):
            found.append((f"spec.volumeClaimTemplates[{index}]", f"Fargate mounts no {storage}"))
    return found


def _of_pod(spec: Json) -> Iterator[tuple[str, str]]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field) is True:
            yield field, f"Fargate has no host to share: no {field}"
    asked = requests(spec)
    if _smallest(asked) is None:
        wanted = f"{asked.get('cpu', 0)} vCPU and {asked.get('memory', 0) / 1024**3:g} GiB"
        yield (
            "containers",
            f"Fargate runs at most 16 vCPU and 120 GB, 0.25 GB of it its own: {wanted}",
        )
    if asked.get("ephemeral-storage", 0) > STORAGE:
        yield "containers", "Fargate gives a pod at most 175 GiB of ephemeral storage"


def _of_containers(spec: Json) -> Iterator[tuple[str, str]]:
    for at, container in containers(spec):
        if look_up(container, "securityContext", "privileged") is True:
            yield f"{at}.securityContext.privileged", "Fargate runs no privileged container"
        for index, port in enumerate(items(container, "ports")):
            if isinstance(look_up(port, "hostPort"), int) and look_up(port, "hostPort"):
                yield f"{at}.ports[{index}].hostPort", "Fargate has no host ports"
        for field in ("requests", "limits"):
            for name in mapping(container, "resources", field):
                if DEVICES.fullmatch(text(name)):
                    yield f"{at}.resources.{field}[{name}]", "Fargate has no such devices"


def _of_volumes(
    spec: Json, claims: Iterable[Json], classes: Iterable[Json]
) -> Iterator[tuple[str, str]]:
    for index, volume in enumerate(items(spec, "volumes")):
        name = text(volume, "persistentVolumeClaim", "claimName")
        named = [each for each in claims if name and text(each, "metadata", "name") == name]
        claimed = [look_up(claim, "spec") for claim in named]
        claimed.append(look_up(volume, "ephemeral", "volumeClaimTemplate", "spec"))
        storage = [DRIVERS.get(text(volume, "csi", "driver"))]
        storage += [_storage(claim, classes) for claim in claimed if claim is not None]
        storage += ["hostPath"] if mapping(volume, "hostPath") else []
        storage += ["EBS"] if mapping(volume, "awsElasticBlockStore") else []
        yield from ((f"volumes[{index}]", f"Fargate mounts no {kind}") for kind in storage if kind)


def _storage(claim: object, classes: Iterable[Json]) -> str | None:
    """Return which storage that Fargate doesn't mount a claim is for, by its class or the default."""
    wanted = look_up(claim, "storageClassName")
    for storage_class in classes:
        metadata = mapping(storage_class, "metadata")
        is_default = look_up(metadata, "annotations", DEFAULT_CLASS) == "true"
        if metadata.get("name") == wanted if wanted is not None else is_default:
            return DRIVERS.get(text(storage_class, "provisioner"))
    # EKS makes this class in every cluster.
    return "EBS" if wanted == "gp2" else None


def _of_node(spec: Json) -> Iterator[tuple[str, str]]:
    """Yield the wishes for a node that no node of Fargate meets; it has x86 processors only."""
    for key, value in mapping(spec, "nodeSelector").items():
        if not is_selected(NODE, {"nodeSelector": {key: value}}):
            yield f"nodeSelector[{key}]", f"no node of Fargate has the label {key}={value}"
    if not is_selected(NODE, {"affinity": spec.get("affinity")}):
        yield "affinity.nodeAffinity", "no node of Fargate meets the required node affinity"
