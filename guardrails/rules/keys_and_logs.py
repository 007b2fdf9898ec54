"""Keys, log groups and buckets of logs: whom their policies let in, and whether services can use them.

key_users.yaml has what each user of a key needs, with its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from assembly.arns import HOLE, NAMED, arn, home, place_of, rendered
from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import BUCKET_POLICY, CLUSTER, FUNCTION, KEY, LOG_GROUPS, VPC
from assembly.links import by_target
from assembly.narrowed import narrowed
from assembly.policies import ROOT, Call, allows, another_account, principals, statements
from assembly.references import Reference
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from guardrails.rules.presence import reached
from guardrails.rules.resource_facts import BUCKET, FLOW_LOG, flow_log_buckets, is_production
from kube.values import Json, Unknown, items, known, look_up, several, table, text, unsure

USERS: Sequence[Json] = table(__file__, "key_users.yaml")
NAME = re.compile(
    r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):[0-9]{12}:(key|alias)/.+|alias/.+|(mrk-)?[0-9a-f-]{32,36}"
)
LOGS = re.compile(rf"(delivery\.)?logs\.(.+\.)?(amazonaws\.com|{HOLE})")
OPEN = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
WRONG = (
    ("KeySpec", "SYMMETRIC_DEFAULT", "It is no symmetric key."),
    ("KeyUsage", "ENCRYPT_DECRYPT", "It isn't for encryption."),
    ("Enabled", "true", "It is disabled."),
)
WRITERS = (
    (r"/aws/eks/(?P<name>.+)/cluster", CLUSTER, "Name", "cluster"),
    (r"/aws/lambda/(?P<name>.+)", FUNCTION, "FunctionName", "function"),
)
"""The names of log groups that services choose (EKS and Lambda user guides)."""
USES = ("Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "DescribeKey")
DELIVERY = "delivery.logs.amazonaws.com"
NEEDS = (("s3:PutObject", "/AWSLogs/{account}/x"), ("s3:GetBucketAcl", ""))
"""VPC user guide, "Amazon S3 bucket permissions for flow logs"."""


def _policies(environment: Environment, holder: Resource) -> Sequence[object]:
    """Return the policies of a key or a bucket that the templates write."""
    if holder.kind == BUCKET:
        written = by_target(environment, BUCKET_POLICY, "Bucket").get(holder.node, ())
        return [each.properties.get("PolicyDocument") for each in written]
    return [*filter(None, [holder.properties.get("KeyPolicy")])]


def _strangers(kind: str, field: str, environment: Environment) -> Iterator[Finding]:
    """Yield whom the policies of keys or buckets let in beside their account."""
    logs = flow_log_buckets(environment)
    for holder in environment.resources(kind):
        every = (each for one in _policies(environment, holder) for each in statements(one))
        for value, detail in (x for each in every for x in _too_wide(environment, holder, each)):
            # Other buckets may be there to be shared.
            if kind == KEY or holder in logs or not another_account(environment, holder, value):
                yield breach(holder, field, value, detail)


def _too_wide(
    environment: Environment, holder: Resource, statement: Json
) -> Iterator[tuple[str, str]]:
    narrow = narrowed(statement)
    actions = {str(each).lower() for each in several(statement, "Action")}
    reads = bool(actions) and actions <= {"kms:decrypt", "kms:describekey"}
    if "NotPrincipal" in statement and not narrow:
        yield "NotPrincipal", "It lets everybody in but those whom it names."
    for kind, who in principals(statement):
        written, value = rendered(environment, who), text(who)
        account = another_account(environment, holder, who)
        # A role may be named to read what is encrypted, such as that of a log archive.
        if account and not (reads and ":role/" in written):
            yield value, f"The policy lets {account} in, not the account of this stack."
        elif written == "*" and not narrow:
            yield "*", "The policy lets everybody in: no condition restricts who that is."
        elif kind == "Service" and LOGS.fullmatch(written) and not statement.get("Condition"):
            yield value, "Without a condition, the service acts for logs of any account."


rule("EXPOSE9")(partial(_strangers, KEY, "KeyPolicy"))
rule("EXPOSE15")(partial(_strangers, BUCKET, ""))


def _denied(
    environment: Environment,
    holder: Resource,
    caller: Call,
    actions: Iterable[str],
    below: str = "",
) -> list[str]:
    """Return what the policies of a key or a bucket are known not to let somebody do with it."""
    where = rendered(environment, Reference("", node=holder.node, attribute="Arn"))
    if holder.kind == KEY:
        name = rendered(environment, Reference("", node=holder.node))
        where = arn(holder, NAMED[KEY][1], **home(holder), name=name)
    calls = [replace(caller, action=each, resource=f"{where}{below}") for each in actions]
    policies = [[each] for each in _policies(environment, holder)]
    refused = [x for x in calls if any(allows(environment, y, x) is False for y in policies)]
    return [each.action for each in refused]


@rule("EXPOSE10")
def _keys_of_nobody(environment: Environment) -> Iterator[Finding]:
    for key in environment.resources(KEY):
        place, policies = home(key), _policies(environment, key)
        told = {"aws:principalaccount": place["account"]}
        root = Call(action="", principal=arn(key, ROOT, **place), context=told)
        wrong = _denied(environment, key, root, ["kms:PutKeyPolicy"])
        # What a policy denies, a grant doesn't give.
        used = [replace(root, action=f"kms:{each}") for each in USES]
        denied = (x for x in used if allows(environment, [*policies, OPEN], x) is False)
        for action in wrong or [each.action for each in denied]:
            yield breach(key, "KeyPolicy", action, f"The key's policy lets nobody call {action}.")


@rule("EXPOSE11")
def _keys_for_others(environment: Environment) -> Iterator[Finding]:
    for row in USERS:
        kind, path = row.get("type"), row["at"].replace(".*", "").replace(".", "/")
        for user in environment.resources(kind) if kind else flow_log_buckets(environment):
            for _, named in reached(user.properties, row["at"]):
                if named and (wrong := unusable(environment, row, user, named)):
                    yield breach(user, path, "key", wrong)


def unusable(environment: Environment, row: Json, user: Resource, named: object) -> str:
    """Return why something can't use a key, empty if it can or nobody knows."""
    key, region = environment.target(named), place_of(user)["region"]
    if key is None or key.kind != KEY:
        match = NAME.fullmatch(text(named))
        there = (match["region"] if match else "") or region
        wrong = "" if match else f"{text(named)!r} names no key."
        if there != region != HOLE:
            wrong = f"The key is in {there}, not in {region}."
        return "" if isinstance(named, Unknown) else wrong
    for field, wanted, why in WRONG:
        value = key.properties.get(field)
        if value is not None and known(value) and str(value).lower() != wanted.lower():
            return f"{key.path} has {field} {value}. {why}"
    said = user.properties.get(row.get("name", ""))
    stack = user.scope.stack.deployed_as
    made_up = f"{stack}-{user.logical_id}-{HOLE}" if stack else HOLE
    told = {**home(user), "name": made_up if said is None else rendered(environment, said)}
    name = row.get("as", "").format_map(told)
    context = {at: value.format_map(told) for at, value in row.get("context", {}).items()}
    caller = Call(action="", principal=name or arn(user, ROOT, **told), context=context)
    denied = ", ".join(_denied(environment, key, caller, row["actions"]))
    who = name or "the roles of this account"
    where = "".join(f" for {value}" for value in [*context.values()][:1])
    missing = f"The policy of {key.path} doesn't let {who} call {denied}{where}."
    return f"{missing} {row.get('says', '')}".strip() if denied else ""


