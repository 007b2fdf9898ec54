from __future__ import annotations

import pytest

from tests.unit.guardrails.rules.objects import Json, environment, item, values

NAMESPACE: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
NAME = "app.kubernetes.io/name"


def pods(name: str, selector: Json | None = None, kind: str = "Deployment", **more: str) -> Json:
    """Return a workload of an application."""
    labels = {NAME: name, "tier": "back", **more}
    selecting = {"matchLabels": {NAME: name} if selector is None else selector}
    template = {"metadata": {"labels": labels}, "spec": {"containers": []}}
    return item(kind, name, spec={"selector": selecting, "template": template})


def named(kind: str, selector: object, **labels: str) -> Json:
    """Return an object that selects pods."""
    field = {"Service": "selector", "NetworkPolicy": "podSelector"}.get(kind, "selector")
    made = item(kind, "x", spec={field: selector})
    made["metadata"]["labels"] = labels
    versions = {"NetworkPolicy": "networking.k8s.io/v1", "PodDisruptionBudget": "policy/v1"}
    return {**made, "apiVersion": versions.get(kind, "v1")}


def matching(**labels: str) -> Json:
    """Return a selector."""
    return {"matchLabels": labels}


BOTH = [NAMESPACE, pods("web"), pods("api")]
NAMELESS = item(
    "Deployment",
    "job",
    spec={
        "selector": {"matchLabels": {"app": "job"}},
        "template": {
            "metadata": {"labels": {"app": "job", "tier": "back"}},
            "spec": {"containers": []},
        },
    },
)


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        pytest.param([*BOTH, named("Service", {NAME: "web"})], [], id="one application"),
        pytest.param([*BOTH, named("Service", {"tier": "back"})], ["Service/x several"], id="two"),
        pytest.param(
            [NAMESPACE, pods("web"), named("Service", {"tier": "back"})], [], id="by another label"
        ),
        pytest.param(
            [*BOTH, NAMELESS, named("Service", {"tier": "back"})], [], id="one without a name"
        ),
        pytest.param(
            [*BOTH, named("Service", {NAME: "web"}, **{NAME: "api"})],
            ["Service/x others"],
            id="another one than its labels say",
        ),
        pytest.param(
            [*BOTH, named("Service", {NAME: "web"}, **{NAME: "${Name}"})], [], id="not known"
        ),
        pytest.param(
            [*BOTH, named("PodDisruptionBudget", matching(**{NAME: "web"}), **{NAME: "api"})],
            ["PodDisruptionBudget/x others"],
            id="a budget of another one",
        ),
        pytest.param(
            [*BOTH, named("NetworkPolicy", matching(tier="front"))],
            ["NetworkPolicy/x nothing"],
            id="a policy for nothing",
        ),
        pytest.param([*BOTH, named("NetworkPolicy", {})], [], id="a policy for all"),
        pytest.param(
            [pods("web"), named("NetworkPolicy", matching(tier="front"))], [], id="perhaps others'"
        ),
        pytest.param([*BOTH, named("NetworkPolicy", "${Selector}")], [], id="an unknown selector"),
        pytest.param(
            [NAMESPACE, pods("web"), pods("api", {"tier": "back"})],
            ["Deployment/api selector web"],
            id="pods of another workload",
        ),
        pytest.param(
            [NAMESPACE, pods("web"), pods("api", {"tier": "back"}, kind="Job")], [], id="of a job"
        ),
    ],
)
def test_selectors_take_what_they_are_for(objects: list[Json], found: list[str]) -> None:
    """Some pods, of one application, of no other workload."""
    assert values("KUBE34", environment(*objects)) == found
