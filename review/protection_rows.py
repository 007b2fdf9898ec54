"""The rows of protections.csv: what protects something, and which value of it protects less."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from kube.values import items, mapping
from review.worse import differing, texts


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
        if self.worse in {"comes", "fewer", "less"} and "::" in self.kind:
            flat = all(len(mapping(each)) <= 1 for found in items_of for each in items(found))
            less, more = (now, was) if self.worse != "comes" else (was, now)
            return flat and {*texts(less)} <= {*texts(more)}
        if self.worse == "quota":
            old, new = (mapping(next(iter(side), None)) for side in (was, now))
            lower = differing("quota", (was, now), ([], []))
            return len(lower) == len([x for x in {**old, **new} if old.get(x) != new.get(x)])
        one = "/*" not in self.path and self.kind != "Pods"
        return one and self.worse not in {"loses", "comes", "fewer", "less", "scales"}


_FILE = Path(__file__).with_name("protections.csv")
ROWS = tuple(Row(*each) for each in [*csv.reader(_FILE.read_text("utf-8").splitlines())][1:])
"""Sources: CloudFormation template reference; EKS, EC2, S3, KMS, RDS and other guides; Kubernetes API reference."""
