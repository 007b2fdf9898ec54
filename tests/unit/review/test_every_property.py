"""Whatever property of our templates changes, the review says what of it, and never a bare name.

Each property of each type, and each field of each kind of Kubernetes object, gets another value,
goes and comes, in as small an environment as it needs.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assembly.cloud_assembly import Assembly, assembly_at
from assembly.environment import Environment
from assembly.references import Node, references
from guardrails.step.change import INTERRUPTIONS, replacement_of
from review.differences import TAGS
from review.markdown import markdown
from review.meanings import MEANINGS
from review.model import TOLD, Review, Risk
from tests.support import spread
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import reviewed

Steps = tuple[str | int, ...]
Change = tuple[str, Environment, Environment]
GONE = object()
WHOLE = 2
"""As many steps lead to a property from the body of its resource."""
BARE = re.compile(
    r"`[\w.*\[\]]+` changes(?!:| from `[^`]+` to `)|written differently(?!, and)|items instead of|"
    r"\{\"|\$\{(Token|Fn)|no effect that this review|\(\)|: \.$|`` |null"
)
"""What says that something differs, and not what."""
FUNCTION = re.compile(r"Ref|Fn::\w+")


def steps(value: object, above: Steps = ()) -> Iterator[Steps]:
    """Yield the path of everything inside a value; a function is one value."""
    if isinstance(value, dict) and not (len(value) == 1 and FUNCTION.fullmatch(next(iter(value)))):
        inside: list[tuple[str | int, object]] = [*value.items()]
    else:
        inside = [*enumerate(value)] if isinstance(value, list) else []
    for key, inner in inside:
        yield (*above, key)
        yield from steps(inner, (*above, key))


def pattern(path: Steps) -> tuple[str, ...]:
    """Return a path without the places in lists and the names of tags, labels and annotations."""
    return tuple("*" if isinstance(key, int) else key for key in path)


def at(value: Any, path: Steps) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return what stands at a path."""
    for key in path:
        value = value[key]
    return value


