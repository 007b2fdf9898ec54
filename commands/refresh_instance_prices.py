"""Refresh review/instance_prices.csv from offer files of the AWS Price List; `-` reads one from stdin.

docs/cost.md says where the files come from, and how to call this.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from commands import start
from review.price_list import DATA, DATE, UnknownOfferError, from_offer, read, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Replace the prices of the regions in the files; other regions stay as they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("offers", nargs="+", help="index.csv of AmazonEC2 for a region")
    parser.add_argument("--data", type=Path, default=DATA, help="the file to refresh")
    options = parser.parse_args(arguments)
    regions = read(options.data)
    for offer in options.offers:
        try:
            if offer == "-":
                news = from_offer(sys.stdin)
            else:
                with Path(offer).open(newline="", encoding="utf-8") as stream:
                    news = from_offer(stream)
        except UnknownOfferError as error:
            print(f"{offer}: {error}", file=sys.stderr)
            return 1
        for region, prices in news.items():
            old = regions.get(region, {}) | {DATE: prices[DATE]}
            changed = sum(prices[kind] != old[kind] for kind in prices.keys() & old.keys())
            new, gone = len(prices.keys() - old.keys()), len(old.keys() - prices.keys())
            print(f"{region}: {len(prices) - 1} types: {new} new, {changed} changed, {gone} gone.")
        regions |= news
    write(options.data, regions)
    return 0


if __name__ == "__main__":
    start(main)
