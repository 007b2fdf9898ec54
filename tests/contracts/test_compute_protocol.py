"""Who plans, proves, checks, reviews and draws compute asks what it is like, and never which kind it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from assembly.self_managed import SelfManagedGroup
from configuration.fields import MAKERS
from constructs_lib.specs.compute import NodeGroupSpec, SelfManagedNodeGroupSpec
from constructs_lib.specs.compute_protocol import Compute, ComputeSpec
from constructs_lib.specs.machines import MachinesSpec
from constructs_lib.specs.node_pools import NodePoolSpec
from examples.every_kind import ENVIRONMENT as EVERY_KIND
from examples.karpenter import ENVIRONMENT as KARPENTER

ROOT = Path(__file__).parents[2]
SETTINGS = ("configuration", "stacks")
PACKAGES = (*SETTINGS, "capacity", "kube", "guardrails", "review", "commands", "local_aws")
LISTED = ComputeSpec.__subclasses__()
KINDS: tuple[type[object], ...] = (*LISTED, NodePoolSpec, SelfManagedGroup)
FIELDS = {*MAKERS}
"""The fields of an environment that are of one kind."""
ALLOWED = {
    "configuration/fields.py": "has the fields, and makes of them what has the protocol",
    "configuration/auto_mode_rules.py": "what must fit Auto Mode",
    "configuration/karpenter_rules.py": "what must fit Karpenter",
}
"""Modules that are about one kind, with the reason."""
OWN = {
    *("auto_mode.py", "karpenter.py", "karpenter_nodes.py", "fargate_profiles.py", "nodes.py"),
    *("node_groups.py", "managed_node_group.py", "self_managed_node_group.py"),
    # The table, and what a workload sees.
    *("kinds.py", "platform.py"),
}
"""Modules of constructs that name a kind."""


def names_of(kind: type[object]) -> Iterator[str]:
    """Yield the names of a class and of those made of it."""
    yield kind.__name__
    for each in kind.__subclasses__():
        yield from names_of(each)


NAMES = {name for kind in KINDS for name in names_of(kind)}


def asked(source: str, *, fields: bool) -> Iterator[str]:
    """Yield where a module asks for a kind: by its class, or by its field, which strings may name."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, of]):
                yield from (x.id for x in ast.walk(of) if isinstance(x, ast.Name) and x.id in NAMES)
            case ast.MatchClass(cls=ast.Name(id=name)) if name in NAMES:
                yield name
            case ast.Attribute(value=ast.Name(id="config" | "self"), attr=name) if name in FIELDS:
                yield name
            case ast.Constant(value=str(name)) if fields and name in FIELDS:
                yield name
            case _:
                pass


def test_nobody_asks_for_a_kind() -> None:
    """A new kind then needs no branch outside its own files."""
    modules = {
        str(path.relative_to(ROOT)): {*asked(path.read_text("utf-8"), fields=package in SETTINGS)}
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    assert {name: kinds for name, kinds in modules.items() if kinds and name not in ALLOWED} == {}
    assert [name for name in ALLOWED if not modules[name]] == []


def named(source: str) -> set[str]:
    """Return the kinds that a module imports."""
    imports = (x for x in ast.walk(ast.parse(source)) if isinstance(x, ast.ImportFrom))
    return {alias.name for each in imports for alias in each.names} & NAMES


def test_stacks_and_constructs_name_no_kind_but_their_own() -> None:
    """So a new kind is a specification, a construct and a line of the table."""
    modules = {
        path.name: named(path.read_text("utf-8"))
        for package in ("stacks", "constructs_lib")
        for path in (ROOT / package).glob("*.py")
    }
    assert {name for name, kinds in modules.items() if kinds} == OWN
    assert modules["kinds.py"] == {kind.__name__ for kind in LISTED}


@pytest.mark.parametrize(
    "source",
    [
        "isinstance(group, NodeGroupSpec)",
        "isinstance(group, MachinesSpec | NodePoolSpec)",
        "isinstance(group, SelfManagedGroup)",
        "match group:\n    case KarpenterSpec(): pass",
        "config.karpenter is None",
        "getattr(config, 'auto_mode')",
    ],
)
def test_such_questions_are_seen(source: str) -> None:
    """Otherwise the test above would say nothing."""
    assert [*asked(source, fields=True)]


def test_every_kind_has_the_protocol() -> None:
    """As the type checker knows it, and with values for each zone."""
    of: tuple[Compute, ...] = (*EVERY_KIND.compute, *KARPENTER.compute)
    made = {type(each) for each in of}
    assert {NodeGroupSpec, SelfManagedNodeGroupSpec} < made
    assert all(issubclass(kind, MachinesSpec | NodePoolSpec) for kind in made)
    members = [name for name in vars(Compute) if not name.startswith("_")]
    for each in of:
        assert [name for name in members if not hasattr(each, name)] == []
        assert each.planned(("eu-west-1a",)).name == each.name
        assert each.room(each.kinds[0], 10)["pods"] == 10