def put(value: object, path: Steps, new: object) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return a value with something else at a path, or with nothing there."""
    changed: Any = copy.deepcopy(value)
    inside = at(changed, path[:-1])
    if new is GONE:
        del inside[path[-1]]
    else:
        inside[path[-1]] = new
    return changed


def another(value: Any) -> object:  # noqa: ANN401  # JSON may hold anything
    """Return a plausible other value, GONE where there is none."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and value.startswith(("{", "[")):
        with suppress(ValueError):
            new = another(json.loads(value))
            return "[]" if new is GONE else json.dumps(new)
    if isinstance(value, str):
        turned = {"true": "false", "false": "true", "Allow": "Deny"}
        return turned.get(value) or (str(int(value) + 1) if value.isdecimal() else f"{value}-2")
    if isinstance(value, list):
        return value[:-1] if len(value) > 1 else GONE
    return (
        "arn:aws:any:eu-west-1:111122223333:other"
        if FUNCTION.match(next(iter(value), ""))
        else GONE
    )


def around(environment: Environment, node: Node) -> Environment:
    """Return a resource with all that it refers to, and what refers to it, as an environment."""
    led = {
        each.node: [x.node for x in references(each.properties)] for each in environment.resources()
    }
    queue = [node, *(each for each, others in led.items() if node in others)]
    for each in queue:
        queue += [x for x in dict.fromkeys(led.get(each, ())) if x not in queue]
    stacks = {
        path: replace(
            stack,
            template={
                **stack.template,
                "Resources": {
                    name: body for name, body in stack.resources.items() if (path, name) in queue
                },
            },
        )
        for path, stack in environment.stacks.items()
    }
    return replace(environment, stacks=stacks)


def with_body(environment: Environment, node: Node, body: object) -> Environment:
    """Return an environment with another body of a resource."""
    old = environment.stacks[node[0]]
    resources = {**old.template["Resources"], node[1]: body}
    new = replace(old, template={**old.template, "Resources": resources})
    return replace(environment, stacks={**environment.stacks, old.path: new})


def changed(environment: Environment, node: Node, path: Steps) -> Iterator[Change]:
    """Yield the changes of what stands at a path of a resource."""
    body = environment.by_node[node].body
    without = with_body(environment, node, put(body, path, GONE))
    new = another(at(body, path))
    if new is not GONE:
        yield "changes", environment, with_body(environment, node, put(body, path, new))
    yield "goes", environment, without
    # Deeper down it is told as what goes is.
    if len(path) <= WHOLE:
        yield "comes", without, environment


@pytest.fixture(scope="module")
def environments(heads: Path, synthesized: Assembly) -> list[Environment]:
    """Return the reference environments, which are those of `environments/`, and the examples."""
    base = assembly_at(heads / "base").environments()
    return [*base.values(), *synthesized.environments().values()]


def problems(name: str, review: Review) -> Iterator[str]:
    """Yield what is wrong with a review of a change."""
    sentences = [each for side in review.environments for each in side.sentences]
    said = [text for each in sentences for text in (each.text, *each.details)]
    if review.risk in {Risk.NOTHING, Risk.UNKNOWN} or not sentences:
        yield f"{name}: {review.risk.words}, {said}"
    yield from (f"{name}: {text}" for text in said if BARE.search(text))
    quiet = all(each.risk is Risk.SAFE for each in sentences)
    if quiet and not re.search(
        r"→|loses|no longer|hash|order|instead of|now|New|new|remov|turned", " ".join(said)
    ):
        yield f"{name}: neither before nor after in {said}"


def test_every_property_of_every_type(environments: list[Environment]) -> None:
    """A verdict, and before and after or a sentence of a table."""
    places: dict[tuple[str, ...], tuple[Environment, Node, Steps]] = {}
    for environment in environments:
        for each in environment.resources():
            for path in steps(each.body.get("Properties", {})):
                place = (environment, each.node, ("Properties", *path))
                # Tags mean the same everywhere.
                kind = "any type" if {"Tags", "TagSpecifications"} & {*path[:-1]} else each.type
                places.setdefault((kind, *pattern(path)), place)
    assert len(places) > 300

    some = spread([*places.items()], 7)
    small = {node: around(side, node) for _, (side, node, _) in some}
    found: list[str] = []
    for key, (_, node, path) in some:
        for what, before, after in changed(small[node], node, path):
            found += problems(f"{' '.join(key)} {what}", reviewed(before, after))
    assert found == []


def test_every_property_has_a_meaning(environments: list[Environment]) -> None:
    """The schema replaces it, an interruption or another section tells of it, or a row does."""
    found: set[str] = set()
    for each in (x for environment in environments for x in environment.resources()):
        schema = replacement_of(each.kind)
        replaces = {path.partition("/")[0] for path in (*schema.always, *schema.perhaps)}
        for name in each.properties:
            known = (
                name in replaces
                or (each.kind, name) in INTERRUPTIONS
                or any(told.partition(".")[0] == name for told in TOLD.get(each.kind, ()))
                or TAGS.search(name)
                or any(
                    x.kind == each.kind and x.path.partition("/")[0] in {name, ""}
                    for x in MEANINGS.values()
                )
            )
            found |= set() if known else {f"{each.kind} {name}"}
    assert found == set()
    assert all(row.means and row.source for row in MEANINGS.values())
    # A type of AWS has no row for all that nobody has thought of.
    assert not [kind for kind, path in MEANINGS if not path and kind.startswith("AWS::")]


def test_every_field_of_every_kind(environments: list[Environment]) -> None:
    """Of Kubernetes objects likewise, whatever the API server thinks of it."""
    places: dict[tuple[str, ...], tuple[Mapping[str, Any], Steps]] = {}
    for environment in environments:
        for item in environment.kubernetes_objects():
            content = json.loads(json.dumps(item.content))
            for path in steps(content):
                places.setdefault((item.kind, *pattern(path)), (content, path))
    assert len(places) > 150

    found: list[str] = []
    for key, (content, path) in spread([*places.items()], 7):
        new = another(at(content, path))
        values = {"goes": GONE} if new is GONE else {"changes": new, "goes": GONE}
        for what, value in values.items():
            sides = [of_objects(content), of_objects(put(content, path, value))]
            found += problems(f"{' '.join(key)} {what}", reviewed(*sides))
            if value is GONE:
                found += problems(f"{' '.join(key)} comes", reviewed(*reversed(sides)))
    assert found == []


def of_objects(*contents: object) -> Environment:
    """Return an environment of Kubernetes objects."""
    return of_resources({"Objects": manifest(*contents)})


POLICIES = ((None, "Delete"), (None, "Retain"), ("Retain", "Delete"), ("Retain", "Snapshot"))


@pytest.mark.parametrize("attribute", ["DeletionPolicy", "UpdateReplacePolicy"])
def test_every_policy_of_every_type(environments: list[Environment], attribute: str) -> None:
    """Whether it stays or goes, and else both values."""
    kinds = {x.type for each in environments for x in each.resources()}
    found: list[str] = []
    for kind in sorted(kinds):
        for old, new in POLICIES:
            policies = ({} if each is None else {attribute: each} for each in (old, new))
            sides = [of_resources({"R": {**resource(kind), **each}}) for each in policies]
            review = reviewed(*sides)
            found += problems(f"{kind} {attribute} {old} {new}", review)
    assert found == []


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({"Outputs": {"A": {"Value": "1"}}}, {"Outputs": {"A": {"Value": "2"}}}, "`Main.A`: `1` → `2`."),
        ({}, {"Outputs": {"A": {"Value": {"Ref": "R"}}}}, "`Main.A`: none → parameter `R`."),
        ({"Outputs": {"A": {"Value": "1"}}}, {}, "`Main.A`: `1` → none."),
        (
            {"Outputs": {"A": {"Value": "1", "Export": {"Name": "x"}}}},
            {"Outputs": {"A": {"Value": "1", "Export": {"Name": "y"}}}},
            "`Main.y`: `Value` none → `1` and `Export.Name` none → `y`.",
        ),
        ({"Description": "a"}, {"Description": "b"}, "Stack `Main`: `Description` `a` → `b`."),
        (
            {"Outputs": {"ExportsOutputA": {"Value": "1"}}}, {},
            "Stack `Main`: `Outputs.ExportsOutputA` `1` → none.",
        ),
        ({"Mappings": {"A": {"B": {"C": 1}}}}, {}, "Stack `Main`: `Mappings.A.B.C` `1` → none."),
    ],
)  # fmt: skip
def test_what_stands_beside_the_resources(
    before: dict[str, Any], after: dict[str, Any], says: str
) -> None:
    """Outputs, exports and the attributes of a stack show both values, too."""
    resources = {"R": resource("AWS::SSM::Parameter", Value="x")}
    review = reviewed(of_resources(resources, **before), of_resources(resources, **after))

    details = [x for y in review.environments[0].sentences for x in y.details]
    assert says in details
    assert [*problems("beside", review)] == []


