from __future__ import annotations

from pathlib import Path

from local_aws import report

LISTED = """\
NAMESPACE   NAME                     READY   UP-TO-DATE   AVAILABLE   AGE
shop        deployment.apps/orders   0/2     2            0           17s
shop        deployment.apps/paused   0/0     0            0           17s
shop        pod/web-1                0/1     Pending      0           17s
"""


def test_a_deployment_without_a_ready_pod_is_marked(tmp_path: Path) -> None:
    """A deploy doesn't wait for it, and is green."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f"#!/bin/sh\ncat <<'END'\n{LISTED}END\n", encoding="utf-8")
    kubectl.chmod(0o755)

    lines = report._objects(kubectl, tmp_path)  # the rest needs an account
    (marked,) = [line for line in lines if line.endswith("<- no pod is ready: describe it")]
    assert marked.split()[1] == "deployment.apps/orders"
    assert len(lines) == len(LISTED.splitlines())
