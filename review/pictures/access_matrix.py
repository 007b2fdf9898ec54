"""The access to a cluster: principals are rows, namespaces are columns.

Permissions in the whole cluster are a bar through all columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.kinds import ACCESS_ENTRY
from assembly.links import role_of
from assembly.resource import Resource
from kube.values import text
from review.access import WHOLE_CLUSTER, Grant, entries_of, is_for_people, is_handler
from review.labels import counted, named_principal, of_its_cluster, principal, words
from review.permissions import trust_of
from review.pictures.painting import NONE, Marks, Painting


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Somebody with an access entry.

    `arn` is empty for roles of the stacks: AWS names them. `assumed_by` is empty where the stacks
    don't know. `may` says what it may do, by the place. `platform` marks what the stacks need for
    themselves.
    """

    name: str
    arn: str
    assumed_by: tuple[str, ...]
    may: Mapping[str, tuple[str, ...]]
    platform: bool = False

    @property
    def key(self) -> str:
        """Return what identifies it before and after."""
        return f"principal {self.arn or self.name}"


@dataclass(frozen=True, kw_only=True)
class AccessMatrix:
    """Everything that the picture shows. `namespaces` are those of the stacks and the grants."""

    name: str
    namespaces: tuple[str, ...]
    principals: tuple[Principal, ...]

    @property
    def people(self) -> tuple[Principal, ...]:
        """Return those that aren't the platform itself."""
        return tuple(each for each in self.principals if not each.platform)

    @property
    def facts(self) -> Mapping[str, object]:
        """Return all that may be added, removed or changed, by its key."""
        facts: dict[str, object] = {f"namespace {each}": each for each in self.namespaces}
        for each in self.principals:
            facts[each.key] = each.name, each.assumed_by
            facts |= {f"{each.key} in {place}": allowed for place, allowed in each.may.items()}
        return facts


def access_matrix_of(environment: Environment) -> AccessMatrix:
    """Return what the picture of an environment shows."""
    principals = [_principal(environment, *each) for each in _entries(environment)]
    principals.sort(key=_order)
    places = {place for each in principals for place in each.may} - {WHOLE_CLUSTER}
    made = {words(each.name) for each in environment.kubernetes_objects("Namespace")}
    spaces = tuple(sorted(places | made))
    return AccessMatrix(name=environment.name, namespaces=spaces, principals=tuple(principals))


def _order(principal: Principal) -> tuple[bool, bool, str, str]:
    """Put the platform last, and those of the whole cluster first."""
    return principal.platform, WHOLE_CLUSTER not in principal.may, principal.name, principal.arn


def _entries(environment: Environment) -> Iterator[tuple[Resource, Iterable[Grant]]]:
    """Yield the entries; those by which nodes join allow nothing else."""
    yield from entries_of(environment)
    for entry in environment.resources(ACCESS_ENTRY):
        if not is_for_people(entry):
            what = f"join as a node (`{words(text(entry.properties, 'Type'))}`)"
            yield entry, (Grant(principal="", what=what, where=WHOLE_CLUSTER),)


def _principal(environment: Environment, entry: Resource, grants: Iterable[Grant]) -> Principal:
    arn = entry.properties.get("PrincipalArn")
    name, whole = named_principal(environment, arn)
    role = role_of(environment, arn)
    name = "the kubectl handler" if is_handler(role) else name
    platform = is_handler(role) or not is_for_people(entry)
    assumed_by = () if role is None or platform else sorted(trust_of(role))
    may: dict[str, dict[str, None]] = {}
    for grant in sorted(grants):
        may.setdefault(grant.where, {})[grant.what] = None
    return Principal(
        name=f"{name}{of_its_cluster(environment, entry)}",
        arn=whole,
        assumed_by=tuple(principal(environment, each) for each in assumed_by),
        may={place: tuple(allowed) for place, allowed in may.items()},
        platform=platform,
    )


def paint_access(matrix: AccessMatrix, marks: Marks = NONE) -> Painting:
    """Return the picture of who may do what."""
    people = counted(len(matrix.people), "principal")
    spaces = counted(len(matrix.namespaces), "namespace")
    said = {"summary": f"{people} besides the platform's own, {spaces}", "whole": WHOLE_CLUSTER}
    return Painting("access_matrix", f"Access to {matrix.name}", marks, matrix=matrix, **said)
