"""Clusters: what CreateCluster, UpdateClusterConfig, UpdateClusterVersion and DeleteCluster do."""

from __future__ import annotations

import base64
import os
import secrets

import jmespath

from kube.values import table
from local_aws.emulator import network, refusals
from local_aws.emulator.eks import access, cluster_checks, store
from local_aws.emulator.internals import EC2, EKS, PROVISIONERS, Function, account, patch, region
from local_aws.emulator.replies import (
    HandlerError,
    Operation,
    Record,
    Reply,
    answered,
    eks,
    in_use,
    refuse,
)
from local_aws.kubernetes_hosts import ProcessHost

VALUES = table(__file__)
"""`defaults` are what a setting is that nobody names; a rollback goes back to them."""

AUTO_MODE = table(__file__, "auto_mode.yaml")
"""The kinds that a cluster has with Auto Mode."""

HOSTS: list[ProcessHost] = []
"""The one that runs the API servers."""


@patch("services.eks", "_get_docker")
def _get_docker(_: Function) -> None:
    """Start no k3s beside our API server, even where Docker is at hand."""


@patch("services.eks", "_create_cluster")
def _create_cluster(original: Operation, body: Record, creator_arn: str | None = None) -> Reply:
    return answered(lambda: {"cluster": EKS.sanitize(create(body, original, creator_arn))})


def create(body: Record, original: Operation, creator_arn: str | None = None) -> Record:
    """Check, make the cluster security group and interfaces, start the API server."""
    name = body.get("name", "")
    if name in EKS.clusters:
        raise in_use(f"Cluster already exists with name: {name}")
    cluster_checks.check_new(body)
    body.setdefault("accessConfig", {}).setdefault("authenticationMode", "CONFIG_MAP")
    vpc_id = network.vpc_of(body["resourcesVpcConfig"]["subnetIds"][0])
    body["resourcesVpcConfig"]["vpcId"] = vpc_id
    eks(original, body, creator_arn)
    record: Record = EKS.clusters[name]
    try:
        _complete(record, body)
        _place_interfaces(record)
        _start(record)
    except Exception:
        # A cluster that can't start must not stay half there: the rollback deletes by name.
        EKS.clusters.pop(name, None)
        _clear(name, record)
        raise
    return record


def _complete(record: Record, body: Record) -> None:
    """Add what DescribeCluster reports and MiniStack doesn't keep."""
    vpc = record["resourcesVpcConfig"]
    vpc["clusterSecurityGroupId"] = _make_group(record["name"], vpc["vpcId"])
    if not vpc["endpointPublicAccess"]:
        vpc["publicAccessCidrs"] = []
    given = body.get("kubernetesNetworkConfig", {})
    record["kubernetesNetworkConfig"] = {
        "serviceIpv4Cidr": given.get("serviceIpv4Cidr")
        or cluster_checks.service_cidr(vpc["vpcId"]),
        "ipFamily": given.get("ipFamily", "ipv4"),
        "elasticLoadBalancing": given.get("elasticLoadBalancing", {"enabled": False}),
    }
    record.update({key: body.get(key, value) for key, value in VALUES["defaults"].items()})
    creator = {"bootstrapClusterCreatorAdminPermissions": True}
    record["accessConfig"] = {**creator, **body["accessConfig"]}
    record["logging"] = _logging(body.get("logging", {}))
    issuer = f"https://oidc.eks.{region()}.amazonaws.com/id/{secrets.token_hex(16).upper()}"
    record["identity"] = {"oidc": {"issuer": issuer}}


def _logging(given: Record) -> Record:
    """Return which log types are on and which are off."""
    enabled: list[str] = jmespath.search("clusterLogging[?enabled].types[]", given) or []
    disabled = [kind for kind in VALUES["log_types"] if kind not in enabled]
    sides = ((enabled, True), (disabled, False))
    return {"clusterLogging": [{"types": kinds, "enabled": on} for kinds, on in sides if kinds]}


