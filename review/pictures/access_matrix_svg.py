"""The access to a cluster as SVG: principals are rows, namespaces are columns.

What somebody may do in the whole cluster is a bar through all columns, for it holds in each of them.
"""

from __future__ import annotations

from review.access import WHOLE_CLUSTER
from review.labels import capital, counted, listed
from review.pictures.access_matrix import AccessMatrix, Principal
from review.pictures.fitted import NAMES, Fit
from review.pictures.painting import MARGIN, NONE, WIDTH, Marks, Painting

ROOM = 300
"""Room for the names of the principals."""
LEFT = MARGIN + ROOM + 8
GAP = 8
LEAST_COLUMN = 148
WIDEST_COLUMN = 260
PAD = 10
NOTE = (
    "A bar through all columns holds in the whole cluster, and so in each namespace. Nodes and Fargate "
    "pods join by entries that EKS makes itself; they aren't shown."
)


class AccessPainting(Painting):
    """The picture of who may do what."""

    def __init__(self, matrix: AccessMatrix, marks: Marks = NONE) -> None:
        """Paint it."""
        self.columns = (WHOLE_CLUSTER, *matrix.namespaces)
        room = (WIDTH - MARGIN - LEFT) // len(self.columns) - GAP
        self.column = min(WIDEST_COLUMN, max(LEAST_COLUMN, room))
        width = max(WIDTH, LEFT + len(self.columns) * (self.column + GAP) + MARGIN)
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
        self.note(NOTE, baseline=14, step=18)

    def _x(self, column: int) -> int:
        return LEFT + column * (self.column + GAP)

    def _head(self) -> None:
        titles = ("Whole cluster", *self.columns[1:])
        heads = [self._fit(each, self.column, most=4, bold=True) for each in titles]
        height = max(each.height for each in heads) + 2 * PAD
        top = self.y + 8
        for index, (place, head) in enumerate(zip(self.columns, heads, strict=True)):
            x, key = self._x(index), f"namespace {place}"
            self.back.rect(x, top, self.column, height, style=self.box(key, "zone"))
            self.lines(x + PAD, top + PAD + 12, head, style="head")
            self.mark(key, x + self.column - 6, top)
        self.y = top + height + 14

    def _row(self, principal: Principal) -> None:
        top = self.y
        below = self._cells(principal, top + PAD)
        below = max(below, self._name(principal, top + PAD))
        height = below - top + PAD - 4
        style = self.box(principal.key, "card")
        self.back.rect(MARGIN, top, self.width - 2 * MARGIN, height, style=style, radius=8)
        self.mark(principal.key, LEFT - 16, top)
        self.y = top + height + 12

    def _name(self, principal: Principal, y: int) -> int:
        """Write who it is, and below it who may assume the role; return where that ends."""
        fits = [(self._fit(_said(principal.name), ROOM, most=3, bold=True), "name")]
        small = [principal.arn, *(f"assumed by {_plain(each)}" for each in principal.assumed_by)]
        fits += [(self._fit(text, ROOM, most=3, size=12), "small") for text in filter(None, small)]
        for fit, style in fits:
            self.lines(MARGIN + 12, y + 13, fit, style=style)
            y += fit.height + 2
        return y

    def _cells(self, principal: Principal, y: int) -> int:
        """Paint what it may do; return where that ends."""
        if WHOLE_CLUSTER in principal.may or not principal.may:
            width = self._x(len(self.columns) - 1) + self.column - self._x(0)
            y = self._cell(principal, WHOLE_CLUSTER, self._x(0), y, width) + GAP
        own = [
            self._cell(principal, place, self._x(index), y, self.column)
            for index, place in enumerate(self.columns)
            if place != WHOLE_CLUSTER and place in principal.may
        ]
        return max(own, default=y - GAP)

    def _cell(self, principal: Principal, place: str, x: int, y: int, width: int) -> int:
        """Paint one cell; return where it ends."""
        allowed = principal.may.get(place, ("nothing that these stacks allow",))
        fit = self._fit(_said(listed(allowed)), width, most=6)
        height = fit.height + 2 * PAD - 6
        # A row that comes or goes is marked as a whole.
        alone = self.marks.get(principal.key) in {None, "changed"}
        key = principal.key_of(place) if alone else ""
        quiet = "zone" if principal.platform or not principal.may else "band"
        self.rect(x, y, width, height, style=self.box(key, quiet))
        self.lines(x + PAD, y + PAD + 9, fit)
        self.mark(key, x + width - 6, y)
        return y + height

    def _fit(self, text: str, width: int, *, most: int, size: int = 13, bold: bool = False) -> Fit:
        return Fit(text, width=width - 2 * PAD, size=size, most=most, bold=bold, pieces=NAMES)


def _summary(matrix: AccessMatrix) -> str:
    count = counted(len(matrix.namespaces), "namespace")
    people = counted(len(matrix.people), "principal")
    return f"{people} besides the platform itself, {count}"


def _plain(text: str) -> str:
    """Return words without the marks of code."""
    return text.replace("`", "")


def _said(text: str) -> str:
    return capital(_plain(text))


def described(matrix: AccessMatrix) -> str:
    """Return the picture in words, for those who don't see it."""
    return " ".join([f"{_summary(matrix)}.", *map(_described, matrix.principals)])


def _described(principal: Principal) -> str:
    may = [
        f"{_plain(listed(allowed))} in {'' if place == WHOLE_CLUSTER else 'namespace '}{place}"
        for place, allowed in principal.may.items()
    ] or ["do nothing that these stacks allow"]
    assumed = (
        f", assumed by {_plain(listed(principal.assumed_by))}," if principal.assumed_by else ""
    )
    whole = f" ({principal.arn})" if principal.arn else ""
    return f"{_said(principal.name)}{whole}{assumed} may {listed(may)}."
