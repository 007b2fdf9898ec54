"""The real helm against the server, with the controllers behind it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.local_aws.kubernetes.programs import Program

pytestmark = pytest.mark.usefixtures("controllers")

CHART = str(Path(__file__).parents[1] / "chart")
WAIT = ("--wait", "--timeout=30s")


@pytest.mark.parametrize("version", ["1.35", "1.36"])
def test_life_of_a_release(
    make_program: Callable[[str, str], Program], kubectl: Program, namespace: str, version: str
) -> None:
    """A release is installed, upgraded, rolled back and uninstalled; each time helm waits."""
    helm = make_program("helm", version)
    here = ("--namespace", namespace)

    def data() -> dict[str, str]:
        found: dict[str, str] = json.loads(
            kubectl("get", "configmap/sample", "-o", "jsonpath={.data}", *here)
        )
        return found

    helm("upgrade", "--install", "sample", CHART, *WAIT, *here)
    assert data() == {"always": "there", "extra": "yes"}
    ready = kubectl("get", "deployment/sample", "-o", "jsonpath={.status.readyReplicas}", *here)
    assert ready == "2"
    assert kubectl("get", "wd", "-o", "name", *here) == "widget.sample.example/first\n"

    helm("upgrade", "sample", CHART, "--set=extra=,replicas=1", *WAIT, *here)
    assert data() == {"always": "there"}

    helm("rollback", "sample", "1", *WAIT, *here)
    assert data() == {"always": "there", "extra": "yes"}
    (release,) = json.loads(helm("list", "-o", "json", *here))
    assert (release["name"], release["revision"], release["status"]) == ("sample", "3", "deployed")

    helm("uninstall", "sample", *WAIT, *here)
    kinds = "deployments,replicasets,pods,services,secrets,widgets"
    assert kubectl("get", kinds, "-o", "name", *here) == ""
    assert "NotFound" in kubectl.refused("get", "clusterrole/sample")


def test_release_whose_pods_do_not_come_up_fails(
    make_program: Callable[[str, str], Program], namespace: str
) -> None:
    """Helm waits for the pods in vain, and says so."""
    helm = make_program("helm", "1.36")
    nowhere = ("--set-string", "nodeSelector.nowhere=true")
    refusal = helm.refused(
        *("upgrade", "--install", "sample", CHART, *nowhere),
        *("--wait", "--timeout=2s", "--namespace", namespace),
    )
    assert "context deadline exceeded" in refusal
    assert "Deployment/" in refusal
    (release,) = json.loads(helm("list", "--all-namespaces", "-o", "json", "--failed"))
    assert release["status"] == "failed"
    helm("uninstall", "sample", "--namespace", namespace)
