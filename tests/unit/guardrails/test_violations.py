from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assembly.environment import Environment
from guardrails import places
from guardrails.rule import Finding, Rule, name_of
from guardrails.run import violations
from tests.support import Assembly, template_files
from tests.unit.guardrails.environments import of_resources


def clusters(environment: Environment) -> Iterator[Finding]:
    """Yield every cluster."""
    for cluster in environment.resources("AWS::EKS::Cluster"):
        yield Finding(resource=cluster, value="a b", location="Properties/Name", detail="At once.")


def one_construct(environment: Environment) -> Iterator[Finding]:
    """Yield a finding that is about a construct, and knows a fix of its own."""
    yield Finding(
        resource=environment.resources()[0],
        construct_path=f"{environment.name}/Cluster/ControlPlane",
        value="x",
        location="Metadata",
        fix="Do this.",
    )


def rule(number: int) -> Rule:
    """Return a rule that finds every cluster."""
    return Rule(
        id=f"TEST{number}",
        family="Tests",
        reason="It breaks.",
        source="https://example.com",
        fix="Fix it.",
        check=clusters,
    )


def test_a_violation_tells_where_what_and_how_to_fix(
    real: dict[str, Environment], assembly: Assembly
) -> None:
    """The CDK adds the construct path, which it finds by file and logical id."""
    (violation,) = violations([real["Dev"]], [rule(1)])

    assert violation.name == "TEST1[a b]"
    assert violation.description == "TEST1[a b]: It breaks. At once."
    assert violation.fix == "Fix it."
    assert violation.severity == "error"
    assert violation.location == "Properties/Name"
    assert violation.logical_id == "ControlPlaneCluster8AFA2E51"
    assert Path(violation.template_path) == template_files(assembly)["Dev/Cluster"]


def test_violations_come_all_at_once_grouped_by_rule(real: dict[str, Environment]) -> None:
    """Both environments' findings of the first rule, then those of the second."""
    found = violations([real["Dev"], real["Prod"]], [rule(1), rule(2)])

    assert [violation.name for violation in found] == [
        *["TEST1[a b]"] * 2,
        *["TEST2[a b]"] * 2,
    ]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("Dev/Cluster/ControlPlane/Cluster", "At once. It is in web.yaml line 3."),
        ("Dev/Cluster/ControlPlane/Cluster/Resource/Deeper", "At once."),
    ],
)
def test_a_violation_tells_the_file_of_its_object(
    real: dict[str, Environment], place: str, told: str
) -> None:
    """The construct around the resource knows it."""
    dev = real["Dev"]
    metadata = {f"/{place}": [{"type": "groundwork:file", "data": "web.yaml line 3"}]}
    stack = replace(dev.stacks["Dev/Cluster"], metadata=metadata)

    (violation,) = violations(
        [replace(dev, stacks={**dev.stacks, "Dev/Cluster": stack})], [rule(1)]
    )

    assert violation.description == f"TEST1[a b]: It breaks. {told}"


def test_a_violation_tells_the_line_of_its_field(
    real: dict[str, Environment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that of the object, which is long."""
    monkeypatch.setattr(places, "ROOT", tmp_path)
    (tmp_path / "web.yaml").write_text("kind: Pod\nspec:\n  hostNetwork: true\n", encoding="utf-8")
    dev = real["Dev"]
    place = "/Dev/Cluster/ControlPlane/Cluster"
    metadata = {place: [{"type": "groundwork:file", "data": "web.yaml line 1"}]}
    stack = replace(dev.stacks["Dev/Cluster"], metadata=metadata)
    of_field = replace(
        rule(1),
        check=lambda of: (replace(each, field="spec.hostNetwork") for each in clusters(of)),
    )

    (violation,) = violations(
        [replace(dev, stacks={**dev.stacks, "Dev/Cluster": stack})], [of_field]
    )

    assert violation.description.endswith(" It is in web.yaml line 3.")


def test_a_finding_knows_better(real: dict[str, Environment]) -> None:
    """Its own fix replaces the rule's, and it may be about a construct."""
    special = Rule(
        id="TEST3",
        family="Tests",
        reason="It breaks.",
        source="https://example.com",
        fix="Fix it.",
        check=one_construct,
    )
    (violation,) = violations([real["Dev"]], [special])

    assert violation.fix == "Do this."
    assert violation.construct_path == "Dev/Cluster/ControlPlane"


def test_a_resource_of_a_nested_stack_is_named_by_its_path(real: dict[str, Environment]) -> None:
    """The CDK doesn't find it by the template, which is a file of the outer stack's assets."""
    stacks = real["Dev"].stacks
    nested = replace(stacks["Dev/Cluster"], nested_in=("Dev/Network", "Nested"))
    environment = replace(real["Dev"], stacks={**stacks, "Dev/Cluster": nested})
    (violation,) = violations([environment], [rule(1)])

    assert violation.construct_path == "Dev/Cluster/ControlPlane/Cluster/Resource"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("containers[0].image ({web})", "TEST1[containers[0].image ({web})]"),
        ("a]b", "TEST1[a_b]"),
        ("([)]", "TEST1[____]"),
        ("}", "TEST1[_]"),
        ("", "TEST1[]"),
    ],
)
def test_the_cdk_takes_every_name(value: str, name: str) -> None:
    """It stops at one in which a bracket stands alone; a value may be whatever somebody wrote."""
    resource = of_resources(Cluster={"Type": "AWS::EKS::Cluster"}).resources()[0]
    assert name_of(rule(1), Finding(resource=resource, value=value, location="")) == name
