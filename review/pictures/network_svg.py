"""The network as SVG: zones are columns, tiers are rows, requests come down a line at the left."""

from __future__ import annotations

from capacity.quotas import NEAR_PERCENT
from review.labels import listed
from review.pictures.bands import Band
from review.pictures.marks import NONE, Marks
from review.pictures.network import TIERS, Bar, Network, Subnet
from review.pictures.svg import Drawing, text_width, wrapped

MARGIN = 16
LEFT = 128
"""Room for the names of the tiers and for the line that requests come down."""
LANE = LEFT - 18
GAP = 12
ROW = 17
"""The height of a line of text."""
LEAST_WIDTH = 1000
LEAST_COLUMN = 240


def network_svg(
    network: Network, *, marks: Marks = NONE, name: str = "network", alone: bool = True
) -> str:
    """Return the picture of a network; `marks` say what is new, gone or changed."""
    return _Picture(network, marks).svg(name=name, alone=alone)


class _Picture:
    """The picture while it is painted, from top to bottom; `y` is how far it has come."""

    def __init__(self, network: Network, marks: Marks) -> None:
        self.network = network
        self.marks = marks
        self.drawing = Drawing()
        columns = max(1, len(network.zones))
        room = LEAST_WIDTH - 2 * MARGIN - LEFT - GAP
        self.column = max(LEAST_COLUMN, room // columns - GAP)
        self.width = 2 * MARGIN + LEFT + GAP + columns * (self.column + GAP)
        self.y = MARGIN
        self.stops: list[int] = []

    def svg(self, *, name: str, alone: bool) -> str:
        network = self.network
        self._head()
        top = self.y
        self._zones(top)
        for tier in network.tiers:
            self._tier(tier)
        bottom = self.y
        self._path()
        self._legend()
        # Behind everything: the VPC and its zones. What is painted first lies below.
        back = Drawing()
        back.rect(MARGIN, top, self.width - 2 * MARGIN, bottom - top, style="frame", radius=10)
        for index in range(len(network.zones)):
            back.rect(self._x(index), top + GAP, self.column, bottom - top - 2 * GAP, style="zone")
        return back.followed_by(self.drawing).document(
            name=name,
            title=f"Network of {network.name}",
            description=described(network),
            width=self.width,
            height=self.y + MARGIN,
            alone=alone,
        )

    def _x(self, zone: int) -> int:
        return MARGIN + LEFT + GAP + zone * (self.column + GAP)

    def _head(self) -> None:
        network, drawing = self.network, self.drawing
        drawing.text(MARGIN, self.y + 18, f"Network of {network.name}", style="title")
        if network.pods is not None:
            said = f"room for {network.pods:,} pods"
            drawing.text(self.width - MARGIN, self.y + 18, said, style="small", anchor="end")
        self.y += 34
        if network.api:
            for line in wrapped(network.api, self.width - 2 * MARGIN - 150, 13):
                drawing.text(MARGIN, self.y + 13, line)
                self.y += ROW + 2
            if "api" in self.marks:
                drawing.tag(self.width - MARGIN, self.y - 10, self.marks["api"])
        if network.balancers:
            self._callers()
        self.y += 10

    def _callers(self) -> None:
        """Paint where requests come from, above the VPC: the path to the pods begins there."""
        said, drawing = callers(self.network), self.drawing
        width = text_width(said, 13) + 36
        left = max(MARGIN, LANE - width // 2)
        self.y += 4
        drawing.rect(left, self.y, width, 28, style="stop", radius=14)
        drawing.text(left + width // 2, self.y + 18, said, style="name", anchor="middle")
        self.stops.append(self.y + 28)
        self.y += 34

    def _zones(self, top: int) -> None:
        network, drawing = self.network, self.drawing
        self.y = top + GAP
        for index, zone in enumerate(network.zones):
            drawing.text(
                self._x(index) + self.column // 2, self.y + 20, zone, style="head", anchor="middle"
            )
        drawing.text(MARGIN + 12, self.y + 20, "VPC", style="head")
        self.y += 32

    def _tier(self, tier: str) -> None:
        network = self.network
        subnets = [each for each in network.subnets if each.tier == tier]
        bands = [each for each in network.bands if each.tier == tier]
        self.drawing.text(MARGIN + 12, self.y + 24, TIERS[tier], style="tier")
        if subnets:
            heights = [self._subnet(each) for each in subnets]
            self.y += max(heights) + GAP
        for band in bands:
            self._band(band)

    def _subnet(self, subnet: Subnet) -> int:
        """Paint a subnet and return its height."""
        drawing, x, y = self.drawing, self._x(self.network.zones.index(subnet.zone)) + 8, self.y
        inner = self.column - 16
        things = [line for thing in subnet.things for line in wrapped(thing, inner - 22, 12)]
        height = 32 + (34 if subnet.bar else 0) + ROW * len(things) + 4
        mark = self.marks.get(subnet.key)
        drawing.rect(x, y, inner, height, style=f"box-{mark}" if mark else "card")
        drawing.text(x + 12, y + 21, subnet.cidr, style="code")
        if subnet.bar:
            drawing.text(
                x + inner - 12,
                y + 21,
                f"{max(0, subnet.bar.usable - subnet.bar.worst):,} free",
                style="small",
                anchor="end",
            )
        at = y + 32
        if subnet.bar:
            self._bar(subnet.bar, x + 12, at, inner - 24)
            at += 34
        for thing in things:
            drawing.text(x + 12, at + 11, thing, style="small")
            at += ROW
        if mark:
            drawing.tag(x + inner - 8, y, mark)
        return height

    def _bar(self, bar: Bar, x: int, y: int, width: int) -> None:
        drawing = self.drawing
        drawing.rect(x, y, width, 8, style="track", radius=4)
        full = bar.percent > NEAR_PERCENT
        for count, style in ((bar.worst, "full" if full else "worst"), (bar.steady, "steady")):
            drawing.rect(x, y, _share(count, bar.usable, width), 8, style=style, radius=4)
        said = f"{bar.steady:,} steady, {bar.worst:,} worst"
        drawing.text(x, y + 22, said, style="small")
        drawing.text(x + width, y + 22, f"{bar.percent}%", style="note", anchor="end")

    def _band(self, band: Band) -> None:
        drawing, zones = self.drawing, self.network.zones
        where = [zones.index(zone) for zone in band.zones if zone in zones] or [0]
        x = self._x(min(where)) + 8
        width = self._x(max(where)) + self.column - 8 - x
        lines = [part for line in band.lines for part in wrapped(line, width - 24, 13)]
        height = 30 + ROW * len(lines) + 2
        mark = self.marks.get(band.key)
        drawing.rect(x, self.y, width, height, style=f"box-{mark}" if mark else "band")
        drawing.text(x + 12, self.y + 20, band.title, style="name")
        for index, line in enumerate(lines):
            drawing.text(x + 12, self.y + 38 + ROW * index, line, style="note")
        if mark:
            drawing.tag(x + width - 8, self.y, mark)
        if band.on_path:
            stop = self.y + 16
            self.stops.append(stop)
            drawing.line([(LANE, stop), (x - 8, stop)], style="path")
            drawing.arrow_right(x, stop, style="arrow")
        self.y += height + GAP

    def _path(self) -> None:
        """Draw the line from the callers to the pods."""
        if len(self.stops) > 1:
            drawing = self.drawing
            drawing.line([(LANE, self.stops[0]), (LANE, self.stops[-1])], style="path")
            for stop in self.stops[1:]:
                drawing.dot(LANE, stop, style="stop")

    def _legend(self) -> None:
        drawing = self.drawing
        self.y += 8
        edge = self.network.edge
        said = f"{self.network.vpc}" + (f", with {listed(edge)}" if edge else "")
        drawing.text(MARGIN, self.y + 13, said)
        if "vpc" in self.marks or "edge" in self.marks:
            mark = self.marks.get("vpc") or self.marks["edge"]
            drawing.tag(MARGIN + text_width(said, 13) + 90, self.y + 8, mark)
        self.y += ROW + 6
        if any(each.bar for each in self.network.subnets):
            x = MARGIN
            for style, words in (
                ("steady", "steady: the desired nodes, all full"),
                ("worst", "worst: the most nodes, in an update, with a zone lost"),
                ("full", f"worst over {NEAR_PERCENT}%"),
            ):
                drawing.rect(x, self.y + 3, 12, 12, style=style, radius=3)
                drawing.text(x + 18, self.y + 13, words, style="small")
                x += 18 + text_width(words, 12) + 24
            self.y += ROW


def _share(count: int, whole: int, width: int) -> int:
    """Return how much of a bar a count takes; something is always seen."""
    return min(width, max(3, round(count * width / max(1, whole)))) if count else 0


def callers(network: Network) -> str:
    """Return where the requests come from that load balancers answer."""
    schemes = {each.public for each in network.balancers}
    places = {True: "Internet", False: "Inside the VPC"}
    return listed(places[public] for public in sorted(schemes, reverse=True))


def described(network: Network) -> str:
    """Return the picture in words, for those who don't see it."""
    tiers = [
        f"{TIERS[tier]} subnets: "
        + ", ".join(
            each.cidr
            + (f" in {each.zone}")
            + (f", {each.bar.percent}% used at worst" if each.bar else "")
            for each in network.subnets
            if each.tier == tier
        )
        for tier in network.tiers
    ]
    bands = [f"{band.title}: {'; '.join(band.lines)}" for band in network.bands]
    return ". ".join([network.vpc, *tiers, *bands, network.api]) + "."
