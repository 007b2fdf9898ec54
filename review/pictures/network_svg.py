"""The network as SVG: zones are columns, tiers are rows, requests come down a line at the left."""

from __future__ import annotations

from capacity.quotas import NEAR_PERCENT
from review.labels import listed
from review.pictures.bands import Band
from review.pictures.fitted import Fit, text_width
from review.pictures.network import Bar, Network, Subnet
from review.pictures.painting import MARGIN, NONE, WIDTH, Marks, Painting
from review.pictures.subnets import TIERS

LEFT = 128
"""Room for the names of the tiers and for the line that requests come down."""
LANE = LEFT - 18
GAP = 12
ROW = 17
"""The height of a line of text."""
LEAST_COLUMN = 240


class NetworkPainting(Painting):
    """The picture of a network."""

    def __init__(self, network: Network, marks: Marks = NONE) -> None:
        """Paint it."""
        columns = max(1, len(network.zones))
        room = WIDTH - 2 * MARGIN - LEFT - GAP
        self.column = max(LEAST_COLUMN, room // columns - GAP)
        super().__init__(
            f"Network of {network.name}",
            described(network),
            marks=marks,
            width=2 * MARGIN + LEFT + GAP + columns * (self.column + GAP),
        )
        self.network = network
        self.stops: list[int] = []
        self._head()
        top = self.y
        self._zones()
        for tier in network.tiers:
            self._tier(tier)
        self.back.rect(MARGIN, top, self.width - 2 * MARGIN, self.y - top, style="frame", radius=10)
        for index in range(len(network.zones)):
            height = self.y - top - 2 * GAP
            self.back.rect(self._x(index), top + GAP, self.column, height, style="zone")
        self._path()
        self._foot()

    def _x(self, zone: int) -> int:
        return MARGIN + LEFT + GAP + zone * (self.column + GAP)

    def _head(self) -> None:
        network = self.network
        if network.pods is not None:
            said = f"room for {network.pods:,} pods"
            self.text(self.width - MARGIN, self.y + 18, said, style="small", anchor="end")
        self.y += 34
        for api in network.api:
            fit = Fit(api, width=self.width - 2 * MARGIN - 150, size=13)
            self.lines(MARGIN, self.y + 13, fit, step=ROW + 2)
            self.y += len(fit.lines) * (ROW + 2)
        self.mark("api", self.width - MARGIN, self.y - 10)
        if network.callers:
            self._callers()
        self.y += 10

    def _callers(self) -> None:
        """Paint where requests come from, above the VPC: the path to the pods begins there."""
        said = self.network.callers
        width = text_width(said, 13) + 36
        left = max(MARGIN, LANE - width // 2)
        self.y += 4
        self.rect(left, self.y, width, 28, style="stop", radius=14)
        self.text(left + width // 2, self.y + 18, said, style="name", anchor="middle")
        self.stops.append(self.y + 28)
        self.y += 34

    def _zones(self) -> None:
        self.y += GAP
        for index, zone in enumerate(self.network.zones):
            middle = self._x(index) + self.column // 2
            fit = Fit(zone, width=self.column, size=13, most=1)
            self.lines(middle, self.y + 20, fit, style="head", anchor="middle")
        self.text(MARGIN + 12, self.y + 20, "VPC", style="head")
        self.y += 32

    def _tier(self, tier: str) -> None:
        self.text(MARGIN + 12, self.y + 24, TIERS[tier], style="tier")
        for row in self.network.rows(tier):
            self.y += max([self._subnet(each) for each in row.values()]) + GAP
        for band in self.network.bands:
            if band.tier == tier:
                self._band(band)

    def _subnet(self, subnet: Subnet) -> int:
        """Paint a subnet and return its height."""
        x, y = self._x(self.network.zones.index(subnet.zone)) + 8, self.y
        inner, bar = self.column - 16, subnet.bar
        things = [Fit(each, width=inner - 22, size=12) for each in subnet.things]
        height = 36 + (34 if bar else 0) + ROW * sum(len(each.lines) for each in things)
        self.rect(x, y, inner, height, style=self.box(subnet.key, "card"))
        name = Fit(subnet.cidr, width=inner - (104 if bar else 24), size=13, most=1, bold=True)
        self.lines(x + 12, y + 21, name, style="code")
        at = y + 32
        if bar:
            self.text(x + inner - 12, y + 21, bar.free, style="small", anchor="end")
            self._bar(bar, x + 12, at, inner - 24)
            at += 34
        for thing in things:
            self.lines(x + 12, at + 11, thing, style="small", step=ROW)
            at += ROW * len(thing.lines)
        self.mark(subnet.key, x + inner - 8, y)
        return height

    def _bar(self, bar: Bar, x: int, y: int, width: int) -> None:
        self.rect(x, y, width, 8, style="track", radius=4)
        full = bar.percent > NEAR_PERCENT
        for count, style in ((bar.worst, "full" if full else "worst"), (bar.steady, "steady")):
            self.rect(x, y, _share(count, bar.usable, width), 8, style=style, radius=4)
        self.text(x, y + 22, f"{bar.steady:,} steady, {bar.worst:,} worst", style="small")
        self.text(x + width, y + 22, f"{bar.percent}%", style="note", anchor="end")

    def _band(self, band: Band) -> None:
        zones = self.network.zones
        where = [zones.index(zone) for zone in band.zones if zone in zones] or [0]
        x = self._x(min(where)) + 8
        width = self._x(max(where)) + self.column - 8 - x
        title = Fit(band.title, width=width - 24, size=13, bold=True)
        lines = [Fit(line, width=width - 24, size=13) for line in band.lines]
        height = 15 + ROW * sum(len(each.lines) for each in (title, *lines))
        self.rect(x, self.y, width, height, style=self.box(band.key, "band"))
        at = self.y + 20
        self.lines(x + 12, at, title, style="name", step=ROW)
        at += ROW * len(title.lines) + 1
        for line in lines:
            self.lines(x + 12, at, line, style="note", step=ROW)
            at += ROW * len(line.lines)
        self.mark(band.key, x + width - 8, self.y)
        if band.on_path:
            stop = self.y + 16
            self.stops.append(stop)
            self.line([(LANE, stop), (x - 8, stop)], style="path")
            self.arrow(x, stop, right=True)
        self.y += height + GAP

    def _path(self) -> None:
        """Draw the line from the callers to the pods."""
        if len(self.stops) > 1:
            self.line([(LANE, self.stops[0]), (LANE, self.stops[-1])], style="path")
            for stop in self.stops[1:]:
                self.dot(LANE, stop, style="stop")

    def _foot(self) -> None:
        network = self.network
        self.y += 8
        said = network.vpc + (f", with {listed(network.edge)}" if network.edge else "")
        fit = Fit(said, width=self.width - 2 * MARGIN - 110, size=13)
        self.lines(MARGIN, self.y + 13, fit)
        end = MARGIN + max(text_width(line, 13) for line in fit.lines) + 90
        self.mark("vpc" if "vpc" in self.marks else "edge", end, self.y + 8)
        self.y += ROW * len(fit.lines) + 6
        if any(each.bar for each in network.subnets):
            self.legend(
                ("steady", "steady: the desired nodes, all full"),
                ("worst", "worst: the most nodes, in an update, with a zone lost"),
                ("full", f"worst over {NEAR_PERCENT}%"),
            )
            self.y += ROW


def _share(count: int, whole: int, width: int) -> int:
    """Return how much of a bar a count takes; something is always seen."""
    return min(width, max(3, round(count * width / max(1, whole)))) if count else 0


def described(network: Network) -> str:
    """Return the picture in words, for those who don't see it."""
    tiers = [
        f"{TIERS[tier]} subnets: "
        + ", ".join(
            f"{each.cidr} in {each.zone}"
            + (f", {each.bar.percent}% used at worst" if each.bar else "")
            for each in network.subnets
            if each.tier == tier
        )
        for tier in network.tiers
        if tier in {each.tier for each in network.subnets}
    ]
    bands = [f"{band.title}: {'; '.join(band.lines)}" for band in network.bands]
    return ". ".join([network.vpc, *tiers, *bands, *network.api]) + "."
