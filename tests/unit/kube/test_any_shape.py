"""Nothing here raises, whatever stands where in an object."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kube import fargate, immutability, pod_security, pods, scheduling, selectors
from kube.values import Unknown
from tests.support import examples
from tests.unit.kube.pod_specs import node, pod

VERDICTS = json.loads((Path(__file__).parent / "verdicts.json").read_text(encoding="utf-8"))
EXTRA = pod(
    nodeSelector={"a": "b"},
    tolerations=[{"key": "a", "operator": "Exists"}],
    affinity={
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}
                ]
            }
        }
    },
    topologySpreadConstraints=[
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "web"}},
            "matchLabelKeys": ["app"],
        }
    ],
    volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}, {"hostPath": {}}],
)
TAINTED = node("n", taints=[{"key": "a", "value": "b", "effect": "NoSchedule"}])
CLASS = {"metadata": {"name": "c", "annotations": {"a": "b"}}, "provisioner": "ebs.csi.aws.com"}
CLAIM = {"metadata": {"name": "c"}, "spec": {"storageClassName": "c"}}
SELECTOR = {"Namespace": "team-*", "Labels": [{"Key": "app", "Value": "web"}]}
BASES = [*VERDICTS["bases"].values(), EXTRA, TAINTED, CLASS, CLAIM, SELECTOR]
REMOVED = object()
ODD = [None, [], "", 1, -1, True, {}, [None], ["a"], [{}], {"a": []}, "x", Unknown("${A}"), REMOVED]


def places(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield at
    pairs = value.items() if isinstance(value, dict) else ()
    for key, inner in enumerate(value) if isinstance(value, list) else pairs:
        yield from places(inner, (*at, key))


@st.composite
def odd_objects(draw: st.DrawFn) -> tuple[Any, Any]:
    """Draw an object, and what it is with odd values at one or two places."""
    base = draw(st.sampled_from(BASES))
    odd = copy.deepcopy(base)
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.sampled_from(list(places(odd))))
        value = copy.copy(draw(st.sampled_from(ODD)))
        if not at:
            return base, None if value is REMOVED else value
        place = odd
        for step in at[:-1]:
            place = place[step]
        if value is REMOVED:
            del place[at[-1]]
        else:
            place[at[-1]] = value
    return base, odd


@settings(max_examples=examples(400), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd_objects())
def test_nothing_raises(drawn: tuple[Any, Any]) -> None:
    base, odd = drawn
    spec = odd.get("spec") if isinstance(odd, dict) else odd
    template = pods.pod_template(odd)
    if template is not None:
        for level in ("baseline", "restricted"):
            pod_security.violations(template, level, "1.36")
    immutability.problems(base, odd)
    immutability.problems(odd, base)
    pods.replicas(odd)
    pods.requests(odd)
    fargate.size(spec)
    fargate.unsupported(odd, claims=[odd, CLAIM], classes=[odd, CLASS])
    fargate.unsupported(EXTRA, claims=[odd, CLAIM], classes=[odd, CLASS])
    fargate.selects(odd, odd, odd)
    fargate.selects(SELECTOR, "team-a", odd)
    fargate.selector_of_api(odd)
    selectors.matches(odd, odd)
    selectors.matches(spec, {"app": "web"})
    scheduling.takes(TAINTED, odd)
    scheduling.takes(odd, EXTRA)
