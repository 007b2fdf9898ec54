"""What a picture of the access to a cluster shows: who may do what, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from review.access import PEOPLE, WHOLE_CLUSTER, Grant, entries_of, is_handler
from review.environment import Environment, Resource
from review.iam import trusted
from review.labels import named_principal, principal


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

    def key_of(self, place: str) -> str:
        """Return what identifies a cell of it before and after."""
        return f"{self.key} in {place}"


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
        return {
            **{each.key: (each.name, each.assumed_by) for each in self.principals},
            **{
                each.key_of(place): words
                for each in self.principals
                for place, words in each.may.items()
            },
            **{namespace_key(each): each for each in self.namespaces},
        }


def namespace_key(namespace: str) -> str:
    """Return what identifies a namespace before and after."""
    return f"namespace {namespace}"


def access_matrix_of(environment: Environment) -> AccessMatrix:
    """Return what the picture of an environment shows."""
    principals = [*_people(environment), *_nodes(environment)]
    places = {place for each in principals for place in each.may} - {WHOLE_CLUSTER}
    made = {each.name for each in environment.kubernetes_objects if each.kind == "Namespace"}
    return AccessMatrix(
        name=environment.name,
        namespaces=tuple(sorted(places | made)),
        principals=tuple(sorted(principals, key=_order)),
    )


def _order(principal: Principal) -> tuple[bool, bool, str, str]:
    """Put the platform last, and those of the whole cluster first."""
    return principal.platform, WHOLE_CLUSTER not in principal.may, principal.name, principal.arn


def _people(environment: Environment) -> Iterator[Principal]:
    for entry, grants in entries_of(environment):
        role = environment.target(entry.stack, entry.properties["PrincipalArn"])
        yield _principal(environment, entry, grants, platform=is_handler(role))


def _nodes(environment: Environment) -> Iterator[Principal]:
    """Yield the entries by which nodes join; EKS makes those of managed groups by itself."""
    for entry in environment.of_type("AWS::EKS::AccessEntry"):
        kind = entry.properties.get("Type", PEOPLE)
        if kind != PEOPLE:
            joins = Grant(principal="", what=f"join as a node (`{kind}`)", where=WHOLE_CLUSTER)
            yield _principal(environment, entry, (joins,), platform=True)


def _principal(
    environment: Environment, entry: Resource, grants: tuple[Grant, ...], *, platform: bool
) -> Principal:
    arn = entry.properties["PrincipalArn"]
    name, whole = named_principal(environment, entry.stack, arn)
    role = environment.target(entry.stack, arn)
    may: dict[str, list[str]] = {}
    for grant in sorted(grants):
        may.setdefault(grant.where, []).append(grant.what)
    return Principal(
        name="the kubectl handler" if is_handler(role) else name,
        arn=whole,
        assumed_by=() if role is None or platform else _assumed_by(environment, role),
        may={place: tuple(dict.fromkeys(words)) for place, words in may.items()},
        platform=platform,
    )


def _assumed_by(environment: Environment, role: Resource) -> tuple[str, ...]:
    return tuple(principal(environment, role.stack, each) for each in sorted(trusted(role)))
