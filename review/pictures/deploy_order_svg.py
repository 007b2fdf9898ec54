"""The deploy order as SVG: time goes to the right, a row is a step, stacks follow each other."""

from __future__ import annotations

from review.labels import counted
from review.pictures.deploy_order import DeployOrder, Stage, Step, rest_key
from review.pictures.fitted import Fit, FittedDrawing
from review.pictures.marks import NONE, Marks
from review.pictures.svg import text_width, wrapped

MARGIN = 16
WIDTH = 1000
LABELS = 318
"""Room for the names of the steps."""
LEFT = MARGIN + LABELS + 12
RIGHT = WIDTH - 140
"""Where the last bar ends; after it come its minutes, and a mark."""
BAR = 12
ROW = 26
MINUTE = 60
TICKS = (1, 2, 5, 10, 15, 30, 60)
MOST_TICKS = 9


def deploy_order_svg(
    order: DeployOrder, *, marks: Marks = NONE, name: str = "deploy-order", alone: bool = True
) -> str:
    """Return the picture of a deploy order; `marks` say what is new, gone or changed."""
    return _Picture(order, marks).svg(name=name, alone=alone)


class _Picture:
    """The picture while it is painted, from top to bottom; `y` is how far it has come."""

    def __init__(self, order: DeployOrder, marks: Marks) -> None:
        self.order = order
        self.marks = marks
        self.drawing = FittedDrawing()
        self.back = FittedDrawing()
        self.middles: dict[str, int] = {}
        self.y = MARGIN

    def svg(self, *, name: str, alone: bool) -> str:
        self._head()
        top = self.y
        for stage in self.order.stages:
            self._stage(stage)
        self._time(top)
        self._path()
        self._legend()
        return self.back.followed_by(self.drawing).document(
            name=name,
            title=f"Deploy order of {self.order.name}",
            description=described(self.order),
            width=WIDTH,
            height=self.y + MARGIN,
            alone=alone,
        )

    def _x(self, seconds: int) -> int:
        return LEFT + round(seconds * (RIGHT - LEFT) / max(1, self.order.about))

    def _head(self) -> None:
        drawing = self.drawing
        drawing.text(MARGIN, self.y + 18, f"Deploy order of {self.order.name}", style="title")
        said = f"Estimate of a first deploy: {estimate(self.order)}."
        drawing.text(MARGIN, self.y + 44, said, style="head")
        if "whole" in self.marks:
            end = MARGIN + text_width(said, 13) + 100
            drawing.tag(end, self.y + 39, self.marks["whole"])
        self.y += 52
        for line in wrapped(_caveat(self.order), WIDTH - 2 * MARGIN, 12):
            drawing.text(MARGIN, self.y + 12, line, style="small")
            self.y += 17
        self.y += 34

    def _stage(self, stage: Stage) -> None:
        drawing, top = self.drawing, self.y
        drawing.text(MARGIN + 10, self.y + 22, stage.stack, style="head")
        took = minutes(stage.end - stage.start)
        drawing.text(WIDTH - MARGIN - 10, self.y + 22, took, style="small", anchor="end")
        self.y += 32
        for step in stage.steps:
            self._step(step)
        if stage.rest:
            said = f"and {stage.rest} more, seconds each"
            drawing.text(MARGIN + 10, self.y + 17, said, style="small")
            self._mark(rest_key(stage), MARGIN + text_width(said, 12) + 100, self.y + 12)
            self.y += ROW
        self.y += 8
        self.back.rect(MARGIN, top, WIDTH - 2 * MARGIN, self.y - top, style="zone", radius=8)
        self.y += 8

    def _step(self, step: Step) -> None:
        drawing = self.drawing
        fit = Fit(step.title, width=LABELS - 10, size=13, most=2, bold=step.critical)
        height = max(ROW, fit.height + 6)
        middle = self.y + height // 2
        self.middles[step.key] = middle
        style = "name" if step.critical else "ink"
        drawing.fitted(MARGIN + 10, middle - fit.height // 2 + 13, fit, style=style)
        start, end = self._x(step.start), max(self._x(step.end), self._x(step.start) + 3)
        drawing.rect(
            start,
            middle - BAR // 2,
            end - start,
            BAR,
            style="steady" if step.critical else "worst",
            radius=min(4, (end - start) // 2),
        )
        took = minutes(step.seconds)
        drawing.text(end + 8, middle + 4, took, style="note" if step.critical else "small")
        self._mark(step.key, end + text_width(took, 12) + 92, middle)
        self.y += height

    def _mark(self, key: str, right: int, y: int) -> None:
        if key in self.marks:
            self.drawing.tag(right, y, self.marks[key])

    def _time(self, top: int) -> None:
        """Draw the minutes as lines behind everything, with their numbers above."""
        whole = self.order.about // MINUTE
        tick = next((each for each in TICKS if whole // each < MOST_TICKS), TICKS[-1])
        for minute in range(0, whole + 1, tick):
            x = self._x(minute * MINUTE)
            self.back.line([(x, top - 4), (x, self.y - 8)], style="edge")
            said = f"{minute} min" if minute == 0 else f"{minute}"
            self.drawing.text(x, top - 10, said, style="small", anchor="middle")

    def _path(self) -> None:
        """Lead from the end of each critical step to the beginning of the one that waits for it."""
        for step in self.order.steps:
            if step.follows:
                x, tip = self._x(step.start), self.middles[step.key] - BAR // 2
                self.back.line([(x, self.middles[step.follows]), (x, tip - 6)], style="critical")
                self.back.arrow(x, tip, style="arrow")

    def _legend(self) -> None:
        x = MARGIN
        for style, words in (
            ("steady", "critical path: what takes longer here delays the whole"),
            ("worst", "has time to spare"),
        ):
            self.drawing.rect(x, self.y + 3, 12, 12, style=style, radius=3)
            self.drawing.text(x + 18, self.y + 13, words, style="small")
            x += 18 + text_width(words, 12) + 24
        self.y += 18


def minutes(seconds: int) -> str:
    """Return a time in words, such as "45 s" or "11.5 min"."""
    if seconds < MINUTE:
        return f"{seconds} s"
    return f"{seconds / MINUTE:.1f}".removesuffix(".0") + " min"


def estimate(order: DeployOrder) -> str:
    """Return how long the whole takes, in words."""
    least, most = order.least // MINUTE, -(-order.most // MINUTE)
    return f"about {counted(round(order.about / MINUTE), 'minute')}, between {least} and {most}"


def _caveat(order: DeployOrder) -> str:
    return (
        "A bar is the middle of an estimate (review/pictures/durations.json has the sources); AWS "
        f"promises none of them. Not counted: {order.left_out}."
    )


def described(order: DeployOrder) -> str:
    """Return the picture in words, for those who don't see it."""
    critical = [f"{step.title}, {minutes(step.seconds)}" for step in order.steps if step.critical]
    spare = [f"{step.title}, {minutes(step.seconds)}" for step in order.steps if not step.critical]
    stages = [
        f"Stack {stage.stack}: {minutes(stage.end - stage.start)}, with {stage.rest} resources that "
        "take seconds"
        for stage in order.stages
    ]
    return ". ".join(
        [
            f"Estimate of a first deploy: {estimate(order)}",
            *stages,
            f"Critical path: {'; then '.join(critical)}",
            *([f"With time to spare: {'; '.join(spare)}"] if spare else []),
            _caveat(order),
        ]
    )
