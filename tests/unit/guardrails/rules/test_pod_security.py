from __future__ import annotations

from dataclasses import replace

import pytest

from kube.pod_security import LABEL
from tests.unit.guardrails.rules.objects import Json, environment, findings, item, values, workload

FENCED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
OF_POD = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def fenced(**fields: object) -> Json:
    """Return a workload that keeps to the restricted standard, and these fields of its pods."""
    return workload(
        pod={"securityContext": OF_POD, **fields}, container={"securityContext": FENCED}
    )


def namespace(**labels: str) -> Json:
    """Return the workload's namespace with these labels of Pod Security."""
    made = item("Namespace", "shop")
    made["metadata"] = {
        "name": "shop",
        "labels": {f"{LABEL}{name.replace('_', '-')}": value for name, value in labels.items()},
    }
    return made


@pytest.mark.parametrize(
    ("of_pod", "of_container", "open_doors"),
    [
        (OF_POD, FENCED, []),
        ({}, {**OF_POD, **FENCED}, []),
        (OF_POD, {**FENCED, "runAsNonRoot": False}, ["runAsNonRoot"]),
        (OF_POD, {**FENCED, "runAsUser": 0}, ["runAsUser"]),
        (OF_POD, {**FENCED, "seccompProfile": {"type": "Unconfined"}}, ["seccompProfile.type"]),
        (OF_POD, {**FENCED, "seccompProfile": {"type": "${Type}"}}, []),
        (
            OF_POD,
            {**FENCED, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}},
            [],
        ),
        (
            {**OF_POD, **FENCED},
            {},
            # These two count for a container alone.
            ["allowPrivilegeEscalation", "capabilities.drop"],
        ),
    ],
)
def test_a_container_is_fenced_in(of_pod: Json, of_container: Json, open_doors: list[str]) -> None:
    """What the container says goes before what the pod says."""
    found = environment(
        workload(pod={"securityContext": of_pod}, container={"securityContext": of_container})
    )
    assert values("KUBE11", found) == [
        f"Deployment/web containers[0].securityContext.{door}" for door in open_doors
    ]


@pytest.mark.parametrize(
    ("pod", "field"),
    [
        ({"hostNetwork": True}, "hostNetwork"),
        ({"volumes": [{"name": "root", "hostPath": {"path": "/"}}]}, "volumes[0].hostPath"),
        (
            {
                "initContainers": [
                    {"name": "first", "securityContext": {**FENCED, "privileged": True}}
                ]
            },
            "initContainers[0].securityContext.privileged",
        ),
    ],
)
def test_the_standard_counts_as_a_whole(pod: Json, field: str) -> None:
    """Host namespaces, volumes, and the containers that prepare."""
    assert values("KUBE11", environment(fenced(**pod))) == [f"Deployment/web {field}"]


@pytest.mark.parametrize(
    ("labels", "rule"),
    [
        pytest.param({}, "KUBE11", id="nothing"),
        pytest.param({"warn": "restricted"}, "KUBE11", id="a warning"),
        pytest.param({"enforce": "privileged"}, "KUBE11", id="anything"),
        pytest.param({"enforce": "${Level}"}, "KUBE11", id="what a deploy fills in"),
        pytest.param({"enforce": "baseline"}, "KUBE21", id="the baseline"),
        pytest.param({"enforce": "restricted"}, "KUBE21", id="the whole standard"),
        pytest.param(
            {"enforce": "restricted", "enforce_version": "v1.30"}, "KUBE21", id="of another version"
        ),
    ],
)
@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_a_namespace_may_refuse_the_pods(labels: dict[str, str], rule: str, kind: str) -> None:
    """A workload that breaks what its namespace enforces is made, and gets no pods."""
    broken = {**fenced(hostNetwork=True), "kind": kind}
    found = environment(broken, namespace(**labels))
    for each in ("KUBE11", "KUBE21"):
        assert values(each, found) == ([f"{kind}/web hostNetwork"] if each == rule else [])


def test_the_version_of_the_standard_counts() -> None:
    """Hosts of probes are forbidden from 1.34 on."""
    probe = {"httpGet": {"port": 80, "host": "10.0.0.1"}}
    pods = workload(container={"readinessProbe": probe})
    field = "Deployment/web containers[0].readinessProbe.httpGet.host"
    for version, refused in (("v1.33", False), ("v1.34", True), ("latest", True)):
        labels = {"enforce": "baseline", "enforce_version": version}
        found = values("KUBE21", environment(pods, namespace(**labels)))
        assert (field in found) is refused


@pytest.mark.parametrize(
    ("labels", "rule_id", "after"),
    [
        ({}, "KUBE11", "."),
        ({"enforce": "baseline"}, "KUBE21", ", or set pod_security of the workload"),
    ],
)
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"privileged": True}, "containers[0].securityContext.privileged"),
        (
            {"capabilities": {"drop": ["ALL"], "add": ["X"]}},
            "containers[0].securityContext.capabilities.add[0]",
        ),
    ],
)
def test_the_fix_names_what_to_remove(
    labels: dict[str, str], rule_id: str, after: str, fields: Json, field: str
) -> None:
    """And the workload's own field, which allows it."""
    security = {"securityContext": {**FENCED, **fields}}
    pods = workload(pod={"securityContext": OF_POD}, container=security)

    (finding,) = findings(rule_id, environment(namespace(**labels), pods))

    assert finding.fix.startswith(f"Remove {field}{after}")
    assert finding.field == f"spec.template.spec.{field}"


def test_what_must_be_set_has_the_fix_of_the_rule() -> None:
    """It says what to write."""
    found = findings("KUBE11", environment(workload()))
    assert {finding.fix for finding in found} == {""}


def test_of_windows_pods_only_what_windows_has_is_asked() -> None:
    """The server refuses seccomp profiles and capabilities there, and takes what the fix says."""
    windows = {"os": {"name": "windows"}}
    found = findings("KUBE11", environment(workload(pod=windows)))
    assert [finding.field.rpartition(".")[2] for finding in found] == ["runAsNonRoot"]
    assert found[0].fix.startswith("Set runAsNonRoot: true: the rest")
    fixed = environment(workload(pod={**windows, "securityContext": {"runAsNonRoot": True}}))
    assert not findings("KUBE11", fixed)


@pytest.mark.parametrize(
    ("name", "labels", "production", "found"),
    [
        ("shop", {}, False, True),
        ("shop", {}, True, True),
        ("shop", {f"{LABEL}warn": "restricted"}, False, True),
        ("shop", {f"{LABEL}enforce": "baseline"}, True, False),
        # Outside production a team may mean it.
        ("shop", {f"{LABEL}enforce": "privileged"}, False, False),
        ("shop", {f"{LABEL}enforce": "privileged"}, True, True),
        ("kube-system", {}, False, False),
        ("shop", {f"{LABEL}enforce": "${Level}"}, False, False),
    ],
)
def test_a_namespace_says_what_it_enforces(
    name: str, labels: dict[str, str], *, production: bool, found: bool
) -> None:
    """Nothing is enforced where nobody says it."""
    space = {**item("Namespace", name), "metadata": {"name": name, "labels": labels}}
    made = replace(environment(space, Level={"Type": "AWS::SSM::Parameter"}), production=production)
    assert bool(values("EXPOSE20", made)) is found
