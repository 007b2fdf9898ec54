"""Where an environment goes: region, bootstrap, zones, instance types."""

from __future__ import annotations

from collections.abc import Iterator

from constructs_lib.specs.regions import WITHOUT_CONTROL_PLANE
from preflight.account import Account, DeniedError
from preflight.row import Row, judged
from preflight.target import Target

HOME = {"cn-": "cn-north-1", "us-gov-": "us-gov-west-1", "eusc-": "eusc-de-east-1"}
"""The region that always answers, by the prefix of a partition's regions; us-east-1 for others."""


def region(account: Account, target: Target) -> Iterator[Row]:
    """Check that the region is enabled; one that isn't rejects the credentials."""
    name = target.region
    home = next((home for start, home in HOME.items() if name.startswith(start)), "us-east-1")
    asked = {"RegionNames": [name], "AllRegions": True}
    found = account.ask("ec2", "describe_regions", asked, region=home)["Regions"]
    status = found[0].get("OptInStatus", "opted-in") if found else "unknown"
    off = status not in {"opt-in-not-required", "opted-in"}
    run = f"aws account enable-region --region-name {name}"
    yield judged(f"region {name}", status, fails=off, run=run)


def bootstrap(account: Account, target: Target) -> Iterator[Row]:
    """Check the version of the bootstrap stack, then its roles."""
    run = f"cdk bootstrap aws://{target.account}/{target.region}"
    for name, required in target.deployment.bootstrap.items():
        answer = account.ask("ssm", "get_parameter", {"Name": name})
        value = answer["Parameter"]["Value"] if answer else "0"
        old = not value.isdigit() or int(value) < required
        found = f"version {value}, required {required}" if answer else f"{name} doesn't exist"
        yield judged("bootstrap", found, fails=old, run=run)
        if not answer:
            return
    assumed = target.deployment.assumed_roles
    lacking = [arn for arn in assumed if not _may_assume(account, arn)]
    found = f"you can't assume {', '.join(lacking)}, or it doesn't exist"
    yield judged(
        "roles of a deploy",
        found if lacking else f"all {len(assumed)} can be assumed",
        fails=lacking,
        run=f"allow sts:AssumeRole on {', '.join(lacking)}; `{run}` creates them",
    )
    for name in (arn.rpartition("/")[2] for arn in target.deployment.execution_roles):
        there = account.ask("iam", "get_role", {"RoleName": name})
        found = f"{name} exists" if there else f"{name} doesn't exist"
        yield judged("role of CloudFormation", found, fails=not there, run=run)


def _may_assume(account: Account, arn: str) -> bool:
    """Assume the role and drop its credentials: AWS has no other way to check this."""
    asked = {"RoleArn": arn, "RoleSessionName": "preflight", "DurationSeconds": 900}
    try:
        account.ask("sts", "assume_role", asked)
    except DeniedError:
        return False
    return True


def zones(account: Account, target: Target) -> Iterator[Row]:
    """Check that the zones exist, and that EKS supports control planes in those of its subnets."""
    subnets = target.inputs.subnets if target.inputs else ()
    control = {subnet.zone for subnet in subnets if "control_plane" in subnet.tiers}
    answer = account.ask("ec2", "describe_availability_zones")["AvailabilityZones"]
    found = {zone["ZoneName"]: zone for zone in answer}
    run = f"use other zones in the environment's network; you have {', '.join(sorted(found))}"
    for name in sorted({subnet.zone for subnet in subnets}):
        zone = found.get(name, {"ZoneId": "", "State": "doesn't exist in this account"})
        state, identity = zone["State"], zone["ZoneId"]
        if identity == WITHOUT_CONTROL_PLANE.get(target.region) and name in control:
            state = "doesn't support EKS control planes"
        told = f"{identity} {state}".strip()
        yield judged(f"zone {name}", told, fails=state != "available", run=run)


def images(account: Account, target: Target) -> Iterator[Row]:
    """Check that an image of one's own is there, can start, and fits the instance types of its group."""
    for group, name, architectures in target.own_images:
        asked = {"Filters": [{"Name": "image-id", "Values": [name]}], "IncludeDeprecated": True}
        listed = account.ask("ec2", "describe_images", asked)["Images"]
        image = listed[0] if listed else {}
        state, architecture = image.get("State", ""), image.get("Architecture", "")
        unlike = sorted(architectures - {architecture}) if image else []
        found = (
            f"{name} is {state}, for {architecture}"
            if image
            else f"{name} isn't in {target.region}"
        )
        yield judged(
            f"image of {group}",
            found + (f", and its instance types are {', '.join(unlike)}" if unlike else ""),
            fails=state != "available" or unlike,
            run=f"copy it to {target.region} or share it with {target.account}: docs/options/"
            "managed-node-groups.md#an-image-of-your-own"
            if not image
            else f"use an image for {', '.join(unlike)}, or other instance types"
            if unlike
            else f"wait for it, or use another: aws ec2 describe-images --image-ids {name}",
        )


def instance_types(account: Account, target: Target) -> Iterator[Row]:
    """Check which zones offer the instance types of each node group."""
    for group in target.inputs.groups if target.inputs else ():
        names = sorted(kind.name for kind in group.kinds)
        filters = [{"Name": "instance-type", "Values": names}]
        asked = {"LocationType": "availability-zone", "Filters": filters}
        answer = account.ask("ec2", "describe_instance_type_offerings", asked)
        offers = {
            (each["Location"], each["InstanceType"]) for each in answer["InstanceTypeOfferings"]
        }
        lacking = [
            (zone, name) for zone in group.zones for name in names if (zone, name) not in offers
        ]
        # Auto Scaling uses the other types of a zone; a zone without any gets no nodes.
        empty = set(group.zones) - {zone for zone, _ in offers}
        listing = ", ".join(f"{name} not in {zone}" for zone, name in lacking)
        yield judged(
            f"instance types of {group.name}",
            listing or f"{', '.join(names)} in all of its {len(group.zones)} zones",
            fails=empty,
            warns=lacking,
            run=f"use types that every zone of {group.name} offers, or other zones",
        )
