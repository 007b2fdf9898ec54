"""Odd values in every field: each is told as a problem, or taken; none ends in a traceback."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from assembly.synthesis import context
from configuration.capacity_checks import overflows, warnings_of
from configuration.model import EnvironmentConfig
from configuration.remarks import remarks_of
from constructs_lib.specs.access import AccessPolicySpec
from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.base import ConfigurationError, Spec
from constructs_lib.specs.compute import TaintSpec
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.own_code import Raised
from stacks.platform import PlatformStage
from tests.unit.configuration.mistakes import (
    DEV,
    ENTRY,
    EXISTING,
    PODINFO,
    PROD,
    SHOP,
    VIEWERS,
    with_changes,
)


class Mute:
    """An object that can't even be written down."""

    def __repr__(self) -> str:
        """Refuse."""
        raise ValueError("no words")


FULL = with_changes(
    DEV,
    {
        "network": EXISTING,
        "access.entries": (ENTRY,),
        "access.roles[1].kubernetes_groups": (VIEWERS,),
        "access.roles[1].policies": (
            AccessPolicySpec(policy="AmazonEKSViewPolicy", namespaces=("team-a",)),
        ),
        "namespaces": (NamespaceSpec(name="team-a"),),
        "node_groups[0].labels": {"team": "a"},
        "node_groups[0].taints": (TaintSpec(key="spot", effect="PREFER_NO_SCHEDULE"),),
        "add_ons.additional": (AddOnSpec(name="aws-efs-csi-driver"),),
        "workloads": (PODINFO, SHOP),
    },
)
GOOD = {"dev": DEV, "prod": PROD, "full": FULL}
ODD: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1, 10**12, 10**30, -(2**63), 0.5, float("nan"), float("inf")),
    *("", " ", "a", "None", "\0", "a\nb", "Zürich", "日本", "🙂", "x" * 300, "x" * 100_000),
    *(
        "1.36",
        "10.0.0.0/8",
        "0.0.0.0/0",
        "eu-west-1a",
        "eu-west-1z",
        "${web}",
        "{{x}}",
        "../..",
        "/",
    ),
    *((), (None,), ("",), ("a", "a"), (1,), ((),), [], ["a"], {}, {"": ""}, {"a": "b"}, {"a": 1}),
    *({1: 2}, {None: None}, {("a",): []}, {"a": {"b": {}}}, set(), frozenset({"a"}), b"a", object),
    *(object(), Mute(), lambda: None, NamespaceSpec(name="a"), DEV, (DEV,), range(3)),
)


def paths(spec: Spec, path: str = "") -> Iterator[str]:
    """Yield the path of every field, those inside the first item of a tuple included."""
    for name in type(spec).model_fields:
        at = f"{path}.{name}".lstrip(".")
        yield at
        value = spec.__dict__.get(name)
        if isinstance(value, Spec):
            yield from paths(value, at)
        elif isinstance(value, tuple) and value:
            yield f"{at}[0]"
            if isinstance(value[0], Spec):
                yield from paths(value[0], f"{at}[0]")


def cases() -> list[tuple[str, str]]:
    """Return every field of every good environment."""
    return [(name, path) for name, good in GOOD.items() for path in paths(good)]


def looked_at(config: Any) -> bool:  # noqa: ANN401
    """Do what a load does; tell whether the environment may be synthesized."""
    found = [*config.problems("env")]
    assert str(ConfigurationError(found))
    assert not [problem for problem in found if isinstance(problem, Raised)]
    if not isinstance(config, EnvironmentConfig):
        return False
    found += overflows(config)
    if found:
        return False
    warnings_of(config)
    remarks_of(config)
    return True


def odd(count: int) -> list[tuple[str, str, object]]:
    """Return a field and an odd value, as many as wanted; the same ones in every run."""
    fields = cases()
    chance = random.Random(20261128)  # noqa: S311  # no secret
    chance.shuffle(fields)
    return [(*fields[at % len(fields)], chance.choice(ODD)) for at in range(count)]


def test_no_value_ends_in_a_traceback() -> None:
    """Neither while it is checked nor while the problem is written down."""
    for name, path, value in odd(300):
        looked_at(with_changes(GOOD[name], {path: value}))


def test_no_list_of_workloads_ends_in_a_traceback() -> None:
    """The plan counts them, so it waits until they are right."""
    assert not looked_at(with_changes(DEV, {"workloads": b"a"}))


def test_what_passes_is_synthesized(tmp_path: Path) -> None:
    """Values at the edge of what the fields take end in templates."""
    passing: tuple[Mapping[str, object], ...] = (
        {
            "tags": {"x" * 127: "y" * 255},
            "node_groups[0].labels": {f"example.com/{'x' * 63}": "y" * 63},
            "cluster.name": "c" * 100,
            "cluster.endpoint_private_access_cidrs": ("10.0.0.0/8", "100.64.0.0/10"),
            "vpc_cni.warm_ip_target": 1,
            "node_groups[0].min_size": 0,
        },
        {
            "name": "more",
            "network.zones": ("eu-west-1a", "eu-west-1b", "eu-west-1c"),
            "network.control_plane_zones": ("eu-west-1a", "eu-west-1b"),
            "access.entries": (ENTRY,),
        },
    )
    cloud = cdk.App(outdir=str(tmp_path), context=context())
    for change in passing:
        config = with_changes(DEV, change)
        assert looked_at(config), list(config.problems())
        PlatformStage(cloud, config)

    cloud.synth()
