"""Pods that nobody lets in, or that never get ready: what becomes of those that run."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.unit.review.foreign import kubernetes, manifest, of_resources
from tests.unit.review.templates import reviewed, texts

STRICT = {"pod-security.kubernetes.io/enforce": "restricted"}
STAY = "those that run stay"
ALL = r"takes down: .*all that run are stopped first"
SOME = "the rollout may first stop some that run"


def workload(
    kind: str = "Deployment",
    *,
    name: str = "web",
    image: str = "web:1",
    replicas: int | None = 3,
    **fields: Any,  # noqa: ANN401  # fields of a spec
) -> dict[str, Any]:
    """Return the resource of what makes pods; `container` has fields of its container."""
    container = {"name": "web", "image": image, **fields.pop("container", {})}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    count = {} if replicas is None else {"replicas": replicas}
    selector = {"matchLabels": {"app": "web"}}
    spec = {**count, "selector": selector, "template": template, **fields}
    return manifest(kubernetes(kind, name, spec=spec))


def scaler(most: int = 9) -> dict[str, Any]:
    """Return a HorizontalPodAutoscaler of the Deployment."""
    target = {"kind": "Deployment", "name": "web"}
    return manifest(
        kubernetes(
            "HorizontalPodAutoscaler", "web", spec={"maxReplicas": most, "scaleTargetRef": target}
        )
    )


def space(labels: dict[str, str]) -> dict[str, Any]:
    """Return the namespace."""
    return manifest({"kind": "Namespace", "metadata": {"name": "team", "labels": labels}})


def quota(**hard: str) -> dict[str, Any]:
    """Return a quota of the namespace."""
    return manifest(kubernetes("ResourceQuota", "few", spec={"hard": hard}))


def service(*ports: str, name: str = "web") -> dict[str, Any]:
    """Return a Service of pods' ports."""
    wanted = [{"name": x, "port": n, "targetPort": x} for n, x in enumerate(ports, start=80)]
    return manifest(kubernetes("Service", name, spec={"selector": {"app": "web"}, "ports": wanted}))


