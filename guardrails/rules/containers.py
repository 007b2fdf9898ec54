"""Whether containers are started, watched and sized as a careful team would."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assembly.environment import Environment
from guardrails.rule import Finding, rule
from guardrails.rules.findings import found
from guardrails.rules.workloads import CONTROLLERS, pods
from kube.values import Unknown, look_up, mapping, text

PROBES = ("readinessProbe", "livenessProbe")
REQUESTS = ("cpu", "memory")
_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")
_ASSET = re.compile(r".+:(.*[-.])?([0-9a-f]{64}|ASSET_HASH)")
"""An image that the CDK built is tagged with the hash of its source."""


@rule("KUBE8")
def _unwatched(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, *CONTROLLERS):
        for container in template.containers:
            for probe in PROBES:
                if not container.get(probe):
                    yield found(template.owner, f"{text(container, 'name')} {probe}")


@rule("KUBE9")
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


@rule("KUBE10")
def _forgetful(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, "Deployment", "StatefulSet", "DaemonSet"):
        if template.owner.spec.get("revisionHistoryLimit") == 0:
            yield found(template.owner, "revisionHistoryLimit 0")


@rule("KUBE12")
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
