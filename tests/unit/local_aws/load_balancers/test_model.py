from __future__ import annotations

import copy
from typing import Any

import pytest

from constructs_lib.manifests import load_manifests
from local_aws.load_balancers.model import (
    LoadBalancer,
    ModelError,
    Port,
    choose_subnets,
    is_ours,
    load_balancer,
    short_name,
)
from tests.support import ROOT

WEB: dict[str, Any] = {
    **next(
        item
        for item in load_manifests(
            ROOT / "sample_service/manifests/web",
            web_image="web",
            web_replicas=2,
            architecture="arm64",
            load_balancer_scheme="internal",
            load_balancer_source_ranges=["10.20.0.0/16"],
        )
        if item["kind"] == "Service"
    ),
}


def asked(service: dict[str, Any]) -> LoadBalancer:
    return load_balancer(service, cluster_name="groundwork", default_target_type="ip")


def changed(**annotations: str) -> dict[str, Any]:
    """Return the sample's Service with other annotations."""
    service = copy.deepcopy(WEB)
    for name, value in annotations.items():
        key = f"service.beta.kubernetes.io/aws-load-balancer-{name.replace('_', '-')}"
        service["metadata"]["annotations"][key] = value
    return service


def test_the_sample_service_gets_what_its_annotations_say() -> None:
    """Every annotation of the manifest arrives."""
    balancer = asked(WEB)
    assert (balancer.scheme, balancer.target_type) == ("internal", "ip")
    assert balancer.ports == [Port(listener=80, target="http", protocol="TCP")]
    assert balancer.source_ranges == ["10.20.0.0/16"]
    assert balancer.attributes == {"load_balancing.cross_zone.enabled": "true"}
    assert balancer.target_group_attributes == {
        "deregistration_delay.timeout_seconds": "120",
        "preserve_client_ip.enabled": "false",
    }
    assert balancer.tags == {
        "elbv2.k8s.aws/cluster": "groundwork",
        "service.k8s.aws/stack": "sample/web",
    }


@pytest.mark.parametrize(
    ("spec", "ours"),
    [
        ({"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb"}, True),
        ({"type": "LoadBalancer", "loadBalancerClass": "example.com/other"}, False),
        ({"type": "LoadBalancer"}, False),
        ({"type": "ClusterIP"}, False),
    ],
    ids=["its class", "another class", "no class", "no load balancer"],
)
def test_the_controller_takes_services_of_its_class(spec: dict[str, Any], *, ours: bool) -> None:
    """Without a class the in-tree code would take it; the webhook that changes it is off."""
    assert is_ours({"metadata": {}, "spec": spec}) is ours


def test_the_old_annotation_still_counts() -> None:
    """Services from before load balancer classes name the controller by their type."""
    service = {
        "metadata": {
            "annotations": {"service.beta.kubernetes.io/aws-load-balancer-type": "external"}
        },
        "spec": {"type": "LoadBalancer"},
    }
    assert is_ours(service)


def test_another_scheme_is_another_load_balancer() -> None:
    """Elastic Load Balancing can't change it."""
    assert asked(changed(scheme="internet-facing")).name != asked(WEB).name


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ({"scheme": "public"}, "'public'; it may be internet-facing or internal"),
        ({"nlb_target_type": "pod"}, "'pod'; it may be ip or instance"),
        ({"nlb_target_type": "instance"}, "unallocated NodePort"),
    ],
)
def test_what_can_t_be_built_is_said(annotations: dict[str, str], message: str) -> None:
    """The Service gets an event with these words."""
    with pytest.raises(ModelError, match=message):
        asked(changed(**annotations))


def test_names_fit_into_32_characters() -> None:
    """Elastic Load Balancing refuses longer ones."""
    name = short_name("a-very-long-namespace/an-even-longer-service", "identity")
    assert name.startswith("k8s-averylon-anevenlo-")
    assert len(name) <= 32


def subnet(name: str, zone: str, *, free: int = 100, **tags: str) -> dict[str, Any]:
    return {
        "SubnetId": name,
        "AvailabilityZone": zone,
        "AvailableIpAddressCount": free,
        "Tags": [
            {"Key": f"kubernetes.io/{key.replace('__', '/').replace('_', '-')}", "Value": value}
            for key, value in tags.items()
        ],
    }


def test_one_subnet_of_each_zone_is_taken() -> None:
    """The first by its id, of those that are tagged for the scheme and have room."""
    subnets = [
        subnet("subnet-2", "a", role__elb="1"),
        subnet("subnet-1", "a", role__elb=""),
        subnet("subnet-3", "b", role__elb="1"),
        subnet("subnet-4", "c", role__elb="1", free=7),
        subnet("subnet-5", "d", role__internal_elb="1"),
        subnet("subnet-6", "e", role__elb="0"),
        subnet("subnet-7", "f", role__elb="1", cluster__other="shared"),
        subnet("subnet-8", "g", role__elb="1", cluster__groundwork="shared"),
    ]
    chosen = choose_subnets(subnets, scheme="internet-facing", cluster_name="groundwork")
    assert chosen == ["subnet-1", "subnet-3", "subnet-8"]


def test_without_a_tagged_subnet_there_is_no_load_balancer() -> None:
    """The message names the tag that is missing."""
    with pytest.raises(ModelError, match=r"0 match VPC and tags: \[kubernetes.io/role/elb\]"):
        choose_subnets([subnet("s", "a")], scheme="internet-facing", cluster_name="groundwork")
