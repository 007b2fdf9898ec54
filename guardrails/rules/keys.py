"""Keys of AWS KMS: who may manage and use them, and whether what they encrypt can.

key_users.yaml has what each user of a key needs, with its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import yaml

from assembly.arns import HOLE, NAMED, arn, place_of, readable, rendered
from assembly.environment import Environment
from assembly.kinds import ADOPTED_LOG_GROUP, CLUSTER, KEY, LOG_GROUP
from assembly.policies import Call, principals, statements
from assembly.references import Reference
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from guardrails.rules.policy_statements import ROOT, another_account, home, narrowed, refuses
from guardrails.rules.presence import reached
from guardrails.rules.resource_facts import flow_log_buckets
from kube.values import Json, Unknown, known, several, text

_USERS: list[Json] = yaml.safe_load(
    Path(__file__).with_name("key_users.yaml").read_text(encoding="utf-8")
)
ALIAS = "AWS::KMS::Alias"
KEY_ARN = NAMED[KEY][1]
ARN = re.compile(r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):[0-9]{12}:(key|alias)/.+")
NAME = re.compile(r"alias/.+|(mrk-)?[0-9a-f-]{32,36}")
LOGS = re.compile(rf"(delivery\.)?logs\.(.+\.)?(amazonaws\.com|{HOLE})")
WRONG = (
    ("KeySpec", "SYMMETRIC_DEFAULT", "It is no symmetric key."),
    ("KeyUsage", "ENCRYPT_DECRYPT", "It isn't for encryption."),
    ("Enabled", "true", "It is disabled."),
)


@rule("EXPOSE9")
def _keys_of_everybody(environment: Environment) -> Iterator[Finding]:
    for key in environment.resources(KEY):
        for value, detail in strangers(environment, key, [key.properties.get("KeyPolicy")]):
            yield breach(key, "KeyPolicy", value, detail)


def strangers(
    environment: Environment, holder: Resource, documents: Iterable[object]
) -> Iterator[tuple[str, str]]:
    """Yield whom the policies of a resource let in beside its account, and why that is too much."""
    for statement in (each for document in documents for each in statements(document, "Allow")):
        narrow = narrowed(statement)
        if "NotPrincipal" in statement and not narrow:
            yield "NotPrincipal", "It lets everybody in but those whom it names."
        for kind, who in principals(statement):
            written, value = rendered(environment, who), text(who)
            account = another_account(environment, holder, who)
            if account and not _only_reads(statement, written):
                yield value, f"The policy lets {account} in, not the account of this stack."
            elif written == "*" and not narrow:
                yield "*", "The policy lets everybody in: no condition restricts who that is."
            elif kind == "Service" and LOGS.fullmatch(written) and not statement.get("Condition"):
                yield value, "Without a condition, the service acts for logs of any account."


def _only_reads(statement: Json, principal: str) -> bool:
    """Tell whether a role is named to read what is encrypted, such as that of a log archive."""
    actions = {str(each).lower() for each in several(statement, "Action")}
    return ":role/" in principal and actions <= {"kms:decrypt", "kms:describekey"}


@rule("EXPOSE10")
def _keys_of_nobody(environment: Environment) -> Iterator[Finding]:
    for key in environment.resources(KEY):
        if _ownerless(environment, key):
            yield breach(key, "KeyPolicy", "kms:PutKeyPolicy")


def _ownerless(environment: Environment, key: Resource) -> bool:
    root = Call(action="", principal=arn(key, ROOT, **home(key)))
    return bool(_denied(environment, key, ["kms:PutKeyPolicy"], root))


def _denied(
    environment: Environment, key: Resource, actions: Iterable[str], caller: Call
) -> list[str]:
    """Return what the policy of a key is known not to let somebody do with it."""
    names = {**home(key), "name": rendered(environment, Reference("", node=key.node))}
    calls = (replace(caller, action=each, resource=arn(key, KEY_ARN, **names)) for each in actions)
    policy = key.properties.get("KeyPolicy")
    return [each.action for each in calls if refuses(environment, policy, each)]


@rule("EXPOSE11")
def _keys_for_others(environment: Environment) -> Iterator[Finding]:
    for row in _USERS:
        kind = row.get("type")
        for user in environment.resources(kind) if kind else flow_log_buckets(environment):
            for _, named in reached(user.properties, row["at"]):
                if named and (wrong := _unusable(environment, row, user, named)):
                    yield breach(user, row["at"].replace(".*", "").replace(".", "/"), "key", wrong)


def _unusable(environment: Environment, row: Json, user: Resource, named: object) -> str:
    """Return why something can't use a key, empty if it can or nobody knows."""
    region = place_of(user)["region"]
    key = environment.target(named)
    if key is None or key.kind != KEY:
        match = ARN.fullmatch(text(named))
        if isinstance(named, Unknown) or (match and region in (HOLE, match["region"])):
            return ""
        if match:
            return f"The key is in {match['region']}, not in {region}."
        return "" if NAME.fullmatch(text(named)) else f"{text(named)!r} names no key."
    for field, wanted, why in WRONG:
        value = key.properties.get(field)
        if value is not None and known(value) and str(value).lower() != wanted.lower():
            return f"{key.path} has {field} {value}. {why}"
    if _ownerless(environment, key):
        return ""
    said = user.properties.get(row.get("name", ""))
    told = {**home(user), "name": HOLE if said is None else rendered(environment, said)}
    name = row.get("as", "").format_map(told)
    context = {at: value.format_map(told) for at, value in row.get("context", {}).items()}
    caller = Call(action="", principal=name or arn(user, ROOT, **told), context=context)
    denied = _denied(environment, key, row["actions"], caller)
    who = readable(name) or "the roles of this account"
    where = "".join(f" for {readable(value)}" for value in [*context.values()][:1])
    missing = f"The policy of {key.path} doesn't let {who} call {', '.join(denied)}{where}."
    return f"{missing} {row.get('says', '')}".strip() if denied else ""


@rule("EXPOSE25")
def _left_out(environment: Environment) -> Iterator[Finding]:
    clusters = environment.resources(CLUSTER)
    bare = {each.stack for each in clusters if "EncryptionConfig" not in each.properties}
    for key in environment.resources(KEY):
        stack = environment.stacks[key.stack]
        # An alias is no use of a key, and a cluster without any has a finding of its own.
        users = [each for each in stack.resources.values() if each.get("Type") != ALIAS]
        named = [[each.get("Properties") for each in users], stack.section("Outputs")]
        if key.logical_id not in str(named) and key.stack not in bare:
            yield breach(key, "", "unused", "Nothing in the templates names the key.")
    groups = environment.resources(LOG_GROUP, ADOPTED_LOG_GROUP)
    # An adopted group without a key has an empty KmsKeyArn.
    fields = ("KmsKeyId", "KmsKeyArn")
    encrypted = [each for each in groups if any(map(each.properties.get, fields))]
    beside = {each.stack: each.path for each in encrypted}
    for group in groups:
        if group not in encrypted and group.stack in beside:
            yield breach(group, "KmsKeyId", "no key", f"{beside[group.stack]} has one.")
