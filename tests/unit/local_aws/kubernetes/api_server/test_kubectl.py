"""The real kubectl and helm against each server, with the controllers behind it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from local_aws.kubernetes.client import PODS
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import changed, config_map, deployment, service
from tests.unit.local_aws.kubernetes.programs import Program
from tests.unit.local_aws.kubernetes.servers import Cluster, eventually

CHART = str(Path(__file__).parents[1] / "chart")
WAIT = ("--wait", "--timeout=30s")
ENV = "spec.template.spec.containers.0.env"


def text(*objs: Json) -> str:
    """Return objects as the CDK's handler writes them: one after the other."""
    return "".join(json.dumps(obj) for obj in objs)


def test_manifest_is_created_then_applied(kubectl: Program, namespace: str) -> None:
    """What `create --save-config` made, `apply` updates: three ways, by merge keys."""
    here = ("--namespace", namespace)
    two = changed(deployment(), ENV, [{"name": "A", "value": "1"}])
    created = kubectl("create", "--save-config", "-f", "-", *here, stdin=text(two, config_map()))
    assert created.splitlines() == ["deployment.apps/web created", "configmap/settings created"]
    assert "deployment.apps/web unchanged" in kubectl("apply", "-f", "-", *here, stdin=text(two))
    kubectl("set", "env", "deployment/web", "B=2", *here)
    other = changed(two, ENV, [{"name": "C", "value": "3"}])
    assert "configured" in kubectl("apply", "-f", "-", *here, stdin=text(other))
    path = "{.spec.template.spec.containers[0].env[*].name}"
    names = kubectl("get", "deployment/web", "-o", f"jsonpath={path}", *here)
    assert sorted(names.split()) == ["B", "C"]
    kubectl("rollout", "status", "deployment/web", "--timeout=30s", *here)
    head, line = kubectl("get", "deployments,pods", *here).splitlines()[:2]
    assert head.split()[:4] == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE"]
    assert line.split()[:2] == ["deployment.apps/web", "2/2"]


def test_what_a_manifest_drops_is_pruned(kubectl: Program, namespace: str) -> None:
    """As the CDK's handler updates: without a list of kinds, by the label alone."""
    here, labels = ("--namespace", namespace), {"app": namespace}
    objs = [config_map("a", labels=labels), changed(service(), "metadata.labels", labels)]
    kubectl("create", "--save-config", "-f", "-", *here, stdin=text(*objs))
    prune = ("apply", "--prune", "-l", f"app={namespace}", "-f", "-")
    pruned = kubectl(*prune, *here, stdin=text(objs[0]))
    assert pruned.splitlines() == ["configmap/a unchanged", "service/web pruned"]


def test_wrong_manifest_is_refused(kubectl: Program, namespace: str) -> None:
    here = ("-f", "-", "--namespace", namespace)
    refusal = kubectl.refused("apply", *here, stdin=text(changed(deployment(), "spec.replica", 1)))
    assert 'strict decoding error: unknown field "spec.replica"' in refusal
    lost = changed(deployment(), "spec.selector.matchLabels", {"app": "other"})
    refusal = kubectl.refused("apply", *here, stdin=text(lost))
    assert 'The Deployment "web" is invalid: spec.template.metadata.labels' in refusal


@pytest.mark.parametrize("version", ["1.35", "1.36"])
def test_life_of_a_release(
    make_program: Callable[..., Program], cluster: Cluster, namespace: str, version: str
) -> None:
    """A release is installed, upgraded, rolled back and uninstalled; each time helm waits."""
    helm, kubectl = make_program("helm", version, cluster.folder), cluster.kubectl
    here = ("--namespace", namespace)

    def data() -> Json:
        found: Json = json.loads(kubectl("get", "cm/sample", "-o", "jsonpath={.data}", *here))
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
    eventually(lambda: not cluster.client.list(PODS, namespace))
    kinds = "deployments,services,secrets,widgets"
    assert kubectl("get", kinds, "-o", "name", *here) == ""
    assert "NotFound" in kubectl.refused("get", f"clusterrole/sample-{namespace}")


def test_release_whose_pods_do_not_come_up_fails(
    make_program: Callable[..., Program], cluster: Cluster, namespace: str
) -> None:
    helm, here = make_program("helm", "1.36", cluster.folder), ("--namespace", namespace)
    nowhere = ("--set-string", "nodeSelector.nowhere=true", "--wait", "--timeout=2s")
    refusal = helm.refused("upgrade", "--install", "sample", CHART, *nowhere, *here)
    assert "context deadline exceeded" in refusal
    helm("uninstall", "sample", *here)
