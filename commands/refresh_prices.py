"""Refresh the prices of the review from offer files of the AWS Price List; `-` reads one from stdin.

docs/cost.md says where the files come from, and how to call this.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from commands import start
from commands.offers import Offer, UnknownOfferError, from_offer
from review import price_list, region_prices
from review.price_list import DATE
from review.region_prices import Price, Table


def main(arguments: Sequence[str] | None = None) -> int:
    """Replace the prices that are in the files; all others stay as they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("offers", nargs="+", help="index.csv of a service for a region")
    parser.add_argument("--nodes", type=Path, default=price_list.DATA, help="file of instances")
    parser.add_argument("--regions", type=Path, default=region_prices.DATA, help="file of the rest")
    options = parser.parse_args(arguments)
    nodes, rest = price_list.read(options.nodes), region_prices.read(options.regions)
    for name in options.offers:
        try:
            offer = _offer(name)
        except UnknownOfferError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        _refresh_nodes(nodes, offer)
        _refresh_rest(rest, offer)
    price_list.write(options.nodes, nodes)
    region_prices.write(options.regions, rest)
    return 0


def _offer(name: str) -> Offer:
    if name == "-":
        return from_offer(sys.stdin)
    with Path(name).open(newline="", encoding="utf-8") as stream:
        return from_offer(stream)


def _refresh_nodes(regions: price_list.Regions, offer: Offer) -> None:
    for region, prices in offer.nodes.items():
        old = regions.get(region, {}) | {DATE: prices[DATE]}
        changed = sum(prices[kind] != old[kind] for kind in prices.keys() & old.keys())
        new, gone = len(prices.keys() - old.keys()), len(old.keys() - prices.keys())
        print(f"{region}: {len(prices) - 1} types: {new} new, {changed} changed, {gone} gone.")
        regions[region] = prices


def _refresh_rest(table: Table, offer: Offer) -> None:
    """An old price stays where the file has none, or more than one."""
    for region, found in offer.found.items():
        for name in offer.names:
            was = table.get(region, {}).get(name)
            old, prices = was.usd if was else "none", sorted(found.get(name, ()))
            if len(prices) != 1:
                has = f"has {' and '.join(prices)}" if prices else "has none"
                print(f"{region}: {name} stays {old}: {offer.code} {has}.")
                continue
            table.setdefault(region, {})[name] = Price(prices[0], offer.date)
            print(f"{region}: {name} {'stays ' if old == prices[0] else f'{old} → '}{prices[0]}.")


if __name__ == "__main__":
    start(main)
