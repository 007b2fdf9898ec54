"""The order of a first deploy as SVG: a bar for all that takes minutes, on a line of time."""

from __future__ import annotations

from review.labels import counted
from review.pictures.deploy_order import Bar, DeployOrder, StackBars
from review.pictures.durations import Duration
from review.pictures.marks import NONE, Marks
from review.pictures.svg import Drawing, shortened, text_width, wrapped

MARGIN = 16
WIDTH = 1000
LEFT = 300
"""The width of the column of names."""
RIGHT = 96
"""Room at the right for the words of the last bar."""
ROW = 30
LINE = 17
STEPS = (1, 2, 5, 10, 20, 60)
"""Minutes between two lines of the scale: the least that gives at most TICKS of them."""
TICKS = 10


def deploy_order_svg(
    order: DeployOrder, *, marks: Marks = NONE, name: str = "deploy-order", alone: bool = True
) -> str:
    """Return the picture of a deploy; `marks` say what is new, gone or changed."""
    return _Picture(order, marks).svg(name=name, alone=alone)


class _Picture:
    """The picture while it is painted, from top to bottom; `y` is how far it has come."""

    def __init__(self, order: DeployOrder, marks: Marks) -> None:
        self.order = order
        self.marks = marks
        self.drawing = Drawing()
        self.y = MARGIN
        self.back = Drawing()
        self.last: int | None = None
        """Where the last bar of the critical path ends, from the top."""

    def svg(self, *, name: str, alone: bool) -> str:
        self._head()
        top = self.y
        self._scale_words()
        for stack in self.order.stacks:
            self._stack(stack)
        bottom = self.y
        self._legend()
        scale = Drawing()
        for minute in self._ticks():
            scale.line([(self._x(minute), top + 18), (self._x(minute), bottom)], style="edge")
        return (
            scale.followed_by(self.back)
            .followed_by(self.drawing)
            .document(
                name=name,
                title=f"First deploy of {self.order.name}",
                description=described(self.order),
                width=WIDTH,
                height=self.y + MARGIN,
                alone=alone,
            )
        )

    def _x(self, minute: float) -> int:
        room = WIDTH - MARGIN - LEFT - RIGHT
        return LEFT + round(minute * room / max(self.order.end, 1.0))

    def _ticks(self) -> list[int]:
        step = next((each for each in STEPS if self.order.end / each <= TICKS), STEPS[-1])
        return list(range(0, int(self.order.end) + 1, step))

    def _head(self) -> None:
        order, drawing = self.order, self.drawing
        drawing.text(MARGIN, self.y + 18, f"First deploy of {order.name}", style="title")
        drawing.text(
            WIDTH - MARGIN, self.y + 18, f"{minutes(order.total)}, estimated", anchor="end"
        )
        if "total" in self.marks:
            drawing.tag(WIDTH - MARGIN, self.y + 38, self.marks["total"])
        self.y += 36
        said = "What takes minutes, in the order that CloudFormation makes it; the critical path is strong."
        drawing.text(MARGIN, self.y + 12, said, style="small")
        self.y += 28

    def _scale_words(self) -> None:
        for minute in self._ticks():
            words = "start" if minute == 0 else f"{minute} min"
            self.drawing.text(self._x(minute), self.y + 12, words, style="small", anchor="middle")
        self.y += 22

    def _stack(self, stack: StackBars) -> None:
        drawing = self.drawing
        drawing.rect(
            self._x(stack.begun),
            self.y + 8,
            self._x(stack.done) - self._x(stack.begun),
            6,
            style="track",
            radius=3,
        )
        drawing.text(MARGIN, self.y + 17, f"Stack {stack.name}", style="head")
        self.y += ROW
        for bar in stack.bars:
            self._bar(bar)
        if stack.others:
            more = " more" if stack.bars else ""
            said = f"{counted(stack.others, f'{more} resource'.strip())}, in seconds each"
            drawing.text(MARGIN + 12, self.y + 13, f"and {said}" if more else said, style="small")
            self.y += ROW - 4
        self.y += 6

    def _bar(self, bar: Bar) -> None:
        drawing = self.drawing
        names = wrapped(bar.label[:1].upper() + bar.label[1:], LEFT - MARGIN - 28, 13)
        for index, line in enumerate(names):
            said = shortened(line, LEFT - MARGIN - 28, 13)
            drawing.text(MARGIN + 12, self.y + 14 + LINE * index, said, hint=bar.label)
        begun, done = self._x(bar.begun), self._x(bar.done)
        drawing.rect(
            begun,
            self.y,
            max(4, done - begun),
            18,
            style="steady" if bar.critical else "worst",
            radius=4,
        )
        said = minutes(bar.duration)
        drawing.text(
            done + 8, self.y + 14, said, style="beside" if bar.critical else "beside quiet"
        )
        mark = self.marks.get(bar.key)
        if mark:
            drawing.tag(done + 8 + text_width(said, 12) + 86, self.y + 9, mark)
        if bar.critical:
            if self.last is not None:
                self.back.line([(begun, self.last), (begun, self.y)], style="critical")
            self.last = self.y + 18
        self.y += ROW - LINE + LINE * len(names) + 2

    def _legend(self) -> None:
        drawing = self.drawing
        self.y += 8
        x = MARGIN
        for style, words in (
            ("steady", "critical path: the deploy waits for it"),
            ("worst", "meanwhile"),
            ("track", "the whole stack"),
        ):
            drawing.rect(x, self.y + 3, 12, 12, style=style, radius=3)
            drawing.text(x + 18, self.y + 13, words, style="small")
            x += 18 + text_width(words, 12) + 24
        self.y += LINE + 4
        said = "Estimates: bars are drawn in the middle of what others saw. AWS promises no time."
        drawing.text(MARGIN, self.y + 13, said, style="small")
        self.y += LINE


def minutes(duration: Duration) -> str:
    """Return a duration in words, in whole minutes where it is longer than one."""
    if duration.high < 1:
        return "under 1 min"
    low, high = round(duration.low), round(duration.high)
    if low < 1:
        return f"up to {high} min"
    return f"{low} min" if low == high else f"{low} to {high} min"


def described(order: DeployOrder) -> str:
    """Return the picture in words, for those who don't see it."""
    steps = ", then ".join(order.critical) or "nothing that takes minutes"
    return (
        f"A first deploy of {order.name} takes about {minutes(order.total)}, by estimate. "
        f"The critical path: {steps}."
    )
