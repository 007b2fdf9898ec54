from __future__ import annotations

from tests.unit.constructs_lib.templates import kubernetes_object, manifest
from tests.unit.constructs_lib.variants import Variants

STANDARDS = ("enforce", "audit", "warn")


def test_a_namespace_has_its_pod_security_standard(variants: Variants) -> None:
    """Restricted unless the environment says otherwise; enforced, audited and warned about alike."""
    template = variants.platforms.templates["Closed/Cluster"]
    found = {
        name: [
            kubernetes_object(template, "Namespace", name)["metadata"]["labels"][
                f"pod-security.kubernetes.io/{mode}"
            ]
            for mode in STANDARDS
        ]
        for name in ("team-a", "team-b")
    }
    assert found == {"team-a": ["restricted"] * 3, "team-b": ["baseline"] * 3}


def test_a_namespace_has_a_resource_of_its_own(variants: Variants) -> None:
    """One removed takes no other with it, and the ids of the others stay."""
    closed, existing = (
        variants.platforms.templates[stack] for stack in ("Closed/Cluster", "Existing/Cluster")
    )
    assert manifest(closed, "Namespace", "team-a") != manifest(closed, "Namespace", "team-b")
    assert manifest(closed, "Namespace", "team-b") == manifest(existing, "Namespace", "team-b")
