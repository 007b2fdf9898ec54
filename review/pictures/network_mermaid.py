"""The network as a Mermaid block diagram, which GitHub draws in a comment."""

from __future__ import annotations

import re
from collections.abc import Iterable

from review.pictures.network import Network
from review.pictures.painting import NONE, Mark, Marks, rendered
from review.pictures.subnets import TIERS


def network_mermaid(network: Network, *, marks: Marks = NONE) -> str:
    """Return the diagram; `marks` say what is new, gone or changed, in words too."""
    zones = network.zones or ("",)
    ways = {band.key: index for index, band in enumerate(network.bands)}
    blocks = {"api": "api"} if network.api else {}
    for tier in network.tiers:
        for number, row in enumerate(network.rows(tier)):
            prefix = f"{tier}{number}_" if number else tier
            blocks |= {each.key: f"{prefix}{zones.index(zone)}" for zone, each in row.items()}
        blocks |= {each.key: f"band{ways[each.key]}" for each in network.bands if each.tier == tier}
    known = {"network": network, "zones": zones, "tiers": TIERS, "marks": marks}
    return rendered("network.mermaid", blocks=blocks, ways=ways, label=label, **known)


def label(lines: Iterable[str], mark: Mark | None = None) -> str:
    """Return a label in quotation marks, in which nothing has a meaning for Mermaid or HTML."""
    first, *rest = lines
    words = [f"{mark}: {first}" if mark else first, *rest]
    return '"' + "<br/>".join(_escaped(each) for each in words) + '"'


def _escaped(text: str) -> str:
    """Return a text with all but plain characters as Mermaid's entity codes."""
    return re.sub(r"[^\w .,:/()+=%\-\u00d7]", lambda found: f"#{ord(found[0])};", text)