def test_attributes_of_a_resource() -> None:
    """Those beside its properties are no property, and show both values."""
    one, other = (
        of_resources({"R": {**resource("AWS::SSM::Parameter"), **more}, "S": resource("A::B::C")})
        for more in ({}, {"DependsOn": ["S"]})
    )
    (sentence,) = reviewed(one, other).environments[0].sentences
    assert sentence.details == ("Parameter `R`: `DependsOn` now also has `S`.",)


@pytest.mark.parametrize("on", [True, False])
def test_termination_protection(environments: list[Environment], *, on: bool) -> None:
    """Each stack is named, and off is less than on."""
    found = environments[0]
    for path, stack in found.stacks.items():
        sides = (
            replace(found, stacks={**found.stacks, path: replace(stack, termination_protection=x)})
            for x in (not on, on)
        )
        review = reviewed(*sides)
        assert review.risk is (Risk.SAFE if on else Risk.WEAKENS)
        assert [*problems(path, review)] == []


def test_secrets_are_not_shown() -> None:
    """Neither before nor after, in a template or in an object."""
    resources = [{"R": resource("A::B::C", MasterPassword=x)} for x in ("hunter2", "hunter3")]
    objects = [kubernetes("Secret", "s", stringData={"key": x}) for x in ("hunter2", "hunter3")]
    for review in (
        reviewed(*map(of_resources, resources)),
        reviewed(*map(of_objects, objects)),
    ):
        assert "hunter" not in markdown(review)
        assert "has another value (not shown)" in markdown(review)
