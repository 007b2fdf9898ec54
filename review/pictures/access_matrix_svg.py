"""Access as SVG: principals are rows, the cluster and its namespaces are columns."""

from __future__ import annotations

from review.access import WHOLE_CLUSTER
from review.labels import listed
from review.pictures.access_matrix import AccessMatrix, Row
from review.pictures.marks import NONE, Mark, Marks
from review.pictures.svg import Drawing, shortened, wrapped

MARGIN = 16
WIDTH = 1000
"""The least width of the picture."""
LEFT = 300
"""The width of the column of principals."""
LEAST_COLUMN = 168
GAP = 8
LINE = 17
PADDING = 12
NOTHING = "\N{EN DASH}"
EVERYWHERE = "as in the whole cluster"


def access_matrix_svg(
    matrix: AccessMatrix, *, marks: Marks = NONE, name: str = "access", alone: bool = True
) -> str:
    """Return the picture of a matrix; `marks` say what is new, gone or changed."""
    return _Picture(matrix, marks).svg(name=name, alone=alone)


class _Picture:
    """The picture while it is painted, from top to bottom; `y` is how far it has come."""

    def __init__(self, matrix: AccessMatrix, marks: Marks) -> None:
        self.matrix = matrix
        self.marks = marks
        self.drawing = Drawing()
        columns = len(matrix.places)
        room = WIDTH - 2 * MARGIN - LEFT
        self.column = max(LEAST_COLUMN, room // columns - GAP)
        self.width = 2 * MARGIN + LEFT + columns * (self.column + GAP)
        self.y = MARGIN

    def svg(self, *, name: str, alone: bool) -> str:
        self._head()
        for row in self.matrix.rows:
            self._row(row)
        if not self.matrix.rows:
            self.drawing.text(MARGIN, self.y + 16, "Nobody has access.")
            self.y += 28
        return self.drawing.document(
            name=name,
            title=f"Access to {self.matrix.name}",
            description=described(self.matrix),
            width=self.width,
            height=self.y + MARGIN,
            alone=alone,
        )

    def _x(self, index: int) -> int:
        return MARGIN + LEFT + GAP + index * (self.column + GAP)

    def _head(self) -> None:
        matrix, drawing = self.matrix, self.drawing
        drawing.text(MARGIN, self.y + 18, f"Access to {matrix.name}", style="title")
        self.y += 34
        drawing.text(MARGIN, self.y + 12, matrix.authentication, style="small")
        mark = self.marks.get("authentication")
        if mark:
            drawing.tag(self.width - MARGIN, self.y + 8, mark)
        self.y += 30
        for index, place in enumerate(matrix.places):
            middle = self._x(index) + self.column // 2
            if place == WHOLE_CLUSTER:
                drawing.text(middle, self.y + 16, place, style="head", anchor="middle")
            else:
                drawing.text(middle, self.y + 3, "namespace", style="small", anchor="middle")
                said = shortened(place, self.column - PADDING, 13)
                drawing.text(middle, self.y + 20, said, style="head", anchor="middle", hint=place)
        self.y += 34

    def _row(self, row: Row) -> None:
        drawing, inner = self.drawing, LEFT - 2 * PADDING
        name = wrapped(_capital(row.name), inner, 13)
        under = [line for text in _under(row) for line in wrapped(text, inner, 12)]
        cells = [self._words(row, place) for place in self.matrix.places]
        lines = max(len(name) + len(under), *(len(each) for each, _ in cells))
        height = 2 * PADDING + LINE * lines - 4
        mark = self.marks.get(row.key)
        drawing.rect(MARGIN, self.y, LEFT, height, style=f"box-{mark}" if mark else "card")
        for index, text in enumerate([*name, *under]):
            baseline = self.y + PADDING + 11 + LINE * index
            style = "name" if index < len(name) else "small"
            said = shortened(text, inner, 13 if index < len(name) else 12)
            drawing.text(MARGIN + PADDING, baseline, said, style=style, hint=row.arn)
        if mark:
            drawing.tag(MARGIN + LEFT - 8, self.y, mark)
        for index, (place, (words, style)) in enumerate(
            zip(self.matrix.places, cells, strict=True)
        ):
            self._cell(self._x(index), height, words, style, self.marks.get(row.cell(place)))
        self.y += height + GAP

    def _words(self, row: Row, place: str) -> tuple[list[str], str]:
        """Return the lines of a cell and their style."""
        room = self.column - 2 * PADDING
        if place in row.may:
            return [line for what in row.may[place] for line in wrapped(what, room, 12)], "note"
        if WHOLE_CLUSTER in row.may:
            return wrapped(EVERYWHERE, room, 12), "small"
        return [NOTHING], "small"

    def _cell(self, x: int, height: int, words: list[str], style: str, mark: Mark | None) -> None:
        drawing = self.drawing
        granted = style == "note"
        box = f"box-{mark}" if mark else "band" if granted else "zone"
        drawing.rect(x, self.y, self.column, height, style=box)
        for index, line in enumerate(words):
            said = shortened(line, self.column - 2 * PADDING, 12)
            drawing.text(
                x + PADDING, self.y + PADDING + 11 + LINE * index, said, style=style, hint=line
            )
        if mark:
            drawing.tag(x + self.column - 8, self.y, mark)


def _under(row: Row) -> list[str]:
    if row.handler:
        return ["of the stacks themselves: it applies their manifests"]
    if row.by:
        return [f"assumed by {listed(row.by)}"]
    return [row.arn] if row.arn else []


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def described(matrix: AccessMatrix) -> str:
    """Return the picture in words, for those who don't see it."""
    rows = [
        f"{_capital(row.name)} may {what} in {place}."
        for row in matrix.rows
        for place in matrix.places
        for what in row.may.get(place, ())
    ]
    return " ".join([matrix.authentication, *rows])
