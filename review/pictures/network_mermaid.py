"""The network as a Mermaid block diagram, which GitHub draws in a comment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from review.pictures.network import Network, Subnet
from review.pictures.painting import NONE, Mark, Marks
from review.pictures.subnets import TIERS

CLASSES = {
    "added": "stroke:#1a7f37,stroke-width:3px",
    "removed": "stroke:#b3261e,stroke-width:3px,stroke-dasharray:6 4",
    "changed": "stroke:#8a5a00,stroke-width:3px",
}
"""Strokes only: GitHub's own colors stay, in light and in dark."""


def network_mermaid(network: Network, *, marks: Marks = NONE) -> str:
    """Return the diagram; `marks` say what is new, gone or changed, in words too."""
    return "\n".join(_lines(network, marks)) + "\n"


def _lines(network: Network, marks: Marks) -> Iterator[str]:
    zones = network.zones or ("",)
    wide = len(zones)
    blocks: dict[str, str] = {}
    # The first column is the way from the callers to the pods.
    yield "block-beta"
    yield f"  columns {wide + 1}"
    if network.api:
        blocks["api"] = "api"
        yield f"  space api[{label(network.api, marks.get('api'))}]:{wide}"
    start = f"callers([{label([network.callers])}])" if network.callers else "space"
    heads = [f"zone{index}[{label([zone])}]" for index, zone in enumerate(zones)]
    yield f"  {start} {' '.join(heads)}"
    for tier in network.tiers:
        for number, row in enumerate(network.rows(tier)):
            prefix = f"{tier}{number}_" if number else tier
            blocks |= {each.key: f"{prefix}{zones.index(zone)}" for zone, each in row.items()}
            cells = (_subnet(row.get(zone), blocks, marks) for zone in zones)
            yield f"  space {' '.join(cells)}"
        for index, band in enumerate(network.bands):
            if band.tier == tier:
                blocks[band.key] = f"band{index}"
                stop = "load balancer" if band.callers else "pods"
                way = f'way{index}(["{stop}"])' if band.on_path else "space"
                said = label([band.title, *band.lines], marks.get(band.key))
                yield f"  {way} band{index}[{said}]:{wide}"
    yield from _way(network)
    yield from _classes(blocks, marks)


def _subnet(subnet: Subnet | None, blocks: Mapping[str, str], marks: Marks) -> str:
    if subnet is None:
        return "space"
    bar = subnet.bar
    fill = [f"{bar.percent}% used, {bar.free}"] if bar else []
    lines = [f"{TIERS[subnet.tier]} {subnet.cidr}", *fill, *subnet.things]
    return f"{blocks[subnet.key]}[{label(lines, marks.get(subnet.key))}]"


def _way(network: Network) -> Iterator[str]:
    """Yield the lines from the callers to each load balancer, and from there to its pods."""
    numbers = {band.key: index for index, band in enumerate(network.bands)}
    for index, band in enumerate(network.bands):
        if band.callers:
            yield f"  callers --> way{index}"
            yield from (f"  way{index} --> way{numbers[key]}" for key in band.leads_to)


def _classes(blocks: Mapping[str, str], marks: Marks) -> Iterator[str]:
    for mark, style in CLASSES.items():
        marked = [block for key, block in blocks.items() if marks.get(key) == mark]
        if marked:
            yield f"  classDef {mark} {style}"
            yield f"  class {','.join(marked)} {mark}"


def label(lines: Iterable[str], mark: Mark | None = None) -> str:
    """Return a label in quotation marks, in which nothing has a meaning for Mermaid or HTML."""
    first, *rest = lines
    words = [f"{mark}: {first}" if mark else first, *rest]
    return '"' + "<br/>".join(_escaped(each) for each in words) + '"'


def _escaped(text: str) -> str:
    """Return a text with all but plain characters as Mermaid's entity codes."""
    return re.sub(r"[^\w .,:/()+=%\-\u00d7]", lambda found: f"#{ord(found[0])};", text)
