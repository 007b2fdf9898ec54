from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

from tests.unit.local_aws.emulator.cloud import Cloud, arn
from tests.unit.local_aws.emulator.emulated_aws import TOKEN
from tests.unit.local_aws.emulator.templates import resource

POLICIES = "arn:aws:eks::aws:cluster-access-policy/"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


def entry(name: str, **more: object) -> dict[str, Any]:
    return resource("EKS::AccessEntry", ClusterName="shared", PrincipalArn=arn(name), **more)


def policy(name: str, *namespaces: str) -> dict[str, Any]:
    scope: dict[str, object] = {"Type": "cluster"}
    if namespaces:
        scope = {"Type": "namespace", "Namespaces": list(namespaces)}
    return {"PolicyArn": POLICIES + name, "AccessScope": scope}


def ask(cloud: Cloud, path: str, body: object = None) -> Any:  # noqa: ANN401  # JSON
    endpoint = cloud.eks.describe_cluster(name="shared")["cluster"]["endpoint"]
    request = urllib.request.Request(  # noqa: S310  # our own server
        f"{endpoint}{path}",
        headers={"Authorization": f"Bearer {TOKEN}"},
        data=None if body is None else json.dumps(body).encode(),
    )
    with urllib.request.urlopen(request) as response:  # noqa: S310
        return json.load(response)


def bindings(cloud: Cloud, kind: str) -> list[tuple[str, str]]:
    """Role and namespace of the bindings that access policies have."""
    items = ask(cloud, f"{RBAC}/{kind}?labelSelector=x")["items"]
    return sorted(
        (
            one["roleRef"]["name"].removeprefix("ministack-eks-"),
            one["metadata"].get("namespace", ""),
        )
        for one in items
    )


def test_an_entry_works_as_soon_as_it_is_complete(cloud: Cloud, shared: str) -> None:
    """Its policies are bindings in the API server by then, and gone when they are."""
    wanted = entry(
        "Developer",
        KubernetesGroups=["developers"],
        AccessPolicies=[policy("AmazonEKSViewPolicy"), policy("AmazonEKSEditPolicy", "kube-*")],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    stack = cloud.deploy({"Entry": wanted})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    assert stack["Entry"] == f"{arn('Developer')}|shared"
    assert bindings(cloud, "clusterrolebindings") == [("amazoneksviewpolicy", "")]
    assert bindings(cloud, "rolebindings") == [("amazonekseditpolicy", "kube-system")]
    found = cloud.eks.describe_access_entry(clusterName=shared, principalArn=arn("Developer"))
    assert found["accessEntry"]["kubernetesGroups"] == ["developers"]
    assert found["accessEntry"]["tags"]["a"] == "b"
    listed = cloud.eks.list_associated_access_policies(
        clusterName=shared, principalArn=arn("Developer")
    )["associatedAccessPolicies"]
    assert {one["policyArn"].removeprefix(POLICIES): one["accessScope"] for one in listed} == {
        "AmazonEKSViewPolicy": {"type": "cluster", "namespaces": []},
        "AmazonEKSEditPolicy": {"type": "namespace", "namespaces": ["kube-*"]},
    }
    assert stack.drift() == {"Entry": "IN_SYNC"}

    # A namespace that appears later gets its binding too.
    ask(cloud, "/api/v1/namespaces", {"metadata": {"name": "kube-later"}})
    deadline = time.monotonic() + 10
    while len(bindings(cloud, "rolebindings")) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert ("amazonekseditpolicy", "kube-later") in bindings(cloud, "rolebindings")

    wanted["Properties"].update(
        KubernetesGroups=[], AccessPolicies=[policy("AmazonEKSAdminPolicy")]
    )
    assert stack.update({"Entry": wanted}).status == "UPDATE_COMPLETE"
    assert bindings(cloud, "clusterrolebindings") == [("amazoneksadminpolicy", "")]
    assert bindings(cloud, "rolebindings") == []
    cloud.eks.disassociate_access_policy(
        clusterName=shared,
        principalArn=arn("Developer"),
        policyArn=POLICIES + "AmazonEKSAdminPolicy",
    )
    assert stack.drift() == {"Entry": "MODIFIED"}
    assert stack.destroy().status == "DELETE_COMPLETE"
    assert bindings(cloud, "clusterrolebindings") == []


def test_another_type_replaces_and_meets_the_entry_that_is_there(cloud: Cloud, shared: str) -> None:
    stack = cloud.deploy({"Entry": entry("Typed")})
    stack = stack.update({"Entry": entry("Typed", Type="EC2_LINUX")})
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "already exists" in stack.reasons
    assert arn("Typed") in cloud.eks.list_access_entries(clusterName=shared)["accessEntries"]
    stack.destroy()
