"""Add-ons and Pod Identity associations, checked as EKS checks them."""

from __future__ import annotations

import json
import re

from local_aws.emulator.eks import store
from local_aws.emulator.internals import EKS, replace
from local_aws.emulator.network import Record
from local_aws.emulator.replies import (
    HandlerError,
    Operation,
    Reply,
    call_json,
    eks_reply,
    invalid,
    refusable,
)

VERSION = re.compile(r"v\d+\.\d+\.\d+-eksbuild\.\d+")
NEWEST = "v1.0.0-eksbuild.1"
"""What an add-on without a version gets; EKS picks one by the cluster's version."""

NAMESPACES = {"amazon-cloudwatch-observability": "amazon-cloudwatch"}
"""Where add-ons live whose service accounts are not in kube-system."""


def install() -> None:
    """Check what MiniStack takes unseen."""
    replace("_create_addon", _creating_add_on, "services.eks")
    replace("_update_addon", _updating_add_on, "services.eks")
    replace("_delete_addon", _deleting_add_on, "services.eks")
    replace("_create_pod_identity_association", _creating_association, "services.eks")
    replace("_update_pod_identity_association", _updating_association, "services.eks")
    replace("_delete_pod_identity_association", _deleting_association, "services.eks")


def _creating_add_on(original: Operation) -> Operation:
    @refusable
    def create_addon(cluster_name: str, body: Record) -> Reply:
        store.cluster(cluster_name)
        _check_add_on(body)
        wanted = body.get("podIdentityAssociations") or []
        for one in wanted:
            _check_role(one["roleArn"])
        made = {"addonVersion": NEWEST, **body, "podIdentityAssociations": []}
        status, headers, answer = original(cluster_name, made)
        record = EKS.addons.get(f"{cluster_name}/{body['addonName']}")
        if record is None or status >= 400:  # noqa: PLR2004
            return status, headers, answer
        _associate(record, wanted)
        return eks_reply({"addon": record})

    return create_addon


def _updating_add_on(original: Operation) -> Operation:
    @refusable
    def update_addon(cluster_name: str, name: str, body: Record) -> Reply:
        _check_add_on(body)
        wanted = body.get("podIdentityAssociations")
        for one in wanted or ():
            _check_role(one["roleArn"])
        rest = {key: value for key, value in body.items() if key != "podIdentityAssociations"}
        reply = original(cluster_name, name, rest)
        record = EKS.addons.get(f"{cluster_name}/{name}")
        if record is not None and wanted is not None:
            _associate(record, wanted)
        return reply

    return update_addon


def _deleting_add_on(original: Operation) -> Operation:
    def delete_addon(cluster_name: str, name: str) -> Reply:
        record = EKS.addons.get(f"{cluster_name}/{name}")
        if record is not None:
            _associate(record, [])
        return original(cluster_name, name)

    return delete_addon


def _associate(record: Record, wanted: list[Record]) -> None:
    """Make an add-on's associations those that are wanted, one per service account."""
    cluster_name = record["clusterName"]
    accounts = {one["serviceAccount"]: one["roleArn"] for one in wanted}
    there = {
        one["serviceAccount"]: one
        for one in store.associations(cluster_name)
        if one["ownerArn"] == record["addonArn"]
    }
    for name, association in there.items():
        if name not in accounts:
            key = EKS.pia_key(cluster_name, association["associationId"])
            EKS.pod_identity_associations.pop(key, None)
    for name, role in accounts.items():
        if name in there:
            there[name]["roleArn"] = role
            continue
        body = {
            "namespace": NAMESPACES.get(record["addonName"], "kube-system"),
            "serviceAccount": name,
            "roleArn": role,
        }
        made = call_json("Eks", EKS.create_pod_identity_association, cluster_name, body)
        key = EKS.pia_key(cluster_name, made["association"]["associationId"])
        EKS.pod_identity_associations[key]["ownerArn"] = record["addonArn"]
    record["podIdentityAssociations"] = [
        one["associationArn"]
        for one in store.associations(cluster_name)
        if one["ownerArn"] == record["addonArn"]
    ]


def _check_add_on(body: Record) -> None:
    version = body.get("addonVersion")
    if version is not None and not VERSION.fullmatch(version):
        raise invalid("Addon version specified is not supported")
    values = body.get("configurationValues")
    if values:
        try:
            parsed = json.loads(values)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            raise invalid("ConfigurationValue is not in valid JSON or YAML format.")


def _check_role(role: str) -> None:
    trusted = store.trusts(role, "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")
    if trusted is None:
        raise invalid("Role provided in the request does not exist.")
    if not trusted:
        raise invalid(
            "Trust policy of the role provided in the request must allow pods.eks.amazonaws.com to "
            "perform sts:AssumeRole and sts:TagSession."
        )


def _creating_association(original: Operation) -> Operation:
    @refusable
    def create_pod_identity_association(cluster_name: str, body: Record) -> Reply:
        store.cluster(cluster_name)
        _check_role(body.get("roleArn", ""))
        return original(cluster_name, body)

    return create_pod_identity_association


def _updating_association(original: Operation) -> Operation:
    @refusable
    def update_pod_identity_association(cluster_name: str, name: str, body: Record) -> Reply:
        if body.get("roleArn"):
            _check_role(body["roleArn"])
        return original(cluster_name, name, body)

    return update_pod_identity_association


def _deleting_association(original: Operation) -> Operation:
    @refusable
    def delete_pod_identity_association(cluster_name: str, name: str) -> Reply:
        record = EKS.pod_identity_associations.get(EKS.pia_key(cluster_name, name), {})
        if record.get("ownerArn"):
            raise HandlerError(
                f"Association {name} is owned by {record['ownerArn']}.",
                service="Eks",
                code="InvalidRequestException",
            )
        return original(cluster_name, name)

    return delete_pod_identity_association
