"""One object or resource as the table fits.yaml sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from guardrails.rule import Finding, breach, found
from kube.values import Json


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """One object or resource as the table sees it.

    `at` is where its fields stand, and `named` tells it from others there.
    """

    of: str
    item: KubernetesObject | Resource
    facts: Json
    at: str = ""
    named: str = ""

    def finding(self, field: str, value: str, detail: str, fix: str = "") -> Finding:
        """Return a finding about a field; `value` is what offends."""
        where = f"{self.at}.{field}".lstrip(".")
        named = f"{self.named} {value}".strip()
        if isinstance(self.item, KubernetesObject):
            return found(self.item, named, detail, fix=fix, field=where)
        return breach(self.item, re.sub(r"\.(?![^[]*\])", "/", where), named, detail, fix=fix)
