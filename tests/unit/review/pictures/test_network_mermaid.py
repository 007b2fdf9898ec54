"""The network in a comment: a block diagram that GitHub draws."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from assembly.environment import Environment
from review.pictures.gallery import marks, network_mermaid
from review.pictures.network import network_of
from tests.unit.review.pictures.svg_checks import PEERS

BLOCK = re.compile(r'(?:space|\w+\(?\["[^"]*"\]\)?)(?::(\d+))?')
"""A block, and how many columns it spans."""


@pytest.mark.parametrize("peer", PEERS)
def test_every_row_fills_the_columns(peers: Mapping[str, Environment], peer: str) -> None:
    """A row that is too short would pull the next one up."""
    network = network_of(peers[peer])
    kind, columns, *lines = network_mermaid(network).splitlines()
    assert kind == "block-beta"
    width = int(columns.removeprefix("  columns "))
    assert width == len(network.zones) + 1
    rows = [line for line in lines if "-->" not in line and "class" not in line.split()[0]]
    assert len(rows) >= 4
    for row in rows:
        blocks = BLOCK.findall(row)
        assert BLOCK.sub("", row).strip() == "", row
        assert sum(int(span or 1) for span in blocks) == width, row


def test_a_zone_without_a_subnet_leaves_its_place_empty(prod: Environment) -> None:
    """What stands beside it stays in its own column."""
    network = network_of(prod)
    less = tuple(each for each in network.subnets if each.key != "subnet public eu-west-1a")
    text = network_mermaid(replace(network, subnets=less))
    assert '  space space public1["Public 10.20.96.0/24' in text


def test_the_way_leads_to_the_pods(prod: Environment) -> None:
    """From the callers over the load balancer, past what it doesn't reach."""
    text = network_mermaid(network_of(prod))
    assert "callers --> way0\n  way0 --> way2\n" in text
    assert 'way0(["load balancer"]) band0["Load balancer of sample/web, internal' in text
    assert 'way2(["pods"]) band2["Pods on nodes' in text
    assert 'space band3["Fargate profile SampleApi' in text


def test_without_load_balancers_nothing_leads_anywhere(
    peers: Mapping[str, Environment],
) -> None:
    """A cluster without the sample service."""
    text = network_mermaid(network_of(peers["FargateOnly"]))
    assert "-->" not in text
    assert "callers" not in text


def test_marks_are_words_too(
    changed: Mapping[str, tuple[Environment, Environment]],
) -> None:
    """Color alone would say nothing to some."""
    before, after = (network_of(each) for each in changed["new-node-group"])
    text = network_mermaid(after, marks=marks(after.facts, before.facts, "added"))
    assert 'band2["added: Node group Batch: 1 node, from 0 to 3' in text
    assert 'private0["changed: Private 10.20.0.0/19' in text
    assert "  class band2 added\n" in text
    assert "  class private0,private1,private2 changed\n" in text
    assert "classDef" not in network_mermaid(after)


def test_hostile_text_has_no_meaning(prod: Environment) -> None:
    """Neither for Mermaid nor for HTML, nor does it end the fence of the comment."""
    network = network_of(prod)
    hostile = 'x"]\n``` <script> #quot; click callers href "javascript:alert(1)"'
    bands = tuple(replace(each, title=hostile) for each in network.bands)
    text = network_mermaid(replace(network, bands=bands, vpc=hostile, api=(hostile,)))
    assert "<script" not in text
    assert "```" not in text
    assert text.count("\n") == network_mermaid(network).count("\n")
    assert "#34;#93;" in text


def test_it_is_small(peers: Mapping[str, Environment]) -> None:
    """A comment has room for 65,536 characters."""
    for environment in peers.values():
        assert len(network_mermaid(network_of(environment))) < 4000
