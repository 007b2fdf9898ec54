"""Small offer files, as the AWS Price List has them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

PLAIN: Mapping[str, str] = {
    "SKU": "6TEX73KEE94WMEED",
    "OfferTermCode": "JRTCKXETXF",
    "RateCode": "6TEX73KEE94WMEED.JRTCKXETXF.6YS6EN2CT7",
    "TermType": "OnDemand",
    "PriceDescription": "$0.1819 per On Demand Linux x9.large Instance Hour",
    "EffectiveDate": "2026-11-01",
    "StartingRange": "0",
    "EndingRange": "Inf",
    "Unit": "Hrs",
    "PricePerUnit": "0.1819000000",
    "Currency": "USD",
    "Product Family": "Compute Instance",
    "serviceCode": "AmazonEC2",
    "Location": "EU (Ireland)",
    "Location Type": "AWS Region",
    "Instance Type": "x9.large",
    "Tenancy": "Shared",
    "Operating System": "Linux",
    "License Model": "No License required",
    "usageType": "EU-BoxUsage:x9.large",
    "operation": "RunInstances",
    "CapacityStatus": "Used",
    "MarketOption": "OnDemand",
    "Pre Installed S/W": "NA",
    "Region Code": "eu-west-1",
}
"""A row that prices an instance."""
GATEWAY: Mapping[str, str] = {
    "PriceDescription": "$0.048 per NAT Gateway Hour",
    "PricePerUnit": "0.0480000000",
    "Product Family": "NAT Gateway",
    "Instance Type": "",
    "Tenancy": "",
    "Operating System": "",
    "License Model": "",
    "usageType": "EU-NatGateway-Hours",
    "operation": "NatGateway",
    "CapacityStatus": "",
    "MarketOption": "",
    "Pre Installed S/W": "",
}
"""What differs in a row that prices a NAT gateway."""
VOLUME = {**GATEWAY, "Product Family": "Storage", "operation": ""}
VOLUMES: Sequence[Mapping[str, str]] = (
    {
        **VOLUME,
        "usageType": "EU-EBS:VolumeUsage.gp3",
        "Unit": "GB-Mo",
        "PricePerUnit": "0.0880000000",
    },
    {**VOLUME, "usageType": "EU-EBS:VolumeP-IOPS.gp3", "Unit": "IOPS-Mo", "PricePerUnit": "0.0055"},
    {
        **VOLUME,
        "PriceDescription": "$0.044 per provisioned MiBps-month of gp3",
        "usageType": "EU-EBS:VolumeP-Throughput.gp3",
        "Unit": "GiBps-mo",
        "PricePerUnit": "45.0560000000",
    },
)
"""The rows of gp3 volumes: AWS prices a GiB/s where its description names a MiB/s."""
SMALL = ("SKU", "TermType", "StartingRange", "Unit", "PricePerUnit", "Currency", "Product Family")
PLACED = ("Location", "Location Type", "Group", "usageType", "operation", "Region Code")
"""Columns of the services that have no instances."""
HEAD = """"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only."
"Publication Date","2026-11-01T22:53:08Z"
"Version","20261101225308"
"OfferCode","AmazonEC2"
"""


def offer(*rows: Mapping[str, str]) -> list[str]:
    """Return the lines of a file whose rows differ from the plain one in these columns."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, PLAIN, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**PLAIN, **row} for row in rows)
    return (HEAD + stream.getvalue()).splitlines(keepends=True)


def small_offer(code: str, *rows: Mapping[str, str]) -> list[str]:
    """Return the lines of a file of another service; each row says where it differs."""
    usual = {name: PLAIN.get(name, "") for name in (*SMALL, *PLACED)} | {"usageType": ""}
    stream = io.StringIO()
    writer = csv.DictWriter(stream, usual, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**usual, **row} for row in rows)
    head = HEAD.replace("AmazonEC2", code)
    return (head + stream.getvalue()).splitlines(keepends=True)
