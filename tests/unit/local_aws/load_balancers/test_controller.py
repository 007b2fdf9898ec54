"""The controller against the emulated AWS, with IAM in force, and Kubernetes as plain objects."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from constructs_lib.load_balancer_controller import POLICY
from local_aws.kubernetes.client import PODS, SERVICE_ACCOUNTS, SERVICES
from local_aws.kubernetes.controllers.context import Context
from local_aws.load_balancers.controller import NAME, LoadBalancerController
from local_aws.load_balancers.model import FINALIZER
from tests.unit.local_aws.emulator.cloud import REGION, Cloud, Stack, arn
from tests.unit.local_aws.emulator.templates import ROLES, cluster, network, resource
from tests.unit.local_aws.kubernetes.memory import Memory

Json = dict[str, Any]
CLUSTER = "balanced"
SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
THERE = yaml.safe_load(Path(__file__).with_name("kubernetes.yaml").read_text(encoding="utf-8"))
GOING = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


@pytest.fixture(scope="session")
def platform(cloud: Cloud) -> Stack:
    """A network with tagged subnets, a cluster, and the controller's role by Pod Identity."""
    resources = {**network(77), **ROLES}
    for index in range(2):
        for kind, role in (("Public", "elb"), ("Private", "internal-elb")):
            resources[f"{kind}{index}"]["Properties"]["Tags"] = [
                {"Key": f"kubernetes.io/role/{role}", "Value": "1"}
            ]
    stack = cloud.deploy(resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    document = POLICY.read_text(encoding="utf-8")
    policy = cloud.iam.create_policy(PolicyName=NAME, PolicyDocument=document)["Policy"]["Arn"]
    cloud.iam.attach_role_policy(RoleName=stack["PodRole"], PolicyArn=policy)
    subnets = [stack["Private0"], stack["Private1"]]
    account = {"Namespace": "kube-system", "ServiceAccount": NAME, "RoleArn": arn(stack["PodRole"])}
    add_on, of_pods = ("EKS::Addon", "Cluster"), ("EKS::PodIdentityAssociation", "Cluster")
    made = cloud.deploy(
        {
            "Cluster": cluster(CLUSTER, arn(stack["ClusterRole"]), subnets),
            "Agent": resource(*add_on, ClusterName=CLUSTER, AddonName="eks-pod-identity-agent"),
            "Association": resource(*of_pods, ClusterName=CLUSTER, **account),
        }
    )
    assert made.status == "CREATE_COMPLETE", made.reasons
    return stack


def service_of(kept: Memory) -> Json:
    """Return the Service of these tests, to look at and to change."""
    return kept.kept[SERVICES][0]


def messages(kept: Memory) -> list[str]:
    """Return what the Service's conditions say."""
    return [one["message"] for one in service_of(kept).get("status", {}).get("conditions", [])]


@pytest.fixture
def objects(platform: Stack) -> Memory:
    """Kubernetes with the controller's release and one Service, ready to be taken."""
    there, kept = copy.deepcopy(THERE), Memory()
    there["pods"][0]["spec"]["containers"][0]["args"].append(f"--aws-vpc-id={platform['Vpc']}")
    kept.create(SERVICES, there["service"])
    kept.create(SERVICE_ACCOUNTS, there["account"])
    for one in there["pods"]:
        kept.create(PODS, one)
    return kept


@pytest.fixture
def controller(cloud: Cloud, objects: Memory) -> Iterator[LoadBalancerController]:
    """The controller; what it made goes with the test."""
    context = Context(api=objects, aws=cloud.client, cluster=CLUSTER, region=REGION)
    playing, before = LoadBalancerController(context), copy.deepcopy(objects.kept[PODS])
    yield playing
    objects.kept[PODS] = [*before]
    for one in objects.kept[SERVICES]:
        one["metadata"] |= GOING
    playing.reconcile()
    assert balancers(cloud) == []


def balancers(cloud: Cloud) -> list[Json]:
    found: list[Json] = cloud.elbv2.describe_load_balancers()["LoadBalancers"]
    return [one for one in found if one["LoadBalancerName"].startswith("k8s-sample-web-")]


def clients_let_in(cloud: Cloud) -> set[tuple[int, str]]:
    (balancer,) = balancers(cloud)
    groups = cloud.ec2.describe_security_groups(GroupIds=balancer["SecurityGroups"])
    rules = [rule for one in groups["SecurityGroups"] for rule in one["IpPermissions"]]
    return {(rule["FromPort"], block["CidrIp"]) for rule in rules for block in rule["IpRanges"]}


def test_a_service_gets_its_load_balancer(
    cloud: Cloud, controller: LoadBalancerController, objects: Memory, platform: Stack
) -> None:
    """With the subnets, clients and ready pods that it asks for; a second look changes nothing."""
    assert controller.reconcile()
    (balancer,) = balancers(cloud)
    assert (balancer["Type"], balancer["Scheme"]) == ("network", "internal")
    zones = {zone["SubnetId"] for zone in balancer["AvailabilityZones"]}
    assert zones == {platform["Private0"], platform["Private1"]}
    assert clients_let_in(cloud) == {(80, "10.77.0.0/16")}
    answer = cloud.elbv2.describe_target_groups(LoadBalancerArn=balancer["LoadBalancerArn"])
    (group,) = answer["TargetGroups"]
    health = cloud.elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    targets = [one["Target"] for one in health["TargetHealthDescriptions"]]
    assert targets == [{"Id": "10.77.1.9", "Port": 8080}]
    (address,) = service_of(objects)["status"]["loadBalancer"]["ingress"]
    assert address == {"hostname": balancer["DNSName"]}
    assert service_of(objects)["metadata"]["finalizers"] == [FINALIZER]
    assert messages(objects) == []
    assert not controller.reconcile()


def test_a_change_of_the_service_changes_the_load_balancer(
    cloud: Cloud, controller: LoadBalancerController, objects: Memory
) -> None:
    """Other clients and ports in place; another scheme by another load balancer."""
    controller.reconcile()
    (before,) = balancers(cloud)
    service_of(objects)["spec"]["loadBalancerSourceRanges"] = ["192.0.2.0/24"]
    service_of(objects)["spec"]["ports"][0]["port"] = 443
    controller.reconcile()
    (after,) = balancers(cloud)
    assert after["LoadBalancerArn"] == before["LoadBalancerArn"]
    assert clients_let_in(cloud) == {(443, "192.0.2.0/24")}
    listeners = cloud.elbv2.describe_listeners(LoadBalancerArn=after["LoadBalancerArn"])
    assert [one["Port"] for one in listeners["Listeners"]] == [443]

    service_of(objects)["metadata"]["annotations"][SCHEME] = "internet-facing"
    controller.reconcile()
    (other,) = balancers(cloud)
    assert other["Scheme"] == "internet-facing"
    assert other["LoadBalancerArn"] != before["LoadBalancerArn"]


def test_a_service_that_goes_takes_everything_with_it(
    cloud: Cloud, controller: LoadBalancerController, objects: Memory, platform: Stack
) -> None:
    """Load balancer, target groups, security groups, and the rule on the nodes' group."""
    controller.reconcile()
    service_of(objects)["metadata"] |= GOING
    assert controller.reconcile()
    assert objects.kept[SERVICES] == []
    assert balancers(cloud) == []
    in_vpc = [{"Name": "vpc-id", "Values": [platform["Vpc"]]}]
    groups = cloud.ec2.describe_security_groups(Filters=in_vpc)["SecurityGroups"]
    assert not [one for one in groups if one["GroupName"].startswith("k8s-")]
    rules = [rule for one in groups for rule in one["IpPermissions"]]
    named = {pair["GroupId"] for rule in rules for pair in rule["UserIdGroupPairs"]}
    assert named <= {one["GroupId"] for one in groups}


@pytest.mark.parametrize("gone", ["not ready", "going", "gone"])
def test_without_the_controller_nothing_happens(
    cloud: Cloud, controller: LoadBalancerController, objects: Memory, gone: str
) -> None:
    """No load balancer is made, and none is taken away: the finalizer stays."""
    own = objects.kept[PODS].pop(0)
    going = {**own, "metadata": {**own["metadata"], **GOING}}
    left = {"gone": [], "going": [going], "not ready": [{**own, "status": {}}]}
    objects.kept[PODS] += left[gone]
    assert not controller.reconcile()
    assert balancers(cloud) == []
    service_of(objects)["metadata"] |= {**GOING, "finalizers": [FINALIZER]}
    assert not controller.reconcile()
    assert service_of(objects)["metadata"]["finalizers"] == [FINALIZER]


def test_a_role_that_may_not_is_said_once(
    cloud: Cloud, controller: LoadBalancerController, objects: Memory, platform: Stack
) -> None:
    """The Service has AWS's words in its status, until it works, and nothing half-made."""
    role = platform["PodRole"]
    (policy,) = cloud.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    cloud.iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    try:
        assert controller.reconcile()
        assert not controller.reconcile()
        (message,) = messages(objects)
        assert message.startswith("Failed deploy model due to An error occurred")
        assert "is not authorized to perform" in message
        assert balancers(cloud) == []
    finally:
        cloud.iam.attach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    controller.reconcile()
    assert messages(objects) == []


@pytest.mark.parametrize("case", THERE["told"].items(), ids=lambda case: str(case[0]))
def test_a_service_that_can_t_have_one_is_told_why(
    controller: LoadBalancerController, objects: Memory, case: tuple[str, dict[str, str]]
) -> None:
    """In the real controller's words; or its pods get no credentials."""
    message, change = case
    service_of(objects)["metadata"]["annotations"][SCHEME] = change.get("scheme", "internal")
    roles = {"eks.amazonaws.com/role-arn": change["role"]} if "role" in change else {}
    name = change.get("name", NAME)
    objects.kept[SERVICE_ACCOUNTS][0]["metadata"] |= {"name": name, "annotations": roles}
    own = objects.kept[PODS][0]
    own["spec"] |= {"serviceAccountName": name, "nodeName": change.get("node", "ip-1")}
    controller.reconcile()
    assert re.search(message, messages(objects)[0])
