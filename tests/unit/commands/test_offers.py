"""Offer files of the AWS Price List, and what the review takes from them."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest

from commands.offers import SOUGHT, UnknownOfferError, from_offer
from review.price_list import DATE
from tests.unit.commands.offers import GATEWAY, VOLUMES, offer, small_offer

Row = Mapping[str, str]
BALANCER = {
    "Product Family": "Load Balancer-Network",
    "usageType": "EU-LoadBalancerUsage",
    "operation": "LoadBalancing:Network",
    "PricePerUnit": "0.0252000000",
}
ENDPOINT = {
    "usageType": "EU-VpcEndpoint-Hours",
    "operation": "VpcEndpoint",
    "PricePerUnit": "0.011",
}
POD = {"Unit": "hours", "operation": "", "PricePerUnit": "0.04048"}
VCPU = {**POD, "usageType": "EU-Fargate-vCPU-Hours:perCPU"}
GB = {**POD, "usageType": "EU-Fargate-GB-Hours", "PricePerUnit": "0.0044450000"}
SERVICES = {"AWSELB": (BALANCER,), "AmazonVPC": (ENDPOINT,), "AmazonEKS": (VCPU, GB)}


def test_an_offer_becomes_the_prices_of_its_region() -> None:
    """Without the zeros at the end of a price, and with the date on which AWS published it."""
    found = from_offer(offer({}, {"Instance Type": "x9.2xlarge", "PricePerUnit": "10.0000000000"}))
    assert found.nodes == {
        "eu-west-1": {DATE: "2026-11-01", "x9.large": "0.1819", "x9.2xlarge": "10"},
    }


@pytest.mark.parametrize(
    "other",
    [
        {"TermType": "Reserved"},
        {"Unit": "Quantity"},
        {"Currency": "CNY"},
        {"Location Type": "AWS Local Zone"},
        {"Tenancy": "Dedicated"},
        {"Operating System": "Windows"},
        {"Pre Installed S/W": "SQL Std"},
        {"CapacityStatus": "UnusedCapacityReservation"},
        {"MarketOption": "CapacityBlock"},
        {"PricePerUnit": "0.0000000000"},
        {"PricePerUnit": ""},
        {"PricePerUnit": "NaN"},
        {"PricePerUnit": "-0.1"},
        {"PricePerUnit": "free"},
    ],
    ids=str,
)
def test_other_prices_are_left_out(other: dict[str, str]) -> None:
    """Reserved, Windows, dedicated, a zone near a city, another currency; and 0 is no price."""
    rows = offer({}, {"Instance Type": "x9.xlarge", **other})
    assert set(from_offer(rows).nodes["eu-west-1"]) == {DATE, "x9.large"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>Not found</html>\n",
        "".join(offer()),
        "".join(offer({"Operating System": "Windows"})),
        "".join(offer({})).replace("Publication Date", "Date"),
        "".join(offer({})).replace("Tenancy", "tenancy"),
    ],
)
def test_another_file_is_refused(text: str) -> None:
    """An empty table would take every price away."""
    with pytest.raises(UnknownOfferError, match=r"pass the index\.csv of AmazonEC2"):
        from_offer(io.StringIO(text))


def test_an_offer_of_instances_has_the_prices_of_gateways_and_volumes() -> None:
    """The throughput of a volume is priced by the GiB/s in the file, and by the MiB/s here."""
    found = from_offer(offer({}, GATEWAY, *VOLUMES))
    assert found.nodes == {"eu-west-1": {DATE: "2026-11-01", "x9.large": "0.1819"}}
    assert found.found["eu-west-1"] == {
        "nat_gateway_hour": {"0.048"},
        "volume_gib_month": {"0.088"},
        "volume_iops_month": {"0.0055"},
        "volume_mib_second_month": {"0.044"},
    }
    assert found.names == list(found.found["eu-west-1"])


@pytest.mark.parametrize(
    ("code", "rows", "prices"),
    [
        ("AWSELB", SERVICES["AWSELB"], {"load_balancer_hour": {"0.0252"}}),
        ("AmazonVPC", SERVICES["AmazonVPC"], {"interface_endpoint_hour_and_zone": {"0.011"}}),
        *(
            (
                code,
                SERVICES["AmazonEKS"],
                {"fargate_vcpu_hour": {"0.04048"}, "fargate_gb_hour": {"0.004445"}},
            )
            for code in ("AmazonEKS", "AmazonECS")
        ),
    ],
)
def test_an_offer_of_another_service_has_its_prices(
    code: str, rows: tuple[Row, ...], prices: dict[str, set[str]]
) -> None:
    """It has no instances, and the file of one service has no price of another."""
    found = from_offer(small_offer(code, *rows))
    assert found.found == {"eu-west-1": prices}
    assert not found.nodes
    assert set(found.names) == set(prices)
    with pytest.raises(UnknownOfferError):
        from_offer(small_offer("AmazonRDS", *rows))


def test_every_price_of_a_region_is_in_some_offer() -> None:
    """One that no file has could never be refreshed."""
    files = [offer(GATEWAY, *VOLUMES), *(small_offer(code, *SERVICES[code]) for code in SERVICES)]
    assert {name for each in files for name in from_offer(each).found["eu-west-1"]} == set(SOUGHT)


@pytest.mark.parametrize("short", ["", "USE1-", "APN1-", "UGW1-", "EU-"])
def test_a_usage_type_has_the_short_name_of_its_region_or_none(short: str) -> None:
    """`us-east-1` has none in older services, GovCloud has one as others."""
    row = {**BALANCER, "usageType": f"{short}LoadBalancerUsage", "Region Code": "us-gov-west-1"}
    found = from_offer(small_offer("AWSELB", row))
    assert found.found == {"us-gov-west-1": {"load_balancer_hour": {"0.0252"}}}


@pytest.mark.parametrize(
    ("code", "row", "other"),
    [
        ("AWSELB", BALANCER, {"operation": "LoadBalancing:Application"}),
        ("AWSELB", BALANCER, {"usageType": "EU-TS-LoadBalancerUsage"}),
        ("AWSELB", BALANCER, {"usageType": "EU-LCUUsage"}),
        ("AWSELB", BALANCER, {"Location Type": "AWS Outposts"}),
        ("AWSELB", BALANCER, {"TermType": "Reserved"}),
        ("AWSELB", BALANCER, {"PricePerUnit": "0.0000000000"}),
        ("AWSELB", BALANCER, {"Region Code": ""}),
        ("AmazonVPC", ENDPOINT, {"usageType": "EU-VpcEndpoint-GWLBE-Hours"}),
        ("AmazonVPC", ENDPOINT, {"usageType": "EU-VpcEndpoint-Service-Hours"}),
        ("AmazonVPC", ENDPOINT, {"Unit": "GB"}),
        ("AmazonEKS", VCPU, {"usageType": "EU-Fargate-ARM-vCPU-Hours:perCPU"}),
        ("AmazonEKS", VCPU, {"usageType": "EU-Fargate-Windows-vCPU-Hours:perCPU"}),
        ("AmazonEKS", GB, {"usageType": "EU-Fargate-EphemeralStorage-GB-Hours"}),
    ],
)
def test_a_price_of_something_else_is_none(code: str, row: Row, other: Row) -> None:
    """Its name is nearly the same."""
    with pytest.raises(UnknownOfferError):
        from_offer(small_offer(code, {**row, **other}))


@pytest.mark.parametrize(
    "other",
    [
        {"usageType": "EU-RegionalNatGateway-Hours", "operation": "RegionalNatGateway"},
        {"usageType": "EU-NatGateway-Prvd-Bytes"},
        {"Location Type": "AWS Local Zone"},
    ],
)
def test_another_gateway_is_left_out(other: Row) -> None:
    """A regional gateway has a price for each zone, a Local Zone its own."""
    found = from_offer(offer({}, GATEWAY, {**GATEWAY, **other, "PricePerUnit": "0.07"}))
    assert found.found["eu-west-1"] == {"nat_gateway_hour": {"0.048"}}


def test_a_throughput_in_another_unit_is_none() -> None:
    """A thousandth of a price, or a thousand times as much, would be worse than none."""
    row = {**VOLUMES[2], "Unit": "MBps-mo"}
    assert from_offer(offer({}, row)).found["eu-west-1"] == {}


def test_yuan_are_refused() -> None:
    """AWS publishes the regions of China in the same format."""
    china = {"Currency": "CNY", "Region Code": "cn-north-1"}
    with pytest.raises(UnknownOfferError, match=r"in CNY.*counts in USD.*no prices for.*China"):
        from_offer(small_offer("AWSELB", {**BALANCER, **china}))
    with pytest.raises(UnknownOfferError, match="in CNY"):
        from_offer(offer(china, {**GATEWAY, **china}))
