"""Offer files of the AWS Price List as CSV, as AWS publishes them for a service and a region.

The layout is in the AWS Billing user guide, "Reading the service price list file for an AWS service":
five lines about the file, the names of the columns, then a row for each price. AWS publishes no list of
usage types; those of SOUGHT are as in https://cur.vantage.sh/aws, and as the collectors of prices in
grafana/cloudcost-exporter and wardbox/tofu-drift read them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import islice

from review.price_list import DATE, Regions

HEAD_LINES = 5
"""Lines of an offer file before the names of its columns."""
CURRENCY = "USD"
KEPT: Mapping[str, str] = {
    "TermType": "OnDemand",
    "Currency": CURRENCY,
    "Location Type": "AWS Region",
}
"""The rows that price something on demand in a region, by column: no Local Zone, no Outpost."""
NODES: Mapping[str, str] = {
    "Unit": "Hrs",
    "Tenancy": "Shared",
    "Operating System": "Linux",
    "Pre Installed S/W": "NA",
    "CapacityStatus": "Used",
    "MarketOption": "OnDemand",
}
"""Those of them that price a plain instance."""
HOURS: Mapping[str, int] = {"hrs": 1, "hours": 1}
"""Units of a price in lower case, and how many of the project's units each of them is."""


@dataclass(frozen=True)
class Sought:
    """How the rows of a price are known; AWS puts a short name of the region before the usage type."""

    offers: frozenset[str]
    usage: str
    units: Mapping[str, int] = field(default_factory=lambda: HOURS)
    operation: str = ""

    def price(self, row: Mapping[str, str]) -> Decimal | None:
        """Return what a row says of this price, None where it is one of something else."""
        units = self.units.get(row.get("Unit", "").lower())
        if not units or self.operation not in {"", row.get("operation")}:
            return None
        usage = re.fullmatch(rf"([A-Z]+\d*-)?{re.escape(self.usage)}", row.get("usageType", ""))
        return _price(row) / units if usage else None


EC2, FARGATE = frozenset({"AmazonEC2"}), frozenset({"AmazonEKS", "AmazonECS"})
SOUGHT: Mapping[str, Sought] = {
    "nat_gateway_hour": Sought(EC2, "NatGateway-Hours", operation="NatGateway"),
    "volume_gib_month": Sought(EC2, "EBS:VolumeUsage.gp3", {"gb-mo": 1}),
    "volume_iops_month": Sought(EC2, "EBS:VolumeP-IOPS.gp3", {"iops-mo": 1}),
    "volume_mib_second_month": Sought(EC2, "EBS:VolumeP-Throughput.gp3", {"gibps-mo": 1024}),
    "load_balancer_hour": Sought(
        frozenset({"AWSELB"}), "LoadBalancerUsage", operation="LoadBalancing:Network"
    ),
    "interface_endpoint_hour_and_zone": Sought(frozenset({"AmazonVPC"}), "VpcEndpoint-Hours"),
    "fargate_vcpu_hour": Sought(FARGATE, "Fargate-vCPU-Hours:perCPU"),
    "fargate_gb_hour": Sought(FARGATE, "Fargate-GB-Hours"),
}
"""The prices of a region besides those of nodes, by their names in review/prices.py."""
OFFERS = "AmazonEC2, AWSELB, AmazonVPC, and AmazonEKS or AmazonECS"


class UnknownOfferError(ValueError):
    """A file isn't an offer that has prices of this project, in USD."""


@dataclass
class Offer:
    """What a file says: of each region the prices of its nodes, and the others by name.

    `found` has more than one price where rows disagree.
    """

    code: str
    date: str
    nodes: Regions = field(default_factory=dict)
    found: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Return the names of the prices that a file of this service has."""
        return [name for name, each in SOUGHT.items() if self.code in each.offers]


def from_offer(lines: Iterable[str]) -> Offer:
    """Read an offer file line by line: that of AmazonEC2 has hundreds of megabytes."""
    lines = iter(lines)
    head = {row[0]: row[1] for row in csv.reader(islice(lines, HEAD_LINES)) if len(row) > 1}
    offer = Offer(head.get("OfferCode", ""), head.get("Publication Date", "").partition("T")[0])
    currencies: set[str] = set()
    for row in csv.DictReader(lines):
        currencies.add(row.get("Currency") or CURRENCY)
        if _has(row, KEPT) and (region := row.get("Region Code")):
            _add(offer, region, row)
    if offer.date and (offer.nodes or any(offer.found.values())):
        return offer
    if others := sorted(currencies - {CURRENCY}):
        raise UnknownOfferError(
            f"its prices are in {', '.join(others)}, and the review counts in {CURRENCY}: there are "
            "no prices for regions of China"
        )
    raise UnknownOfferError(f"no prices of the review: pass the index.csv of {OFFERS}")


def _add(offer: Offer, region: str, row: Mapping[str, str]) -> None:
    found = offer.found.setdefault(region, {})
    if offer.code in EC2 and _has(row, NODES) and (price := _written(_price(row))):
        offer.nodes.setdefault(region, {DATE: offer.date})[row["Instance Type"]] = price
    for name in offer.names:
        if price := _written(SOUGHT[name].price(row)):
            found.setdefault(name, set()).add(price)


def _has(row: Mapping[str, str], values: Mapping[str, str]) -> bool:
    return all(row.get(column) == value for column, value in values.items())


def _price(row: Mapping[str, str]) -> Decimal:
    try:
        price = Decimal(row.get("PricePerUnit") or "0")
    except InvalidOperation:
        return Decimal(0)
    return price if price.is_finite() and price > 0 else Decimal(0)


def _written(price: Decimal | None) -> str:
    """Return a price without the zeros at its end; a price of 0 is none."""
    return f"{price.normalize():f}" if price else ""