@rule("EXPOSE25")
def _left_out(environment: Environment) -> Iterator[Finding]:
    clusters = environment.resources(CLUSTER)
    bare = {each.stack for each in clusters if "EncryptionConfig" not in each.properties}
    for path, keys in grouped((each.stack, each) for each in environment.resources(KEY)).items():
        stack = environment.stacks[path]
        # An alias is no use of a key, and a cluster without any has a finding of its own.
        users = [x for x in stack.resources.values() if x.get("Type") != "AWS::KMS::Alias"]
        named = str([[each.get("Properties") for each in users], stack.section("Outputs")])
        for key in keys if path not in bare else ():
            if key.logical_id not in named:
                yield breach(key, "", "unused", "Nothing in the templates names the key.")
    groups, fields = environment.resources(*LOG_GROUPS), ("KmsKeyId", "KmsKeyArn")
    # An adopted group without a key has an empty KmsKeyArn.
    encrypted = {x.stack: x.path for x in groups if any(map(x.properties.get, fields))}
    for group in groups:
        if not any(map(group.properties.get, fields)) and group.stack in encrypted:
            yield breach(group, "KmsKeyId", "no key", f"{encrypted[group.stack]} has one.")


@rule("EXPOSE14")
def _unwritten(environment: Environment) -> Iterator[Finding]:
    groups = environment.resources(*LOG_GROUPS)
    names = {text(each.properties, "LogGroupName"): each for each in groups}
    for pattern, kind, field, word in WRITERS:
        named = [text(each.properties, field) for each in environment.resources(kind)]
        there = ", ".join(sorted(filter(None, named))) or "one without a name"
        for name, group in names.items():
            match = re.fullmatch(pattern, name)
            if named and match and known(name) and match["name"] not in named:
                detail = f"No {word} of the templates is called {match['name']}; there is {there}."
                yield breach(group, "LogGroupName", name, detail)
    for cluster in environment.resources(CLUSTER):
        logging = look_up(cluster.properties, "Logging", "ClusterLogging", "EnabledTypes")
        name = text(cluster.properties, "Name")
        wanted = f"/aws/eks/{name}/cluster"
        unclear = any(not known(x) and x.startswith(("$", "/aws/eks/")) for x in (name, *names))
        if items(logging) and name and wanted not in names and not unclear:
            yield breach(cluster, "Logging", wanted, f"No log group has the name {wanted}.")


@rule("EXPOSE17")
def _unrecorded(environment: Environment) -> Iterator[Finding]:
    flow_logs = environment.resources(FLOW_LOG)
    named = [each.properties.get("ResourceId") for each in flow_logs]
    recorded = [*map(environment.target, named)]
    unclear = any(of is None and unsure(each) for each, of in zip(named, recorded, strict=True))
    for vpc in () if unclear else environment.resources(VPC):
        if vpc not in recorded and (flow_logs or is_production(environment, vpc)):
            yield breach(vpc, "", "unrecorded", f"No flow log records {vpc.path}.")


@rule("EXPOSE17")
def _unwritable(environment: Environment) -> Iterator[Finding]:
    """Yield what log delivery can't do; without any policy EC2 writes the one that it needs."""
    for bucket in flow_log_buckets(environment):
        place = home(bucket)
        context = {
            "aws:sourceaccount": place["account"],
            "aws:sourcearn": arn(bucket, "logs:{region}:{account}:*", **place),
            "s3:x-amz-acl": "bucket-owner-full-control",
        }
        caller = Call(action="", principal=DELIVERY, context=context)
        for needed, below in NEEDS:
            for action in _denied(environment, bucket, caller, [needed], below.format_map(place)):
                detail = f"The bucket policy doesn't let {DELIVERY} call {action} on"
                detail += f" {bucket.path}{below.format_map(place)} for this account and region."
                yield breach(bucket, "", action, detail)
