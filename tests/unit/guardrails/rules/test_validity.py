from __future__ import annotations

import json
from pathlib import Path

import jsonpatch
import pytest

from guardrails.catalogue import RULES
from kube.pod_security import LABEL
from tests.unit.guardrails.rules.objects import Json, environment, item, values, workload

CLUSTER: Json = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "test", "Version": "1.36"}}
VERDICTS = json.loads(
    (Path(__file__).parents[2] / "kube/verdicts.json").read_text(encoding="utf-8")
)
TAKEN = 201
NOT_OURS = ("clusterIP outside the range",)
"""What an object doesn't show: the range is the cluster's."""
NAMESPACE = item("Namespace", "sample")
NAMESPACE["metadata"] = {"name": "sample", "labels": {f"{LABEL}enforce": "restricted"}}
REFUSING = ("KUBE1", *(f"KUBE{number}" for number in range(15, 22)))
"""The rules about what the API server refuses."""


def refused(*objects: Json, version: object = "1.36") -> dict[str, list[str]]:
    """Return what the rules say that the API server of a cluster's version refuses."""
    cluster = {**CLUSTER, "Properties": {**CLUSTER["Properties"], "Version": version}}
    there = environment(*objects, Cluster=cluster)
    found = {rule: values(rule, there) for rule in REFUSING}
    return {rule: some for rule, some in found.items() if some}


def test_the_rules_say_what_a_real_api_server_says() -> None:
    """Also what Pod Security refuses: the server's namespace enforces the restricted standard."""
    for case in VERDICTS["cases"]:
        written = jsonpatch.apply_patch(VERDICTS["bases"][case["base"]], case["patch"])
        is_right = case["status"] == TAKEN or case["name"] in NOT_OURS
        assert (refused(written, NAMESPACE) == {}) is is_right, case["name"]


def test_what_the_api_server_refuses_stops_the_synth() -> None:
    """A warning would only be printed."""
    severities = {rule.severity for rule in RULES if rule.id in REFUSING}
    assert severities == {"error"}


@pytest.mark.parametrize(
    ("written", "rule", "value"),
    [
        (workload(selector={}), "KUBE1", "Deployment/web spec.selector"),
        (workload(selector=None), "KUBE1", "Deployment/web spec.selector"),
        (
            workload(container={"resources": {"limits": {"cpu": "1,5"}}}),
            "KUBE15",
            "Deployment/web spec.template.spec.containers[0].resources.limits[cpu] 1,5",
        ),
        (
            item("ResourceQuota", "all", spec={"hard": {"cpu": "many"}}),
            "KUBE15",
            "ResourceQuota/all spec.hard[cpu] many",
        ),
        (
            item("Service", spec={"ports": [{"port": 53}, {"port": 54, "name": "tcp"}]}),
            "KUBE16",
            "Service/web spec.ports[0].name",
        ),
        (item("ConfigMap", "Settings"), "KUBE17", "ConfigMap/Settings metadata.name Settings"),
        (
            {**item("ConfigMap"), "metadata": {"name": "web", "labels": {"a.b/c": True}}},
            "KUBE17",
            "ConfigMap/web metadata.labels[a.b/c] true",
        ),
        (
            workload(pod={"initContainers": [{"name": "main", "image": "nginx"}]}),
            "KUBE17",
            "Deployment/web spec.template.spec.initContainers[0].name main",
        ),
        (
            workload(pod={"dnsPolicy": "default"}),
            "KUBE18",
            "Deployment/web spec.template.spec.dnsPolicy default",
        ),
        (
            workload(container={"volumeMounts": [{"name": "data", "mountPath": "/data"}]}),
            "KUBE19",
            "Deployment/web spec.template.spec.containers[0].volumeMounts[0].name data",
        ),
        (workload(replica=2), "KUBE20", "Deployment/web spec.replica 2"),
        (workload(replicas="two"), "KUBE20", "Deployment/web spec.replicas two"),
        (
            {**item("PodDisruptionBudget"), "apiVersion": "policy/v1beta1"},
            "KUBE20",
            "PodDisruptionBudget/web apiVersion policy/v1beta1",
        ),
    ],
)
def test_each_problem_belongs_to_one_rule(written: Json, rule: str, value: str) -> None:
    """The name of a finding has the path of the field and what stands there."""
    assert {name: set(some) for name, some in refused(written).items()} == {rule: {value}}


@pytest.mark.parametrize(
    ("version", "taken"),
    [("1.35", False), ("1.36", True), ({"Ref": "Version"}, True), (None, True)],
)
def test_the_version_is_that_of_the_cluster(version: object, *, taken: bool) -> None:
    """A Service's name may begin with a digit from 1.36 on; an unknown version is the newest."""
    service = item("Service", "1web", spec={"ports": [{"port": 80}]})
    assert (refused(service, version=version) == {}) is taken


def test_what_a_deploy_fills_in_is_not_judged() -> None:
    """Neither as a number nor as a name."""
    pods = workload(replicas="${Count}", container={"image": "${Image}", "ports": "${Ports}"})
    assert refused(pods, item("ConfigMap", "${Name}")) == {}


def test_the_items_of_a_list_are_judged_one_by_one() -> None:
    """A list itself needs no name."""
    together = {"apiVersion": "v1", "kind": "List", "items": [workload(), item("ConfigMap", "A")]}
    assert refused(together) == {"KUBE17": ["ConfigMap/A metadata.name A"]}


def test_a_long_value_is_cut_in_the_name_of_a_finding() -> None:
    """An acknowledgement repeats the name."""
    (value,) = refused(item("ConfigMap", "A" * 99))["KUBE17"]
    assert value.endswith(f"metadata.name {'A' * 60}…")
