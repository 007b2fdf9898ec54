"""What every picture must be: XML, inside its frame, with unique ids and a text equivalent."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from review.pictures.painting import text_width

PEERS = (
    *("Dev", "Prod", "Closed", "FargateOnly", "Existing", "Bare"),
    *("QuickStart", "PrivateCluster", "AutoMode"),
)
"""Environments of every kind: ours, and what others build."""
SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"title": 18, "small": 12, "note": 12, "tier": 12, "tag-text": 11}


def checked(picture: str | None) -> ET.Element:
    """Return a picture as XML, after a look at what holds for each."""
    assert picture is not None
    root = ET.fromstring(picture)  # noqa: S314  # our own text
    width, height = (float(each) for each in root.attrib["viewBox"].split()[2:])
    assert root.attrib["role"] == "img"
    title, description = root.findall(f"{SVG}title") + root.findall(f"{SVG}desc")
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"
    assert title.text
    assert description.text
    for element in root.iter():
        if element.tag == f"{SVG}text":
            left, right = _span(element)
            assert left >= 0, shown(element)
            assert right <= width, shown(element)
            assert 0 < float(element.attrib["y"]) < height, shown(element)
        elif element.tag == f"{SVG}rect" and "x" in element.attrib:
            x, y, wide, high = (
                float(element.attrib[each]) for each in ("x", "y", "width", "height")
            )
            assert x >= 0
            assert y >= 0
            assert wide > 0
            assert high > 0
            assert x + wide <= width
            assert y + high <= height
    return root


def texts(picture: str | None) -> list[str]:
    """Return every line of text that a picture shows."""
    return [shown(each) for each in checked(picture).iter(f"{SVG}text")]


def tags(picture: str | None) -> list[str]:
    """Return the words of all marks in a picture."""
    return [
        re.sub(r"^\W+", "", shown(each))
        for each in checked(picture).iter(f"{SVG}text")
        if each.attrib["class"].startswith("tag-text")
    ]


def shown(element: ET.Element) -> str:
    """Return the text of an element without what shows on hover."""
    return (element.text or "") + "".join(each.tail or "" for each in element)


def _span(element: ET.Element) -> tuple[float, float]:
    style = element.attrib["class"]
    size = next((size for name, size in SIZES.items() if style.startswith(name)), 13)
    width = text_width(shown(element), size)
    x = float(element.attrib["x"])
    anchor = element.attrib.get("text-anchor", "start")
    start = x - {"start": 0, "middle": width / 2, "end": width}[anchor]
    return start, start + width
