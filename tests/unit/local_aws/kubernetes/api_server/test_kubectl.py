"""The real kubectl against the server, with the controllers behind it."""

from __future__ import annotations

import json

import pytest

from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import changed, config_map, deployment, service
from tests.unit.local_aws.kubernetes.programs import Program

pytestmark = pytest.mark.usefixtures("controllers")

WAIT = "--timeout=30s"


def text(*objs: Json) -> str:
    """Return objects as the CDK's handler writes them: one after the other."""
    return "".join(json.dumps(obj) for obj in objs)


def test_manifest_is_created_then_applied(kubectl: Program, namespace: str) -> None:
    """What `create --save-config` made, `apply` updates: three ways, by merge keys."""
    here = ("--namespace", namespace)
    two = changed(
        deployment(), "spec.template.spec.containers.0.env", [{"name": "A", "value": "1"}]
    )
    created = kubectl("create", "--save-config", "-f", "-", *here, stdin=text(two, config_map()))
    assert created.splitlines() == ["deployment.apps/web created", "configmap/settings created"]
    assert "deployment.apps/web unchanged" in kubectl("apply", "-f", "-", *here, stdin=text(two))
    kubectl("set", "env", "deployment/web", "B=2", *here)
    other = changed(two, "spec.template.spec.containers.0.env", [{"name": "C", "value": "3"}])
    assert "configured" in kubectl("apply", "-f", "-", *here, stdin=text(other))
    path = "{.spec.template.spec.containers[0].env[*].name}"
    names = kubectl("get", "deployment/web", "-o", f"jsonpath={path}", *here)
    assert sorted(names.split()) == ["B", "C"]
    kubectl("rollout", "status", "deployment/web", WAIT, *here)
    head, line = kubectl("get", "deployments,pods", *here).splitlines()[:2]
    assert head.split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert line.split()[:2] == ["deployment.apps/web", "2/2"]


def test_what_a_manifest_drops_is_pruned(kubectl: Program, namespace: str) -> None:
    """As the CDK's handler updates: without a list of kinds, by the label alone."""
    here, labels = ("--namespace", namespace), {"app": namespace}
    objs = [config_map("a", labels=labels), changed(service(), "metadata.labels", labels)]
    kubectl("create", "--save-config", "-f", "-", *here, stdin=text(*objs))
    prune = ("apply", "--prune", "-l", f"app={namespace}", "-f", "-")
    pruned = kubectl(*prune, *here, stdin=text(objs[0]))
    assert pruned.splitlines() == ["configmap/a unchanged", "service/web pruned"]


def test_server_side_apply(kubectl: Program, namespace: str) -> None:
    command = ("apply", "--server-side", "-f", "-", "--namespace", namespace)
    kubectl(*command, stdin=text(changed(config_map(), "data", {"a": "1", "b": "1"})))
    kubectl(*command, stdin=text(config_map()))
    found = kubectl("get", "configmap/settings", "-o", "jsonpath={.data}", "-n", namespace)
    assert json.loads(found) == {"a": "1"}


def test_wrong_manifest_is_refused(kubectl: Program, namespace: str) -> None:
    here = ("-f", "-", "--namespace", namespace)
    unknown = changed(deployment(), "spec.replica", 1)
    refusal = kubectl.refused("apply", *here, stdin=text(unknown))
    assert 'strict decoding error: unknown field "spec.replica"' in refusal
    lost = changed(deployment(), "spec.selector.matchLabels", {"app": "other"})
    refusal = kubectl.refused("apply", *here, stdin=text(lost))
    assert 'The Deployment "web" is invalid: spec.template.metadata.labels' in refusal
    assert kubectl("get", "all", "--namespace", namespace) == ""


def test_dry_run_is_answered_by_the_server(kubectl: Program, namespace: str) -> None:
    here = ("-f", "-", "--namespace", namespace)
    shown = kubectl("create", "--dry-run=server", "-o", "json", *here, stdin=text(deployment()))
    assert json.loads(shown)["spec"]["revisionHistoryLimit"] == 10
    assert kubectl("get", "deployments", "--namespace", namespace) == ""


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("json", [{"op": "add", "path": "/data/b", "value": "2"}]),
        ("merge", {"data": {"b": "2"}}),
        ("strategic", {"data": {"b": "2"}}),
    ],
)
def test_patches_of_all_kinds(kubectl: Program, namespace: str, kind: str, patch: object) -> None:
    here = ("--namespace", namespace)
    kubectl("create", "-f", "-", *here, stdin=text(config_map()))
    kubectl("patch", "configmap/settings", "--type", kind, "-p", json.dumps(patch), *here)
    found = json.loads(kubectl("get", "configmap/settings", "-o", "json", *here))
    assert found["data"] == {"a": "1", "b": "2"}


def test_deletion_waits_for_finalizers(kubectl: Program, namespace: str) -> None:
    here = ("--namespace", namespace)
    held = config_map(finalizers=["example.com/hold"])
    kubectl("create", "-f", "-", *here, stdin=text(held))
    refusal = kubectl.refused("delete", "configmap/settings", "--timeout=1s", *here)
    assert "timed out waiting for the condition" in refusal
    patch = '{"metadata":{"finalizers":null}}'
    kubectl("patch", "configmap/settings", "--type=merge", "-p", patch, *here)
    assert "NotFound" in kubectl.refused("get", "configmap/settings", *here)
