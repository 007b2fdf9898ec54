"""What is wrong between the workloads of an environment, and between each and the platform."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from constructs_lib.specs.base import Problem, UncheckedError
from constructs_lib.specs.namespaces import BUILT_IN_NAMESPACES
from constructs_lib.specs.own_code import is_count, problems_from
from constructs_lib.specs.workloads import RESERVED, Surroundings, Workload

PLATFORM_OBJECTS: Mapping[str, Sequence[str]] = json.loads(
    Path(__file__).with_name("platform_objects.json").read_text(encoding="utf-8")
)
"""What each part of the platform creates in the cluster, named as in the manifests and charts of the
EKS add-ons."""
ALWAYS = ("", "vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent")
THE_PLATFORM = "the platform"
THE_ENVIRONMENT, KUBERNETES = "the environment itself", "Kubernetes itself"


def workload_problems(
    workloads: Sequence[Workload], surroundings: Surroundings
) -> Iterator[Problem]:
    """Yield what is wrong between workloads, and between each and its environment."""
    earlier: list[str] = []
    makers = dict.fromkeys(_of_the_platform(surroundings), THE_PLATFORM)
    with suppress(UncheckedError):
        makers |= {f"Namespace {each.name}": THE_ENVIRONMENT for each in surroundings.namespaces}
    makers |= {f"Namespace {name}": KUBERNETES for name in BUILT_IN_NAMESPACES}
    names = {each.name for each in workloads if "name" in each.__dict__}
    for index, workload in enumerate(workloads):
        at = f"workloads[{index}]"
        yield from [each.under(at) for each in _of_its_place(workload, names, earlier)]
        earlier.append(str(workload.__dict__.get("name")))
        read: dict[str, list[str]] = {}
        calls: list[tuple[str, Callable[[], Iterator[Problem]]]] = [
            *((name, partial(_of_its_shape, workload, name, read)) for name in SHAPES),
            ("build", partial(_of_its_build, workload)),
            ("pod_objects", partial(_of_its_pods, workload, surroundings)),
            ("makes", partial(_taken, workload, read, makers)),
            ("across", lambda workload=workload: workload.across(surroundings)),  # type: ignore[misc]
        ]
        for name, call in calls:
            # A field without a valid value is reported separately.
            with suppress(UncheckedError):
                found = problems_from(type(workload), name, call)
                yield from [each.under(at) for each in found]


def _of_its_place(workload: Workload, names: set[str], earlier: Sequence[str]) -> Iterator[Problem]:
    """Check its name, which its stack gets, and its place in the list."""
    name = workload.__dict__.get("name")
    if name in RESERVED or name in earlier:
        yield Problem(
            at="name",
            got=name,
            allowed="a name that no other stack in the environment has",
            fix="rename it before its first deploy",
        )
    for needed in workload.__dict__.get("after", ()):
        if needed not in names or needed == name:
            known = (
                ", ".join(sorted(names - {name})) or "nothing, because there is no other workload"
            )
            yield Problem(at="after", got=needed, allowed=known, fix="remove it")
        elif needed not in earlier:
            yield Problem(
                at="after",
                got=needed,
                allowed="workloads that come before it in the list",
                fix=f"move {needed} before it",
            )


def _of_its_shape(workload: Workload, name: str, read: dict[str, Any]) -> Iterator[Problem]:
    """Keep what a custom class returns in `read`, unless it is something else than promised."""
    shape, what = SHAPES[name]
    value: object = getattr(workload, name)
    if isinstance(value, Iterable) and not isinstance(value, str):
        value = list(value)
    if shape(value):
        read[name] = value
        return
    yield Problem(
        at=name,
        got=value,
        allowed=f"{what}, from {type(workload).__name__}.{name}",
        fix=f"put @property above {name}" if callable(value) else f"return {what}",
    )


def _of_its_pods(workload: Workload, surroundings: Surroundings) -> Iterator[Problem]:
    """Check that the objects of its pods are objects, if it names any."""
    value: Any = workload.pod_objects(surroundings)
    is_list = isinstance(value, list | tuple)
    if value is not None and not (is_list and all(isinstance(each, dict) for each in value)):
        what = "a list of Kubernetes objects, each a dict, or None"
        yield Problem(
            at="pod_objects",
            got=value,
            allowed=f"{what}, from {type(workload).__name__}.pod_objects",
            fix=f"return {what}",
        )


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each for each in value)


def _pairs(value: object) -> bool:
    return (
        isinstance(value, list)
        and all(
            isinstance(each, tuple | list) and len(each) == len(("id", "text")) and _texts([*each])
            for each in value
        )
        and len(dict(value)) == len(value)
    )


SHAPES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "pods": (is_count, "a whole number of pods, 0 or more"),
    "description": (lambda value: isinstance(value, str), "a text"),
    "oci_charts": (lambda value: isinstance(value, bool), "True or False"),
    "own_namespaces": (_texts, "a tuple of names, such as ('shop',)"),
    "makes": (_texts, "a tuple of names, such as ('ServiceAccount shop/web',)"),
    "remarks": (
        _pairs,
        "a tuple of different ids, each with a sentence, such as (('old', 'It is old.'),)",
    ),
}
"""What the properties of a custom class return."""


def _of_its_build(workload: Workload) -> Iterator[Problem]:
    """A generator or a coroutine creates nothing until somebody runs it."""
    checks = inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction
    if any(check(type(workload).build) for check in checks):
        yield Problem(
            at="",
            got=f"{type(workload).__name__}.build",
            allowed="a build that creates its resources when it is called",
            fix="remove yield and async from it",
        )


def _taken(
    workload: Workload, read: Mapping[str, list[str]], makers: dict[str, str]
) -> Iterator[Problem]:
    """Two stacks that create the same thing overwrite each other, and deleting one deletes it."""
    for namespace in read.get("own_namespaces", ()):
        maker = makers.setdefault(f"Namespace {namespace}", workload.name)
        if maker not in (THE_ENVIRONMENT, KUBERNETES, workload.name):
            fix = f"add NamespaceSpec(name={namespace!r}) to the environment's namespaces, or use "
            yield Problem(
                at="namespace" * (namespace == getattr(workload, "namespace", None)),
                got=namespace,
                allowed=f"a namespace that {_called(maker)} doesn't create too: deleting one stack "
                "would delete the pods of the other",
                fix="use another one" if maker == THE_PLATFORM else f"{fix}another one",
            )
    for name in read.get("makes", ()):
        maker = makers.setdefault(name, workload.name)
        if maker != workload.name:
            yield Problem(
                at=_field_of(workload, name),
                got=name,
                allowed=f"a name that {_called(maker)} doesn't use too: the stacks would overwrite "
                "each other's resource",
                fix="rename it, or remove it from this workload",
            )


def _called(maker: str) -> str:
    return maker if maker in (THE_PLATFORM, THE_ENVIRONMENT, KUBERNETES) else f"workload {maker}"


def _field_of(workload: Workload, made: str) -> str:
    """Return the field that names what it makes; "" if that is in files or in code."""
    account = made.rpartition("/")[2]
    if made.startswith("ServiceAccount ") and account in getattr(workload, "service_accounts", ()):
        return f"service_accounts[{account!r}]"
    return "release" * (made.startswith("Helm release ") and hasattr(workload, "release"))


def _of_the_platform(surroundings: Surroundings) -> Iterator[str]:
    """Yield what the platform creates in the cluster, as far as its fields are valid."""
    parts = list(ALWAYS)
    with suppress(UncheckedError):
        parts += ["fargate"] if surroundings.fargate_profiles else []
    with suppress(UncheckedError):
        add_ons = surroundings.add_ons
        parts += [each.name for each in add_ons.additional if "name" in each.__dict__]
        parts += ["metrics-server"] if add_ons.metrics_server else []
        parts += ["aws-ebs-csi-driver"] if add_ons.ebs_csi_driver else []
        parts += ["aws-load-balancer-controller"] if add_ons.load_balancer_controller else []
        for add_on in add_ons.additional:
            place = add_on.namespace or "kube-system"
            yield from (f"ServiceAccount {place}/{account}" for account in add_on.permissions)
    for part in parts:
        yield from PLATFORM_OBJECTS.get(part, ())
