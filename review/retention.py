"""What a shorter retention deletes: whose logs, when, and what can still be restored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assembly.environment import Environment
from assembly.index import grouped as gathered
from assembly.kinds import ADOPTED_LOG_GROUP, CLUSTER, FUNCTION, KEY, PROFILE, SUBNET, VPC
from assembly.resource import Resource
from guardrails.step.change import COPIES, STATEFUL_TYPES, is_copy
from guardrails.step.durations import KEEPS, hides, keeps, shorter
from kube.values import dicts, flag, look_up, text
from review.labels import grouped, is_or_are, label, listed, words
from review.model import DATA, DETAILS, Sentence, say
from review.sides import Change, Sides

CONTROL_PLANE = re.compile(r"/aws/eks/.+/cluster")
OF_FUNCTION = "log group of "
BUCKET = "AWS::S3::Bucket"
AUTO_DELETE = "Custom::S3AutoDeleteObjects"
"""What empties a bucket when it goes with its stack (CDK, `auto_delete_objects`)."""
HOLDS_BACK = {BUCKET, "AWS::Backup::BackupVault", "AWS::ECR::Repository"}
"""Types that AWS deletes only while they are empty (CloudFormation, "DeletionPolicy attribute"; AWS::ECR::Repository, EmptyOnDelete; AWS Backup API, DeleteBackupVault)."""
GUARDS = ("DeletionProtection", "DeletionProtectionEnabled")
"""Properties against deletion (EKS user guide, "Protect EKS clusters from accidental deletion"; guides of RDS, DynamoDB and Cognito)."""
FREE = {VPC, SUBNET, PROFILE, "AWS::SQS::Queue"}
"""What costs nothing where it only stays."""
FULL = {KEY, CLUSTER, "AWS::SecretsManager::Secret"}
"""Types of which a new one isn't empty."""
FILLED = {
    *COPIES,
    *("BackupId", "DBSnapshotIdentifier", "GlobalClusterIdentifier"),
    *("GlobalReplicationGroupId", "ImportSourceSpecification", "ReplicationSourceIdentifier"),
    *("SnapshotArns", "SnapshotId", "SnapshotIdentifier", "SnapshotName"),
    *("SourceDBInstanceAutomatedBackupsArn", "SourceDbiResourceId"),
}
"""Properties that say whose data a new one begins with (CloudFormation, their types)."""
DEFAULT_WAIT = "30"
"""Days until AWS KMS deletes a key, where its template doesn't say it."""
ONE = re.compile(r"`[^`]+` `[^`]*` → `[^`]*`")
"""One value that differs."""
LOGS = {"AWS::Logs::LogGroup", ADOPTED_LOG_GROUP}
EXPIRE = {**dict.fromkeys(LOGS, "logs expire"), BUCKET: "objects expire"}
"""When it is deleted. Sources: CloudWatch Logs API, PutRetentionPolicy; https://repost.aws/knowledge-center/s3-lifecycle-rule-delay."""


def details(changes: Sequence[Change]) -> Iterator[str]:
    """Yield which resources keep less, those that matter most first, and when it is deleted."""
    resources = [each.resource for each in changes]
    names = sorted(dict.fromkeys(map(named, resources)), key=lambda x: x.startswith(OF_FUNCTION))
    named_here = len(resources) > 1 or names != [label(resources[0])]
    first = [f"{listed(names)}."] if named_here else []
    expire = {EXPIRE.get(each.kind, "") for each in resources}
    first += [DETAILS[expire.pop()]] if len(expire) == 1 and "" not in expire else []
    for each in resources:
        days = {
            text(rule, "NoncurrentVersionExpiration", "NoncurrentDays")
            for rule in dicts(each.properties, "LifecycleConfiguration", "Rules")
            if text(rule, "Status") == "Enabled"
        } - {""}
        versioned = text(each.properties, "VersioningConfiguration", "Status") == "Enabled"
        if text(each.properties, "VersioningConfiguration", "Status") == "Suspended":
            first.append(DETAILS["versions stay"])
        if versioned and len(days) == 1:
            first.append(DETAILS["versions expire"].format(days=days.pop()))
    if first:
        yield " ".join(dict.fromkeys(first))
    for change in changes:
        yield from _within(change)


def hidden(change: Change) -> str:
    """Return for how long a bucket shows objects that it keeps as earlier versions, where that gets shorter."""
    both = [x.properties for x in (change.before, change.after) if x and x.kind == BUCKET]
    match both:
        case [was, now] if hides(now):
            plain = ({**each, "VersioningConfiguration": None} for each in (was, now))
            return " and ".join(f"shows {each}" for each in shorter(BUCKET, *plain))
    return ""


def clock(table: Resource) -> str:
    """Return in which attribute of a table's items it stands when they are deleted."""
    return f"the time is in `{text(table.properties, 'TimeToLiveSpecification', 'AttributeName')}`"


def named(resource: Resource) -> str:
    """Return a resource in words, a log group by whose log it is."""
    if resource.kind not in LOGS:
        return label(resource)
    side = resource.scope.environment
    for function in side.resources(FUNCTION):
        target = side.target(look_up(function.properties, "LoggingConfig", "LogGroup"))
        if target is not None and target.node == resource.node:
            return f"{OF_FUNCTION}{label(function)}"
    for target in side.targets(resource.properties.get("LogGroupName")):
        if target.kind == FUNCTION:
            return f"{OF_FUNCTION}{label(target)}"
    name = text(resource.properties, "LogGroupName")
    return f"{label(resource)}{' (control plane)' if CONTROL_PLANE.fullmatch(name) else ''}"


