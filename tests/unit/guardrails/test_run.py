from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from assembly.environment import Environment
from guardrails import acknowledgements
from guardrails.rule import Finding, Rule
from guardrails.run import findings, found
from tests.unit.guardrails.environments import of_templates

ASKED: list[Environment] = []
made = partial(
    Rule, family="Tests", reason="It breaks.", source="https://example.com", fix="Fix it."
)
CHOICE = {"Fn::If": ["Safe", "closed", "open"]}


def _names(environment: Environment) -> Iterator[Finding]:
    """Yield the name of each bucket, and stumble over one without."""
    ASKED.append(environment)
    for bucket in environment.resources("AWS::S3::Bucket"):
        value = bucket.properties["BucketName"]
        yield Finding(resource=bucket, value=value, location="Properties")


def _types(environment: Environment) -> Iterator[Finding]:
    for each in environment.resources():
        yield Finding(resource=each, value=each.kind, location="Type")


def _asked_once(environment: Environment) -> Iterator[Finding]:
    yield Finding(resource=environment.resources()[0], value=f"{environment.assumed}", location="")


TESTS = (
    made(id="TEST1", check=_names),
    made(id="TEST2", check=_types, severity="warning"),
    made(id="TEST3", check=_asked_once, every_world=False),
)


def buckets(*names: object) -> Environment:
    """Return an environment of buckets; whether it is safe is decided at deploy."""
    resources = {
        f"Bucket{number}": {
            "Type": "AWS::S3::Bucket",
            "Properties": {} if name is None else {"BucketName": name},
        }
        for number, name in enumerate(names)
    }
    return of_templates(
        Stack={
            "Parameters": {"Stage": {"Type": "String"}},
            "Conditions": {"Safe": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
            "Resources": resources,
        }
    )


def values(environment: Environment) -> list[tuple[str, str]]:
    """Return what the first two rules find."""
    return [(rule.id, each.value) for rule, each in findings(environment, TESTS[:2])]


def test_a_rule_sees_each_way_in_which_conditions_may_turn_out() -> None:
    """Each branch is judged, and what both have in common is found once."""
    assert values(buckets("same", CHOICE)) == [
        ("TEST1", "same"),
        ("TEST1", "closed"),
        ("TEST1", "open"),
        *[("TEST2", "AWS::S3::Bucket")] * 2,
    ]


def test_a_rule_that_reads_templates_as_they_are_is_asked_once() -> None:
    """Nothing is assumed for it."""
    environment = buckets(CHOICE)
    assert [each.value for _, each in found(environment, TESTS[2])] == ["{}"]


def test_a_rule_that_fails_says_so_and_stops_no_other() -> None:
    """What it had found by then counts, and the error names the rule, the cause and the place."""
    environment = buckets("first", None, "third")
    assert values(environment) == [
        ("TEST1", "first"),
        ("TEST1", "fault"),
        *[("TEST2", "AWS::S3::Bucket")] * 3,
    ]
    judged, fault = findings(environment, TESTS)[1]
    assert judged.severity == "error"
    assert "TEST1 itself failed" in judged.reason
    assert "bug in the rule" in judged.fix
    assert "KeyError in test_run.py:" in fault.detail
    assert fault.construct_path == "Stack"


def test_a_rule_that_fails_without_any_resource_says_so_too() -> None:
    """There is nothing to point at but the stack."""
    (fault,) = [each for _, each in findings(of_templates(Stack={}), TESTS[2:])]
    assert (fault.value, fault.construct_path) == ("fault", "Stack")


def test_no_rule_runs_twice() -> None:
    """The rules about acknowledgements judge what was found, and others may ask again."""
    ASKED.clear()
    environment = of_templates(Stack={"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}})
    judges = acknowledgements.checks(TESTS)
    everything = (*TESTS, *(made(id=each, check=judges[each]) for each in judges))
    assert findings(environment, everything) == findings(environment, everything)
    assert len(ASKED) == 1
