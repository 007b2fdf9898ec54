"""Whether containers are started, watched and sized as a careful team would."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assembly.environment import Environment
from guardrails.rule import Finding
from guardrails.rules.workloads import CONTROLLERS, KUBERNETES, found, pods
from kube.values import Unknown, look_up, mapping, text

PROBES = ("readinessProbe", "livenessProbe")
REQUESTS = ("cpu", "memory")
_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")
_ASSET = re.compile(r".+:(.*[-.])?([0-9a-f]{64}|ASSET_HASH)")
"""An image that the CDK built is tagged with the hash of its source."""


@KUBERNETES.rule(
    "KUBE8",
    reason="Without a readiness probe a pod gets calls before it can answer; without a liveness "
    "probe one that hangs stays for ever.",
    source="https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
    fix="Add readinessProbe and livenessProbe to the container.",
)
def _unwatched(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, *CONTROLLERS):
        for container in template.containers:
            for probe in PROBES:
                if not container.get(probe):
                    yield found(template.owner, f"{text(container, 'name')} {probe}")


@KUBERNETES.rule(
    "KUBE9",
    reason="Without requests the scheduler puts any number of these pods on a node, the pods are "
    "the first to be evicted, and no autoscaler knows when a node is missing.",
    source="https://docs.aws.amazon.com/eks/latest/best-practices/data-plane.html",
    fix="Set resources.requests.cpu and .memory of the container.",
)
def _unsized(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for container in template.containers:
            # A limit without a request is a request of the same amount, as is one of the whole pod.
            of_both = [look_up(each, "resources") for each in (template.spec, container)]
            amounts = [look_up(each, of) for each in of_both for of in ("limits", "requests")]
            if any(isinstance(each, Unknown) for each in amounts):
                continue
            for name in REQUESTS:
                if not any(name in mapping(each) for each in amounts):
                    yield found(template.owner, f"{text(container, 'name')} {name}")


@KUBERNETES.rule(
    "KUBE10",
    reason="No earlier revision is kept, so `kubectl rollout undo` has nothing to go back to.",
    source="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#clean-up-policy",
    fix="Remove revisionHistoryLimit (the default is 10), or set it above zero.",
)
def _forgetful(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, "Deployment", "StatefulSet", "DaemonSet"):
        if template.owner.spec.get("revisionHistoryLimit") == 0:
            yield found(template.owner, "revisionHistoryLimit 0")


@KUBERNETES.rule(
    "KUBE12",
    reason="The image's tag can move: two nodes may run two programs, and a roll-back may not bring "
    "back what ran before.",
    source="https://kubernetes.io/docs/concepts/containers/images/#image-names",
    fix="Pin the image by digest (name@sha256:…), or build it as an asset of the CDK.",
)
def _movable(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for container in template.all_containers:
            image = text(container, "image")
            if not _may_be_pinned(image):
                yield found(template.owner, f"{text(container, 'name')} {image}")


def _may_be_pinned(image: str) -> bool:
    # What CloudFormation fills in at the end, be it all or the tag, can't be judged.
    filled_in = isinstance(image, Unknown) and image.endswith("}")
    return filled_in or any(kind.fullmatch(image) for kind in (_DIGEST, _ASSET))
