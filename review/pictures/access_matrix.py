"""The access to a cluster: principals are rows, namespaces are columns.

What somebody may do in the whole cluster is a bar through all columns, for it holds in each of them.
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
from review.iam import trusted
from review.labels import (
    capital,
    counted,
    listed,
    named_principal,
    of_its_cluster,
    principal,
    words,
)
from review.pictures.painting import MARGIN, NAMES, NONE, WIDTH, Fit, Marks, Painting
from review.pictures.words import WORDS, rendered

ROOM = 300
"""Room for the names of the principals."""
LEFT = MARGIN + ROOM + 8
GAP = 8
LEAST_COLUMN = 148
WIDEST_COLUMN = 260
PAD = 10


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
    assumed_by = () if role is None or platform else sorted(trusted(role))
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


class AccessPainting(Painting):
    """The picture of who may do what."""

    def __init__(self, matrix: AccessMatrix, marks: Marks = NONE) -> None:
        """Paint it."""
        self.columns = (WHOLE_CLUSTER, *matrix.namespaces)
        room = (WIDTH - MARGIN - LEFT) // len(self.columns) - GAP
        self.column = min(WIDEST_COLUMN, max(LEAST_COLUMN, room))
        width = max(WIDTH, self._x(len(self.columns)) + MARGIN)
        super().__init__(f"Access to {matrix.name}", described(matrix), marks=marks, width=width)
        self.text(MARGIN, self.y + 40, _summary(matrix))
        self.y += 56
        self._head()
        for each in matrix.people:
            self._row(each)
        platform = [each for each in matrix.principals if each.platform]
        if platform:
            self.text(MARGIN + 2, self.y + 22, "The platform itself", style="tier")
            self.y += 34
        for each in platform:
            self._row(each)
        self.note(WORDS["access"], baseline=14, step=18)

    def _x(self, column: int) -> int:
        return LEFT + column * (self.column + GAP)

    def _head(self) -> None:
        titles = ("Whole cluster", *self.columns[1:])
        heads = [_fit(each, self.column, most=4, bold=True) for each in titles]
        height = max(each.height for each in heads) + 2 * PAD
        top = self.y + 8
        for index, (place, head) in enumerate(zip(self.columns, heads, strict=True)):
            x, key = self._x(index), f"namespace {place}"
            self.back.rect(x, top, self.column, height, style=self.box(key, "zone"))
            self.lines(x + PAD, top + PAD + 12, head, style="head")
            self.mark(key, x + self.column - 6, top)
        self.y = top + height + 14

    def _row(self, principal: Principal) -> None:
        top, width, style = self.y, self.width - 2 * MARGIN, self.box(principal.key, "card")
        below = max(self._cells(principal, top + PAD), self._name(principal, top + PAD)) + PAD - 4
        self.back.rect(MARGIN, top, width, below - top, style=style, radius=8)
        self.mark(principal.key, LEFT - 16, top)
        self.y = below + 12

    def _name(self, principal: Principal, y: int) -> int:
        """Write who it is, and below it who may assume the role; return where that ends."""
        name = _fit(_said(principal.name), ROOM, most=3, bold=True)
        y = self.lines(MARGIN + 12, y + 13, name, style="name") + 2
        assumed = [f"assumed by {each}".replace("`", "") for each in principal.assumed_by]
        for each in filter(None, [principal.arn, *assumed]):
            fit = _fit(each, ROOM, most=3, size=12)
            y = self.lines(MARGIN + 12, y, fit, style="small") + 2
        return y - 13

    def _cells(self, principal: Principal, y: int) -> int:
        """Paint what it may do; return where that ends."""
        if WHOLE_CLUSTER in principal.may or not principal.may:
            width = self._x(len(self.columns)) - GAP - LEFT
            y = self._cell(principal, WHOLE_CLUSTER, LEFT, y, width) + GAP
        own = [
            self._cell(principal, place, self._x(index), y, self.column)
            for index, place in enumerate(self.columns)
            if place != WHOLE_CLUSTER and place in principal.may
        ]
        return max(own, default=y - GAP)

    def _cell(self, principal: Principal, place: str, x: int, y: int, width: int) -> int:
        """Paint one cell; return where it ends."""
        allowed = principal.may.get(place, ("nothing that these stacks allow",))
        fit = _fit(_said(listed(allowed)), width, most=6)
        height = fit.height + 2 * PAD - 6
        # A row that comes or goes is marked as a whole.
        alone = self.marks.get(principal.key) in {None, "changed"}
        key = f"{principal.key} in {place}" if alone else ""
        quiet = "zone" if principal.platform or not principal.may else "band"
        self.rect(x, y, width, height, style=self.box(key, quiet))
        self.lines(x + PAD, y + PAD + 9, fit)
        self.mark(key, x + width - 6, y)
        return y + height


def _fit(text: str, width: int, *, most: int, size: int = 13, bold: bool = False) -> Fit:
    return Fit(text, width=width - 2 * PAD, size=size, most=most, bold=bold, pieces=NAMES)


def _summary(matrix: AccessMatrix) -> str:
    people = counted(len(matrix.people), "principal")
    return f"{people} besides the platform itself, {counted(len(matrix.namespaces), 'namespace')}"


def _said(text: str) -> str:
    """Return words as a line of their own, without the marks of code."""
    return capital(text.replace("`", ""))


def described(matrix: AccessMatrix) -> str:
    """Return the picture in words, for those who don't see it."""
    summary = _summary(matrix)
    return rendered("access_matrix.txt", matrix=matrix, summary=summary, whole=WHOLE_CLUSTER)
