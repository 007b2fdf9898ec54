"""What a picture of access shows: principals, namespaces, and what each may do where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from review.access import PEOPLE, WHOLE_CLUSTER, Grant, grants_of
from review.environment import Environment
from review.iam import trusted
from review.labels import principal

QUOTED_ARN = re.compile(r" \(`(?P<arn>.+)`\)$")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A principal. `by` are those who may assume it; `may` is what it may do by place."""

    name: str
    arn: str
    by: tuple[str, ...]
    may: Mapping[str, tuple[str, ...]]
    handler: bool

    @property
    def key(self) -> str:
        """Return what identifies it before and after."""
        return f"principal {self.name} {self.arn}"

    def cell(self, place: str) -> str:
        """Return what identifies one of its cells."""
        return f"{self.key} in {place}"


@dataclass(frozen=True, kw_only=True)
class AccessMatrix:
    """Everything that the picture shows. `places` are the whole cluster, then the namespaces."""

    name: str
    cluster: str
    authentication: str
    places: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def facts(self) -> Mapping[str, object]:
        """Return all that may be added, removed or changed, by its key."""
        return {
            "authentication": self.authentication,
            **{row.key: row.by for row in self.rows},
            **{row.cell(place): what for row in self.rows for place, what in row.may.items()},
        }


def matrix_of(environment: Environment) -> AccessMatrix:
    """Return what the picture of an environment shows, the kubectl handler last."""
    grants = sorted(grants_of(environment), key=lambda each: (each.handler, each))
    by = _by(environment)
    rows = [
        _row(who, [each for each in grants if each.principal == who], by)
        for who in dict.fromkeys([*(each.principal for each in grants), *by])
    ]
    cluster = environment.one("AWS::EKS::Cluster")
    return AccessMatrix(
        name=environment.name,
        cluster="" if cluster is None else environment.read(cluster.properties.get("Name", "")),
        authentication=_authentication(environment),
        places=(WHOLE_CLUSTER, *_namespaces(environment, grants)),
        rows=tuple(sorted(rows, key=lambda row: row.handler)),
    )


def _row(who: str, grants: list[Grant], by: Mapping[str, tuple[str, ...]]) -> Row:
    may: dict[str, list[str]] = {}
    for grant in grants:
        may.setdefault(grant.where, []).append(plain(grant.what))
    quoted = QUOTED_ARN.search(who)
    return Row(
        name=plain(QUOTED_ARN.sub("", who)),
        arn=quoted["arn"] if quoted else "",
        by=by.get(who, ()),
        may={place: tuple(dict.fromkeys(what)) for place, what in may.items()},
        handler=any(each.handler for each in grants),
    )


def _by(environment: Environment) -> Mapping[str, tuple[str, ...]]:
    """Return who may assume each role of ours that has an access entry."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in environment.of_type("AWS::EKS::AccessEntry"):
        arn = entry.properties["PrincipalArn"]
        role = environment.target(entry.stack, arn)
        if entry.properties.get("Type", PEOPLE) == PEOPLE and role is not None:
            if "KubectlProvider" in role.path:
                continue
            found[principal(environment, entry.stack, arn)] = tuple(
                plain(QUOTED_ARN.sub("", principal(environment, role.stack, each)))
                for each in sorted(trusted(role))
            )
    return found


def _namespaces(environment: Environment, grants: Iterable[Grant]) -> list[str]:
    """Return the namespaces that the stacks make, and those that somebody has access to."""
    made = {each.name for each in environment.kubernetes_objects if each.kind == "Namespace"}
    return sorted(made | {each.where for each in grants if each.where != WHOLE_CLUSTER})


def _authentication(environment: Environment) -> str:
    cluster = environment.one("AWS::EKS::Cluster")
    config = {} if cluster is None else cluster.properties.get("AccessConfig", {})
    mode = config.get("AuthenticationMode", "CONFIG_MAP")
    # EKS makes the creator an administrator unless it is told not to (EKS API reference,
    # CreateAccessConfigRequest).
    creator = config.get("BootstrapClusterCreatorAdminPermissions", True)
    gets = "administers it, too" if creator else "gets no access by that"
    return f"Authentication mode {mode}. Whoever creates the cluster {gets}."


def plain(text: str) -> str:
    """Return a text of sentences without its marks for code."""
    return text.replace("`", "")
