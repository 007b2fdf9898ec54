"""Every picture of every environment: well-formed, legible, the same each time."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn
from xml.etree import ElementTree as ET

import pytest

from assembly.environment import Environment
from review.html.page import html_of
from review.pictures import gallery
from review.pictures.access_matrix import access_matrix_of
from review.pictures.deploy_order import deploy_order_of, minutes
from review.pictures.gallery import KINDS, network_diagram, pictures
from review.pictures.network import network_of
from tests.unit.review.pictures.svg_checks import PEERS, checked, listing, texts
from tests.unit.review.templates import NODE_GROUP, with_property

KEYS = ("network", "access", "deploy-order")
Listed = Callable[[Environment], Iterable[tuple[str, Sequence[str]]]]
LISTED: Mapping[str, Listed] = {
    "network": lambda found: [
        *((each.cidr, (each.zone, *each.things)) for each in network_of(found).subnets),
        *((each.title, (*each.lines, each.callers)) for each in network_of(found).bands),
    ],
    "access": lambda found: [
        (plain(each.name), (each.arn, *map(plain, itertools.chain(*each.may.values()))))
        for each in access_matrix_of(found).principals
    ],
    "deploy-order": lambda found: [
        (each.title, (minutes(each.seconds), f"begins after {minutes(each.start)}"))
        for each in deploy_order_of(found).steps
    ],
}
"""What a list must say of each thing in a picture."""


def plain(said: str) -> str:
    """Return a text as lists begin it: without its first letter and its code marks."""
    return said.replace("`", "")[1:]


def drawn(environment: Environment) -> Mapping[str, ET.Element]:
    """Return the pictures of an environment as it is, checked."""
    return {each.key: checked(each.after) for each in pictures(environment, environment)}


def broken(*_: object) -> NoReturn:
    """Fail as nothing should."""
    raise KeyError("</title>&")


@pytest.mark.parametrize("peer", PEERS)
def test_every_environment_has_every_picture(peers: Mapping[str, Environment], peer: str) -> None:
    """Whatever it is made of; text and shapes stay in the picture."""
    assert tuple(drawn(peers[peer])) == KEYS
    assert "can't be drawn" not in f"{pictures(None, peers[peer])}"


@pytest.mark.parametrize("peer", PEERS)
def test_a_list_says_what_the_picture_shows(peers: Mapping[str, Environment], peer: str) -> None:
    """On a phone nothing of it is lost, whole where the picture shortens it."""
    for each in pictures(None, peers[peer]):
        said = listing(each.lists["after"])
        for name, words in LISTED[each.key](peers[peer]):
            assert name in said
            assert all(word in said for word in words)


def test_a_list_says_what_changed(prod: Environment) -> None:
    """The mark stands in the entry that it belongs to."""
    after = with_property(prod, "Cluster", NODE_GROUP, "ScalingConfig.MaxSize", 12)
    network = next(each for each in pictures(prod, after) if each.key == "network")
    entries = re.findall(r"<li.*?</li>", network.lists["after"], re.DOTALL)
    marked = [listing(each) for each in entries if 'class="mark changed"' in each]
    assert len(marked) == 1
    assert "Node group General: 3 nodes, from 3 to 12 ~ changed" in marked[0]


def test_what_is_unknown_is_not_changed(prod: Environment) -> None:
    """A snapshot doesn't say how many pods and addresses there is room for: only sizes changed."""
    stacks = {path: replace(stack, metadata={}) for path, stack in prod.stacks.items()}
    snapshot = replace(prod, stacks=stacks)
    after = with_property(prod, "Cluster", NODE_GROUP, "ScalingConfig.MaxSize", 12)
    for before, changed in (snapshot, prod), (prod, snapshot):
        assert not any(each.changed for each in pictures(before, changed))
        assert not network_diagram(before, changed)

    network, *others = pictures(snapshot, after)
    entries = re.findall(r"<li.*?</li>", network.lists["after"], re.DOTALL)
    marked = [listing(each) for each in entries if 'class="mark changed"' in each]
    assert ["Node group General: 3 nodes, from 3 to 12" in each for each in marked] == [True]
    assert not any(each.changed for each in others)
    assert "changed: Node group General" in network_diagram(snapshot, after)
    assert "changed: Private" not in network_diagram(snapshot, after)


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
    assert "Estimate of a first deploy: about 22 minutes" in described["deploy-order"][1]


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
        ("zone-added", {"network"}),
        ("access-entry-added", {"access"}),
    ],
)
def test_a_picture_changes_with_what_it_shows(
    changed: Mapping[str, tuple[Environment, Environment]], change: str, keys: set[str]
) -> None:
    """And no other one does; a new access entry makes no network, and no deploy longer."""
    found = {each.key: each.changed for each in pictures(*changed[change])}
    assert {key for key, different in found.items() if different} == keys
    for each in pictures(*changed[change]):
        marked = re.search(r'class="(box|tag)-', f"{each.before}{each.after}") is not None
        assert marked == each.changed, each.key
        assert marked == ('class="mark ' in "".join(each.lists.values())), each.key


def test_nothing_is_marked_where_there_is_nothing_to_compare(prod: Environment) -> None:
    """Of an environment that comes or goes, everything would be."""
    for before, after in ((None, prod), (prod, None), (prod, prod)):
        for each in pictures(before, after):
            assert (each.before is None, each.after is None) == (before is None, after is None)
            assert "tag-" not in f"{each.before}{each.after}"


def test_there_are_no_pictures_of_nothing() -> None:
    """Neither side knows the environment."""
    assert pictures(None, None) == ()


@pytest.mark.parametrize("part", [0, 1], ids=["what it shows", "how it is painted"])
def test_a_picture_that_cannot_be_drawn_is_a_sentence(
    prod: Environment, dev: Environment, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says whose fault it is, and the page still comes."""
    title, *parts = KINDS["access"]
    parts[part] = broken
    monkeypatch.setitem(KINDS, "access", (title, *parts))

    network, access, order = pictures(prod, dev)

    for picture in (access.before, access.after):
        words = " ".join(texts(picture))
        assert "This picture can't be drawn. This is a bug in the review" in words
        assert "KeyError: '</title>&'" in words
    assert access.changed
    assert "can't be drawn" not in f"{network}{order}"
    assert "This picture can't be drawn." in html_of(prod)


def test_the_comment_has_the_network_where_it_changes(
    changed: Mapping[str, tuple[Environment, Environment]], prod: Environment
) -> None:
    """Of a new environment nothing is marked; one that stays needs no diagram."""
    assert "added: Node group Batch" in network_diagram(*changed["new-node-group"])
    assert network_diagram(*changed["access-entry-added"]) == ""
    assert network_diagram(None, prod).startswith("block-beta\n")
    assert "classDef" not in network_diagram(None, prod)


def test_a_diagram_that_cannot_be_drawn_is_a_sentence(
    prod: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a block, so that the comment is still one."""
    monkeypatch.setattr(gallery, "network_of", broken)
    diagram = network_diagram(prod, prod)
    assert diagram.startswith('block-beta\n  failure["This picture can#39;t be drawn.')
    assert "#60;/title#62;#38;" in diagram


def test_hostile_names_do_nothing(prod: Environment) -> None:
    """They come from a pull request."""
    name = "</title><script>alert(1)</script>"
    for each in pictures(prod, replace(prod, name=name)):
        ET.fromstring(each.after or "")  # noqa: S314  # our own text
        assert "<script" not in f"{each.after}{each.lists}"
