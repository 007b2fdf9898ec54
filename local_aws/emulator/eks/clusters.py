"""Clusters: what CreateCluster, UpdateClusterConfig, UpdateClusterVersion and DeleteCluster do."""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import dataclass

from local_aws.emulator import dependencies, network, network_interfaces
from local_aws.emulator.eks import access, store
from local_aws.emulator.eks.cluster_checks import (
    check_new,
    service_cidr,
)
from local_aws.emulator.internals import EC2, EKS, PROVISIONERS, account, region, replace
from local_aws.emulator.network import Record
from local_aws.emulator.replies import (
    HandlerError,
    Operation,
    Reply,
    eks_reply,
    in_use,
    refusable,
)
from local_aws.kubernetes_hosts import KubernetesHost

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
GROUP_DESCRIPTION = (
    "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, "
    "as well as any managed workloads."
)


@dataclass
class _Hosts:
    """Who runs the API servers; nobody of ours while MiniStack's k3s is in charge."""

    current: KubernetesHost | None = None


HOSTS = _Hosts()


def install(host: KubernetesHost | None) -> None:
    """Put EKS's cluster operations in place of MiniStack's."""
    HOSTS.current = host
    replace("_create_cluster", _creating, "services.eks")
    replace("_delete_cluster", _deleting, "services.eks")


def _creating(original: Operation) -> Operation:
    @refusable
    def create_cluster(body: Record, creator_arn: str | None = None) -> Reply:
        """Check, make the cluster security group and interfaces, start the API server."""
        name = body.get("name", "")
        if name in EKS.clusters:
            raise in_use(f"Cluster already exists with name: {name}")
        check_new(body)
        body.setdefault("accessConfig", {}).setdefault("authenticationMode", "CONFIG_MAP")
        vpc_id = network.vpc_of(body["resourcesVpcConfig"]["subnetIds"][0])
        body["resourcesVpcConfig"]["vpcId"] = vpc_id
        status, headers, answer = original(body, creator_arn)
        record = EKS.clusters.get(name)
        if record is None or status != 200:  # noqa: PLR2004
            return status, headers, answer
        try:
            _complete(record, body)
            place_interfaces(record)
            _start(record)
        except Exception:
            # A cluster that can't start must not stay half there: the rollback deletes by name.
            _remove(name)
            raise
        return eks_reply({"cluster": EKS.sanitize(record)})

    return create_cluster


def _complete(record: Record, body: Record) -> None:
    """Add what DescribeCluster reports and MiniStack doesn't keep."""
    vpc = record["resourcesVpcConfig"]
    vpc["clusterSecurityGroupId"] = _make_group(record["name"], vpc["vpcId"])
    if not vpc["endpointPublicAccess"]:
        vpc["publicAccessCidrs"] = []
    given = body.get("kubernetesNetworkConfig", {})
    record["kubernetesNetworkConfig"] = {
        "serviceIpv4Cidr": given.get("serviceIpv4Cidr") or service_cidr(vpc["vpcId"]),
        "ipFamily": given.get("ipFamily", "ipv4"),
        "elasticLoadBalancing": given.get("elasticLoadBalancing", {"enabled": False}),
    }
    access_config = {"bootstrapClusterCreatorAdminPermissions": True, **body["accessConfig"]}
    record.update(
        accessConfig=access_config,
        upgradePolicy=body.get("upgradePolicy", {"supportType": "EXTENDED"}),
        zonalShiftConfig=body.get("zonalShiftConfig", {"enabled": False}),
        deletionProtection=body.get("deletionProtection", False),
        computeConfig=body.get("computeConfig", {"enabled": False}),
        storageConfig=body.get("storageConfig", {"blockStorage": {"enabled": False}}),
        logging=logging_of(body.get("logging", {})),
    )
    issuer = secrets.token_hex(16).upper()
    record["identity"] = {
        "oidc": {"issuer": f"https://oidc.eks.{region()}.amazonaws.com/id/{issuer}"}
    }


