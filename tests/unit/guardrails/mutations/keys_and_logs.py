"""What would leave keys, logs and buckets of the real environments to the wrong people, or to nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template

Change = Callable[[dict[str, Any]], object]
KEY, GROUP, ADOPTED = "AWS::KMS::Key", "AWS::Logs::LogGroup", "Custom::LogGroup"
BUCKET, POLICY, FLOW_LOG = "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::EC2::FlowLog"
SECRETS, LOGS, FLOWS = "/SecretsKey/", "/LogsKey/", "/FlowLogs/Key/"
ELSEWHERE = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4444-8888-0123456789ab"
STRANGER = {"AWS": "arn:aws:iam::444455556666:root"}
STRANGERS_LOGS = {"ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:444455556666:*"}}


def _statement(number: int, **changes: object) -> Change:
    """Return a change of one statement of a policy; None takes a part out."""

    def change(properties: dict[str, Any]) -> None:
        policy = properties.get("KeyPolicy") or properties["PolicyDocument"]
        if number == len(policy["Statement"]):
            policy["Statement"].append({"Effect": "Allow", "Resource": "*"})
        statement = policy["Statement"][number]
        statement.update(changes)
        for part in [part for part, value in changes.items() if value is None]:
            del statement[part]

    return change


def _with(*path: str, value: object) -> Change:
    def change(properties: dict[str, Any]) -> None:
        *way, last = path
        for part in way:
            properties = properties[part]
        properties[last] = value

    return change


def _encrypted(**said: str) -> Change:
    rule = {"ServerSideEncryptionByDefault": said}
    return lambda bucket: bucket.update(
        BucketEncryption={"ServerSideEncryptionConfiguration": [rule]}
    )


def _attributes(path: str, **changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda template: found(template, path)[1].update(changes)


def _lives(**fields: object) -> Change:
    """Return a change of the lifecycle of a bucket."""
    return lambda bucket: bucket["LifecycleConfiguration"]["Rules"][0].update(fields)


def _moves(field: str = "Transitions", **days: int) -> Change:
    moves = [{"StorageClass": name, "TransitionInDays": after} for name, after in days.items()]
    return _lives(**{field: moves, "NoncurrentVersionExpiration": {"NoncurrentDays": 365}})


ALSO = {
    # The role that makes an adopted group may then not make it.
    "the control plane's group is that of another cluster": ("ROLE2",),
    "a key is denied to everybody": ("EXPOSE11",),
    "a bucket is for plain HTTP only": ("EXPOSE17",),
    "a bucket is for nobody": ("EXPOSE17",),
    # Nothing names the key that it had.
    "a bucket has the key of Amazon S3": ("EXPOSE25",),
    "a bucket has two layers of some key": ("EXPOSE25",),
}
IN_CLUSTER: tuple[tuple[str, str, str, str, Change, str, str], ...] = (
    ("EXPOSE8", "a key is not rotated", KEY, SECRETS, _with("EnableKeyRotation", value=False), "EnableKeyRotation", "EnableKeyRotation"),
    ("EXPOSE9", "everybody may use a key", KEY, SECRETS, _statement(0, Principal="*"), "*", "Name the roles"),
    ("EXPOSE9", "a list has everybody in it", KEY, LOGS, _statement(2, Principal={"AWS": ["*"]}, Action=["kms:Decrypt"]), "*", "Name the roles"),
    ("EXPOSE9", "another account decrypts", KEY, SECRETS, _statement(1, Principal=STRANGER, Action="kms:Decrypt"), STRANGER["AWS"], "Name the roles"),
    ("EXPOSE9", "logs of any account use a key", KEY, LOGS, _statement(1, Condition=None), "logs.eu-west-1.amazonaws.com", "condition"),
    ("EXPOSE10", "nobody may change a key's policy", KEY, SECRETS, _statement(0, Action=["kms:CreateGrant", "kms:DescribeKey"]), "kms:PutKeyPolicy", "kms:*"),
    ("EXPOSE10", "a key is denied to everybody", KEY, SECRETS, _statement(1, Effect="Deny", Principal="*", Action="kms:*"), "kms:PutKeyPolicy", "deny it to nobody"),
    ("EXPOSE10", "nobody may read what a key encrypts", KEY, SECRETS, _statement(1, Effect="Deny", Principal={"AWS": "*"}, Action="kms:D*rypt"), "kms:Decrypt", "deny it to nobody"),
    ("EXPOSE10", "nobody gets a data key", KEY, SECRETS, _statement(1, Effect="Deny", Principal="*", Action=["kms:Generate*"]), "kms:GenerateDataKey", "deny it to nobody"),
    ("EXPOSE10", "a key is denied to its own account", KEY, LOGS, _statement(2, Effect="Deny", Principal="*", Action="kms:P*", Condition={"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}), "kms:PutKeyPolicy", "deny it to nobody"),
    ("EXPOSE11", "nobody can give EKS its grant", KEY, SECRETS, _statement(0, Action=["kms:Put*", "kms:Describe*"]), "key", "lets the service encrypt"),
    ("EXPOSE11", "a key is asymmetric", KEY, SECRETS, _with("KeySpec", value="RSA_2048"), "key", "symmetric"),
    ("EXPOSE11", "a key is disabled", KEY, LOGS, _with("Enabled", value=False), "key", "enabled"),
    ("EXPOSE11", "logs of another region use a key", KEY, LOGS, _statement(1, Principal={"Service": "logs.us-east-1.amazonaws.com"}), "key", "lets the service encrypt"),
    ("EXPOSE11", "a key is for other log groups", KEY, LOGS, _statement(1, Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:*:log-group:*"}}), "key", "for this resource"),
    ("EXPOSE11", "a key is for log groups with names only", KEY, LOGS, _statement(1, Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:*:log-group:/aws/*"}}), "key", "for this resource"),
    ("EXPOSE11", "logs can't be encrypted", KEY, LOGS, _statement(1, Action=["kms:Decrypt*"]), "key", "lets the service encrypt"),
    ("EXPOSE11", "a key is in another region", GROUP, "/Fargate/", _with("KmsKeyId", value=ELSEWHERE), "key", "of this region"),
    ("EXPOSE11", "no key has that name", GROUP, "/Fargate/", _with("KmsKeyId", value="my key"), "key", "of this region"),
    ("EXPOSE11", "nodes can't use the key of their disks", "AWS::EC2::LaunchTemplate", "", lambda template: template["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"].update(KmsKeyId={"Fn::GetAtt": ["LogsKeyA6AB43B2", "Arn"]}), "key", "lets the service encrypt"),
    ("EXPOSE12", "a key waits for no number of days", KEY, LOGS, _with("PendingWindowInDays", value=3), "PendingWindowInDays 3", "from 7 to 30"),
    ("EXPOSE13", "logs are kept forever", GROUP, "/ControlPlane/Logs/", lambda group: group.pop("RetentionInDays"), "RetentionInDays", "log_retention_days"),
    ("EXPOSE13", "an adopted group keeps logs forever", ADOPTED, "", lambda group: group.pop("RetentionInDays"), "RetentionInDays", "log_retention_days"),
    ("EXPOSE13", "production forgets after three days", GROUP, "/Fargate/", _with("RetentionInDays", value=3), "RetentionInDays 3", "30 days or more"),
    ("EXPOSE13", "no such retention", GROUP, "/Fargate/", _with("RetentionInDays", value=366), "RetentionInDays 366", "that CloudWatch Logs has"),
    ("EXPOSE14", "the control plane's group is that of another cluster", ADOPTED, "", _with("LogGroupName", value="/aws/eks/other/cluster"), "/aws/eks/other/cluster", "/aws/eks/CLUSTER/cluster"),
    ("EXPOSE14", "a function's group is that of another function", GROUP, "/Handler/LogGroup/", _with("LogGroupName", value="/aws/lambda/other"), "/aws/lambda/other", "/aws/lambda/FUNCTION"),
    ("EXPOSE25", "one log group has no key", GROUP, "/Handler/LogGroup/", lambda group: group.pop("KmsKeyId"), "no key", "KmsKeyId"),
)  # fmt: skip
IN_NETWORK: tuple[tuple[str, str, str, str, Change, str, str], ...] = (
    ("EXPOSE11", "flow logs can't be encrypted", KEY, FLOWS, _statement(1, Action="kms:Decrypt"), "key", "lets the service encrypt"),
    ("EXPOSE11", "a key is for another region's flow logs", KEY, FLOWS, _statement(1, Condition=STRANGERS_LOGS), "key", "for this resource"),
    ("EXPOSE10", "a bucket is for plain HTTP only", POLICY, "", _statement(0, Condition={"BoolIfExists": {"aws:SecureTransport": True}}), "PolicyDocument.Statement[0].Condition.BoolIfExists[aws:SecureTransport]", "in this Deny"),
    ("EXPOSE10", "a bucket is for nobody", POLICY, "", _statement(0, Condition=None, Principal="*"), "PolicyDocument.Statement[0].Condition", "in this Deny"),
    ("EXPOSE11", "a bucket has the key of Amazon S3", BUCKET, "", _encrypted(SSEAlgorithm="aws:kms", KMSMasterKeyID="arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"), "KMSMasterKeyID arn:aws:kms:eu-west-1:111122223333:alias/aws/s3", "customer managed key"),
    ("EXPOSE11", "a bucket has two layers of some key", BUCKET, "", _encrypted(SSEAlgorithm="aws:kms:dsse"), "KMSMasterKeyID", "customer managed key"),
    ("EXPOSE12", "flow logs can be overwritten", BUCKET, "", _with("VersioningConfiguration", "Status", value="Suspended"), "VersioningConfiguration.Status Suspended", "Enabled"),
    ("VERSION19", "flow logs move when they are gone", BUCKET, "", _moves(GLACIER=400), "Transitions GLACIER", "after the last move"),
    ("VERSION19", "flow logs move on the day on which they go", BUCKET, "", _moves(GLACIER=365), "Transitions GLACIER", "after the last move"),
    ("VERSION19", "flow logs move too early", BUCKET, "", _moves(STANDARD_IA=10), "Transitions STANDARD_IA", "as long"),
    ("VERSION19", "flow logs move up again", BUCKET, "", _moves(GLACIER=60, STANDARD_IA=90), "Transitions STANDARD_IA", "as long"),
    ("VERSION19", "flow logs move between classes that S3 keeps apart", BUCKET, "", _moves(ONEZONE_IA=60, GLACIER_IR=120), "Transitions GLACIER_IR", "as long"),
    ("VERSION19", "the only move of flow logs is too early", BUCKET, "", _lives(Transition={"StorageClass": "STANDARD_IA", "TransitionInDays": 3}), "Transition STANDARD_IA", "as long"),
    ("VERSION19", "flow logs move on too early", BUCKET, "", _moves(STANDARD_IA=30, GLACIER=45), "Transitions GLACIER", "as long"),
    ("VERSION19", "old versions move when they are gone", BUCKET, "", _moves("NoncurrentVersionTransitions", GLACIER=400), "NoncurrentVersionTransitions GLACIER", "after the last move"),
    ("VERSION19", "flow logs have two ways to go", BUCKET, "", _lives(ExpiredObjectDeleteMarker=True), "ExpiredObjectDeleteMarker", "two rules"),
    ("VERSION19", "flow logs go on a day and after days", BUCKET, "", _lives(ExpirationDate="2030-01-01T00:00:00Z"), "ExpirationDate", "two rules"),
    ("VERSION19", "uploads are chosen by tags", BUCKET, "", _lives(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}, TagFilters=[{"Key": "a", "Value": "b"}]), "TagFilters", "two rules"),
    ("EXPOSE13", "flow logs are gone after a day", BUCKET, "", lambda bucket: bucket["LifecycleConfiguration"]["Rules"][0].update(ExpirationInDays=1), "LifecycleConfiguration.Rules[0].ExpirationInDays 1", "30 days or more"),
    ("EXPOSE15", "nothing blocks public access", BUCKET, "", lambda bucket: bucket.pop("PublicAccessBlockConfiguration"), "PublicAccessBlockConfiguration", "all four parts"),
    ("EXPOSE15", "a public policy is not blocked", BUCKET, "", _with("PublicAccessBlockConfiguration", "BlockPublicPolicy", value=False), "PublicAccessBlockConfiguration.BlockPublicPolicy", "all four parts"),
    ("EXPOSE15", "everybody reads", POLICY, "", _statement(3, Principal="*", Action="s3:GetObject"), "*", "name the principals"),
    ("EXPOSE15", "another account reads", POLICY, "", _statement(3, Principal=STRANGER, Action="s3:GetObject"), STRANGER["AWS"], "name the principals"),
    ("EXPOSE15", "an ACL makes it public", BUCKET, "", _with("AccessControl", value="PublicRead"), "AccessControl PublicRead", "PublicAccessBlock"),
    ("EXPOSE15", "logs of any account come in", POLICY, "", _statement(1, Condition=None), "delivery.logs.amazonaws.com", "name the principals"),
    ("EXPOSE17", "log delivery may not write", POLICY, "", lambda policy: policy["PolicyDocument"]["Statement"].pop(1), "s3:PutObject", "delivery.logs.amazonaws.com"),
    ("EXPOSE17", "log delivery may not look", POLICY, "", lambda policy: policy["PolicyDocument"]["Statement"].pop(2), "s3:GetBucketAcl", "delivery.logs.amazonaws.com"),
    ("EXPOSE17", "log delivery writes for another account", POLICY, "", _statement(1, Condition=STRANGERS_LOGS), "s3:PutObject", "this account"),
    ("EXPOSE17", "log delivery is denied", POLICY, "", _statement(3, Effect="Deny", Principal="*", Action="s3:PutObject"), "s3:PutObject", "lets"),
    ("EXPOSE17", "half of the traffic", FLOW_LOG, "", _with("TrafficType", value="ACCEPT"), "TrafficType ACCEPT", "ALL"),
    ("EXPOSE17", "another VPC", FLOW_LOG, "", _with("ResourceId", value="vpc-0123456789abcdef0"), "unrecorded", "Record the VPC"),
    ("EXPOSE17", "a role beside a bucket", FLOW_LOG, "", _with("DeliverLogsPermissionArn", value="arn:aws:iam::111122223333:role/x"), "DeliverLogsPermissionArn arn:aws:iam::111122223333:role/x", "Remove"),
    ("EXPOSE17", "a field that flow logs don't have", FLOW_LOG, "", _with("LogFormat", value="${version} ${source}"), "LogFormat ${version} ${source}", "names of the flow log fields"),
    ("EXPOSE25", "a bucket drops its key", BUCKET, "", lambda bucket: bucket.pop("BucketEncryption"), "unused", "KMSMasterKeyID"),
)  # fmt: skip


MUTATIONS = (
    *(
        Mutation(
            rule=rule,
            name=name,
            environment="Prod",
            change=in_resource(stack, kind, change, path=path),
            value=value,
            fix=fix,
            also=ALSO.get(name, ()),
        )
        for stack, rows in (("Cluster", IN_CLUSTER), ("Network", IN_NETWORK))
        for rule, name, kind, path, change, value, fix in rows
    ),
    Mutation(
        rule="EXPOSE12",
        name="a key goes with its stack",
        environment="Prod",
        change=in_template("Cluster", _attributes(SECRETS, DeletionPolicy="Delete")),
        value="DeletionPolicy Delete",
        fix="RetainExceptOnCreate",
    ),
    Mutation(
        rule="EXPOSE12",
        name="the control plane's logs go with their stack",
        environment="Prod",
        change=in_template(
            "Cluster", _attributes("/ControlPlane/Logs/Resource/", DeletionPolicy="Delete")
        ),
        value="DeletionPolicy Delete",
        fix="RetainExceptOnCreate",
    ),
    Mutation(
        rule="EXPOSE12",
        name="a bucket is replaced with its logs",
        environment="Prod",
        change=in_template(
            "Network", _attributes("/FlowLogs/Bucket/Resource", UpdateReplacePolicy="Delete")
        ),
        value="UpdateReplacePolicy Delete",
        fix="Retain",
    ),
)
