"""Add-ons and Pod Identity associations, checked as EKS checks them."""

from __future__ import annotations

from constructs_lib.specs.kubernetes_versions import RELEASES
from local_aws.emulator.eks import store
from local_aws.emulator.eks.cluster_checks import minor
from local_aws.emulator.internals import EKS
from local_aws.emulator.replies import HandlerError, Record, eks, invalid, refuse
from local_aws.state import setting

ALLOW_UNKNOWN = "LOCAL_AWS_ALLOW_UNKNOWN_ADD_ON_VERSIONS"
"""Set to 1, it takes a version that the project's table of versions has not."""

NEWEST = "v1.0.0-eksbuild.1"
"""What an add-on gets that the table has not, where no version is asked for."""

NAMESPACES = {"amazon-cloudwatch-observability": "amazon-cloudwatch"}
"""Where add-ons live whose service accounts are not in kube-system."""


def create(cluster_name: str, body: Record) -> Record:
    """Install an add-on with its associations."""
    cluster = store.cluster(cluster_name)
    _check(cluster, body["addonName"], body)
    known = _known(cluster, body["addonName"])
    wanted = body.get("podIdentityAssociations") or []
    made = {"addonVersion": (*known, NEWEST)[0], **body, "podIdentityAssociations": []}
    eks(EKS.create_addon, cluster_name, made)
    record: Record = EKS.addons[f"{cluster_name}/{body['addonName']}"]
    _associate(record, wanted)
    return record


def update(cluster_name: str, name: str, body: Record) -> None:
    """Change version, configuration and associations."""
    _check(store.cluster(cluster_name), name, body)
    wanted = body.pop("podIdentityAssociations", None)
    eks(EKS.update_addon, cluster_name, name, body)
    if wanted is not None:
        _associate(EKS.addons[f"{cluster_name}/{name}"], wanted)


def delete(cluster_name: str, name: str) -> Record:
    """Remove an add-on with its associations."""
    record = EKS.addons.get(f"{cluster_name}/{name}")
    if record is not None:
        _associate(record, [])
    gone: Record = eks(EKS.delete_addon, cluster_name, name)["addon"]
    return gone


def _associate(record: Record, wanted: list[Record]) -> None:
    """Make an add-on's associations those that are wanted, one per service account."""
    cluster_name, owner = record["clusterName"], record["addonArn"]

    def own() -> dict[str, Record]:
        found = store.of(EKS.pod_identity_associations, cluster_name)
        return {one["serviceAccount"]: one for one in found if one["ownerArn"] == owner}

    roles = {one["serviceAccount"]: one["roleArn"] for one in wanted}
    for name, association in own().items():
        if name not in roles:
            key = EKS.pia_key(cluster_name, association["associationId"])
            EKS.pod_identity_associations.pop(key, None)
    for name, role in roles.items():
        if name not in own():
            namespace = NAMESPACES.get(record["addonName"], "kube-system")
            body = {"namespace": namespace, "serviceAccount": name, "roleArn": role}
            made = create_association(cluster_name, body)
            key = EKS.pia_key(cluster_name, made["associationId"])
            EKS.pod_identity_associations[key]["ownerArn"] = owner
        own()[name]["roleArn"] = role
    record["podIdentityAssociations"] = [one["associationArn"] for one in own().values()]


def _known(cluster: Record, name: str) -> list[str]:
    """Return the known versions for a cluster's Kubernetes version and those before, newest first."""
    releases = sorted(RELEASES, key=minor, reverse=True)
    usable = [one for one in releases if minor(one) <= minor(cluster["version"])]
    return [version for one in usable if (version := RELEASES[one].add_ons.get(name))]


def _check(cluster: Record, name: str, body: Record) -> None:
    version, known = body.get("addonVersion"), _known(cluster, name)
    if version and version not in known and setting(ALLOW_UNKNOWN) != "1":
        raise invalid(
            f"Addon version specified is not supported: {name} {version}. Known for Kubernetes "
            f"{cluster['version']}: {', '.join(known) or 'none'}. If EKS has it (aws eks "
            "describe-addon-versions), run with --allow-unknown-add-on-versions"
        )
    for one in body.get("podIdentityAssociations") or ():
        _check_role(one["roleArn"])


def _check_role(role: str) -> None:
    trusted = store.trusts(role, "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")
    refuse(trusted is None, "Role provided in the request does not exist.")
    refuse(
        not trusted,
        "Trust policy of the role provided in the request must allow pods.eks.amazonaws.com to "
        "perform sts:AssumeRole and sts:TagSession.",
    )


def create_association(cluster_name: str, body: Record) -> Record:
    """Give a service account a role."""
    store.cluster(cluster_name)
    _check_role(body.get("roleArn", ""))
    made: Record = eks(EKS.create_pod_identity_association, cluster_name, body)["association"]
    return made


def update_association(cluster_name: str, name: str, body: Record) -> None:
    """Give it another role."""
    _check_role(body["roleArn"])
    eks(EKS.update_pod_identity_association, cluster_name, name, body)


def delete_association(cluster_name: str, name: str) -> Record:
    """Take the role away, unless an add-on owns the association."""
    record = EKS.pod_identity_associations.get(EKS.pia_key(cluster_name, name), {})
    if record.get("ownerArn"):
        words = f"Association {name} is owned by {record['ownerArn']}."
        raise HandlerError(words, service="Eks", code="InvalidRequestException")
    gone: Record = eks(EKS.delete_pod_identity_association, cluster_name, name)["association"]
    return gone
