"""The network as SVG: zones are columns, tiers are rows, requests come down a line at the left."""

from __future__ import annotations

from capacity.quotas import NEAR_PERCENT
from review.labels import listed
from review.pictures.bands import Band
from review.pictures.network import Bar, Network, Subnet
from review.pictures.painting import MARGIN, NONE, WIDTH, Fit, Marks, Painting, text_width
from review.pictures.words import WORDS, rendered

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
        self.column = max(LEAST_COLUMN, (WIDTH - 2 * MARGIN - LEFT - GAP) // columns - GAP)
        self.network = network
        self.stops: list[int] = []
        said = rendered("network.txt", network=network)
        width = self._x(columns) + MARGIN
        super().__init__(f"Network of {network.name}", said, marks=marks, width=width)
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
        if self.network.pods is not None:
            said = f"room for {self.network.pods:,} pods"
            self.text(self.width - MARGIN, self.y + 18, said, style="small", anchor="end")
        self.y += 34
        for api in self.network.api:
            fit = Fit(api, width=self.width - 2 * MARGIN - 150, step=ROW + 2)
            self.y = self.lines(MARGIN, self.y + 13, fit) - 13
        self.mark("api", self.width - MARGIN, self.y - 10)
        if self.network.callers:
            self._callers(self.network.callers)
        self.y += 10

    def _callers(self, said: str) -> None:
        """Paint where requests come from, above the VPC: the path to the pods begins there."""
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
            middle, fit = self._x(index) + self.column // 2, Fit(zone, width=self.column, most=1)
            self.lines(middle, self.y + 20, fit, style="head", anchor="middle")
        self.text(MARGIN + 12, self.y + 20, "VPC", style="head")
        self.y += 32

    def _tier(self, tier: str) -> None:
        self.text(MARGIN + 12, self.y + 24, WORDS["tiers"][tier], style="tier")
        for row in self.network.rows(tier):
            self.y += max([self._subnet(each) for each in row.values()]) + GAP
        for band in self.network.bands:
            if band.tier == tier:
                self._band(band)

    def _subnet(self, subnet: Subnet) -> int:
        """Paint a subnet and return its height."""
        x, y = self._x(self.network.zones.index(subnet.zone)) + 8, self.y
        inner, bar = self.column - 16, subnet.bar
        things = [Fit(each, width=inner - 22, size=12, step=ROW) for each in subnet.things]
        height = 36 + (34 if bar else 0) + sum(each.height for each in things)
        self.rect(x, y, inner, height, style=self.box(subnet.key, "card"))
        name = Fit(subnet.cidr, width=inner - (104 if bar else 24), most=1, bold=True)
        self.lines(x + 12, y + 21, name, style="code")
        at = y + 43
        if bar:
            self.text(x + inner - 12, y + 21, bar.free, style="small", anchor="end")
            self._bar(bar, x + 12, y + 32, inner - 24)
            at += 34
        for thing in things:
            at = self.lines(x + 12, at, thing, style="small")
        self.mark(subnet.key, x + inner - 8, y)
        return height

    def _bar(self, bar: Bar, x: int, y: int, width: int) -> None:
        self.rect(x, y, width, 8, style="track", radius=4)
        full = bar.percent > NEAR_PERCENT
        for count, style in ((bar.worst, "full" if full else "worst"), (bar.steady, "steady")):
            # Something is always seen.
            share = max(3, round(count * width / max(1, bar.usable))) if count else 0
            self.rect(x, y, min(width, share), 8, style=style, radius=4)
        self.text(x, y + 22, f"{bar.steady:,} steady, {bar.worst:,} worst", style="small")
        self.text(x + width, y + 22, f"{bar.percent}%", style="note", anchor="end")

    def _band(self, band: Band) -> None:
        zones = self.network.zones
        where = [zones.index(zone) for zone in band.zones if zone in zones] or [0]
        x = self._x(min(where)) + 8
        width = self._x(max(where)) + self.column - 8 - x
        title = Fit(band.title, width=width - 24, bold=True)
        lines = [Fit(line, width=width - 24) for line in band.lines]
        height = 15 + sum(each.height for each in (title, *lines))
        self.rect(x, self.y, width, height, style=self.box(band.key, "band"))
        at = self.lines(x + 12, self.y + 20, title, style="name") + 1
        for line in lines:
            at = self.lines(x + 12, at, line, style="note")
        self.mark(band.key, x + width - 8, self.y)
        if band.on_path:
            stop = self.y + 16
            self.stops.append(stop)
            self.shape("path", "path", d=f"M{LANE} {stop}L{x - 8} {stop}")
            self.shape("path", "arrow", d=f"M{x} {stop}l-11 -6v12z")
        self.y += height + GAP

    def _path(self) -> None:
        """Draw the line from the callers to the pods."""
        if len(self.stops) > 1:
            self.shape("path", "path", d=f"M{LANE} {self.stops[0]}L{LANE} {self.stops[-1]}")
            for stop in self.stops[1:]:
                self.shape("circle", "stop", cx=LANE, cy=stop, r=6)

    def _foot(self) -> None:
        network = self.network
        said = network.vpc + (f", with {listed(network.edge)}" if network.edge else "")
        fit = Fit(said, width=self.width - 2 * MARGIN - 110)
        below = self.lines(MARGIN, self.y + 21, fit)
        end = MARGIN + max(text_width(line, 13) for line in fit.lines) + 90
        self.mark("vpc" if "vpc" in self.marks else "edge", end, self.y + 16)
        self.y = below - 7
        if any(each.bar for each in network.subnets):
            self.legend(**WORDS["network"], full=f"worst over {NEAR_PERCENT}%")
            self.y += ROW