def cancelled(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield until when keys that are deleted can be kept, and what is not deleted, or only while it is empty.

    Source: KMS developer guide, "Delete an AWS KMS key"; CloudFormation, PendingWindowInDays.
    """
    keys = [each for each in resources if each.kind == KEY]
    waits = gathered((text(x.properties, "PendingWindowInDays") or DEFAULT_WAIT, x) for x in keys)
    for days, some in waits.items():
        names = f" for {grouped(some)}" if len(waits) > 1 else ""
        yield DETAILS["key waits"].format(days=words(days), names=names)
    for said, holds in (("guarded", guarded), ("only empty", only_empty)):
        yield from (DETAILS[said].format(names=label(each)) for each in filter(holds, resources))


def stays(change: Change) -> str:
    """Return what a policy leaves in the account."""
    policy = "UpdateReplacePolicy" if change.after else "DeletionPolicy"
    kept = text(change.before.attribute(policy)) if change.before else ""
    what = "A snapshot" if kept == "Snapshot" else "The old one" if change.after else "It"
    paid = "" if change.resource.kind in FREE else DETAILS["is paid for"]
    still = kept != "Snapshot" and change.before and kept_for(change.before)
    return DETAILS["stays"].format(what=what, paid=paid) + f" There, {still}." * bool(still)


def kept_for(resource: Resource) -> str:
    """Return for how long logs and objects are kept."""
    return keeps(resource.kind, resource.properties) if resource.kind in EXPIRE else ""


def loss(resources: Sequence[Resource]) -> str:
    """Return what goes with resources of a type; with clusters that AWS doesn't delete, only what runs there."""
    stops = resources[0].kind == CLUSTER and all(map(guarded, resources))
    lost = "" if is_copy(resources[0]) else STATEFUL_TYPES.get(resources[0].kind, "")
    return DETAILS["cluster stays"] if stops else lost


def copies(sides: Sides) -> Iterator[Sentence]:
    """Yield what goes with instances that serve the data of a cluster, or are replicas, and have none of their own."""
    gone = (x.resource for x in sides.changes if x.kind == "removed" and is_copy(x.resource))
    for of, some in gathered((_served(sides.before, x), x) for x in gone).items():
        if of is None or of.node in sides.after.by_node:
            left = any(_served(sides.after, x) == of for x in sides.after.resources(some[0].kind))
            of_cluster = "DBClusterIdentifier" in some[0].properties
            how = "replica gone" if not of_cluster else "member gone" if left else "members gone"
            of_what = label(of) if of else DETAILS["served"]
            yield say(how, names=grouped(some), are=is_or_are(some), of=of_what)


def _served(side: Environment, instance: Resource) -> Resource | None:
    """Return what has the data of an instance, if it is in the stacks."""
    fields = (instance.properties.get(x) for x in sorted(COPIES))
    return next((x for each in fields for x in side.targets(each)), None)


def guarded(resource: Resource) -> bool:
    """Tell whether AWS deletes a resource only after somebody has turned its protection off."""
    parts = (resource.properties, *dicts(resource.properties, "Replicas"))
    return any(text(x, y) == "ACTIVE" or flag(x, y, default=False) for x in parts for y in GUARDS)


def held(resource: Resource) -> bool:
    """Tell whether what holds data stays where it goes or is replaced: AWS deletes it only if it may."""
    return only_empty(resource) or (resource.kind in {*DATA} - {CLUSTER} and guarded(resource))


def starts_empty(change: Change) -> Iterator[str]:
    """Yield what a replacement has, and who pays for what is left, unless it is filled from elsewhere."""
    old, new = change.before, change.after
    if old is None or new is None or new.kind not in DATA or new.kind in FULL:
        return
    whole = not text(old.attribute("UpdateReplacePolicy")).startswith("Snapshot")
    if (change.stays or held(old)) and not FILLED & {*new.properties}:
        left = (change.stays and whole) or (held(old) and not only_empty(old))
        yield DETAILS["starts empty"].format(old=DETAILS["old one costs"] if left else "")


def only_empty(resource: Resource) -> bool:
    """Tell whether CloudFormation deletes a resource only if it is empty, and nothing empties it before."""
    side = resource.scope.environment
    emptied = (side.target(x.properties.get("BucketName")) for x in side.resources(AUTO_DELETE))
    forced = flag(resource.properties, "EmptyOnDelete", default=False) is not False
    return resource.kind in HOLDS_BACK and resource not in emptied and not forced


def _within(change: Change) -> Iterator[str]:
    """Yield what differs in rules of a resource; a single number is in the sentence."""
    rules = [each.partition("/")[0] for each in KEEPS.get(change.resource.kind, {}) if "/" in each]
    differ = [change.told(x) for x in change.properties if x.partition(".")[0] in rules]
    if len(differ) > 1 or not all(map(ONE.fullmatch, differ)):
        yield from (f"{each}." for each in differ)
