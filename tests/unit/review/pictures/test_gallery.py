"""Every picture of every environment: well-formed, legible, the same each time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from assembly.environment import Environment
from review.pictures.fitted import text_width
from review.pictures.gallery import pictures

PEERS = ("Dev", "Prod", "Closed", "FargateOnly", "Existing", "Bare")
KEYS = ("network", "access", "deploy-order")
SIZES = {"title": 18, "small": 12, "note": 12, "tier": 12}
"""How large the letters of each style are; review/pictures/palette.py has them."""
SVG = "{http://www.w3.org/2000/svg}"


def drawn(environment: Environment) -> Mapping[str, ET.Element]:
    """Return the pictures of an environment as it is, parsed."""
    return {
        each.key: ET.fromstring(each.after or "")  # noqa: S314  # our own text
        for each in pictures(environment, environment)
    }


def extents(picture: ET.Element) -> Iterator[tuple[str, int, int]]:
    """Yield every text with the least and the greatest x that it may take."""
    for text in picture.iter(f"{SVG}text"):
        said = "".join(text.itertext()) if text.find(f"{SVG}title") is None else text[0].tail or ""
        size = SIZES.get(text.get("class", ""), 13)
        width = text_width(said, size)
        x = int(text.get("x", "0"))
        left = {"end": x - width, "middle": x - width // 2}.get(text.get("text-anchor", ""), x)
        yield said, left, left + width


@pytest.mark.parametrize("peer", PEERS)
def test_every_environment_has_every_picture(peers: Mapping[str, Environment], peer: str) -> None:
    """Whatever it is made of."""
    assert tuple(drawn(peers[peer])) == KEYS


@pytest.mark.parametrize("peer", PEERS)
def test_text_stays_in_the_picture(peers: Mapping[str, Environment], peer: str) -> None:
    """By the width that its letters take at most."""
    for key, picture in drawn(peers[peer]).items():
        width = int(picture.get("width", "0"))
        for said, left, right in extents(picture):
            assert left >= 0, (key, said)
            assert right <= width, (key, said)


@pytest.mark.parametrize("peer", PEERS)
def test_shapes_stay_in_the_picture(peers: Mapping[str, Environment], peer: str) -> None:
    """None is cut off, and none is empty."""
    for key, picture in drawn(peers[peer]).items():
        right, bottom = (int(picture.get(name, "0")) for name in ("width", "height"))
        for rect in picture.iter(f"{SVG}rect"):
            x, y = int(rect.get("x", "0")), int(rect.get("y", "0"))
            width, height = int(rect.get("width", "0")), int(rect.get("height", "0"))
            assert 0 <= x < x + width <= right, (key, rect.attrib)
            assert 0 <= y < y + height <= bottom, (key, rect.attrib)


def test_a_picture_says_in_words_what_it_shows(prod: Environment) -> None:
    """For those who don't see it: a name, and a description with what matters."""
    described = {
        key: [(each.text or "") for each in (picture[0], picture[1])]
        for key, picture in drawn(prod).items()
    }
    assert [title for title, _ in described.values()] == [
        "Network of Prod",
        "Access to Prod",
        "Deploy order of Prod",
    ]
    assert (
        "Private subnets: 10.20.0.0/19 in eu-west-1a, 19% used at worst" in described["network"][1]
    )
    assert "The kubectl handler may do everything in the whole cluster." in described["access"][1]
    assert "Estimate of a first deploy: about 21 minutes" in described["deploy-order"][1]


def test_pictures_are_the_same_every_time(prod: Environment) -> None:
    """So a changed file is a changed environment."""
    assert pictures(prod, prod, alone=True) == pictures(prod, prod, alone=True)


def test_a_picture_alone_brings_its_colors(prod: Environment) -> None:
    """One for a page doesn't: a style in it would be refused by the page's policy."""
    for alone, page in zip(pictures(prod, prod, alone=True), pictures(prod, prod), strict=True):
        assert "<style>" in (alone.after or "")
        assert "prefers-color-scheme: dark" in (alone.after or "")
        assert "style" not in (page.after or "")


def test_no_two_pictures_of_a_page_share_an_id(dev: Environment, prod: Environment) -> None:
    """Before and after, of every environment."""
    texts = [
        text or ""
        for environment in (dev, prod)
        for each in pictures(environment, environment)
        for text in (each.before, each.after)
    ]
    ids = re.findall(r' id="([^"]+)"', "".join(texts))
    assert len(ids) == len(set(ids)) == 2 * 2 * 2 * len(KEYS)


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ("maximum-nodes", {"network"}),
        ("new-node-group", {"network", "deploy-order"}),
        ("zone-added", {"network", "deploy-order"}),
        ("access-entry-added", {"access", "deploy-order"}),
    ],
)
def test_a_picture_changes_with_what_it_shows(
    changed: Mapping[str, tuple[Environment, Environment]], change: str, keys: set[str]
) -> None:
    """And no other one does; a new access entry makes no network, and is one more thing to deploy."""
    found = {each.key: each.changed for each in pictures(*changed[change])}
    assert {key for key, different in found.items() if different} == keys
    for each in pictures(*changed[change]):
        marked = re.search(r'class="(box|tag)-', f"{each.before}{each.after}") is not None
        assert marked == each.changed, each.key


def test_nothing_is_marked_where_there_is_nothing_to_compare(prod: Environment) -> None:
    """Of an environment that comes or goes, everything would be."""
    for before, after in ((None, prod), (prod, None), (prod, prod)):
        for each in pictures(before, after):
            assert (each.before is None, each.after is None) == (before is None, after is None)
            assert "tag-" not in f"{each.before}{each.after}"


def test_there_are_no_pictures_of_nothing() -> None:
    """Neither side knows the environment."""
    assert pictures(None, None) == ()


def test_hostile_names_do_nothing(prod: Environment) -> None:
    """They come from a pull request."""
    name = "</title><script>alert(1)</script>"
    for each in pictures(prod, replace(prod, name=name)):
        ET.fromstring(each.after or "")  # noqa: S314  # our own text
        assert "<script" not in (each.after or "")
