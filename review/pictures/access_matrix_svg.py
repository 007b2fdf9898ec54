"""The access to a cluster as SVG: principals are rows, namespaces are columns.

What somebody may do in the whole cluster is a bar through all columns, for it holds in each of them.
"""

from __future__ import annotations

from review.access import WHOLE_CLUSTER
from review.labels import counted, listed
from review.pictures.access_matrix import AccessMatrix, Principal, namespace_key
from review.pictures.fitted import Fit, FittedDrawing
from review.pictures.marks import NONE, Marks
from review.pictures.svg import Drawing, wrapped

MARGIN = 16
NAMES = 300
"""Room for the names of the principals."""
LEFT = MARGIN + NAMES + 8
GAP = 8
LEAST_WIDTH = 1000
LEAST_COLUMN = 148
WIDEST_COLUMN = 260
PAD = 10
NOTE = (
    "A bar through all columns holds in the whole cluster, and so in each namespace. Nodes and Fargate "
    "pods join by entries that EKS makes itself; they aren't shown."
)


def access_matrix_svg(
    matrix: AccessMatrix, *, marks: Marks = NONE, name: str = "access", alone: bool = True
) -> str:
    """Return the picture of who may do what; `marks` say what is new, gone or changed."""
    return _Picture(matrix, marks).svg(name=name, alone=alone)


class _Picture:
    """The picture while it is painted, from top to bottom; `y` is how far it has come."""

    def __init__(self, matrix: AccessMatrix, marks: Marks) -> None:
        self.matrix = matrix
        self.marks = marks
        self.drawing = FittedDrawing()
        self.back = Drawing()
        self.columns = (WHOLE_CLUSTER, *matrix.namespaces)
        room = (LEAST_WIDTH - MARGIN - LEFT) // len(self.columns) - GAP
        self.column = min(WIDEST_COLUMN, max(LEAST_COLUMN, room))
        self.width = max(LEAST_WIDTH, LEFT + len(self.columns) * (self.column + GAP) + MARGIN)
        self.y = MARGIN

    def svg(self, *, name: str, alone: bool) -> str:
        matrix = self.matrix
        self._head()
        for each in matrix.people:
            self._row(each)
        platform = [each for each in matrix.principals if each.platform]
        if platform:
            self.drawing.text(MARGIN + 2, self.y + 22, "The platform itself", style="tier")
            self.y += 34
        for each in platform:
            self._row(each)
        for line in wrapped(NOTE, self.width - 2 * MARGIN, 12):
            self.drawing.text(MARGIN, self.y + 14, line, style="small")
            self.y += 18
        return self.back.followed_by(self.drawing).document(
            name=name,
            title=f"Access to {matrix.name}",
            description=described(matrix),
            width=self.width,
            height=self.y + MARGIN,
            alone=alone,
        )

    def _x(self, column: int) -> int:
        return LEFT + column * (self.column + GAP)

    def _head(self) -> None:
        drawing = self.drawing
        drawing.text(MARGIN, self.y + 18, f"Access to {self.matrix.name}", style="title")
        drawing.text(MARGIN, self.y + 40, _summary(self.matrix))
        self.y += 56
        heads = [
            Fit(_title(each), width=self.column - 2 * PAD, size=13, most=4, bold=True)
            for each in self.columns
        ]
        height = max(each.height for each in heads) + 2 * PAD
        top = self.y + 8
        for index, (place, head) in enumerate(zip(self.columns, heads, strict=True)):
            mark = self.marks.get(namespace_key(place))
            self.back.rect(
                self._x(index), top, self.column, height, style=f"box-{mark}" if mark else "zone"
            )
            drawing.fitted(self._x(index) + PAD, top + PAD + 12, head, style="head")
            if mark:
                drawing.tag(self._x(index) + self.column - 6, top, mark)
        self.y = top + height + 14

    def _row(self, principal: Principal) -> None:
        top = self.y
        mark = self.marks.get(principal.key)
        below = self._cells(principal, top + PAD)
        below = max(below, self._name(principal, top + PAD))
        height = below - top + PAD - 4
        style = f"box-{mark}" if mark else "card"
        self.back.rect(MARGIN, top, self.width - 2 * MARGIN, height, style=style, radius=8)
        if mark:
            self.drawing.tag(LEFT - 16, top, mark)
        self.y = top + height + 12

    def _name(self, principal: Principal, top: int) -> int:
        """Write who it is, and below it who may assume the role; return where that ends."""
        width = NAMES - 2 * PAD
        fits = [
            (Fit(_capital(_plain(principal.name)), width=width, size=13, most=3, bold=True), "name")
        ]
        small = [principal.arn, *(f"assumed by {_plain(each)}" for each in principal.assumed_by)]
        fits += [(Fit(text, width=width, size=12, most=3), "small") for text in filter(None, small)]
        y = top
        for fit, style in fits:
            self.drawing.fitted(MARGIN + 12, y + 13, fit, style=style)
            y += fit.height + 2
        return y

    def _cells(self, principal: Principal, top: int) -> int:
        """Paint what it may do; return where that ends."""
        y = top
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
        words = principal.may.get(place, ("nothing that these stacks allow",))
        text = _capital(_plain(listed(words)))
        fit = Fit(text, width=width - 2 * PAD, size=13, most=6)
        height = fit.height + 2 * PAD - 6
        # A row that comes or goes is marked as a whole.
        row = self.marks.get(principal.key)
        mark = self.marks.get(principal.key_of(place)) if row in {None, "changed"} else None
        quiet = "zone" if principal.platform or not principal.may else "band"
        self.drawing.rect(x, y, width, height, style=f"box-{mark}" if mark else quiet)
        self.drawing.fitted(x + PAD, y + PAD + 9, fit, style="ink")
        if mark:
            self.drawing.tag(x + width - 6, y, mark)
        return y + height


def _title(place: str) -> str:
    return "Whole cluster" if place == WHOLE_CLUSTER else place


def _summary(matrix: AccessMatrix) -> str:
    count = counted(len(matrix.namespaces), "namespace")
    people = counted(len(matrix.people), "principal")
    return f"{people} besides the platform itself, {count}"


def _plain(text: str) -> str:
    """Return words without the marks of code."""
    return text.replace("`", "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def described(matrix: AccessMatrix) -> str:
    """Return the picture in words, for those who don't see it."""
    return " ".join([f"{_summary(matrix)}.", *(_said(each) for each in matrix.principals)])


def _said(principal: Principal) -> str:
    may = [
        f"{_plain(listed(words))} in {place if place == WHOLE_CLUSTER else f'namespace {place}'}"
        for place, words in principal.may.items()
    ]
    assumed = (
        f", assumed by {_plain(listed(principal.assumed_by))}," if principal.assumed_by else ""
    )
    whole = f" ({principal.arn})" if principal.arn else ""
    does = listed(may) if may else "do nothing that these stacks allow"
    return f"{_capital(_plain(principal.name))}{whole}{assumed} may {does}."
