from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from configuration.data_plane_rules import FIRST_BEHIND_A_PROXY
from configuration.model import EnvironmentConfig
from constructs_lib.specs.http_proxy import HttpProxySpec
from constructs_lib.specs.network_limits import CLOSED_NETWORK_ENDPOINTS, INTERFACE_ENDPOINTS
from constructs_lib.specs.proxy_settings import ENDPOINT_NAMES, proxy_settings
from tests.unit.configuration.mistakes import DEV, EXISTING, with_changes

SPEC = HttpProxySpec(
    url="http://proxy.example.com:3128", no_proxy=("localhost", ".example.com", "10.9.0.0/16")
)
BEHIND_PROXY = with_changes(DEV, {"http_proxy": SPEC})
ALWAYS = {
    *("localhost", "127.0.0.1", ".svc", ".cluster.local", ".eks.amazonaws.com"),
    *("169.254.169.254", "169.254.170.23", "[fd00:ec2::23]", ".example.com", "10.9.0.0/16"),
}
S3 = {"s3.eu-west-1.amazonaws.com", ".s3.eu-west-1.amazonaws.com"}
SERVICES = {"10.100.0.0/16", "172.20.0.0/16"}
PODS = {"vpc_cni.custom_networking": True, "network.pod_cidr": "100.64.0.0/16"}
ODD = ("ecr.api", "ecr.dkr", "eks-auth", "networkflowmonitorreports")


@pytest.mark.parametrize(
    ("change", "added"),
    [
        ({}, {"10.10.0.0/16", *S3, *SERVICES}),
        ({"cluster.service_ipv4_cidr": "10.40.0.0/16"}, {"10.10.0.0/16", "10.40.0.0/16", *S3}),
        (PODS, {"10.10.0.0/16", "100.64.0.0/16", *S3, *SERVICES}),
        (
            {"network.interface_endpoints": (*ODD, "sts")},
            {
                *("10.10.0.0/16", *S3, *SERVICES),
                *("api.ecr.eu-west-1.amazonaws.com", ".dkr.ecr.eu-west-1.amazonaws.com"),
                *("eks-auth.eu-west-1.api.aws", "sts.eu-west-1.amazonaws.com"),
                "networkflowmonitorreports.eu-west-1.api.aws",
            },
        ),
        # Its endpoints are not known.
        ({"network": EXISTING}, {"10.30.0.0/16", *SERVICES}),
    ],
)
def test_what_is_near_is_reached_without_the_proxy(
    change: Mapping[str, object], added: set[str]
) -> None:
    """The VPC, pods, Services, the API server, endpoints, and what the environment names."""
    config = with_changes(BEHIND_PROXY, change)
    assert list(config.problems()) == []
    assert config.proxy is not None
    assert set(config.proxy.no_proxy) == ALWAYS | added
    assert len(config.proxy.no_proxy) == len(ALWAYS | added)


def test_a_closed_network_reaches_all_its_endpoints() -> None:
    """Every endpoint that it has without being asked."""
    config = with_changes(BEHIND_PROXY, {"network.nat_gateways": "none"})
    assert config.proxy is not None
    hosts = {each for each in config.proxy.no_proxy if "eu-west-1" in each} - S3
    assert len(hosts) == len(CLOSED_NETWORK_ENDPOINTS)


def test_a_proxy_is_a_way_to_charts_and_images() -> None:
    """A closed network needs no mirror of the load balancer controller then."""
    closed: EnvironmentConfig = with_changes(DEV, {"network.nat_gateways": "none"})
    assert [each.at for each in closed.problems()] == [
        "add_ons.load_balancer_controller.chart_repository",
        "add_ons.load_balancer_controller.image_repository",
    ]
    assert list(with_changes(closed, {"http_proxy": SPEC}).problems()) == []


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        (
            "cn-north-1",
            {".eks.amazonaws.com.cn", "eks-auth.cn-north-1.api.amazonwebservices.com.cn"},
        ),
        ("us-gov-west-1", {".eks.amazonaws.com", "eks-auth.us-gov-west-1.api.aws"}),
        (
            "eusc-de-east-1",
            {".eks.amazonaws.eu", "eks-auth.eusc-de-east-1.api.amazonwebservices.eu"},
        ),
    ],
)
def test_names_are_those_of_the_partition(region: str, expected: set[str]) -> None:
    """A region's services are in the domain of its partition."""
    settings = proxy_settings(
        SPEC, region=region, ranges=(), service_range=None, endpoints=["eks-auth"]
    )
    assert expected <= set(settings.no_proxy)


def test_names_of_endpoints_are_those_of_endpoints() -> None:
    """A name that no endpoint has would never be used."""
    assert set(ENDPOINT_NAMES) <= {"s3", *INTERFACE_ENDPOINTS}


def test_without_a_proxy_there_are_no_settings() -> None:
    """Nothing changes for an environment that names none."""
    assert DEV.proxy is None


@pytest.mark.parametrize(("day", "told"), [(5, []), (6, ["http_proxy.ca_certificates[0]"])])
def test_a_certificate_is_valid_on_its_last_day(
    day: int, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a problem on the next."""
    noon = dt.datetime(2025, 11, day, 12, tzinfo=dt.UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", f"{noon.timestamp():.0f}")
    file = "tests/unit/configuration/certificates/expired.pem"
    config = with_changes(BEHIND_PROXY, {"http_proxy.ca_certificates": (file,)})

    assert [each.at for each in config.problems()] == told


def test_the_first_release_that_takes_the_proxy_may_be_pinned() -> None:
    """Older ones are refused."""
    release = f"1.34.2-{FIRST_BEHIND_A_PROXY}"
    change = {"cluster.kubernetes_version": "1.34", "node_groups[0].release_version": release}

    assert list(with_changes(BEHIND_PROXY, change).problems()) == []
