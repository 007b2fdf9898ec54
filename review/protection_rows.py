"""The rows of protections.csv: what protects something, and which value of it protects less."""

from __future__ import annotations

import functools
import re
from contextlib import suppress
from typing import NamedTuple

from assembly.structured import structured
from kube.values import Json, items, mapping
from review.meanings import rows_of
from review.worse import differing, texts

ALB = "alb.ingress.kubernetes.io/"
BALANCED = (ALB, "service.beta.kubernetes.io/")
"""How annotations of the AWS Load Balancer Controller begin: their lists and mappings are texts."""


class Row(NamedTuple):
    """What protects something, and which value of it protects less: a row of protections.csv.

    `kind` is a CloudFormation type, a kind of Kubernetes object, or Pods for whatever makes some;
    `default` is the value where there is none. One that `says` nothing is told by nodes_gone, accounts or rejected.
    Some are `about` the cost or another subject, too, whatever their risk.
    """

    kind: str
    path: str
    worse: str
    default: str
    risk: str
    says: str
    about: str = ""

    def is_all(self, was: list[object], now: list[object], items_of: list[object]) -> bool:
        """Tell whether a property differs in nothing but what is worse."""
        one = "/*" not in self.path
        if self.worse in {"comes", "fewer", "less"} and (one or "::" in self.kind):
            flat = all(len(mapping(each)) <= 1 for found in items_of for each in items(found))
            less, more = (now, was) if self.worse != "comes" else (was, now)
            return flat and {*texts(less)} <= {*texts(more)}
        if self.worse == "quota":
            old, new = (mapping(next(iter(side), None)) for side in (was, now))
            lower = differing("quota", (was, now), ([], []))
            return len(lower) == len([x for x in {**old, **new} if old.get(x) != new.get(x)])
        return (
            one
            and self.kind != "Pods"
            and self.worse not in {"loses", "comes", "fewer", "less", "scales"}
        )


@functools.cache
def pattern(path: str) -> re.Pattern[str]:
    """Return what matches the dotted paths of what a row judges, with all below, and the whole list that it is in."""
    start, *ends = (re.escape(x.replace("/", ".").replace("~1", "/")) for x in path.split("/*"))
    return re.compile(start + "".join(f"(.*{x})?" for x in ends) + r"(\..*)?")


ROWS = (
    *(Row(*each) for each in rows_of("protections")),
    *(
        Row(kind, f"metadata/annotations/{annotation.replace('/', '~1', 1)}", *rest)
        for kinds, annotation, *rest, _ in rows_of("annotations")
        for kind in kinds.split()
    ),
)
"""Rows of annotations.csv have their source with them. Others: CloudFormation template reference; EKS, EC2, S3, KMS, RDS
and other guides; Kubernetes API reference; documentation of the Gateway API, cert-manager and KEDA."""


def unfolded(content: Json) -> Json:
    """Return an object with the annotations of the AWS Load Balancer Controller as what their texts hold.

    What it listens on by itself stands there, too (its documentation, "Ingress annotations", listen-ports).
    """
    metadata = mapping(content, "metadata")
    found = {x: _unfolded(x, y) for x, y in mapping(metadata, "annotations").items()}
    if content.get("kind") == "Ingress":
        usual = {"HTTPS": 443} if f"{ALB}certificate-arn" in found else {"HTTP": 80}
        found.setdefault(f"{ALB}listen-ports", [usual])
    return {**content, "metadata": {**metadata, "annotations": found}} if found else content


def _unfolded(name: str, value: object) -> object:
    if not name.startswith(BALANCED) or not isinstance(value, str):
        return value
    if value[:1] in {"{", "["}:
        with suppress(ValueError):
            return structured(value)
    parts = [x.strip() for x in value.split(",")]
    if all("=" in x for x in parts):
        return dict(x.split("=", 1) for x in parts)
    return parts if len(parts) > 1 else value