def _make_group(cluster_name: str, vpc_id: str) -> str:
    name = f"eks-cluster-sg-{cluster_name}-{secrets.randbelow(10**10)}"
    group_id = network.new_group(name, vpc_id, VALUES["group_description"])
    rules = PROVISIONERS.ec2_sg_permissions
    EC2.security_groups[group_id].update(
        IpPermissions=rules([{"IpProtocol": "-1", "SourceSecurityGroupId": group_id}]),
        IpPermissionsEgress=rules([{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]),
    )
    EC2.tags[group_id] = [
        {"Key": "aws:eks:cluster-name", "Value": cluster_name},
        {"Key": f"kubernetes.io/cluster/{cluster_name}", "Value": "owned"},
        {"Key": "Name", "Value": name},
    ]
    return group_id


def _place_interfaces(record: Record) -> None:
    """Give the control plane a network interface in each of its subnets."""
    vpc = record["resourcesVpcConfig"]
    network.move(
        vpc["subnetIds"],
        owner=record["arn"],
        description=f"Amazon EKS {record['name']}",
        groups=[vpc["clusterSecurityGroupId"], *vpc["securityGroupIds"]],
    )


def _start(record: Record) -> None:
    record["status"] = "CREATING"
    webhook = (
        f"http://127.0.0.1:{os.environ.get('GATEWAY_PORT', '4566')}/_ministack/eks-auth/"
        f"{account()}/{region()}/{record['name']}/{record['_auth_token']}"
    )
    start, version = HOSTS[0].start, record["version"]
    server = start(record["name"], kubernetes_version=version, token_webhook=webhook)
    record["endpoint"] = server.endpoint
    encoded = base64.b64encode(server.certificate_authority).decode()
    record["certificateAuthority"] = {"data": encoded}
    access.connect(record["name"], server)
    _serve_auto_mode(record)
    record["status"] = "ACTIVE"


def _serve_auto_mode(record: Record) -> None:
    """Give a cluster with Auto Mode its kinds, and the nodes of built-in pools their access entry."""
    compute, client = record.get("computeConfig") or {}, access.SERVERS.get(record["name"])
    if client is None or not compute.get("enabled"):
        return
    for each in AUTO_MODE:
        client.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json=each)
    if compute.get("nodeRoleArn"):
        access.ensure_node_entry(record["name"], compute["nodeRoleArn"], access.AUTO_MODE)


def delete(name: str) -> Record:
    """Refuse while something is in it or it is protected; else take everything along."""
    record = store.cluster(name)
    for kind, found in (
        ("nodegroups", EKS.nodegroups),
        ("fargate profiles", store.FARGATE_PROFILES),
    ):
        if store.of(found, name):
            raise in_use(f"Cluster has {kind} attached")
    # "If the cluster state is creating, failed, or deleting, you can delete" (deletion protection).
    if record.get("deletionProtection") and record["status"] == "ACTIVE":
        words = (
            f"Cluster {name} has deletion protection enabled. Disable deletion protection "
            "before deleting the cluster."
        )
        raise HandlerError(words, service="Eks", code="InvalidRequestException")
    _clear(name, record)
    gone: Record = eks(EKS.delete_cluster, name)["cluster"]
    return gone


def _clear(name: str, record: Record) -> None:
    access.disconnect(name)
    HOSTS[0].stop(name)
    for add_on in store.of(EKS.addons, name):
        EKS.addons.pop(f"{name}/{add_on['addonName']}", None)
    network.detach(record["arn"])
    group_id = record["resourcesVpcConfig"]["clusterSecurityGroupId"]
    # A group that something else still uses stays behind, as on AWS.
    if not refusals.security_group_in_use(group_id):
        EC2.security_groups.pop(group_id, None)
        EC2.tags.pop(group_id, None)


def update_config(name: str, body: Record) -> Record:
    """Apply what UpdateClusterConfig carries; all of it or nothing."""
    record = store.cluster(name)
    vpc = {**record["resourcesVpcConfig"], **body.get("resourcesVpcConfig", {})}
    cluster_checks.check_vpc_change(record["resourcesVpcConfig"], vpc)
    if not vpc["endpointPublicAccess"] or not vpc["publicAccessCidrs"]:
        vpc["publicAccessCidrs"] = ["0.0.0.0/0"] if vpc["endpointPublicAccess"] else []
    mode = body.get("accessConfig", {}).get("authenticationMode")
    if mode is not None:
        old = record["accessConfig"]["authenticationMode"]
        back = cluster_checks.MODES.index(mode) < cluster_checks.MODES.index(old)
        refuse(back, f"Unsupported authentication mode update from {old} to {mode}")
        record["accessConfig"]["authenticationMode"] = mode
    record["resourcesVpcConfig"] = vpc
    _place_interfaces(record)
    if "logging" in body:
        record["logging"] = _logging(body["logging"])
    record.update({key: body[key] for key in VALUES["defaults"] if key in body})
    network_config = body.get("kubernetesNetworkConfig", {})
    record["kubernetesNetworkConfig"] = {**record["kubernetesNetworkConfig"], **network_config}
    _serve_auto_mode(record)
    return store.updated("ConfigUpdate")


def update_version(name: str, body: Record) -> Record:
    """Change the Kubernetes version by one minor."""
    record = store.cluster(name)
    old, new = record["version"], body["version"]
    refuse(old == new, f"Cluster is already at the desired configuration with version: {new}")
    # One back is a rollback.
    far = abs(cluster_checks.minor(new) - cluster_checks.minor(old)) != 1
    refuse(far, f"Unsupported Kubernetes minor version update from {old} to {new}")
    record["version"] = body["version"]
    return store.updated("VersionUpdate")
