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


def test_who_sends_requests_stands_beside_what_answers(prod: Environment, dev: Environment) -> None:
    """No line leads from the internet past a load balancer to the pods."""
    text = network_mermaid(network_of(prod))
    assert "  from_band1 --> band1\n  from_band3 --> band3\n" in text
    assert 'from_band1(["VPC and connected networks"]) band1["Load balancer of sample/web' in text
    assert 'from_band3(["load balancer sample/web"]) band3["Pods on nodes' in text
    assert 'space band4["Fargate profile SampleApi' in text
    assert 'space band0["API server of groundwork-prod' in text
    assert 'from_band0(["Internet"]) band0["API server of groundwork-dev' in network_mermaid(
        network_of(dev)
    )


def test_without_load_balancers_only_the_api_server_is_reached(
    peers: Mapping[str, Environment],
) -> None:
    """A cluster without the sample service, whose endpoint is public."""
    text = network_mermaid(network_of(peers["FargateOnly"]))
    assert text.count("-->") == 1
    assert "  from_band0 --> band0\n" in text


def test_marks_are_words_too(
    changed: Mapping[str, tuple[Environment, Environment]],
) -> None:
    """Color alone would say nothing to some."""
    before, after = (network_of(each) for each in changed["new-node-group"])
    text = network_mermaid(after, marks=marks(after.facts, before.facts, "added"))
    assert 'band3["added: Node group Batch: 1 node, from 0 to 3' in text
    assert 'private0["changed: Private 10.20.0.0/19' in text
    assert "  class band3 added\n" in text
    assert "  class private0,private1,private2 changed\n" in text
    assert "classDef" not in network_mermaid(after)


def test_hostile_text_has_no_meaning(prod: Environment) -> None:
    """Neither for Mermaid nor for HTML, nor does it end the fence of the comment."""
    network = network_of(prod)
    hostile = 'x"]\n``` <script> #quot; click callers href "javascript:alert(1)"'
    bands = tuple(replace(each, title=hostile) for each in network.bands)
    text = network_mermaid(replace(network, bands=bands, vpc=hostile))
    assert "<script" not in text
    assert "```" not in text
    assert text.count("\n") == network_mermaid(network).count("\n")
    assert "#34;#93;" in text


def test_it_is_small(peers: Mapping[str, Environment]) -> None:
    """A comment has room for 65,536 characters."""
    for environment in peers.values():
        assert len(network_mermaid(network_of(environment))) < 4000
