"""The real kubectl against the server, with the controllers behind it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from local_aws.kubernetes.client import NODES, Client
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import changed, config_map, deployment, service
from tests.unit.local_aws.kubernetes.programs import Program

pytestmark = pytest.mark.usefixtures("controllers")

WAIT = "--timeout=30s"


def text(*objs: Json) -> str:
    return "\n---\n".join(json.dumps(obj) for obj in objs)


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


def test_list_is_applied(kubectl: Program, namespace: str) -> None:
    here = ("-f", "-", "--namespace", namespace)
    objs = {"apiVersion": "v1", "kind": "List", "items": [config_map("a"), config_map("b")]}
    applied = kubectl("apply", *here, stdin=json.dumps(objs))
    assert applied.splitlines() == ["configmap/a created", "configmap/b created"]
    wrong = {**objs, "items": [changed(config_map("c"), "dat", {})]}
    refusal = kubectl.refused("apply", *here, stdin=json.dumps(wrong))
    assert 'strict decoding error: unknown field "dat"' in refusal


def test_what_a_manifest_drops_is_pruned(kubectl: Program, namespace: str) -> None:
    here = ("--namespace", namespace)
    labels = {"app": "web"}
    objs = [config_map("a", labels=labels), changed(service(), "metadata.labels", labels)]
    kubectl("apply", "-f", "-", *here, stdin=text(*objs))
    allow = ("--prune-allowlist=core/v1/ConfigMap", "--prune-allowlist=core/v1/Service")
    pruned = kubectl(
        "apply", "--prune", "-l", "app=web", *allow, "-f", "-", *here, stdin=text(objs[0])
    )
    assert pruned.splitlines() == ["configmap/a unchanged", "service/web pruned"]


def test_server_side_apply_tells_managers_apart(kubectl: Program, namespace: str) -> None:
    command = ("apply", "--server-side", "-f", "-", "--namespace", namespace)
    kubectl(*command, "--field-manager=one", stdin=text(config_map()))
    theirs = changed(config_map(), "data.a", "2")
    refusal = kubectl.refused(*command, "--field-manager=two", stdin=text(theirs))
    assert 'conflict with "one"' in refusal
    kubectl(*command, "--field-manager=two", "--force-conflicts", stdin=text(theirs))
    found = kubectl("get", "configmap/settings", "-o", "jsonpath={.data.a}", "-n", namespace)
    assert found == "2"


def test_client_side_apply_becomes_server_side(kubectl: Program, namespace: str) -> None:
    """The client hands its fields over, so what the new manifest drops goes."""
    here = ("-f", "-", "--namespace", namespace)
    before = changed(config_map(), "data", {"a": "1", "b": "1"})
    kubectl("apply", *here, stdin=text(before))
    kubectl("apply", "--server-side", *here, stdin=text(config_map()))
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


def test_labels_and_annotations(kubectl: Program, namespace: str) -> None:
    here = ("--namespace", namespace)
    kubectl("create", "-f", "-", *here, stdin=text(config_map()))
    kubectl("label", "configmap/settings", "x=y", *here)
    kubectl("annotate", "configmap/settings", "note=seen", *here)
    assert kubectl("get", "configmaps", "-l", "x=y", "-o", "name", *here) == "configmap/settings\n"
    kubectl("label", "configmap/settings", "x-", *here)
    assert kubectl("get", "configmaps", "-l", "x=y", "-o", "name", *here) == ""


def test_tables_read_as_on_a_real_cluster(kubectl: Program, namespace: str) -> None:
    here = ("--namespace", namespace)
    kubectl("create", "-f", "-", *here, stdin=text(deployment(), service()))
    kubectl("wait", "--for=condition=Available", "deployment/web", WAIT, *here)

    def head(*arguments: str) -> list[str]:
        lines = kubectl("get", *arguments, *here).splitlines()
        return lines[0].split("  ")[0:1] + lines[0].split()[1:]

    assert head("deployments") == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert head("replicasets") == ["NAME", "DESIRED", "CURRENT", "READY", "AGE"]
    assert head("pods") == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert head("services") == ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"]
    assert head("nodes") == ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]
    assert head("namespaces") == ["NAME", "STATUS", "AGE"]
    assert head("serviceaccounts") == ["NAME", "AGE"]
    wide = kubectl("get", "pods", "-o", "wide", *here)
    assert wide.splitlines()[0].split()[5:7] == ["IP", "NODE"]
    everything = kubectl("get", "all", *here)
    assert {
        line.split("/")[0] for line in everything.splitlines() if "/" in line.split(" ")[0]
    } == {
        "pod",
        "service",
        "deployment.apps",
        "replicaset.apps",
    }


@pytest.mark.parametrize("thing", ["deployment/web", "replicasets", "pods", "service/web", "nodes"])
def test_describe(kubectl: Program, described: str, thing: str) -> None:
    assert "Name:" in kubectl("describe", thing, "--namespace", described)


@pytest.fixture
def described(kubectl: Program, namespace: str) -> str:
    """Return a namespace with a Deployment that runs, and its Service."""
    here = ("--namespace", namespace)
    kubectl("create", "-f", "-", *here, stdin=text(deployment(), service()))
    kubectl("wait", "--for=condition=Available", "deployment/web", WAIT, *here)
    return namespace


def test_rollout_forth_and_back(kubectl: Program, described: str) -> None:
    """A second revision rolls out, the history has both, and undo brings the first one back."""
    here = ("--namespace", described)
    image = "{.spec.template.spec.containers[0].image}"
    kubectl("set", "image", "deployment/web", "web=registry.example/web:2", *here)
    done = kubectl("rollout", "status", "deployment/web", WAIT, *here)
    assert done.endswith('deployment "web" successfully rolled out\n')
    history = kubectl("rollout", "history", "deployment/web", *here)
    assert [line.split()[0] for line in history.splitlines()[2:] if line] == ["1", "2"]
    kubectl("rollout", "undo", "deployment/web", *here)
    kubectl("rollout", "status", "deployment/web", WAIT, *here)
    found = kubectl("get", "deployment/web", "-o", f"jsonpath={image}", *here)
    assert found == "registry.example/web:1"
    history = kubectl("rollout", "history", "deployment/web", *here)
    assert [line.split()[0] for line in history.splitlines()[2:] if line] == ["2", "3"]
    sets = json.loads(kubectl("get", "replicasets", "-o", "json", *here))["items"]
    assert sorted(one["spec"]["replicas"] for one in sets) == [0, 2]


def test_scale(kubectl: Program, described: str) -> None:
    here = ("--namespace", described)
    kubectl("scale", "deployment/web", "--replicas=3", *here)
    kubectl("rollout", "status", "deployment/web", WAIT, *here)
    assert len(kubectl("get", "pods", "-o", "name", *here).splitlines()) == 3


def test_deletion_waits_for_finalizers(kubectl: Program, namespace: str) -> None:
    here = ("--namespace", namespace)
    held = config_map(finalizers=["example.com/hold"])
    kubectl("create", "-f", "-", *here, stdin=text(held))
    refusal = kubectl.refused("delete", "configmap/settings", "--timeout=1s", *here)
    assert "timed out waiting for the condition" in refusal
    kubectl(
        "patch",
        "configmap/settings",
        "--type=merge",
        "-p",
        '{"metadata":{"finalizers":null}}',
        *here,
    )
    assert "NotFound" in kubectl.refused("get", "configmap/settings", *here)


def test_deletion_takes_dependents_along(kubectl: Program, described: str) -> None:
    kubectl("delete", "deployment/web", "--cascade=foreground", "--namespace", described)
    left = kubectl("get", "deployments,replicasets,pods", "-o", "name", "--namespace", described)
    assert left == ""


def test_access_is_asked_for(kubectl: Program) -> None:
    assert kubectl("auth", "can-i", "delete", "nodes") == "yes\n"
    assert kubectl.run("auth", "can-i", "delete", "nodes", "--as=joe").stdout == "no\n"
    assert "local-admin" in kubectl("auth", "whoami")
    assert "selfsubjectaccessreviews" in kubectl("auth", "can-i", "--list", "--as=joe")
    refusal = kubectl.refused("get", "pods", "--as=joe")
    assert 'User "joe" cannot list resource "pods"' in refusal


def test_schema_is_explained(kubectl: Program) -> None:
    assert "FIELD: replicas <integer>" in kubectl("explain", "deployment.spec.replicas")


def test_logs_say_that_nothing_runs(kubectl: Program, described: str) -> None:
    refusal = kubectl.refused("logs", "deployment/web", "--namespace", described)
    assert "the local emulator plays it" in refusal


def test_events_are_told(kubectl: Program, described: str) -> None:
    events = kubectl("events", "--namespace", described)
    assert "ScalingReplicaSet" in events
    assert "Scheduled" in events


def test_node_is_drained(kubectl: Program, kube_client: Client, described: str) -> None:
    """Its pods move, and it takes none until it is uncordoned."""
    node = kubectl("get", "pods", "-o", "jsonpath={.items[0].spec.nodeName}", "-n", described)
    try:
        kubectl("drain", node, "--ignore-daemonsets", WAIT)
        kubectl("rollout", "status", "deployment/web", WAIT, "--namespace", described)
        on_it = ("--field-selector", f"spec.nodeName={node}")
        assert kubectl("get", "pods", *on_it, "-o", "name", "-n", described) == ""
    finally:
        kubectl("uncordon", node)
    drained = kube_client.get(NODES, "", node)
    assert drained is not None
    assert "unschedulable" not in drained["spec"]


def test_older_kubectl_works_too(
    make_program: Callable[[str, str], Program], namespace: str
) -> None:
    kubectl = make_program("kubectl", "1.35")
    here = ("--namespace", namespace)
    kubectl("apply", "-f", "-", *here, stdin=text(deployment()))
    kubectl("rollout", "status", "deployment/web", WAIT, *here)
    kubectl("delete", "deployment/web", *here)
