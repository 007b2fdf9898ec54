"""Access entries, and the RBAC objects that give them their rights in the API server."""

from __future__ import annotations

import logging
import re
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import httpx

from local_aws.emulator.eks import store
from local_aws.emulator.internals import EKS, Function, account, region, replace
from local_aws.emulator.network import Record
from local_aws.emulator.replies import Operation, Reply, invalid, refusable
from local_aws.kubernetes_hosts import ApiServer

SECONDS = 20
RBAC = "/apis/rbac.authorization.k8s.io/v1"
KINDS = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "RoleBinding": "rolebindings",
}

SERVERS: dict[str, httpx.Client] = {}
"""A client of each cluster's API server, as its administrator."""

WRITING = threading.Lock()
"""Held while RBAC objects are written, so that the loop and an operation don't both create one."""


def connect(cluster_name: str, server: ApiServer) -> None:
    """Remember a cluster's API server and write the rights that its entries have already."""
    secure = server.endpoint.startswith("https")
    context = (
        ssl.create_default_context(cadata=server.certificate_authority.decode())
        if secure
        else False
    )
    SERVERS[cluster_name] = httpx.Client(
        base_url=server.endpoint,
        headers={"Authorization": f"Bearer {server.admin_token}"},
        verify=context,
        timeout=SECONDS,
        # A proxy of the environment is not for loopback.
        trust_env=False,
    )
    reconcile_access(cluster_name)


def disconnect(cluster_name: str) -> None:
    """Forget the API server of a cluster."""
    client = SERVERS.pop(cluster_name, None)
    if client is not None:
        client.close()


def install() -> None:
    """Refuse what EKS refuses of an entry."""
    # One line for each request would bury what the service has to say.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    replace("_create_access_entry", _creating, "services.eks")
    replace("_update_access_entry", _updating, "services.eks")
    replace("_associate_access_policy", _associating, "services.eks")


def install_reconciliation() -> None:
    """Write RBAC objects by HTTP; MiniStack runs kubectl in its k3s container."""
    replace("_reconcile_access_policy_rbac", _reconciling, "services.eks")
    # An entry that is complete must work at once: whoever waits for it does not try again.
    replace("_schedule_access_policy_reconcile", _at_once, "services.eks")


def reconcile_access(cluster_name: str, owner: str = "", place: str = "") -> None:
    """Make a cluster's RBAC objects those of its access entries; raise if the server refuses.

    `owner` and `place` are the account and the region, if they are not those of the request.
    """
    client = SERVERS.get(cluster_name)
    if client is None:
        return
    scope = (owner or account(), place or region())
    with WRITING:
        namespaces = [item["metadata"]["name"] for item in _items(client, "/api/v1/namespaces")]
        wanted = {
            _path(one): one
            for one in EKS.access_policy_rbac_objects(cluster_name, *scope, namespaces)
        }
        for path, item in wanted.items():
            _put(client, path, item)
        for kind in ("ClusterRoleBinding", "RoleBinding"):
            selector = f"?labelSelector={EKS.ACCESS_POLICY_BINDING_LABEL}%3Dtrue"
            for item in _items(client, f"{RBAC}/{KINDS[kind]}{selector}"):
                path = _path({"kind": kind, **item})
                if path not in wanted:
                    client.delete(path).raise_for_status()


def _items(client: httpx.Client, path: str) -> list[Record]:
    response = client.get(path)
    response.raise_for_status()
    items: list[Record] = response.json()["items"]
    return items


def _put(client: httpx.Client, path: str, item: Record) -> None:
    current = client.get(path)
    if current.status_code == httpx.codes.NOT_FOUND:
        client.post(path.rsplit("/", 1)[0], json=item).raise_for_status()
        return
    current.raise_for_status()
    there: dict[str, Any] = current.json()
    if any(there.get(key) != item.get(key) for key in ("rules", "subjects", "roleRef")):
        client.put(path, json=item).raise_for_status()


def _path(item: Record) -> str:
    namespace = item["metadata"].get("namespace")
    within = f"/namespaces/{namespace}" if namespace else ""
    return f"{RBAC}{within}/{KINDS[item['kind']]}/{item['metadata']['name']}"


def _reconciling(_: Function) -> Function:
    def reconcile_access_policy_rbac(cluster_name: str, owner: str, place: str) -> bool:
        """Serve MiniStack's loop, which looks for namespaces that appear later."""
        try:
            reconcile_access(cluster_name, owner, place)
        except httpx.HTTPError:
            # The loop tries again; a cluster that is going away ends it.
            return cluster_name not in SERVERS
        return True

    return reconcile_access_policy_rbac


def _at_once(original: Function) -> Function:
    def schedule_access_policy_reconcile(cluster_name: str, *scope: str) -> None:
        if cluster_name not in SERVERS:
            return
        reconcile_access(cluster_name, *scope)
        if EKS.has_namespace_access_policy(cluster_name, *(scope or (account(), region()))):
            original(cluster_name, *scope)

    return schedule_access_policy_reconcile


def _creating(original: Operation) -> Operation:
    @refusable
    def create_access_entry(cluster_name: str, body: Record) -> Reply:
        mode = store.cluster(cluster_name).get("accessConfig", {}).get("authenticationMode")
        if mode == "CONFIG_MAP":
            raise invalid(
                "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] "
                "to perform this operation."
            )
        _check_principal(body.get("principalArn", ""))
        _check_names(body)
        if body.get("type", "STANDARD") != "STANDARD" and body.get("kubernetesGroups"):
            raise invalid("kubernetesGroups can only be set for access entries of type STANDARD.")
        return original(cluster_name, body)

    return create_access_entry


def _updating(original: Operation) -> Operation:
    @refusable
    def update_access_entry(cluster_name: str, principal: str, body: Record) -> Reply:
        _check_names(body)
        return original(cluster_name, principal, body)

    return update_access_entry


def _associating(original: Operation) -> Operation:
    @refusable
    def associate_access_policy(cluster_name: str, principal: str, body: Record) -> Reply:
        if EKS.access_policy_name(body.get("policyArn", "")) is None:
            raise invalid("The specified policyArn is invalid.")
        return original(cluster_name, principal, body)

    return associate_access_policy


def _check_principal(arn: str) -> None:
    if not re.fullmatch(r"arn:aws[\w-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+", arn):
        raise invalid("The specified principalArn is invalid: invalid principal.")


def _check_names(body: Record) -> None:
    for problem in _name_problems(body):
        raise invalid(problem)


def _name_problems(body: Record) -> Iterator[str]:
    for group in body.get("kubernetesGroups", []):
        if group.startswith("system:"):
            yield (f"The kubernetes group name {group} is invalid, it cannot start with system:")
    username = body.get("username", "")
    for prefix in ("system:", "eks:", "aws:", "amazon:", "iam:"):
        if username.startswith(prefix):
            yield f"The username {username} is invalid, it cannot start with {prefix}"


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
    users = [one["nodeRole"] for one in store.node_groups(cluster_name)]
    users += [one["podExecutionRoleArn"] for one in store.fargate_profiles(cluster_name)]
    key = EKS.ae_key(cluster_name, role_arn)
    entry = EKS.access_entries.get(key)
    if role_arn not in users and entry is not None and entry["type"] != "STANDARD":
        EKS.access_entries.pop(key)
