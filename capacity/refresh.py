"""What fills instance_limits.csv: files of its sources, saved beforehand.

Each source fills its own columns of the types that it knows; other columns and other rows stay.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from capacity.cni import HOST_NETWORK_PODS

COLUMNS = (
    *("instance_type", "enis_default_card", "ipv4_per_eni", "hypervisor", "bare_metal"),
    *("eni_max_pods", "trunking", "branch_enis"),
    *("vcpus", "memory_mib", "architectures", "current_generation"),
)
Rows = dict[str, dict[str, str]]

ENTRY = re.compile(r'^\t"(?P<name>[\w.-]+)":\s*\{(?P<body>.*?)^\t\},?$', re.MULTILINE | re.DOTALL)
FIELD = re.compile(r'(\w+):\s*"?([\w-]*)"?,')
CARD = re.compile(r"^\t{3}\{(.*?)^\t{3}\}", re.MULTILINE | re.DOTALL)


def go_entries(text: str) -> Iterator[tuple[str, dict[str, str], int]]:
    """Yield the types of a Go map: name, fields, and the interfaces of the default card."""
    for entry in ENTRY.finditer(text):
        cards = [dict(FIELD.findall(card)) for card in CARD.findall(entry["body"])]
        fields = dict(FIELD.findall(CARD.sub("", entry["body"])))
        default = fields.get("DefaultNetworkCardIndex", "0")
        (card,) = [card for card in cards if card["NetworkCardIndex"] == default]
        yield entry["name"], fields, int(card["MaximumNetworkInterfaces"])


def from_cni(text: str) -> Rows:
    """Read `pkg/vpc/vpc_ip_resource_limit.go` of aws/amazon-vpc-cni-k8s."""
    return {
        name: {
            "enis_default_card": str(interfaces),
            "ipv4_per_eni": fields["IPv4Limit"],
            "hypervisor": fields["HypervisorType"] or "unknown",
            "bare_metal": fields["IsBareMetal"],
        }
        for name, fields, interfaces in go_entries(text)
    }


def from_max_pods(text: str) -> Rows:
    """Read `misc/eni-max-pods.txt` of the same: a type and its pods; some versions say more."""
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {line[0]: {"eni_max_pods": line[1]} for line in lines}


def from_branches(text: str) -> Rows:
    """Read `pkg/aws/vpc/limits.go` of aws/amazon-vpc-resource-controller-k8s."""
    return {
        name: {
            "trunking": fields["IsTrunkingCompatible"],
            "branch_enis": fields["BranchInterface"],
        }
        for name, fields, _ in go_entries(text)
    }


def from_described(text: str) -> Rows:
    """Read what `aws ec2 describe-instance-types` prints. It knows all but branch interfaces."""
    return {kind["InstanceType"]: _described(kind) for kind in json.loads(text)["InstanceTypes"]}


def _described(kind: Mapping[str, Any]) -> dict[str, str]:
    network, bare_metal = kind["NetworkInfo"], kind["BareMetal"]
    default = network.get("DefaultNetworkCardIndex", 0)
    (card,) = [card for card in network["NetworkCards"] if card["NetworkCardIndex"] == default]
    interfaces, addresses = card["MaximumNetworkInterfaces"], network["Ipv4AddressesPerInterface"]
    return {
        "enis_default_card": str(interfaces),
        "ipv4_per_eni": str(addresses),
        "hypervisor": kind.get("Hypervisor", "unknown"),
        "bare_metal": str(bare_metal).lower(),
        "eni_max_pods": str(interfaces * (addresses - 1) + HOST_NETWORK_PODS),
        "vcpus": str(kind["VCpuInfo"]["DefaultVCpus"]),
        "memory_mib": str(kind["MemoryInfo"]["SizeInMiB"]),
        "architectures": " ".join(kind["ProcessorInfo"]["SupportedArchitectures"]),
        "current_generation": str(kind["CurrentGeneration"]).lower(),
    }


READERS = {
    "cni": from_cni,
    "max_pods": from_max_pods,
    "branches": from_branches,
    "described": from_described,
}


def read(file: Path) -> Rows:
    """Return the rows of the data by instance type."""
    with file.open(newline="", encoding="utf-8") as stream:
        return {row["instance_type"]: dict(row) for row in csv.DictReader(stream)}


def write(file: Path, rows: Rows) -> None:
    """Write the rows in the order of their names, so that a change shows only what changed."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[name] for name in sorted(rows))


def merged(rows: Rows, news: Rows) -> Rows:
    """Return the rows with the news of one source."""
    names = {**rows, **news}
    return {
        name: {"instance_type": name, **rows.get(name, {}), **news.get(name, {})} for name in names
    }


def incomplete(rows: Rows) -> list[str]:
    """Return the types without interfaces: only a source that doesn't know them named them."""
    return sorted(name for name, row in rows.items() if not row.get("enis_default_card"))
