"""What the CDK CLI needs in an account to deploy an environment, from the assembly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assembly.cloud_assembly import artifacts_of, read
from assembly.environment import Environment
from kube.values import items, look_up, mapping, text


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The names of the stacks in CloudFormation, and what their deploy needs.

    `bootstrap` maps SSM parameters to the bootstrap version that is required. The roles are ARNs:
    those that the CLI assumes, and those that it passes to CloudFormation. `platforms` are those of
    the images that it builds, such as linux/arm64; empty means the platform of the machine.
    """

    stacks: frozenset[str]
    bootstrap: Mapping[str, int]
    assumed_roles: tuple[str, ...]
    execution_roles: tuple[str, ...]
    platforms: tuple[str, ...]


def deployment_of(environment: Environment) -> Deployment:
    """Return what a deploy of an environment needs; raises `ValueError` for a broken file."""
    folders = sorted({Path(stack.template_path).parent for stack in environment.stacks.values()})
    artifacts = [(folder, each) for folder in folders for each in artifacts_of(folder).values()]
    files = {folder / text(body, "properties", "file") for folder, body in artifacts}
    assets = [read(file) for file in sorted(files) if file.is_file()]
    pseudo = [each.pseudo_parameters for each in environment.stacks.values()]
    bootstrap: dict[str, int] = {}
    for _, body in artifacts:
        parameter = text(body, "properties", "bootstrapStackVersionSsmParameter")
        required = look_up(body, "properties", "requiresBootstrapStackVersion")
        if parameter and isinstance(required, int):
            bootstrap[parameter] = max(required, bootstrap.get(parameter, 0))

    def roles(field: str) -> tuple[str, ...]:
        known = {f"${{{name}}}": value for each in pseudo for name, value in each.items()}
        found = set(_below([*(body for _, body in artifacts), *assets], field))
        for name, value in known.items():
            found = {role.replace(name, value) for role in found}
        return tuple(sorted(found))

    images = [image for each in assets for image in mapping(each, "dockerImages").values()]
    return Deployment(
        stacks=frozenset(environment.stack_names),
        bootstrap=bootstrap,
        assumed_roles=roles("assumeRoleArn"),
        execution_roles=roles("cloudFormationExecutionRoleArn"),
        platforms=tuple(sorted({text(image, "source", "platform") for image in images})),
    )


def _below(value: object, field: str) -> Iterator[str]:
    """Yield the values of a field at any depth."""
    if isinstance(value, Mapping):
        yield from filter(None, [text(value, field)])
    for inner in value.values() if isinstance(value, Mapping) else items(value):
        yield from _below(inner, field)
