"""Small offer files of AmazonEC2, as the AWS Price List has them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

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
