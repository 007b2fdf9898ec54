"""What every picture must be: XML, each text inside its box, with unique ids and a text equivalent."""

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
WRAP = {"div", "p", "ul", "ol", "li", "dl", "dt", "dd", "strong", "span", "br"}
"""What is never wider than what is around it."""
SIZES = {"title": 18, "small": 12, "note": 12, "tier": 12, "tag-text": 11}


def checked(picture: str | None) -> ET.Element:
    """Return a picture as XML, after a look at what holds for each."""
    assert picture is not None
    root = ET.fromstring(picture)  # noqa: S314  # our own text
    _, top, width, height = frame = _numbers(*root.attrib["viewBox"].split())
    assert root.attrib["role"] == "img"
    title, description = root.findall(f"{SVG}title") + root.findall(f"{SVG}desc")
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"
    assert title.text
    assert description.text
    rects = [each for each in root.iter(f"{SVG}rect") if "x" in each.attrib]
    boxes = [_numbers(*map(each.attrib.get, ("x", "y", "width", "height"))) for each in rects]
    for x, y, wide, high in boxes:
        assert x >= 0
        assert y >= top
        assert wide > 0
        assert high > 0
        assert x + wide <= width
        assert y + high <= top + height
    for text in root.iter(f"{SVG}text"):
        anchor, baseline = _numbers(text.attrib["x"], text.attrib["y"])
        around = [
            (x, y, wide, high)
            for x, y, wide, high in (*boxes, frame)
            if x <= anchor <= x + wide and y < baseline < y + high
        ]
        assert around, f"outside of the picture: {shown(text)}"
        x, _, wide, _ = min(around, key=lambda box: box[2] * box[3])
        start, end = _span(text)
        assert start >= x, f"cut: {shown(text)}"
        assert end <= x + wide, f"cut: {shown(text)}"
    return root


def texts(picture: str | None) -> list[str]:
    """Return every line of text that a picture shows."""
    return [shown(each) for each in checked(picture).iter(f"{SVG}text")]


def listing(html: str) -> str:
    """Return the words of a picture as a list, after a look at what holds for each: it can wrap."""
    root = ET.fromstring(f"<div>{html}</div>")  # noqa: S314  # our own text
    assert {each.tag for each in root.iter()} <= WRAP
    html.encode()
    return " ".join(" ".join(root.itertext()).split())


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


def _numbers(*found: str | None) -> tuple[float, ...]:
    return tuple(float(each or "nan") for each in found)


def _span(element: ET.Element) -> tuple[float, float]:
    style = element.attrib["class"]
    size = next((size for name, size in SIZES.items() if style.startswith(name)), 13)
    width = text_width(shown(element), size)
    x = float(element.attrib["x"])
    anchor = element.attrib.get("text-anchor", "start")
    start = x - {"start": 0, "middle": width / 2, "end": width}[anchor]
    return start, start + width
