"""The deploy order as SVG: time goes to the right, a row is a step, stacks follow each other."""

from __future__ import annotations

from review.labels import counted
from review.pictures.deploy_order import DURATIONS, DeployOrder, Stage, Step
from review.pictures.painting import MARGIN, NAMES, NONE, WIDTH, Fit, Marks, Painting, text_width
from review.pictures.words import WORDS, rendered

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
CAVEAT = WORDS["caveat"].format_map(DURATIONS)


class DeployOrderPainting(Painting):
    """The picture of a deploy order."""

    def __init__(self, order: DeployOrder, marks: Marks = NONE) -> None:
        """Paint it."""
        super().__init__(f"Deploy order of {order.name}", described(order), marks=marks)
        self.order = order
        self.middles: dict[str, int] = {}
        said = f"Estimate of a first deploy: {estimate(order)}."
        self.text(MARGIN, self.y + 44, said, style="head")
        self.mark("whole", MARGIN + text_width(said, 13) + 100, self.y + 39)
        self.y += 52
        self.note(CAVEAT, baseline=12, step=17)
        self.y += 34
        top = self.y
        for stage in order.stages:
            self._stage(stage)
        self._time(top)
        self._path()
        self.legend(**WORDS["deploy order"])
        self.y += 18

    def _x(self, seconds: int) -> int:
        return LEFT + round(seconds * (RIGHT - LEFT) / max(1, self.order.about))

    def _stage(self, stage: Stage) -> None:
        top, took = self.y, minutes(stage.seconds)
        name = Fit(stage.stack, width=WIDTH - 200, most=1, bold=True)
        self.lines(MARGIN + 10, top + 22, name, style="head")
        self.text(WIDTH - MARGIN - 10, top + 22, took, style="small", anchor="end")
        self.y += 32
        for step in stage.steps:
            self._step(step)
        if stage.rest:
            said = f"and {stage.rest} more, seconds each"
            self.text(MARGIN + 10, self.y + 17, said, style="small")
            self.mark(f"rest {stage.stack}", MARGIN + text_width(said, 12) + 100, self.y + 12)
            self.y += ROW
        self.y += 8
        self.back.rect(MARGIN, top, WIDTH - 2 * MARGIN, self.y - top, style="zone", radius=8)
        self.y += 8

    def _step(self, step: Step) -> None:
        name, bar, took = ("name", "steady", "note") if step.critical else ("ink", "worst", "small")
        fit = Fit(step.title, width=LABELS - 10, most=2, bold=step.critical, pieces=NAMES)
        height = max(ROW, fit.height + 6)
        middle = self.middles[step.key] = self.y + height // 2
        self.lines(MARGIN + 10, middle - fit.height // 2 + 13, fit, style=name)
        start, end = self._x(step.start), max(self._x(step.end), self._x(step.start) + 3)
        radius = min(4, (end - start) // 2)
        self.rect(start, middle - BAR // 2, end - start, BAR, style=bar, radius=radius)
        said = minutes(step.seconds)
        self.text(end + 8, middle + 4, said, style=took)
        self.mark(step.key, end + text_width(said, 12) + 92, middle)
        self.y += height

    def _time(self, top: int) -> None:
        """Draw the minutes as lines behind everything, with their numbers above."""
        whole = self.order.about // MINUTE
        tick = next((each for each in TICKS if whole // each < MOST_TICKS), TICKS[-1])
        for minute in range(0, whole + 1, tick):
            x = self._x(minute * MINUTE)
            self.back.shape("path", "edge", d=f"M{x} {top - 4}L{x} {self.y - 8}")
            said = f"{minute}" if minute else "0 min"
            self.text(x, top - 10, said, style="small", anchor="middle")

    def _path(self) -> None:
        """Lead from the end of each critical step to the beginning of the one that waits for it."""
        for step in self.order.steps:
            if step.follows:
                x, tip = self._x(step.start), self.middles[step.key] - BAR // 2
                line = f"M{x} {self.middles[step.follows]}L{x} {tip - 6}"
                self.back.shape("path", "critical", d=line)
                self.back.shape("path", "arrow", d=f"M{x} {tip}l-5 -9h10z")


def minutes(seconds: int) -> str:
    """Return a time in words, such as "45 s" or "11.5 min"."""
    if seconds < MINUTE:
        return f"{seconds} s"
    return f"{seconds / MINUTE:.1f}".removesuffix(".0") + " min"


def estimate(order: DeployOrder) -> str:
    """Return how long the whole takes, in words."""
    least, most = order.least // MINUTE, -(-order.most // MINUTE)
    return f"about {counted(round(order.about / MINUTE), 'minute')}, between {least} and {most}"


def described(order: DeployOrder) -> str:
    """Return the picture in words, for those who don't see it."""
    said = {"estimate": estimate(order), "caveat": CAVEAT}
    return rendered("deploy_order.txt", order=order, minutes=minutes, **said)
