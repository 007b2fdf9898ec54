from __future__ import annotations

import json
import zipfile
from typing import Any

import pytest

from tests.support import Assembly, Template, joined, only, resources_of
from tests.unit.constructs_lib.templates import (
    depends_on,
    ids,
    managed_policies,
    one,
    properties,
)
from tests.unit.constructs_lib.variants import CLOSED, Variants

CLUSTER = "AWS::EKS::Cluster"
LOG_GROUP = "Custom::LogGroup"
ALL_LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
VERSIONS = {
    "Closed/Cluster": "1.35",
    "FargateOnly/Cluster": "1.36",
}


@pytest.fixture(scope="module")
def closed(variants: Variants) -> Template:
    """Return a cluster with its own settings wherever there is one."""
    return variants.platforms.templates["Closed/Cluster"]


def test_the_cluster_is_as_the_environment_says(closed: Template) -> None:
    """Name, service range, support type, zonal shift and deletion protection are its words."""
    cluster = only(closed, CLUSTER)
    assert cluster["Name"] == "groundwork-closed"
    assert cluster["KubernetesNetworkConfig"]["ServiceIpv4Cidr"] == "172.20.0.0/16"
    assert cluster["UpgradePolicy"] == {"SupportType": "EXTENDED"}
    assert cluster["ZonalShiftConfig"] == {"Enabled": False}
    assert cluster["DeletionProtection"] is False


def test_production_is_protected(assembly: Assembly) -> None:
    """Production can't be deleted, shifts zones, and upgrades before support ends."""
    cluster = only(assembly.templates["Prod/Cluster"], CLUSTER)
    assert cluster["DeletionProtection"] is True
    assert cluster["ZonalShiftConfig"] == {"Enabled": True}
    assert cluster["UpgradePolicy"] == {"SupportType": "STANDARD"}


@pytest.mark.parametrize(("stack", "version"), VERSIONS.items())
def test_kubectl_is_that_of_the_kubernetes_version(
    stack: str, version: str, variants: Variants
) -> None:
    """The handler uses the layer with the kubectl of the cluster's minor version."""
    template = variants.platforms.templates[stack]
    assert only(template, CLUSTER)["Version"] == version
    layer = one(template, "AWS::Lambda::LayerVersion", "ControlPlaneKubectl")
    found = properties(template, layer)
    assert found["Description"].startswith(f"/opt/kubectl/kubectl {version}.")
    handler = one(template, "AWS::Lambda::Function", "ControlPlaneClusterKubectlProviderHandler")
    assert {"Ref": layer} in properties(template, handler)["Layers"]


def test_the_handler_begins_in_a_layer_with_its_crds(variants: Variants) -> None:
    """In python/, where Lambda looks for modules, without what Python leaves there."""
    template = variants.platforms.templates["Closed/Cluster"]
    layer = one(template, "AWS::Lambda::LayerVersion", "ControlPlaneClusterKubectlProviderHandler")
    name = one(template, "AWS::Lambda::Function", "ControlPlaneClusterKubectlProviderHandler")
    handler = properties(template, name)
    assert {"Ref": layer} in handler["Layers"]
    module, _, function = handler["Handler"].partition(".")
    key = properties(template, layer)["Content"]["S3Key"].removesuffix(".zip")
    folder = variants.platforms.path / f"asset.{key}"
    (found,) = (path for path in folder.rglob("*") if path.is_file())
    assert found.relative_to(folder).as_posix() == f"python/{module}.py"
    assert f"def {function}(" in found.read_text(encoding="utf-8")


@pytest.mark.parametrize("stack", VERSIONS)
def test_the_layer_holds_kubectl_and_helm(stack: str, variants: Variants) -> None:
    """The asset of the layer is the archive with both programs."""
    template = variants.platforms.templates[stack]
    layer = one(template, "AWS::Lambda::LayerVersion", "ControlPlaneKubectl")
    key = properties(template, layer)["Content"]["S3Key"]
    with zipfile.ZipFile(variants.platforms.path / f"asset.{key}") as archive:
        assert {"kubectl/kubectl", "helm/helm"} <= set(archive.namelist())


def test_a_private_endpoint_is_all_there_is_by_default(closed: Template) -> None:
    """The API server private only."""
    network = only(closed, CLUSTER)["ResourcesVpcConfig"]
    assert network["EndpointPrivateAccess"] is True
    assert network["EndpointPublicAccess"] is False
    assert "PublicAccessCidrs" not in network


