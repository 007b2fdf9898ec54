"""Odd values in every field: each is told as a problem, or taken; none ends in a traceback."""

from __future__ import annotations

import random
import re
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
from constructs_lib.specs.compute import TaintSpec, WarmPoolSpec
from constructs_lib.specs.http_proxy import HttpProxySpec
from constructs_lib.specs.namespaced_workloads import ImageSpec
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.node_pools import NodePoolSpec
from constructs_lib.specs.own_code import Raised
from constructs_lib.specs.permissions import PermissionsSpec, StatementSpec
from stacks.platform import PlatformStage
from tests.support import spread
from tests.unit.configuration.auto_mode_mistakes import AUTO
from tests.unit.configuration.karpenter_mistakes import CLOSED as KARPENTER
from tests.unit.configuration.mistakes import (
    DEV,
    ENTRY,
    EXISTING,
    GROUP,
    OWN_GROUP,
    PODINFO,
    PROD,
    SHOP,
    VIEWERS,
    with_changes,
)
from tests.unit.configuration.node_pool_mistakes import KARPENTER_POOL, POOL
from tests.unit.configuration.spec_classes import specs

ABSTRACT = (
    *(
        "EnvironmentFields",
        "Workload",
        "NamespacedWorkload",
        "_Grants",
        "NodesSpec",
        "_InPodSubnets",
        "_BuiltIn",
        "PinnedNodePoolSpec",
        "NodePoolNodes",
        "MachinesSpec",
        "NodePoolFields",
        "NodePoolSpec",
    ),
)
"""Bases, whose fields those that are made of them have."""
Place = tuple[str, str]
"""A class and its field."""


class Mute:
    """An object that can't even be written down."""

    def __repr__(self) -> str:
        """Refuse."""
        raise ValueError("no words")


READ = PermissionsSpec(
    managed_policies=("AmazonS3ReadOnlyAccess",),
    statements=(
        StatementSpec(
            actions=("s3:GetObject",),
            resources=("arn:aws:s3:::a/b",),
            conditions={"StringEquals": {"a": ("b",)}},
        ),
    ),
)
OF_CHART = {"service_accounts": {"web": READ}, "quota": {"pods": 20}, "values": {"a": [{"b": 1}]}}
OF_FILES = {
    "path": "tests/unit/configuration/manifests/image",
    "images": {"web": ImageSpec(path="workloads/sample_service/web", architecture="arm64")},
    "service_accounts": {"web": READ},
    "quota": {"pods": 20},
}
PREFERRED = TaintSpec(key="spot", effect="PREFER_NO_SCHEDULE")
FULL = with_changes(
    DEV,
    {
        "network": EXISTING,
        "http_proxy": HttpProxySpec(
            url="http://proxy.example.com:3128",
            no_proxy=(".example.com",),
            ca_certificates=("tests/unit/configuration/certificates/authorities.pem",),
        ),
        "access.entries": (ENTRY,),
        "access.roles[1].kubernetes_groups": (VIEWERS,),
        "access.roles[1].policies": (
            AccessPolicySpec(policy="AmazonEKSViewPolicy", namespaces=("team-a",)),
        ),
        "namespaces": (NamespaceSpec(name="team-a"),),
        # The sample service wants a group without taints.
        "node_groups": (
            with_changes(
                GROUP,
                {
                    "name": "Warm",
                    "labels": {"team": "a"},
                    "taints": (PREFERRED,),
                    "max_size": 3,
                    "capacity_type": "ON_DEMAND",
                    "warm_pool": WarmPoolSpec(),
                    "tags": {"a": "b"},
                },
            ),
            GROUP,
            with_changes(
                OWN_GROUP,
                {
                    "service_ipv4_cidr": "172.20.0.0/16",
                    "labels": {"team": "b"},
                    "taints": (PREFERRED,),
                    "on_demand_base": 1,
                    "on_demand_percentage": 50,
                },
            ),
        ),
        "add_ons.additional": (AddOnSpec(name="aws-efs-csi-driver"),),
        "workloads": (
            *DEV.workloads,
            PODINFO,
            SHOP,
            with_changes(SHOP, {**OF_FILES, "name": "Files", "namespace": "files"}),
            with_changes(PODINFO, {**OF_CHART, "name": "Chart", "namespace": "chart"}),
        ),
    },
)
GOOD = {
    # Of a field that several have, the last one counts: these take longest.
    "karpenter": KARPENTER,
    "pool": POOL,
    "own pool": KARPENTER_POOL,
    "auto": AUTO,
    "dev": DEV,
    "prod": PROD,
    "full": FULL,
}
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


def places(value: object, path: str = "") -> Iterator[tuple[str, Place]]:
    """Yield the path of every field with its class, and of the first item of what holds several."""
    if isinstance(value, Spec):
        for name in type(value).model_fields:
            at = f"{path}.{name}".lstrip(".")
            yield at, (type(value).__name__, name)
            yield from places(value.__dict__.get(name), at)
    elif isinstance(value, tuple | Mapping) and value:
        keys = value if isinstance(value, Mapping) else range(len(value))
        for key in [key for key in keys if re.fullmatch(r"\w+", str(key))]:
            yield f"{path}[{key}]", ("", "")
            yield from places(value[key], f"{path}[{key}]")


def cases() -> list[tuple[str, str]]:
    """Return every field of every class, and every first item, once."""
    found = {
        (place if place[0] else path): (name, path)
        for name, good in GOOD.items()
        for path, place in places(good)
    }
    return [*found.values()]


def looked_at(config: Any) -> bool:  # noqa: ANN401
    """Do what a load does; tell whether the environment may be synthesized."""
    found = [*config.problems("env")]
    assert str(ConfigurationError(found))
    assert not [problem for problem in found if isinstance(problem, Raised)]
    if not isinstance(config, EnvironmentConfig):
        return isinstance(config, NodePoolSpec) and not found
    found += overflows(config)
    if found:
        return False
    warnings_of(config)
    remarks_of(config)
    return True


def odd(count: int) -> list[tuple[str, str, object]]:
    """Return every field with some odd values; the same ones in every run."""
    chance = random.Random(20261128)  # noqa: S311  # no secret
    return [(*field, value) for field in cases() for value in chance.sample(ODD, count)]


def test_no_value_ends_in_a_traceback() -> None:
    """Neither while it is checked nor while the problem is written down."""
    found = odd(2)
    assert len(found) > 300

    for name, path, value in spread(found, 3):
        looked_at(with_changes(GOOD[name], {path: value}))


def test_what_is_changed_is_right() -> None:
    """A value that is wrong already would hide what an odd one does."""
    for good in GOOD.values():
        assert looked_at(good), list(good.problems())


def test_no_field_of_any_specification_is_left_out() -> None:
    """Those of workloads, add-ons and what is inside of mappings included."""
    tried = {place for good in GOOD.values() for _, place in places(good)}

    missing = {(spec.__name__, name) for spec in specs() for name in spec.model_fields} - tried
    assert {(spec, name) for spec, name in missing if spec not in ABSTRACT} == set()


def test_no_list_of_workloads_ends_in_a_traceback() -> None:
    """The plan counts them, so it waits until they are right."""
    assert not looked_at(with_changes(DEV, {"workloads": b"a"}))


def test_what_passes_is_synthesized(tmp_path: Path) -> None:
    """Values at the edge of what the fields take end in templates."""
    passing: tuple[Mapping[str, object], ...] = (
        {
            "tags": {"x" * 127: "y" * 255},
            "node_groups[0].labels": {f"example.com/{'x' * 51}": "y" * 63},
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
