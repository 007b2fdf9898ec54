"""Access entries, and the RBAC objects that give them their rights in the API server."""

from __future__ import annotations

import logging
import ssl
import threading

import httpx

from local_aws.emulator import iam
from local_aws.emulator.eks import store
from local_aws.emulator.internals import EKS, PATCHES, Function, account, patch, region
from local_aws.emulator.replies import Record, eks, refuse
from local_aws.kubernetes_hosts import ApiServer

SECONDS = 20
RBAC = "/apis/rbac.authorization.k8s.io/v1"

AUTO_MODE, AUTO_MODE_POLICY = "EC2", "AmazonEKSAutoNodePolicy"
"""The type of entry of Auto Mode's nodes, and its policy. No node signs in here, so it gives no rights."""

PATCHES.append(lambda: EKS.ACCESS_POLICY_RULES.setdefault(AUTO_MODE_POLICY, []))

SERVERS: dict[str, httpx.Client] = {}
"""A client of each cluster's API server, as its administrator."""

WRITTEN: dict[str, dict[str, Record]] = {}
"""The RBAC objects there that access entries have, by path."""

WRITING = threading.Lock()
"""Held while RBAC objects are written, so that the loop and an operation don't both create one."""


def connect(cluster_name: str, server: ApiServer) -> None:
    """Remember a cluster's API server and write the rights that its entries have already."""
    # One line for each request would bury what the service has to say.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    authority = server.certificate_authority.decode()
    secure = server.endpoint.startswith("https")
    client = httpx.Client(
        base_url=server.endpoint,
        headers={"Authorization": f"Bearer {server.admin_token}"},
        verify=ssl.create_default_context(cadata=authority) if secure else False,
        timeout=SECONDS,
        # A proxy of the environment is not for loopback.
        trust_env=False,
    )
    SERVERS[cluster_name], WRITTEN[cluster_name] = client, {}
    reconcile(cluster_name, account(), region())


def disconnect(cluster_name: str) -> None:
    """Forget the API server of a cluster."""
    client = SERVERS.pop(cluster_name, None)
    if client is not None:
        client.close()


def reconcile(cluster_name: str, owner: str, place: str) -> None:
    """Make a cluster's RBAC objects those of its access entries; raise if the server refuses."""
    client = SERVERS.get(cluster_name)
    if client is None:
        return
    with WRITING:
        listed = client.get("/api/v1/namespaces").raise_for_status().json()["items"]
        namespaces = [item["metadata"]["name"] for item in listed]
        objects = EKS.access_policy_rbac_objects(cluster_name, owner, place, namespaces)
        wanted, written = {_path(one): one for one in objects}, WRITTEN[cluster_name]
        for path, item in wanted.items():
            if written.get(path) != item:
                made = client.post(path.rsplit("/", 1)[0], json=item)
                if made.status_code == httpx.codes.CONFLICT:
                    made = client.put(path, json=item)
                made.raise_for_status()
        for path in written.keys() - wanted.keys():
            # It may be gone with its namespace.
            client.delete(path)
        WRITTEN[cluster_name] = wanted


def _path(item: Record) -> str:
    namespace = item["metadata"].get("namespace")
    within = f"/namespaces/{namespace}" if namespace else ""
    return f"{RBAC}{within}/{item['kind'].lower()}s/{item['metadata']['name']}"


@patch("services.eks", "_reconcile_access_policy_rbac")
def _reconcile(_: Function, cluster_name: str, owner: str, place: str) -> bool:
    """Serve MiniStack's loop, which looks for namespaces that appear later; it runs kubectl."""
    try:
        reconcile(cluster_name, owner, place)
    except httpx.HTTPError:
        # The loop tries again; a cluster that is going away ends it.
        return cluster_name not in SERVERS
    return True


