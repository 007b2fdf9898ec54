from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_aws.load_balancers import model
from local_aws.load_balancers.model import LoadBalancer, ModelError, Port

PREFIX = "service.beta.kubernetes.io/aws-load-balancer-"
CASES = yaml.safe_load(Path(__file__).with_name("model.yaml").read_text(encoding="utf-8"))


def asked(**annotations: str) -> LoadBalancer:
    """Return what a Service asks for, with other annotations."""
    service = copy.deepcopy(CASES["service"])
    for name, value in annotations.items():
        service["metadata"]["annotations"][f"{PREFIX}{name.replace('_', '-')}"] = value
    return model.load_balancer(service, cluster_name="groundwork", default_target_type="ip")


def test_a_service_gets_what_its_annotations_say() -> None:
    """Another scheme is another load balancer: Elastic Load Balancing can't change it."""
    balancer = asked()
    assert {key: getattr(balancer, key) for key in CASES["balancer"]} == CASES["balancer"]
    assert balancer.ports == [Port(listener=80, target="http", protocol="TCP")]
    assert balancer.tags["service.k8s.aws/stack"] == "sample/web"
    assert asked(scheme="internet-facing").name != balancer.name


@pytest.mark.parametrize("case", CASES["services"], ids=str)
def test_the_controller_takes_services_of_its_class(case: dict[str, Any]) -> None:
    annotations = {f"{PREFIX}type": case["annotated"]}
    service = {"metadata": {"annotations": annotations}, "spec": case["spec"]}
    assert model.is_ours(service) is case["ours"]


def test_what_can_t_be_built_is_said() -> None:
    with pytest.raises(ModelError, match="unallocated NodePort"):
        asked(nlb_target_type="instance")


def test_names_fit_into_32_characters() -> None:
    """Elastic Load Balancing refuses longer ones."""
    name = model.short_name("a-very-long-namespace/an-even-longer-service", "identity")
    assert name.startswith("k8s-averylon-anevenlo-")
    assert len(name) <= 32


@pytest.mark.parametrize("case", CASES["subnets"], ids=str)
def test_one_subnet_of_each_zone_is_taken(case: dict[str, Any]) -> None:
    """The first by its id, of those that are tagged for the scheme and have room."""
    tags = {f"kubernetes.io/{key}": value for key, value in case["tags"].items()}
    of_all = {"AvailableIpAddressCount": case["free"], "Tags": model.tag_list(tags)}
    subnets = [
        {"SubnetId": f"subnet-{number}", "AvailabilityZone": zone, **of_all}
        for number, zone in ((2, "a"), (1, "a"), (3, "b"))
    ]
    wanted = {"scheme": "internet-facing", "cluster_name": "groundwork"}
    if case["taken"]:
        assert model.choose_subnets(subnets, **wanted) == ["subnet-1", "subnet-3"]
        return
    with pytest.raises(ModelError, match=r"0 match VPC and tags: \[kubernetes.io/role/elb\]"):
        model.choose_subnets(subnets, **wanted)
