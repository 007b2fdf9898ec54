"""Which pods a webhook must let start.

Source: Kubernetes, "Dynamic Admission Control" and "Admission Webhook Good Practices".
"""

from __future__ import annotations

from kube.selectors import matches
from kube.values import Json, dicts, items, known, look_up, text

SYSTEM = "kube-system"
_ABOUT = (
    ("operations", {"CREATE", "*"}),
    ("apiGroups", {"", "*"}),
    ("resources", {"pods", "pods/*", "*", "*/*"}),
)


def home_of(webhook: Json) -> str:
    """Return the namespace of the Service that answers, empty for one outside the cluster."""
    return text(webhook, "clientConfig", "service", "namespace")


def holds_up(webhook: Json, namespace: Json) -> bool:
    """Tell whether surely no pod starts in a namespace with these labels unless the webhook answers."""
    narrow = webhook.get("objectSelector") or webhook.get("matchConditions")
    closes = text(webhook, "failurePolicy") in ("", "Fail") and not narrow and known(webhook)
    selector = look_up(webhook, "namespaceSelector") or {}
    return (
        closes
        and matches(selector, namespace)
        and any(
            all(words & {*map(text, items(rule, name))} for name, words in _ABOUT)
            for rule in dicts(webhook, "rules")
            if text(rule, "scope") != "Cluster"
        )
    )
