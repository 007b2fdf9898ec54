"""Managed node groups: what EKS makes, changes and refuses."""

from __future__ import annotations

from local_aws.emulator import network
from local_aws.emulator.eks import access, store
from local_aws.emulator.eks.cluster_checks import check_subnets, minor
from local_aws.emulator.internals import EC2, EKS, region
from local_aws.emulator.replies import Record, eks, in_use, invalid, refuse

DEFAULT_AMI_TYPE = "AL2023_x86_64_STANDARD"
DEFAULT_UPDATE = {"maxUnavailable": 1}


def create(cluster_name: str, body: Record) -> Record:
    """Check, then make the group with the network interfaces of its instances."""
    cluster = store.cluster(cluster_name)
    name = body.get("nodegroupName", "")
    key = f"{cluster_name}/{name}"
    if key in EKS.nodegroups:
        raise in_use(f"NodeGroup already exists with name {name} and cluster name {cluster_name}")
    body = {
        "amiType": DEFAULT_AMI_TYPE,
        "instanceTypes": ["t3.medium"],
        "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 2},
        "version": cluster["version"],
        **body,
    }
    _check(cluster, body)
    eks(EKS.create_nodegroup, cluster_name, body)
    record = store.node_group(cluster_name, name)
    record.update(
        releaseVersion=body.get("releaseVersion") or release(record),
        updateConfig=body.get("updateConfig", DEFAULT_UPDATE),
        nodeRepairConfig=body.get("nodeRepairConfig", {"enabled": False}),
    )
    record["resources"].pop("remoteAccessSecurityGroup", None)
    if "launchTemplate" in body:
        # Its disks are the launch template's business.
        record.pop("diskSize", None)
        _use(body["launchTemplate"], record)
    try:
        _scale(record)
    except Exception:
        network.detach(_owner(record))
        EKS.nodegroups.pop(key)
        raise
    system = "WINDOWS" if body["amiType"].startswith("WINDOWS") else "LINUX"
    access.ensure_node_entry(cluster_name, record["nodeRole"], f"EC2_{system}")
    return record


def _use(given: Record, record: Record) -> None:
    """Give a group a launch template; its image is the release (EKS API reference, "Nodegroup")."""
    record["launchTemplate"], image = _launch_template(given)
    if image:
        record.update(amiType="CUSTOM", releaseVersion=image)


def release(record: Record) -> str:
    """Return the release that EKS takes where none is named, for the AMI type and version."""
    if record["amiType"].startswith("BOTTLEROCKET"):
        return "1.52.0-2e0a1b8c"
    return f"{record['version']}.3-20261112"


def _launch_template(given: Record) -> tuple[Record, str]:
    """Return a launch template as DescribeNodegroup reports it, and its image, or refuse it."""
    for record in EC2.launch_templates.values():
        name = record["LaunchTemplateName"]
        if record["LaunchTemplateId"] == given.get("id") or name == given.get("name"):
            version = str(given.get("version", record["DefaultVersionNumber"]))
            known = {str(x["VersionNumber"]): x["LaunchTemplateData"] for x in record["Versions"]}
            refuse(version not in known, f"Launch template version {version} does not exist.")
            report = {"id": record["LaunchTemplateId"], "name": name, "version": version}
            return report, known[version].get("ImageId", "")
    raise invalid(f"Launch template {given.get('id') or given.get('name')} does not exist.")


def _check(cluster: Record, body: Record) -> None:
    role = body.get("nodeRole", "")
    trusted = store.trusts(role, "ec2.amazonaws.com")
    refuse(trusted is None, f"The role with name {role.rsplit('/', 1)[-1]} cannot be found.")
    refuse(
        not trusted,
        "Following required service principals [ec2.amazonaws.com] were not found in the trust "
        f"relationships of nodeRole {role}",
    )
    check_subnets(cluster, body.get("subnets", ()))
    _check_version(cluster, body["version"])
    if "launchTemplate" in body:
        _launch_template(body["launchTemplate"])
        refuse("diskSize" in body, "Disk size must be specified within the launch template.")


def _check_version(cluster: Record, version: str) -> None:
    """Raise EKS's refusal of nodes that are newer than their control plane."""
    newest = cluster["version"]
    words = f"Nodegroup Kubernetes version {version} can't be newer than the cluster's {newest}"
    refuse(minor(version) > minor(newest), words)


def _owner(record: Record) -> str:
    return f"eks/{region()}/{record['clusterName']}/{record['nodegroupName']}"


def _scale(record: Record) -> None:
    """Give a group as many instances as it desires, each with its network interface."""
    owner = _owner(record)
    there = list(network.interfaces(Owner=owner))
    desired = int(record["scalingConfig"]["desiredSize"])
    for surplus in there[desired:]:
        network.remove(surplus)
    group = store.cluster(record["clusterName"])["resourcesVpcConfig"]["clusterSecurityGroupId"]
    for index in range(len(there), desired):
        subnet = record["subnets"][index % len(record["subnets"])]
        interface = network.attach(subnet, owner=owner, description="", groups=[group])
        EC2.tags[interface["NetworkInterfaceId"]] = [
            {"Key": "eks:cluster-name", "Value": record["clusterName"]},
            {"Key": "eks:nodegroup-name", "Value": record["nodegroupName"]},
        ]


def delete(cluster_name: str, name: str) -> Record:
    """Remove a group with its instances."""
    record = store.node_group(cluster_name, name)
    gone: Record = eks(EKS.delete_nodegroup, cluster_name, name)["nodegroup"]
    network.detach(_owner(record))
    access.drop_node_entry(cluster_name, record["nodeRole"])
    return gone


def change(record: Record, body: Record) -> Record:
    """Give a group other sizes, labels, taints and ways to update and repair."""
    record["scalingConfig"] = {**record["scalingConfig"], **body.get("scalingConfig", {})}
    _scale(record)
    names = ("labels", "taints", "updateConfig", "nodeRepairConfig")
    record.update({key: body[key] for key in names if key in body}, modifiedAt=EKS.now())
    return store.updated("ConfigUpdate")


def update_config(cluster_name: str, name: str, body: Record) -> Record:
    """Apply what UpdateNodegroupConfig carries; it names labels and taints one by one."""
    record = store.node_group(cluster_name, name)
    labels, taints = body.get("labels", {}), body.get("taints", {})
    left = {k: v for k, v in record["labels"].items() if k not in labels.get("removeLabels", [])}
    stay = [one for one in record["taints"] if one not in taints.get("removeTaints", [])]
    whole = {
        "labels": {**left, **labels.get("addOrUpdateLabels", {})},
        "taints": [*stay, *taints.get("addOrUpdateTaints", [])],
    }
    return change(record, {**body, **whole})


def update_version(cluster_name: str, name: str, body: Record) -> Record:
    """Apply what UpdateNodegroupVersion carries: a version, a release, a launch template."""
    record = store.node_group(cluster_name, name)
    version = str(body.get("version", record["version"]))
    _check_version(store.cluster(cluster_name), version)
    newer = version != record["version"]
    record["version"] = version
    if newer or "releaseVersion" in body:
        record["releaseVersion"] = body.get("releaseVersion") or release(record)
    if "launchTemplate" in body:
        _use(body["launchTemplate"], record)
    record["modifiedAt"] = EKS.now()
    return store.updated("VersionUpdate")
