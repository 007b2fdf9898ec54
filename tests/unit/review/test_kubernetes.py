"""What happens to objects in the cluster, and what the API server would refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from assembly.environment import Environment
from review import renamed
from review.settings import as_yaml, diffs
from tests.unit.review.foreign import kubernetes, manifest, of_resources
from tests.unit.review.templates import of_templates, replaced_text, reviewed, sides, texts


def deployment(name: str, image: str = "web:1") -> dict[str, Any]:
    """Return a Deployment with a resource of its own."""
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"image": image}]}}
    spec = {"replicas": 3, "template": template}
    return {name: manifest(kubernetes("Deployment", name, spec=spec))}


def test_an_immutable_field_is_refused(prod: Environment) -> None:
    """The selector of a Deployment is for ever."""
    old = '\\"selector\\":{\\"matchLabels\\":{\\"app.kubernetes.io/name\\":\\"sample-api\\"}}'
    after = replaced_text(prod, old, old.replace("sample-api", "sample-backend"))

    said = texts(reviewed(prod, after))

    assert any(
        "**The API server rejects this**: `spec.selector` of Deployment `sample/api`" in each
        for each in said
    )


def claims(size: str) -> dict[str, Any]:
    """Return a field of a StatefulSet that makes claims of a size."""
    spec = {"resources": {"requests": {"storage": size}}}
    return {"volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": spec}]}


@pytest.mark.parametrize(
    ("kind", "group", "specs", "field", "detail"),
    [
        (
            "StatefulSet",
            "apps/v1",
            ({"replicas": 2, **claims("20Gi")}, {"replicas": 3, **claims("40Gi")}),
            "`spec.volumeClaimTemplates`",
            "`spec.volumeClaimTemplates[0].spec.resources.requests.storage` `20Gi` → `40Gi`.",
        ),
        (
            "PersistentVolume",
            "v1",
            (
                {"capacity": {"storage": "1Gi"}, "csi": {"driver": "a"}},
                {"capacity": {"storage": "2Gi"}, "csi": {"driver": "b"}},
            ),
            "`spec.csi`",
            "`spec.csi.driver` `a` → `b`.",
        ),
    ],
)
def test_only_what_is_refused_is_named(
    kind: str, group: str, specs: tuple[object, object], field: str, detail: str
) -> None:
    """What else changes of the same spec is allowed."""
    one, other = (
        of_resources({"R": manifest(kubernetes(kind, "web", apiVersion=group, spec=x))})
        for x in specs
    )
    (environment,) = reviewed(one, other).environments
    (said,) = (x for x in environment.sentences if "API server rejects" in x.text)
    assert f": {field} of {kind}" in said.text
    assert said.details == (detail,)


def test_a_renamed_deployment_stops_its_pods(prod: Environment) -> None:
    """To Kubernetes it is another one: kubectl prunes the old one once the new one is applied."""
    old = '\\"kind\\":\\"Deployment\\",\\"metadata\\":{\\"name\\":\\"api\\"'
    after = replaced_text(prod, old, old.replace("api", "backend"))

    said = texts(reviewed(prod, after))

    assert (
        "takes down: Deployment `sample/api` is **renamed** to Deployment `sample/backend`, to Kubernetes "
        "another one: the old pods stop while the new ones start, and **none is ready in between**."
    ) in said
    assert not [each for each in said if "deleted" in each or "New in the cluster" in each]


@pytest.mark.parametrize(
    ("now", "stack", "renamed"),
    [
        (deployment("site"), "One", True),
        # Another program, another stack, or two of which nobody knows which it is.
        (deployment("site", image="site:1"), "One", False),
        (deployment("site"), "Two", False),
        ({**deployment("site"), "More": deployment("more")["more"]}, "One", False),
    ],
)
def test_a_deployment_of_a_resource_of_its_own_is_renamed(
    now: dict[str, Any], stack: str, *, renamed: bool
) -> None:
    """CloudFormation makes the new resource first and deletes the old one at the end."""
    before = of_templates("Other", One={"Resources": deployment("web")}, Two={"Resources": {}})
    rest: dict[str, Any] = {} if stack == "One" else {"Resources": {}}
    stacks = {"One": rest, "Two": {"Resources": {}}, stack: {"Resources": now}}
    review = reviewed(before, of_templates("Other", **stacks))
    said = texts(review)
    found = [x for x in said if "**renamed** to Deployment `team/site`" in x]
    assert len(found) is int(renamed), said
    assert all("which stop at the end of the deploy of stack `One`" in each for each in found)
    assert any("is **deleted**" in each for each in said) is not renamed
    assert any("New in the cluster" in each for each in said) is not renamed
    details = [x for each in review.environments[0].sentences for x in each.details]
    assert any(x.startswith("Until then 3 more pods than") for x in details) is renamed


def test_each_object_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many go: who named one is looked up for each of them."""
    read, texts_of = list[object](), renamed._texts

    def reading(value: object, above: str = "") -> Iterator[tuple[str, str]]:
        read.extend([value] * (isinstance(value, Mapping) and "metadata" in value))
        return texts_of(value, above)

    monkeypatch.setattr(renamed, "_texts", reading)
    maps = {f"C{x}": manifest(kubernetes("ConfigMap", f"c{x}")) for x in range(9)}
    services = {f"S{x}": manifest(kubernetes("Service", f"s{x}")) for x in range(9)}
    kept = {"Kept": manifest(kubernetes("Service", "kept"))}
    said = texts(reviewed(of_resources({**kept, **maps, **services}), of_resources(kept)))
    assert any("ConfigMap `team/c8`" in x for x in said)
    assert len(read) == 2 * len(kept) + len(maps) + len(services)