def test_a_public_endpoint_answers_named_networks(variants: Variants) -> None:
    """The networks of the environment may knock, and the VPC uses the private way still."""
    network = only(variants.platforms.templates["FargateOnly/Cluster"], CLUSTER)[
        "ResourcesVpcConfig"
    ]
    assert network["EndpointPublicAccess"] is True
    assert network["EndpointPrivateAccess"] is True
    assert network["PublicAccessCidrs"] == ["203.0.113.0/24", "198.51.100.0/24"]


def test_connected_networks_reach_the_private_endpoint(variants: Variants) -> None:
    """By HTTPS, those that the environment names; nobody beside nodes and pods by default."""
    rules = {}
    for stack in ("Closed/Cluster", "Bare/Cluster"):
        template = variants.platforms.templates[stack]
        group = one(template, "AWS::EC2::SecurityGroup", "ControlPlane")
        network = only(template, CLUSTER)["ResourcesVpcConfig"]
        assert network["SecurityGroupIds"] == [{"Fn::GetAtt": [group, "GroupId"]}]
        rules[stack] = [
            (rule["CidrIp"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"])
            for rule in properties(template, group).get("SecurityGroupIngress", [])
        ]
    assert rules == {
        "Closed/Cluster": [
            ("10.99.0.0/16", "tcp", 443, 443),
            ("192.168.8.0/24", "tcp", 443, 443),
        ],
        "Bare/Cluster": [],
    }


def kubectl_in_vpc(template: Template) -> list[Any]:
    """Return where the functions of the kubectl handler are."""
    functions = resources_of(template, "AWS::Lambda::Function").items()
    found = [body["Properties"]["VpcConfig"] for name, body in functions if "Kubectl" in name]
    assert len(found) == 2
    return found


def test_the_control_plane_has_small_subnets_of_its_own(closed: Template) -> None:
    """The interfaces of the control plane and the kubectl handler don't take pods' addresses."""
    cluster = only(closed, CLUSTER)["ResourcesVpcConfig"]["SubnetIds"]
    names = [subnet["Fn::ImportValue"] for subnet in cluster]
    assert len(names) == 3
    assert all("NetworkControlPlane" in name for name in names)
    assert all(vpc["SubnetIds"] == cluster for vpc in kubectl_in_vpc(closed))


def test_the_kubectl_handler_is_in_the_cluster_security_group(closed: Template) -> None:
    """Its calls reach the private endpoint."""
    group = {"Fn::GetAtt": [one(closed, CLUSTER), "ClusterSecurityGroupId"]}
    assert all(vpc["SecurityGroupIds"] == [group] for vpc in kubectl_in_vpc(closed))


@pytest.mark.parametrize("stack", ["Dev/Cluster", "Prod/Cluster"])
def test_all_five_logs_are_kept(stack: str, assembly: Assembly) -> None:
    """After an incident every log is there."""
    enabled = only(assembly.templates[stack], CLUSTER)["Logging"]["ClusterLogging"]["EnabledTypes"]
    assert sorted(log["Type"] for log in enabled) == ALL_LOGS


def test_fewer_logs_are_kept_where_the_environment_says_so(variants: Variants) -> None:
    """The guardrails find no fault with it: production has a rule of its own."""
    bare = variants.platforms.templates["Bare/Cluster"]
    enabled = only(bare, CLUSTER)["Logging"]["ClusterLogging"]["EnabledTypes"]
    assert sorted(log["Type"] for log in enabled) == ["audit", "authenticator"]


@pytest.mark.parametrize(("stack", "days"), [("Dev/Cluster", 7), ("Prod/Cluster", 365)])
def test_control_plane_logs_expire(stack: str, days: int, assembly: Assembly) -> None:
    """The group has the name that EKS writes to, and the retention of the environment."""
    template = assembly.templates[stack]
    name = f"/aws/eks/{only(template, CLUSTER)['Name']}/cluster"
    group = only(template, LOG_GROUP)
    assert (group["LogGroupName"], group["RetentionInDays"]) == (name, days)


def test_the_log_group_stands_before_the_cluster(closed: Template) -> None:
    """Otherwise EKS makes a group of that name, without retention."""
    assert one(closed, LOG_GROUP) in depends_on(closed, one(closed, CLUSTER))


def test_no_log_group_of_a_stack_has_a_name_that_may_be_taken(assembly: Assembly) -> None:
    """What EKS writes late, or what was kept, would stop the next deploy."""
    for template in assembly.templates.values():
        assert not ids(
            template,
            "AWS::Logs::LogGroup",
            lambda found: isinstance(found.get("LogGroupName"), str),
        )


def test_what_makes_the_log_group_may_do_that_alone(assembly: Assembly) -> None:
    """One group by its name, with the tags of the environment; and the function's own records."""
    template = assembly.templates["Prod/Cluster"]
    assert only(template, LOG_GROUP)["Tags"] == {"environment": "prod", "project": "eks-groundwork"}
    (policy,) = properties(template, one(template, "AWS::IAM::Role", "ControlPlaneLogs"))[
        "Policies"
    ]
    group, own = policy["PolicyDocument"]["Statement"]
    arn = "arn:aws:logs:eu-west-1:value:log-group:/aws/eks/groundwork-prod/cluster"
    assert [*map(joined, group["Resource"])] == [arn, f"{arn}:*"]
    records = one(template, "AWS::Logs::LogGroup", "ControlPlaneLogs")
    assert own["Resource"] == {"Fn::GetAtt": [records, "Arn"]}


def test_logs_of_the_kubectl_handler_expire_too(closed: Template) -> None:
    """No log group of the stack keeps records for ever."""
    groups = resources_of(closed, "AWS::Logs::LogGroup")
    assert len(groups) == 4  # two of the handler, Fargate's, that of the function above
    assert all("RetentionInDays" in group["Properties"] for group in groups.values())
    handlers = [
        group["Properties"]["RetentionInDays"]
        for name, group in groups.items()
        if "KubectlProvider" in name
    ]
    assert handlers == [14, 14]


def test_what_the_handler_applies_waits_for_its_logs(closed: Template) -> None:
    """Else Lambda makes the groups first, without retention, and their names are taken."""
    groups = {name for name in resources_of(closed, "AWS::Logs::LogGroup") if "Kubectl" in name}
    assert len(groups) == 2
    for kind in ("KubernetesResource", "HelmChart"):
        for applied in resources_of(closed, f"Custom::AWSCDK-EKS-{kind}"):
            assert groups <= depends_on(closed, applied), applied


def test_a_key_of_ours_encrypts_protected_logs(assembly: Assembly) -> None:
    """One for CloudWatch Logs, for log groups of this account and region; it rotates."""
    template = assembly.templates["Prod/Cluster"]
    key = one(template, "AWS::KMS::Key", "LogsKey")
    keys = {
        name: group["Properties"].get("KmsKeyId")
        for name, group in resources_of(template, "AWS::Logs::LogGroup").items()
    }
    assert list(keys.values()) == [{"Fn::GetAtt": [key, "Arn"]}] * 4
    found = properties(template, key)
    assert found["EnableKeyRotation"] is True
    _, use = found["KeyPolicy"]["Statement"]
    assert use["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    (context,) = use["Condition"]["ArnLike"].items()
    assert (context[0], joined(context[1])) == (
        *("kms:EncryptionContext:aws:logs:arn", "arn:aws:logs:eu-west-1:value:log-group:*"),
    )
    assert "LogsKey" not in json.dumps(assembly.templates["Dev/Cluster"])


@pytest.mark.parametrize(
    ("stack", "reads"),
    [
        ("Closed/Cluster", {"AmazonEC2ContainerRegistryReadOnly"}),
        ("Existing/Cluster", {"AmazonEC2ContainerRegistryReadOnly"}),
        ("Bare/Cluster", set()),
    ],
)
def test_the_handler_reads_ecr_where_charts_come_from_it(
    stack: str, reads: set[str], variants: Variants
) -> None:
    """The controller's chart, or one of a workload; elsewhere it has no right that nobody uses."""
    template = variants.platforms.templates[stack]
    role = one(template, "AWS::IAM::Role", "ControlPlaneClusterKubectlProviderHandler")
    runs = {"AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole"}
    assert managed_policies(template, role) - {"value"} == runs | reads
    assert ("HasEcrPublic" in json.dumps(template)) is bool(reads)


def test_the_handler_leaves_the_vpc_through_the_proxy(variants: Variants) -> None:
    """And Helm, which it runs, trusts the authorities of the proxy beside the public ones."""
    template = variants.platforms.templates["Closed/Cluster"]
    function = one(template, "AWS::Lambda::Function", "ControlPlaneClusterKubectlProviderHandler")
    handler = properties(template, function)
    assert CLOSED.proxy is not None
    assert handler["Environment"]["Variables"] == {
        **CLOSED.proxy.environment,
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        "SSL_CERT_DIR": "/opt/http-proxy",
    }
    layer = one(template, "AWS::Lambda::LayerVersion", "ControlPlaneClusterHttpProxyCertificates")
    assert {"Ref": layer} in handler["Layers"]
    key = properties(template, layer)["Content"]["S3Key"].removesuffix(".zip")
    (file,) = (variants.platforms.path / f"asset.{key}").glob("**/*.pem")
    assert file.parent.name == "http-proxy"
    assert file.read_text("ascii") == "".join(f"{each}\n" for each in CLOSED.proxy.certificates)


def test_the_handler_of_a_network_without_a_proxy_has_no_variable_of_ours(
    variants: Variants,
) -> None:
    """It goes straight to where it wants."""
    template = variants.platforms.templates["Bare/Cluster"]
    function = one(template, "AWS::Lambda::Function", "ControlPlaneClusterKubectlProviderHandler")
    assert properties(template, function)["Environment"]["Variables"] == {
        "AWS_STS_REGIONAL_ENDPOINTS": "regional"
    }


def test_secrets_are_encrypted_with_a_key_that_rotates(closed: Template) -> None:
    """The cluster encrypts Secrets with a key of ours."""
    key = one(closed, "AWS::KMS::Key")
    assert only(closed, CLUSTER)["EncryptionConfig"] == [
        {"Provider": {"KeyArn": {"Fn::GetAtt": [key, "Arn"]}}, "Resources": ["secrets"]}
    ]
    assert properties(closed, key)["EnableKeyRotation"] is True


@pytest.mark.parametrize(
    ("stack", "policy", "custom"),
    [("Dev/Cluster", "Delete", "Delete"), ("Prod/Cluster", "RetainExceptOnCreate", "Retain")],
)
def test_keys_and_logs_stay_or_go_as_the_environment_says(
    stack: str, policy: str, custom: str, assembly: Assembly
) -> None:
    """Production keeps keys and logs when the stack goes; development leaves nothing behind.

    What a failed deploy has made goes with its rollback.
    """
    template = assembly.templates[stack]
    kept: dict[str, Any] = {
        **resources_of(template, "AWS::KMS::Key"),
        **resources_of(template, "AWS::Logs::LogGroup"),
    }
    assert len(kept) == {"Delete": 5, "RetainExceptOnCreate": 6}[policy]
    assert {resource["DeletionPolicy"] for resource in kept.values()} == {policy}
    assert {resource["UpdateReplacePolicy"] for resource in kept.values()} == {custom}
    (group,) = resources_of(template, LOG_GROUP).values()
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == (policy, custom)


def test_nobody_becomes_administrator_by_making_the_cluster(closed: Template) -> None:
    """Access comes from access entries alone."""
    access = only(closed, CLUSTER)["AccessConfig"]
    assert access == {"AuthenticationMode": "API", "BootstrapClusterCreatorAdminPermissions": False}


def test_eks_installs_nothing_by_itself(closed: Template) -> None:
    """No self-managed add-on is there that the managed ones would have to adopt, and no Auto Mode."""
    cluster = only(closed, CLUSTER)
    assert cluster["BootstrapSelfManagedAddons"] is False
    assert cluster["ComputeConfig"] == {"Enabled": False}
    assert cluster["StorageConfig"] == {"BlockStorage": {"Enabled": False}}


def test_the_role_has_what_eks_requires(variants: Variants) -> None:
    """Branch interfaces need a second policy, and only they do."""
    found = {}
    for stack in ("Closed/Cluster", "Bare/Cluster"):
        template = variants.platforms.templates[stack]
        role = one(template, "AWS::IAM::Role", "ControlPlaneRole")
        assert only(template, CLUSTER)["RoleArn"] == {"Fn::GetAtt": [role, "Arn"]}
        (statement,) = properties(template, role)["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "eks.amazonaws.com"}
        found[stack] = managed_policies(template, role)
    assert found == {
        "Closed/Cluster": {"AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController"},
        "Bare/Cluster": {"AmazonEKSClusterPolicy"},
    }


def test_the_kubectl_handler_is_the_only_administrator_besides_the_named(closed: Template) -> None:
    """One access entry is the handler's own."""
    entry = one(closed, "AWS::EKS::AccessEntry", "ControlPlane")
    role = one(closed, "AWS::IAM::Role", "ControlPlaneClusterKubectlProviderHandler")
    assert properties(closed, entry)["PrincipalArn"] == {"Fn::GetAtt": [role, "Arn"]}
    (policy,) = properties(closed, entry)["AccessPolicies"]
    assert joined(policy["PolicyArn"]).endswith("/AmazonEKSClusterAdminPolicy")


def test_the_output_names_the_cluster(closed: Template) -> None:
    """Scripts find the cluster without knowing the environment file."""
    assert closed["Outputs"]["ClusterName"]["Value"] == {"Ref": one(closed, CLUSTER)}
