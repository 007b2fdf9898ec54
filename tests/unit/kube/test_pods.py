from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kube.pods import containers, pod_template, replicas, requests, scaled
from kube.selectors import matches, may_match
from kube.values import Unknown

HOLE = Unknown("${Value}")
TEMPLATE = {
    "metadata": {"labels": {"app": "web"}, "annotations": {"a": "b"}},
    "spec": {"containers": [{"name": "web"}]},
}


@pytest.mark.parametrize(
    ("kind", "obj", "path"),
    [
        ("Pod", TEMPLATE, "spec"),
        ("PodTemplate", {"template": TEMPLATE}, "template.spec"),
        ("Deployment", {"spec": {"template": TEMPLATE}}, "spec.template.spec"),
        ("StatefulSet", {"spec": {"template": TEMPLATE}}, "spec.template.spec"),
        ("DaemonSet", {"spec": {"template": TEMPLATE}}, "spec.template.spec"),
        ("ReplicaSet", {"spec": {"template": TEMPLATE}}, "spec.template.spec"),
        ("ReplicationController", {"spec": {"template": TEMPLATE}}, "spec.template.spec"),
        ("Job", {"spec": {"template": TEMPLATE}}, "spec.template.spec"),
        (
            "CronJob",
            {"spec": {"jobTemplate": {"spec": {"template": TEMPLATE}}}},
            "spec.jobTemplate.spec.template.spec",
        ),
    ],
)
def test_kinds_make_pods(kind: str, obj: dict[str, Any], path: str) -> None:
    template = pod_template({**obj, "kind": kind})
    assert template is not None
    assert (template.path, template.labels, template.annotations) == (
        path,
        {"app": "web"},
        {"a": "b"},
    )
    assert template.spec == TEMPLATE["spec"]


@pytest.mark.parametrize(
    "obj",
    [
        {"kind": "Service", "spec": {"template": TEMPLATE}},
        {"kind": "Deployment"},
        {"kind": "Deployment", "spec": {"template": HOLE}},
        {"kind": ["Pod"], "spec": {}},
        None,
    ],
)
def test_others_make_none(obj: object) -> None:
    assert pod_template(obj) is None


def test_containers_have_paths() -> None:
    spec = {
        "containers": [{"name": "a"}, None, {"name": "b"}],
        "initContainers": [{"name": "i"}],
        "ephemeralContainers": HOLE,
    }
    assert [at for at, _ in containers(spec)] == [
        "initContainers[0]",
        "containers[0]",
        "containers[2]",
    ]
    assert [at for at, _ in containers(spec, "containers")] == ["containers[0]", "containers[2]"]


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        ({"kind": "Pod"}, 1),
        ({"kind": "Deployment", "spec": {}}, 1),
        ({"kind": "Deployment", "spec": {"replicas": 0}}, 0),
        ({"kind": "StatefulSet", "spec": {"replicas": 3}}, 3),
        ({"kind": "Job", "spec": {"parallelism": 4}}, 4),
        ({"kind": "Job", "spec": {"parallelism": 4, "completions": 3}}, 3),
        ({"kind": "Job", "spec": {"completions": 3}}, 1),
        ({"kind": "Job", "spec": {"parallelism": 4, "suspend": True}}, 0),
        ({"kind": "Deployment", "spec": {"replicas": HOLE}}, None),
        ({"kind": "Deployment", "spec": {"replicas": True}}, None),
        ({"kind": "DaemonSet"}, None),
        ({"kind": "CronJob"}, None),
    ],
)
def test_replicas(obj: object, expected: int | None) -> None:
    assert replicas(obj) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"jobTemplate": {"spec": {}}}, 1),
        ({"jobTemplate": {"spec": {"parallelism": 4, "completions": 9}}}, 4),
        ({"jobTemplate": {"spec": {"parallelism": 4, "completions": 3}}}, 3),
        ({"jobTemplate": {"spec": {"parallelism": 4, "suspend": True}}}, 0),
        ({"jobTemplate": {"spec": {"parallelism": 4}}, "suspend": True}, 0),
        ({"jobTemplate": {"spec": {"parallelism": 4}}, "concurrencyPolicy": "Forbid"}, 4),
        ({"jobTemplate": {"spec": {"parallelism": HOLE}}}, 0),
        ({}, 1),
    ],
)
def test_a_cron_job_keeps_the_pods_of_one_job(spec: object, expected: int) -> None:
    """At one time; a suspended one starts none."""
    assert scaled({"kind": "CronJob", "spec": spec}, [], "maxReplicas") == expected