@patch("services.eks", "_schedule_access_policy_reconcile")
def _at_once(original: Function, cluster_name: str, *scope: str) -> None:
    """Let a complete entry work at once: whoever waits for it does not try again."""
    place = scope or (account(), region())
    if cluster_name in SERVERS:
        reconcile(cluster_name, *place)
        if EKS.has_namespace_access_policy(cluster_name, *place):
            original(cluster_name, *scope)


def create(cluster_name: str, body: Record) -> Record:
    """Make an entry for a principal that exists."""
    mode = store.cluster(cluster_name).get("accessConfig", {}).get("authenticationMode")
    refuse(
        mode == "CONFIG_MAP",
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to "
        "perform this operation.",
    )
    unknown = not iam.exists(body.get("principalArn", ""))
    refuse(unknown, "The specified principalArn is invalid: invalid principal.")
    kind = body.get("type", "STANDARD")
    nodes = kind != "STANDARD"
    words = "kubernetesGroups can only be set for access entries of type STANDARD."
    refuse(nodes and body.get("kubernetesGroups"), words)
    # MiniStack doesn't know the type of Auto Mode's nodes.
    told = {**body, "type": "EC2_LINUX" if kind == AUTO_MODE else kind}
    made: Record = eks(EKS.create_access_entry, cluster_name, told)["accessEntry"]
    if kind == AUTO_MODE:
        entry = EKS.access_entries[EKS.ae_key(cluster_name, body["principalArn"])]
        entry.update(type=kind, kubernetesGroups=[])
        made = entry
    return made


def set_policies(cluster_name: str, principal: str, wanted: list[Record]) -> None:
    """Associate these policies with an entry, and no others."""
    entry = EKS.access_entries.get(EKS.ae_key(cluster_name, principal)) or {}
    kind = entry.get("type")
    try:
        if kind == AUTO_MODE:
            # MiniStack takes policies of people only.
            entry["type"] = "STANDARD"
        for one in wanted:
            unknown = EKS.access_policy_name(one["policyArn"]) is None
            refuse(unknown, "The specified policyArn is invalid.")
            eks(EKS.associate_access_policy, cluster_name, principal, one)
    finally:
        if kind == AUTO_MODE:
            entry["type"] = kind
    for arn in {one["policyArn"] for one in policies(cluster_name, principal)}:
        if arn not in {one["policyArn"] for one in wanted}:
            eks(EKS.disassociate_access_policy, cluster_name, principal, arn)


def policies(cluster_name: str, principal: str) -> list[Record]:
    """Return the policies of an entry."""
    prefix = EKS.ap_key(cluster_name, principal, "")
    return [one for key, one in EKS.access_policies.items() if key.startswith(prefix)]


def ensure_node_entry(cluster_name: str, role_arn: str, kind: str) -> None:
    """Give nodes the entry that EKS makes for managed node groups and Fargate profiles."""
    mode = store.cluster(cluster_name)["accessConfig"]["authenticationMode"]
    key = EKS.ae_key(cluster_name, role_arn)
    if mode == "CONFIG_MAP" or key in EKS.access_entries:
        return
    name = "{{EC2PrivateDNSName}}" if kind == "EC2_LINUX" else "{{SessionName}}"
    entry = EKS.build_access_entry(cluster_name, role_arn, {"type": kind})
    entry.update(username=f"system:node:{name}", kubernetesGroups=["system:nodes"])
    EKS.access_entries[key] = entry


def drop_node_entry(cluster_name: str, role_arn: str) -> None:
    """Remove the entry of nodes whose role no node group or profile uses any more."""
    users = [one["nodeRole"] for one in store.of(EKS.nodegroups, cluster_name)]
    users += [one["podExecutionRoleArn"] for one in store.of(store.FARGATE_PROFILES, cluster_name)]
    key = EKS.ae_key(cluster_name, role_arn)
    entry = EKS.access_entries.get(key)
    if role_arn not in users and entry is not None and entry["type"] != "STANDARD":
        EKS.access_entries.pop(key)