def test_a_changed_field_is_named(prod: Environment) -> None:
    """Where nothing restarts."""
    after = replaced_text(prod, '\\"port\\":8080,', '\\"port\\":8081,')

    assert "interrupts: Service `sample/api` **no longer answers** on port `8080`." in texts(
        reviewed(prod, after)
    )
    (diff,) = (each for each in diffs(sides(prod, after)) if each.kind == "Service")
    assert [line for line in diff.lines if line[0] in "+-"] == [
        "-    port: 8080",
        "+    port: 8081",
    ]


def test_the_pods_of_a_changed_template_restart(prod: Environment) -> None:
    """The field is named, since the image is the same."""
    after = replaced_text(
        prod, '\\"terminationGracePeriodSeconds\\":40', '\\"terminationGracePeriodSeconds\\":41'
    )

    assert any(
        "are rolled because their template differs, `spec.terminationGracePeriodSeconds` `40` → `41`; a new pod is ready before an old one stops."
        in each
        for each in texts(reviewed(prod, after))
    )


@pytest.mark.parametrize(
    ("kind", "spec", "most", "how"),
    [
        ("Deployment", {"replicas": 8}, None, "at most 2 at a time"),
        ("Deployment", {"replicas": 4}, None, "one by one"),
        (
            "Deployment",
            {"strategy": {"rollingUpdate": {"maxSurge": 0}}, "replicas": 3},
            None,
            "one by one",
        ),
        # Rounded down.
        ("Deployment", {"replicas": 10}, None, "at most 2 at a time"),
        ("Deployment", {"replicas": 4}, 12, "at most 3 at a time"),
        (
            "Deployment",
            {"strategy": {"rollingUpdate": {"maxUnavailable": 3}}, "replicas": 4},
            None,
            "at most 3 at a time",
        ),
        (
            "Deployment",
            {"strategy": {"rollingUpdate": {"maxUnavailable": "50%"}}, "replicas": 2},
            None,
            "one by one",
        ),
        (
            "Deployment",
            {"strategy": {"rollingUpdate": {"maxUnavailable": "50%"}}, "replicas": {"Ref": "X"}},
            None,
            "at most 50% at a time",
        ),
        (
            "Deployment",
            {"strategy": {"rollingUpdate": {"maxUnavailable": "100%"}}, "replicas": 4},
            None,
            "**all at once**",
        ),
        ("StatefulSet", {"replicas": 8}, None, "one by one"),
        (
            "StatefulSet",
            {"replicas": 8, "updateStrategy": {"rollingUpdate": {"maxUnavailable": 4}}},
            None,
            "at most 4 at a time",
        ),
        (
            "StatefulSet",
            {"replicas": 3, "updateStrategy": {"rollingUpdate": {"maxUnavailable": 4}}},
            None,
            "**all at once**",
        ),
        ("DaemonSet", {}, None, "one by one"),
        (
            "DaemonSet",
            {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "10%"}}},
            None,
            "at most 10% at a time",
        ),
        (
            "DaemonSet",
            {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "100%"}}},
            None,
            "**all at once**",
        ),
    ],
)
def test_how_many_pods_restart_at_a_time(
    kind: str, spec: dict[str, Any], most: int | None, how: str
) -> None:
    """A quarter of a Deployment unless it says otherwise, of all that an autoscaler may have made."""
    target = {"scaleTargetRef": {"kind": kind, "name": "web"}, "maxReplicas": most}
    more = [] if most is None else [kubernetes("HorizontalPodAutoscaler", "web", spec=target)]
    one, other = (
        of_resources(
            {
                "R": manifest(
                    kubernetes(
                        kind,
                        "web",
                        spec={**spec, "template": {"spec": {"containers": [{"image": x}]}}},
                    ),
                    *more,
                )
            }
        )
        for x in "ab"
    )
    assert any(f"**restart** {how}: " in x for x in texts(reviewed(one, other))), texts(
        reviewed(one, other)
    )


