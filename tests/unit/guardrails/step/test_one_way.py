"""What stays as it was made, and what is asked of things that are replaced anyway."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guardrails.catalogue import problems
from guardrails.step.replacement import unused
from tests.unit.guardrails.environments import of_resources

Json = dict[str, Any]


def typed(kind: str, **properties: object) -> Json:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def group(template: object, **changes: object) -> Json:
    """Return nodes with a launch template."""
    return {"Nodes": typed("EKS::Nodegroup", LaunchTemplate={"Id": template}, **changes)}


def named(name: str) -> Json:
    return {"Template": typed("EC2::LaunchTemplate", LaunchTemplateName=name)}


def search(version: str) -> Json:
    """Return a search domain that is upgraded in place."""
    domain = typed("OpenSearchService::Domain", EngineVersion=version)
    return {**domain, "UpdatePolicy": {"EnableVersionUpgrade": True}}


REF = {"Ref": "Template"}
ZONES = {"B": "eu-west-1b", "C": "eu-west-1c"}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (group("lt-1"), group("lt-2"), ["REPLACE7[LaunchTemplate/Id: lt-1 to lt-2]"]),
        # Another group may have another template.
        (
            group("lt-1", NodeRole="a"),
            group("lt-2", NodeRole="b"),
            ["REPLACE1[replaced: NodeRole]"],
        ),
        (group(REF) | named("a"), group(REF) | named("a"), []),
        # Its reference reads the same, and the template is another one.
        (group(REF) | named("a"), group(REF) | named("b"), ["REPLACE7"]),
        # Sizes and versions that never get smaller, and what a new major version needs.
        (
            {"X": typed("RDS::DBInstance", AllocatedStorage="100")},
            {"X": typed("RDS::DBInstance", AllocatedStorage=20)},
            ["REPLACE7[AllocatedStorage: 100 to 20]"],
        ),
        (
            {"X": typed("RDS::DBInstance", EngineVersion="16.8", Engine="postgres")},
            {"X": typed("RDS::DBInstance", EngineVersion="17.4", Engine="postgres")},
            ["REPLACE7[EngineVersion: 16.8 to 17.4]"],
        ),
        # Another engine may begin with smaller numbers.
        (
            {"X": search("Elasticsearch_7.10")},
            {"X": search("OpenSearch_1.0")},
            [],
        ),
        (
            {"X": typed("RDS::DBInstance", MultiAZ=True, PreferredMaintenanceWindow="a")},
            {"X": typed("RDS::DBInstance", MultiAZ=False, PreferredMaintenanceWindow="b")},
            [],
        ),
        (
            {"X": typed("ElastiCache::CacheCluster", EngineVersion={"Ref": "Y"})},
            {"X": typed("ElastiCache::CacheCluster", EngineVersion="1")},
            [],
        ),
        # CloudFormation refuses another type; its properties are no matter then.
        (
            {"X": typed("Logs::LogGroup", LogGroupClass="STANDARD")},
            {"X": typed("KMS::Key", KeySpec="RSA_2048")},
            ["REPLACE2[refused: Type]"],
        ),
    ],
)
def test_what_stays_as_it_was_made(before: Json, after: Json, found: list[str]) -> None:
    """What is replaced is made anew."""
    step = replace(of_resources(**after), base=of_resources(**before))
    told = [each.partition(" at ")[0] for each in problems(step, {})]
    assert len(told) == len(found)
    assert all(each.startswith(name) for each, name in zip(told, found, strict=True))


def test_a_consent_to_lose_data_is_needed() -> None:
    """As long as the change that loses it is there."""
    before, after = (
        of_resources(Log=typed("Logs::LogGroup", RetentionInDays=days)) for days in (365, 30)
    )
    assert unused({"Log": "It was copied."}, replace(after, base=before)) == []


@pytest.mark.parametrize(
    ("kept", "field"), [(True, "network.control_plane_zones"), (False, "network.zones")]
)
def test_a_zone_is_put_back_where_it_was_taken_from(field: str, *, kept: bool) -> None:
    """From the control plane only, or from the whole network."""
    subnets = {name: typed("EC2::Subnet", AvailabilityZone=at) for name, at in ZONES.items()}
    both, one = (
        {"Cluster": typed("EKS::Cluster", ResourcesVpcConfig={"SubnetIds": [*map(ref, names)]})}
        for names in ("BC", "B")
    )
    left = subnets if kept else {"B": subnets["B"]}
    step = replace(of_resources(**one, **left), base=of_resources(**both, **subnets))
    (told,) = (each for each in problems(step, {}) if each.startswith("REPLACE6"))
    assert f"`{field}`" in told


def ref(name: str) -> Json:
    return {"Ref": name}