@pytest.mark.parametrize(
    ("schedule", "minutes", "jobs"),
    [
        ("*/5 * * * *", 5, 1),
        ("*/5 * * * *", 6, 2),
        ("*/5 * * * *", 60, 12),
        ("0,5 * * * *", 55, 2),
        ("0,5 * * * *", 61, 3),
        ("58-59,0 * * * *", 3, 3),
        ("30 23,0 * * *", 61, 2),
        ("10/20 8-9 * * 1-5", 30, 2),
        ("0 2 1 * *", 60 * 24 * 9, 1),
        ("* * * * *", 60 * 24 * 9, 60 * 24),
        ("@hourly", 90, 2),
        ("@daily", 90, 1),
        ("@every 1h30m", 100, 2),
        ("@every 10s", 1, 6),
        ("five o'clock on a day", 90, 1),
        ("*/0 * * * *", 90, 1),
        ("", 90, 1),
    ],
)
def test_jobs_of_a_cron_job_overlap_until_their_deadline(
    schedule: str, minutes: int, jobs: int
) -> None:
    """At most; one policy lets them, which is the usual one, and its least is one Job."""
    spec = {
        "schedule": schedule,
        "jobTemplate": {"spec": {"parallelism": 2, "activeDeadlineSeconds": 60 * minutes}},
    }
    obj = {"kind": "CronJob", "spec": spec}
    assert scaled(obj, [], "maxReplicas") == 2 * jobs
    assert scaled(obj, [], "minReplicas") == 2
    for policy, more in (("Allow", jobs), ("Forbid", 1), ("Replace", 1)):
        alone = {"kind": "CronJob", "spec": {**spec, "concurrencyPolicy": policy}}
        assert scaled(alone, [], "maxReplicas") == 2 * more


def asking(cpu: object, **more: object) -> dict[str, Any]:
    return {"resources": {"requests": {"cpu": cpu}}, **more}


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ({"containers": [asking("500m"), asking(1)]}, "1.5"),
        ({"containers": [{"resources": {"limits": {"cpu": "2"}}}]}, "2"),
        ({"containers": [{"resources": {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}}]}, "1"),
        # One init container runs at a time, before the others.
        ({"containers": [asking(1)], "initContainers": [asking(3), asking(2)]}, "3"),
        ({"containers": [asking(1)], "initContainers": [asking("500m")]}, "1"),
        # A sidecar runs beside the init containers after it, and beside the containers.
        ({"containers": [asking(1)], "initContainers": [asking(1, restartPolicy="Always")]}, "2"),
        (
            {
                "containers": [asking(1)],
                "initContainers": [asking(4), asking(1, restartPolicy="Always"), asking(5)],
            },
            "6",
        ),
        ({"containers": [asking(1)], "resources": {"requests": {"cpu": "4"}}}, "4"),
        ({"containers": [asking(1)], "resources": {"limits": {"cpu": "4"}}}, "1"),
        ({"containers": [{}], "resources": {"limits": {"cpu": "4"}}}, "4"),
        ({"containers": [asking(1)], "overhead": {"cpu": "250m"}}, "1.25"),
        # What nobody knows yet, or no server takes, counts nothing.
        ({"containers": [asking(1), asking(HOLE), asking("1 cpu"), asking("1e999999999")]}, "1"),
        ({"containers": [{"resources": {"limits": {"cpu": 2}, "requests": {"cpu": HOLE}}}]}, None),
        ({"containers": [{"resources": []}], "initContainers": None, "resources": HOLE}, None),
    ],
)
def test_requests_are_counted_as_by_the_scheduler(spec: object, cpu: str | None) -> None:
    found = requests(spec)
    assert found.get("cpu") == (None if cpu is None else Decimal(cpu))


@pytest.mark.parametrize(
    "template",
    [
        {"metadata": Unknown("x"), "spec": {}},
        {"metadata": {"labels": Unknown("x")}, "spec": {}},
    ],
)
def test_labels_that_nobody_knows_are_no_labels_of_anybody(template: dict[str, Any]) -> None:
    """A selector may take them."""
    found = pod_template({"kind": "Deployment", "spec": {"template": template}})
    assert found is not None
    assert may_match({"matchLabels": {"app": "web"}}, found.labels)
    assert not matches({"matchLabels": {"app": "web"}}, found.labels)