def said(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Return the sentences of a change, a line each."""
    return "\n".join(texts(reviewed(of_resources(before), of_resources(after))))


def rolling(gone: object) -> dict[str, Any]:
    """Return a strategy of a Deployment."""
    return {"strategy": {"rollingUpdate": {"maxUnavailable": gone}}}


@pytest.mark.parametrize(
    ("kind", "fields", "then"),
    [
        pytest.param("Deployment", {}, STAY, id="a quarter of three is none"),
        pytest.param("Deployment", {"replicas": None}, STAY, id="one by default"),
        pytest.param("Deployment", {"replicas": 8}, SOME, id="a quarter of eight"),
        pytest.param("Deployment", rolling(1), SOME, id="one of three"),
        pytest.param("Deployment", {"replicas": 1, **rolling(1)}, ALL, id="one of one"),
        pytest.param("Deployment", {"strategy": {"type": "Recreate"}}, ALL, id="recreated"),
        pytest.param(
            "Deployment", {"strategy": {"type": "Recreate"}, "paused": True}, STAY, id="paused"
        ),
        pytest.param("StatefulSet", {}, SOME, id="one after the other"),
        pytest.param("StatefulSet", {"replicas": 1}, ALL, id="the only one"),
        pytest.param("StatefulSet", {"updateStrategy": {"type": "OnDelete"}}, STAY, id="later"),
        pytest.param("DaemonSet", {"replicas": None}, SOME, id="of each node"),
        pytest.param("ReplicaSet", {}, STAY, id="never"),
        pytest.param("Deployment", {"replicas": 0}, "none of them comes up", id="none runs"),
    ],
)
@pytest.mark.parametrize("why", ["rejected", "never ready"])
def test_what_becomes_of_the_pods_that_run(
    kind: str, fields: dict[str, Any], then: str, why: str
) -> None:
    """A rollout that stops pods first has nothing to put in their place."""
    probe = {"readinessProbe": {"httpGet": {"port": "none"}}} if why == "never ready" else {}
    new = workload(kind, **fields, image="web:2", container=probe)
    strict = STRICT if why == "rejected" else {}
    found = said({"D": workload(kind, **fields), "N": space({})}, {"D": new, "N": space(strict)})
    assert "until the new pods are ready" not in found
    assert not re.search("(restart|are rolled)", found), found
    lines = [x for x in found.splitlines() if "**are rejected**" in x or "**fail a probe**" in x]
    assert len(lines) == 1, found
    assert re.search(then, lines[0]), lines


@pytest.mark.parametrize(
    ("now", "rejected"),
    [({"hostNetwork": True}, True), ({"terminationGracePeriodSeconds": 1}, False)],
)
def test_what_is_rejected_does_nothing(now: dict[str, Any], *, rejected: bool) -> None:
    """Only that it is rejected is told, not what it might do if it ran."""
    both = {"N": space({"pod-security.kubernetes.io/enforce": "baseline"}), "D": workload()}
    new = workload()
    content = json.loads(new["Properties"]["Manifest"])
    content[0]["spec"]["template"]["spec"] |= now
    new["Properties"]["Manifest"] = json.dumps(content)
    found = said(both, {**both, "D": new})
    assert ("are rejected" in found) is rejected
    assert ("the network of their node" in found or "seconds to stop" in found) is not rejected


@pytest.mark.parametrize(
    ("was", "fields", "expected"),
    [
        ("baseline", {}, "the rollout stalls, .* and the old ReplicaSet replaces one that goes"),
        ("baseline", {"paused": True}, "it is paused: .* replaces one that goes, and the rollout"),
        # The old template isn't let in either.
        ("privileged", {}, f"{STAY}, and one that goes isn't replaced"),
        ("privileged", {"paused": True}, f"{STAY}, and one that goes isn't replaced"),
    ],
)
def test_who_replaces_a_pod_that_goes(was: str, fields: dict[str, Any], expected: str) -> None:
    """The old ReplicaSet does, unless what decides on pods has changed as well."""
    spaces = [space({"pod-security.kubernetes.io/enforce": x}) for x in (was, "baseline")]
    new = workload(**fields)
    content = json.loads(new["Properties"]["Manifest"])
    content[0]["spec"]["template"]["spec"] |= {"hostNetwork": True}
    new["Properties"]["Manifest"] = json.dumps(content)
    found = said({"N": spaces[0], "D": workload(**fields)}, {"N": spaces[1], "D": new})
    assert re.search(rf"\*\*are rejected\*\*: {expected}", found), found


def elsewhere(
    kind: str, name: str, namespace: str, cluster: str | None = None, **more: object
) -> dict[str, Any]:
    """Return an object of a namespace, empty for none, perhaps in another cluster."""
    place = {"namespace": namespace} if namespace else {}
    return manifest({"kind": kind, "metadata": {"name": name, **place}, **more}, cluster=cluster)


@pytest.mark.parametrize(
    ("namespace", "beside", "stalls"),
    [
        ("", ("Namespace", "other", ""), True),
        ("", ("LimitRange", "few", "other"), True),
        ("", ("LimitRange", "few", "default"), False),
        ("", ("LimitRange", "few", ""), False),
        ("team", ("LimitRange", "few", ""), True),
        ("team", ("LimitRange", "team", "other"), True),
        ("team", ("LimitRange", "few", "team"), False),
        ("team", ("LimitRange", "few", "team", "another"), True),
    ],
)
def test_only_its_own_namespace_decides(
    namespace: str, beside: tuple[str, ...], *, stalls: bool
) -> None:
    """What has none is in `default`, and what has another one may have any name."""
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    own = {"kind": "Namespace", "metadata": {"name": namespace or "default", "labels": labels}}
    specs: list[dict[str, Any]] = [{"hostNetwork": x, "containers": [{}]} for x in (False, True)]
    one, other = (
        elsewhere("Deployment", "web", namespace, spec={"replicas": 3, "template": {"spec": x}})
        for x in specs
    )
    both = {"N": manifest(own)}
    found = said({**both, "D": one}, {**both, "D": other, "X": elsewhere(*beside)})
    assert "**are rejected**" in found
    assert ("the rollout stalls" in found) is stalls, found


def test_an_autoscaler_may_have_made_more() -> None:
    """How many a quarter is depends on it."""
    both = {"D": workload(replicas=None), "H": scaler(), "N": space({})}
    new = {**both, "D": workload(replicas=None, image="web:2"), "N": space(STRICT)}
    assert SOME in said(both, new)


def test_pods_that_no_rollout_touches_stay() -> None:
    """Only the namespace differs."""
    both = {"D": workload(strategy={"type": "Recreate"})}
    found = said({**both, "N": space({})}, {**both, "N": space(STRICT)})
    assert f"**are rejected**: {STAY}" in found
    # What was so is told by nobody.
    again = said({**both, "N": space(STRICT)}, {**both, "N": space({**STRICT, "a": "b"})})
    assert "are rejected" not in again


@pytest.mark.parametrize(
    ("probe", "expected"),
    [
        ({"readinessProbe": {"httpGet": {"port": "none"}}}, True),
        ({"startupProbe": {"tcpSocket": {"port": "none"}}}, True),
        # A number binds nothing, and what can't be asked ends nothing.
        ({"readinessProbe": {"httpGet": {"port": 9}}}, False),
        ({"livenessProbe": {"httpGet": {"port": "none"}}}, False),
    ],
)
def test_which_probes_keep_pods_from_getting_ready(
    probe: dict[str, Any], *, expected: bool
) -> None:
    """The rollout isn't told as one that ends."""
    ports = {"ports": [{"name": "http", "containerPort": 80}]}
    found = said(
        {"D": workload(container=ports)},
        {"D": workload(image="web:2", container={**ports, **probe})},
    )
    assert ("fail a probe" in found) is expected
    assert ("a new pod is ready before an old one stops" in found) is not expected


@pytest.mark.parametrize(
    ("hard", "objects", "expected"),
    [
        ({"pods": "2"}, {}, r"has no room for all pods\*\* of Deployment `team/web`:"),
        # A fourth pod, while three stay.
        ({"pods": "3"}, {}, r"has no room for an update\*\* of Deployment `team/web`: its new"),
        ({"pods": "4"}, {}, ""),
        (
            {"services": "1"},
            {"A": service("http", name="a"), "B": service("http", name="b")},
            r"has no room for all Services\*\* of its namespace",
        ),
    ],
)
def test_what_a_quota_has_no_room_for(
    hard: dict[str, str], objects: dict[str, Any], expected: str
) -> None:
    """What is stopped takes nothing of it."""
    both = {"D": workload(), "I": workload(name="idle", replicas=0), **objects}
    found = said({**both, "Q": quota()}, {**both, "Q": quota(**hard)})
    assert "idle" not in found
    lines = [x for x in found.splitlines() if "has no room" in x]
    assert len(lines) == bool(expected)
    assert re.search(expected, found)


@pytest.mark.parametrize(
    ("most", "fields", "image", "expected"),
    [
        (
            "2",
            {},
            "web:1",
            r"^Of `pods`, the templates need 3 \(4 while a Deployment is updated\), and it",
        ),
        ("2", {}, "web:1", r"^Pods that run stay; one that goes isn't replaced while"),
        (
            "2",
            {},
            "web:2",
            r"^The rollout of Deployment `team/web` stalls .* it doesn't wait for these pods",
        ),
        ("3", {}, "web:2", r"^The rollout of Deployment `team/web` stalls"),
        # Nothing is rolled, and as many as there are have room.
        ("3", {}, "web:1", r"^Of `pods`, the templates need 3 \(4 while a Deployment is updated\)"),
        ("2", rolling(1), "web:2", r"^The rollout of Deployment `team/web` may stop pods that"),
        (
            "2",
            {"strategy": {"type": "Recreate"}},
            "web:2",
            r"^All pods of Deployment `team/web` stop",
        ),
    ],
)
def test_what_becomes_of_pods_beyond_a_quota(
    most: str, fields: dict[str, Any], image: str, expected: str
) -> None:
    """Who reads "rejected" asks what runs then, and whether the deploy fails."""
    before = {"D": workload(**fields), "Q": quota()}
    after = {"D": workload(image=image, **fields), "Q": quota(pods=most)}
    (review,) = reviewed(of_resources(before), of_resources(after)).environments
    (details,) = [x.details for x in review.sentences if "has no room" in x.text]
    assert [x for x in details if re.search(expected, x)], details
    assert any("stall" in x for x in details) is ("stalls" in expected)


@pytest.mark.parametrize(
    ("most", "room", "expected"),
    [
        (
            (9, 12),
            "9",
            "Of `pods`, at the maximum of autoscalers, the templates need 12, and it allows 9.",
        ),
        # So it was, or there is room, even if an update at the maximum must wait.
        ((12, 12), "9", ""),
        ((9, 12), "12", ""),
        # What is declared has no room either.
        ((9, 12), "2", ""),
    ],
)
def test_what_a_quota_has_no_room_for_when_it_is_scaled(
    most: tuple[int, int], room: str, expected: str
) -> None:
    """Who raises the maximum expects to get it."""
    both = {"D": workload(), "Q": quota(pods=room)}
    before, after = ({**both, "H": scaler(x)} for x in most)
    (review,) = reviewed(of_resources(before), of_resources(after)).environments
    found = [
        x
        for x in review.sentences
        if "that an autoscaler may make** of Deployment `team/web`" in x.text
    ]
    assert [x.details for x in found] == ([(expected,)] if expected else []), found


def test_as_many_as_only_an_autoscaler_might_have_made() -> None:
    """By the same numbers, but the templates themselves need them now."""
    both = {"Q": quota(pods="9"), "H": scaler(12)}
    recreated: dict[str, Any] = {"strategy": {"type": "Recreate"}}
    found = said(
        {**both, "D": workload(**recreated)}, {**both, "D": workload(replicas=12, **recreated)}
    )
    assert "**has no room for all pods** of Deployment `team/web`" in found


@pytest.mark.parametrize(
    ("has", "expected"),
    [
        (["http", "admin"], ""),
        (["http"], "interrupts: Service `team/web` **no longer finds each of its ports"),
        ([], "takes down: Service `team/web` **no longer reaches its pods**"),
    ],
)
def test_a_service_that_loses_ports(has: list[str], expected: str) -> None:
    """Only one of which no port is left is down."""
    ports = [
        {"ports": [{"name": x, "containerPort": n} for n, x in enumerate(names, start=80)]}
        for names in (["http", "admin"], has)
    ]
    one, other = ({"S": service("http", "admin"), "D": workload(container=x)} for x in ports)
    found = said(one, other)
    assert expected in found
    assert ("no longer" in found) is bool(expected)


@pytest.mark.parametrize(
    ("replicas", "image", "expected"),
    [
        (3, "web:2", "goes back to 3 pods"),
        (0, "web:2", ""),
        (12, "web:2", "more than the 9 that its HorizontalPodAutoscaler allows"),
    ],
)
def test_what_an_autoscaler_has_made(replicas: int, image: str, expected: str) -> None:
    """Only what it scales is set back."""
    both = {"D": workload(), "H": scaler()}
    found = said(both, {**both, "D": workload(replicas=replicas, image=image)})
    assert expected in found
    assert ("goes back to" in found) is (replicas == 3)
    assert "later deploy" not in found
    same = said(
        {**both, "D": workload(replicas=12)}, {**both, "D": workload(replicas=12, image=image)}
    )
    assert "the 9 that" not in same


def test_an_immutable_map_is_told_once() -> None:
    """The API server rejects it."""
    one, other = (
        {"C": manifest(kubernetes("ConfigMap", "web", data={"A": x}, immutable=True))}
        for x in ("1", "2")
    )
    found = said(one, other)
    assert "The API server rejects this" in found
    assert "Changed in ConfigMap" not in found


@pytest.mark.parametrize(
    ("mounts", "grows", "expected"),
    [
        (
            "data",
            True,
            "its file system grows while pods of Deployment `team/web` run, without a restart.",
        ),
        (
            "other",
            True,
            "no pod of these stacks mounts it: its file system grows only when one does.",
        ),
        ("data", False, "StorageClass `gp3` doesn't allow its volumes to grow."),
        ("data", None, "StorageClass `gp3` doesn't allow its volumes to grow."),
    ],
)
def test_when_a_file_system_grows(mounts: str, *, grows: bool | None, expected: str) -> None:
    """A larger claim is no larger disk yet."""
    how = {} if grows is None else {"allowVolumeExpansion": grows}
    kind = {"kind": "StorageClass", "metadata": {"name": "gp3"}, **how}
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": mounts}}]
    spec = {"template": {"spec": {"containers": [{}], "volumes": volumes}}}
    both = {"K": manifest(kind), "D": manifest(kubernetes("Deployment", "web", spec=spec))}
    one, other = (
        of_resources(
            {**both, "C": manifest(kubernetes("PersistentVolumeClaim", "data", spec=claim))}
        )
        for claim in (
            {"storageClassName": "gp3", "resources": {"requests": {"storage": x}}}
            for x in ("1Gi", "2Gi")
        )
    )
    (environment,) = reviewed(one, other).environments
    details = [x for each in environment.sentences for x in each.details]
    assert any(expected in x for x in details), details
    assert bool(environment.refused) is not bool(grows)


ALL_AT_ONCE = "may stop **all of its pods at once**"


def budget(**fields: object) -> dict[str, Any]:
    """Return a PodDisruptionBudget of the Deployment."""
    spec = {"selector": {"matchLabels": {"app": "web"}}, **fields}
    return manifest(kubernetes("PodDisruptionBudget", "web", spec=spec))


@pytest.mark.parametrize(
    ("before", "after", "says", "never"),
    [
        # Of three pods.
        (rolling(1), rolling(3), ALL_AT_ONCE, "instead of"),
        (rolling(1), rolling(7), ALL_AT_ONCE, "instead of"),
        (rolling("25%"), rolling("100%"), ALL_AT_ONCE, "instead of"),
        (rolling(1), rolling(2), "may stop 2 of its pods at once instead of 1", "all of"),
        (rolling(0), rolling(1), "may stop 1 of its pods at once instead of 0", "all of"),
        (rolling(0), rolling("0%"), "safe", "weakens"),
        ({"replicas": 3, **rolling(2)}, {"replicas": 2, **rolling(2)}, ALL_AT_ONCE, "instead of 2"),
    ],
)
def test_how_many_pods_an_update_may_stop(
    before: dict[str, Any], after: dict[str, Any], says: str, never: str
) -> None:
    """A number is all of them where there are no more."""
    found = said({"D": workload(**before)}, {"D": workload(**after)})
    assert says in found
    assert never not in found


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (
            {"maxUnavailable": 1},
            {"maxUnavailable": 3},
            "lets **all of its pods** be evicted at once",
        ),
        ({"maxUnavailable": 1}, {"maxUnavailable": 2}, "lets **2 instead of 1** pods stop at once"),
        ({"minAvailable": 1}, {"minAvailable": 3}, "lets **none of its pods** be evicted"),
        (
            {"minAvailable": 1},
            {"minAvailable": "0%"},
            "lets **all of its pods** be evicted at once",
        ),
        # Another way to write the same.
        ({"minAvailable": 0}, {"minAvailable": "0%"}, ""),
        ({"maxUnavailable": 3}, {"maxUnavailable": "100%"}, ""),
        ({"minAvailable": 3}, {"minAvailable": "100%"}, ""),
        # Of an autoscaler's more it is no longer all.
        (
            {"maxUnavailable": 1},
            {"maxUnavailable": 3, "scaled": True},
            "**3 instead of 1** pods stop",
        ),
    ],
)
def test_how_many_pods_a_budget_lets_go(
    before: dict[str, Any], after: dict[str, Any], says: str
) -> None:
    """All and none are told as such, and once."""
    both = {"D": workload(), **({"H": scaler()} if after.pop("scaled", None) else {})}
    found = said({**both, "B": budget(**before)}, {**both, "B": budget(**after)})
    assert says in found
    assert found.count("weakens") == bool(says)