def logging_of(given: Record) -> Record:
    """Return which log types are on and which are off."""
    enabled = [
        kind
        for setup in given.get("clusterLogging", [])
        if setup.get("enabled")
        for kind in setup["types"]
    ]
    sides = ((enabled, True), ([kind for kind in LOG_TYPES if kind not in enabled], False))
    return {"clusterLogging": [{"types": kinds, "enabled": on} for kinds, on in sides if kinds]}


def _make_group(cluster_name: str, vpc_id: str) -> str:
    group_id = str(EC2.new_sg_id())
    rules = PROVISIONERS.ec2_sg_permissions
    EC2.security_groups[group_id] = {
        "GroupId": group_id,
        "GroupName": f"eks-cluster-sg-{cluster_name}-{secrets.randbelow(10**10)}",
        "VpcId": vpc_id,
        "Description": GROUP_DESCRIPTION,
        "OwnerId": account(),
        "IpPermissions": rules([{"IpProtocol": "-1", "SourceSecurityGroupId": group_id}]),
        "IpPermissionsEgress": rules([{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]),
    }
    EC2.tags[group_id] = [
        {"Key": "aws:eks:cluster-name", "Value": cluster_name},
        {"Key": f"kubernetes.io/cluster/{cluster_name}", "Value": "owned"},
        {"Key": "Name", "Value": EC2.security_groups[group_id]["GroupName"]},
    ]
    return group_id


def place_interfaces(record: Record) -> None:
    """Give the control plane a network interface in each of its subnets."""
    vpc = record["resourcesVpcConfig"]
    owner = _interfaces_owner(record["name"])
    groups = [vpc["clusterSecurityGroupId"], *vpc["securityGroupIds"]]
    worn = {group["GroupId"] for one in network.interfaces(Owner=owner) for group in one["Groups"]}
    if worn and worn != set(groups):
        network_interfaces.detach(owner)
    network_interfaces.move(
        vpc["subnetIds"],
        owner=owner,
        description=f"Amazon EKS {record['name']}",
        requester="amazon-eks",
        groups=groups,
    )


def _interfaces_owner(cluster_name: str) -> str:
    return f"eks/{region()}/{cluster_name}"


def _start(record: Record) -> None:
    if HOSTS.current is None:
        return
    record["status"] = "CREATING"
    webhook = (
        f"http://127.0.0.1:{os.environ.get('GATEWAY_PORT', '4566')}/_ministack/eks-auth/"
        f"{account()}/{region()}/{record['name']}/{record['_auth_token']}"
    )
    server = HOSTS.current.start(
        record["name"], kubernetes_version=record["version"], token_webhook=webhook
    )
    record["endpoint"] = server.endpoint
    encoded = base64.b64encode(server.certificate_authority).decode()
    record["certificateAuthority"] = {"data": encoded}
    access.connect(record["name"], server)
    record["status"] = "ACTIVE"


def _deleting(original: Operation) -> Operation:
    @refusable
    def delete_cluster(name: str) -> Reply:
        """Refuse while something is in it or it is protected; else take everything along."""
        record = store.cluster(name)
        if store.node_groups(name):
            raise in_use("Cluster has nodegroups attached")
        if store.fargate_profiles(name):
            raise in_use("Cluster has fargate profiles attached")
        if record.get("deletionProtection"):
            raise HandlerError(
                f"Cluster {name} has deletion protection enabled. Disable deletion protection "
                "before deleting the cluster.",
                service="Eks",
                code="InvalidRequestException",
            )
        _clear(name, record)
        return original(name)

    return delete_cluster


def _remove(name: str) -> None:
    record = EKS.clusters.pop(name, None)
    if record is not None:
        _clear(name, record)


def _clear(name: str, record: Record) -> None:
    access.disconnect(name)
    if HOSTS.current is not None:
        HOSTS.current.stop(name)
    for add_on in store.add_ons(name):
        EKS.addons.pop(f"{name}/{add_on['addonName']}", None)
    network_interfaces.detach(_interfaces_owner(name))
    group_id = record["resourcesVpcConfig"]["clusterSecurityGroupId"]
    # A group that something else still uses stays behind, as on AWS.
    if dependencies.security_group_in_use(group_id) is None:
        EC2.security_groups.pop(group_id, None)
        EC2.tags.pop(group_id, None)
