"""What the CDK CLI needs in an account before it deploys an environment, as the assembly says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assembly.cloud_assembly import STACK, artifacts_of, read
from assembly.environment import Environment
from kube.values import Json, look_up, mapping, text


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The stacks by their names in CloudFormation, and what a deploy of them asks for.

    `bootstrap` has the version that is required by the SSM parameter that tells it. The roles are
    ARNs: those that the CLI assumes, and those that it gives to CloudFormation. `platforms` are
    those of the images that it builds, such as linux/arm64.
    """

    stacks: frozenset[str]
    bootstrap: Mapping[str, int]
    assumed_roles: tuple[str, ...]
    execution_roles: tuple[str, ...]
    platforms: tuple[str, ...]


def deployment_of(environment: Environment) -> Deployment:
    """Return what a deploy of an environment asks for; raises `ValueError` for a broken file."""
    folders = sorted({Path(stack.template_path).parent for stack in environment.stacks.values()})
    artifacts = {
        name: (folder, body) for folder in folders for name, body in artifacts_of(folder).items()
    }
    properties = [mapping(body, "properties") for _, body in artifacts.values()]
    assets = [
        read(folder / file)
        for folder, body in artifacts.values()
        if look_up(body, "type") == "cdk:asset-manifest"
        and (file := text(body, "properties", "file"))
    ]
    pseudo: dict[str, str] = {}
    for stack in environment.stacks.values():
        pseudo |= stack.pseudo_parameters
    bootstrap: dict[str, int] = {}
    for each in properties:
        parameter = text(each, "bootstrapStackVersionSsmParameter")
        required = each.get("requiresBootstrapStackVersion")
        if parameter and isinstance(required, int):
            bootstrap[parameter] = max(required, bootstrap.get(parameter, 0))
    return Deployment(
        stacks=frozenset(
            text(body, "properties", "stackName") or name
            for name, (_, body) in artifacts.items()
            if look_up(body, "type") == STACK
        ),
        bootstrap=bootstrap,
        assumed_roles=_roles([*properties, *assets], "assumeRoleArn", pseudo),
        execution_roles=_roles(properties, "cloudFormationExecutionRoleArn", pseudo),
        platforms=tuple(sorted(set(_platforms(assets)))),
    )


def _roles(values: Iterable[Json], field: str, pseudo: Mapping[str, str]) -> tuple[str, ...]:
    found = dict.fromkeys(role for value in values for role in _below(value, field))
    return tuple(sorted({_filled_in(role, pseudo) for role in found}))


def _below(value: object, field: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        if found := text(value, field):
            yield found
        for inner in value.values():
            yield from _below(inner, field)


def _filled_in(role: str, pseudo: Mapping[str, str]) -> str:
    for name, value in pseudo.items():
        role = role.replace(f"${{{name}}}", value)
    return role


def _platforms(assets: Iterable[Json]) -> Iterator[str]:
    """Yield the platform of each image, empty where it is that of the machine."""
    for each in assets:
        for image in mapping(each, "dockerImages").values():
            yield text(image, "source", "platform")