def running(kind: str, *several: dict[str, Any]) -> Environment:
    """Return an environment with three pods of these containers."""
    spec = {"replicas": 3, "template": {"spec": {"containers": [*several]}}}
    return of_resources({"R": manifest(kubernetes(kind, "web", spec=spec))})


DEVICE = "Pods that have a device"
PLUGGED = "/var/lib/kubelet/device-plugins"


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"image": "nvcr.io/nvidia/k8s-device-plugin:v0.17"}, True),
        # Whoever only looks at what they report.
        ({"image": "dcgm", "volumeMounts": [{"name": "d", "mountPath": PLUGGED}]}, False),
        ({"image": "dcgm", "args": ["--no-device-plugin"]}, False),
    ],
)
def test_a_device_plug_in_is_known_by_its_image(
    container: dict[str, Any], *, expected: bool
) -> None:
    """Others name its folder, too."""
    one, other = (running("DaemonSet", x) for x in ({**container, "env": []}, container))
    (environment,) = reviewed(one, other).environments
    details = [x for each in environment.sentences for x in each.details]
    assert any(x.startswith(DEVICE) for x in details) is expected


PROBE = {"readinessProbe": {"httpGet": {"port": 80}}}
AT_ONCE = "stops, but without a readiness probe it counts as ready once its containers run."


@pytest.mark.parametrize(
    ("before", "after", "end"),
    [
        ({"a": PROBE}, {"a": {}}, AT_ONCE),
        ({"a": PROBE}, {"b": {}}, AT_ONCE),
        ({"a": PROBE, "b": PROBE}, {"a": {}, "b": {}}, AT_ONCE),
        ({"a": PROBE, "b": PROBE}, {"a": PROBE, "b": {}}, "stops, but no readiness probe checks `b` any more."),
        ({"a": PROBE, "b": {}}, {"a": {}, "b": PROBE}, "stops, but no readiness probe checks `a` any more."),
        # What goes itself needs none.
        ({"a": PROBE, "b": PROBE}, {"a": PROBE}, "stops."),
        ({"a": {}}, {"a": {}}, "stops."),
        ({"a": {}}, {"a": PROBE}, "stops."),
    ],
)  # fmt: skip
def test_each_container_may_lose_its_probe(
    before: dict[str, Any], after: dict[str, Any], end: str
) -> None:
    """Those that are left say nothing of it."""
    one, other = (
        running("Deployment", *({"name": x, "image": image, **y} for x, y in every.items()))
        for image, every in (("1", before), ("2", after))
    )
    (said,) = (x for x in texts(reviewed(one, other)) if "are rolled because" in x)
    assert said.endswith(end), said


def test_the_cdks_own_label_is_not_shown(prod: Environment) -> None:
    """It changes with the construct's path and says nothing."""
    assert all(
        "aws.cdk.eks/prune-" not in "\n".join(as_yaml(item)) for item in prod.kubernetes_objects()
    )
