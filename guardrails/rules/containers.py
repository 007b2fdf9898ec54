"""Whether containers are started, watched, sized and fenced in as a careful team would."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.environment import Environment
from guardrails.kubernetes_objects.pods import (
    CONTROLLERS,
    FAMILY,
    UNKNOWN,
    Json,
    Pods,
    found,
    mapping,
    pods,
)
from guardrails.rule import Finding, Rule

PROBES = ("readinessProbe", "livenessProbe")
REQUESTS = ("cpu", "memory")
_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")
_ASSET = re.compile(r".+:(.*[-.])?([0-9a-f]{64}|ASSET_HASH)")
"""An image that the CDK built is tagged with the hash of its source."""


def _unwatched(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, *CONTROLLERS):
        for container in template.containers:
            for probe in PROBES:
                if not container.get(probe):
                    yield found(template.owner, f"{container.get('name')} {probe}")


def _unsized(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for container in template.containers:
            resources = mapping(container.get("resources"))
            # A limit without a request is a request of the same amount.
            asked = {**mapping(resources.get("limits")), **mapping(resources.get("requests"))}
            for name in REQUESTS:
                if name not in asked:
                    yield found(template.owner, f"{container.get('name')} {name}")


def _forgetful(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, "Deployment", "StatefulSet", "DaemonSet"):
        if template.owner.spec.get("revisionHistoryLimit") == 0:
            yield found(template.owner, "revisionHistoryLimit 0")


def _unfenced(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for container in template.all_containers:
            for what in _open_doors(template, container):
                yield found(template.owner, f"{container.get('name')} {what}")


def _open_doors(template: Pods, container: Json) -> Iterator[str]:
    """Yield what the Pod Security Standard "restricted" demands of a container and it lacks."""
    own = mapping(container.get("securityContext"))
    context = {**mapping(template.spec.get("securityContext")), **own}
    if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
        yield "runAsNonRoot"
    if mapping(context.get("seccompProfile")).get("type") not in ("RuntimeDefault", "Localhost"):
        yield "seccompProfile"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation"
    capabilities = mapping(own.get("capabilities"))
    added = set(capabilities.get("add") or ()) - {"NET_BIND_SERVICE"}
    if "ALL" not in (capabilities.get("drop") or ()) or added:
        yield "capabilities"


def _movable(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for container in template.all_containers:
            image = str(container.get("image", ""))
            if not _pinned(image):
                yield found(template.owner, f"{container.get('name')} {image}")


def _pinned(image: str) -> bool:
    # What CloudFormation fills in at the end, be it all or the tag, can't be judged.
    return bool(_DIGEST.fullmatch(image) or _ASSET.fullmatch(image) or image.endswith(UNKNOWN))


RULES = (
    Rule(
        id="KUBE8",
        family=FAMILY,
        reason="Without a readiness probe a pod gets calls before it can answer; without a liveness "
        "probe one that hangs stays for ever.",
        source="https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
        mend="Add readinessProbe and livenessProbe to the container.",
        check=_unwatched,
    ),
    Rule(
        id="KUBE9",
        family=FAMILY,
        reason="Without requests the scheduler puts any number of these pods on a node, the pods are "
        "the first to be evicted, and no autoscaler knows when a node is missing.",
        source="https://docs.aws.amazon.com/eks/latest/best-practices/data-plane.html",
        mend="Set resources.requests.cpu and .memory of the container.",
        check=_unsized,
    ),
    Rule(
        id="KUBE10",
        family=FAMILY,
        reason="No earlier revision is kept, so `kubectl rollout undo` has nothing to go back to.",
        source="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#clean-up-policy",
        mend="Remove revisionHistoryLimit (the default is 10), or set it above zero.",
        check=_forgetful,
    ),
    Rule(
        id="KUBE11",
        family=FAMILY,
        reason="A flaw in the container becomes one of the node: it may run as root or gain rights.",
        source="https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
        mend="Set runAsNonRoot: true and seccompProfile RuntimeDefault for the pod, and "
        "allowPrivilegeEscalation: false and capabilities.drop [ALL] for the container.",
        check=_unfenced,
    ),
    Rule(
        id="KUBE12",
        family=FAMILY,
        reason="The image's tag can move: two nodes may run two programs, and a roll-back may not "
        "bring back what ran before.",
        source="https://kubernetes.io/docs/concepts/containers/images/#image-names",
        mend="Pin the image by digest (name@sha256:…), or build it as an asset of the CDK.",
        check=_movable,
    ),
)
