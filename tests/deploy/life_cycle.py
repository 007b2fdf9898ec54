"""The life of an environment in an emulated account, from the first deploy to what is left.

`test_life_cycle_dev.py` and `test_life_cycle_prod.py` run it. The fixtures follow one another, so
the tests stand in the order of a life; each asks AWS's APIs and kubectl, never our own code.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from configuration.model import EnvironmentConfig
from local_aws.cdk_cli import account_settings
from local_aws.images import NOT_BUILT
from local_aws.report import KINDS
from tests.deploy.emulated import NEWER, ON_CALL, Emulated, sample_service
from tests.deploy.inventory import inventory, stacks
from tests.support import ROOT, THOROUGH

DOCUMENTED = json.loads(Path(__file__).with_name("remainders.json").read_text(encoding="utf-8"))
"""What docs/stateful-resources.md calls things, and how to know them by their names."""

Client = Any
"""A client of boto3, which makes its classes at run time."""

Pair = tuple[dict[str, Any], dict[str, Any]]

NOWHERE = {"spec": {"nodeSelector": {"kubernetes.io/hostname": "nowhere"}}}
"""What makes a pod wait for a node that there is not."""

CRD = "targetgroupbindings.elbv2.k8s.aws"


class LifeCycle:
    """Tests that hold for every environment."""

    environment: ClassVar[str]

    # The first deploy

    @pytest.fixture(scope="class")
    @classmethod
    def account(cls, emulate: Callable[..., Emulated]) -> Emulated:
        """Return the environment's account, which nothing runs in yet."""
        return emulate(cls.environment)

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def deployed(cls, account: Emulated) -> str:
        """Return what the first deploy prints."""
        return account.run("deploy", variant="as-it-is")

    @pytest.fixture(scope="class")
    @classmethod
    def config(cls, account: Emulated) -> EnvironmentConfig:
        """Return what the environment file says."""
        return account.config

    def test_the_deploy_tells_what_is_there(
        self, account: Emulated, deployed: str, config: EnvironmentConfig
    ) -> None:
        """A person sees what was made, what plays Kubernetes, and how to go on."""
        assert "Starting clean: there is no earlier state." in deployed
        assert f"Cluster {config.cluster.name}" in deployed
        for section in ("Node groups", "Fargate profiles", "Access entries", "Add-ons"):
            assert section in deployed
        group, policy = config.node_groups[0], config.access.roles[0].policies[0].policy
        assert f"{group.desired_size} ({group.min_size} to {group.max_size})" in deployed
        assert f"{policy} in the cluster" in deployed
        selector = config.fargate_profiles[0].selectors[0]
        labels = json.dumps(dict(selector.labels), separators=(",", ":"))
        assert f"{selector.namespace} {labels}" in deployed
        assert "deployment.apps/web" in deployed
        assert KINDS[account.record.kubernetes] in deployed
        assert "This is an emulator." in deployed
        assert f"make destroy-local ENV={self.environment}" in deployed

    def test_nobody_may_use_the_default_security_group(self, account: Emulated) -> None:
        """The handler of the CDK has taken its rules away."""
        ec2 = account.client("ec2")
        (vpc,) = [one for one in ec2.describe_vpcs()["Vpcs"] if not one["IsDefault"]]
        groups = ec2.describe_security_groups()["SecurityGroups"]
        of_vpc = [one for one in groups if one["VpcId"] == vpc["VpcId"]]
        (default,) = [one for one in of_vpc if one["GroupName"] == "default"]
        assert (default["IpPermissions"], default["IpPermissionsEgress"]) == ([], [])

    def test_nodes_register_as_their_groups_say(
        self, account: Emulated, config: EnvironmentConfig
    ) -> None:
        """One node for each that is desired, spread over the zones, and one for each Fargate pod."""
        labels = [node["metadata"]["labels"] for node in account.objects("nodes")]
        on_ec2 = [one for one in labels if "eks.amazonaws.com/nodegroup" in one]
        assert len(on_ec2) == sum(group.desired_size for group in config.node_groups)
        zones = {one["topology.kubernetes.io/zone"] for one in on_ec2}
        assert zones <= set(config.network.zones)
        assert len(zones) > 1
        service = sample_service(config)
        on_fargate = [
            one for one in labels if one.get("eks.amazonaws.com/compute-type") == "fargate"
        ]
        assert len(on_fargate) == service.api_replicas

    def test_only_the_named_may_enter(self, account: Emulated, config: EnvironmentConfig) -> None:
        """The roles of the environment with their policies, the kubectl handler, and nodes."""
        eks = account.client("eks")
        found = _access(eks, config.cluster.name)
        nodes = _access(eks, config.cluster.name, of_nodes=True)
        assert len(nodes) == len(config.node_groups) + 1
        assert all(not policies for policies in nodes.values())
        wanted = [sorted({one.policy for one in role.policies}) for role in config.access.roles]
        wanted.append(["AmazonEKSClusterAdminPolicy"])
        assert sorted(sorted(each) for each in found.values()) == sorted(wanted)

    def test_a_role_may_do_what_its_policy_says_and_no_more(self, account: Emulated) -> None:
        """With its own token the read-only role may look, and not delete."""
        token = account.token_of("ReadOnly")
        assert "web" in account.kubectl("--token", token, "get", "pods", "-n", "sample")
        refused = account.kubectl(
            *("--token", token, "delete", "deployment", "web", "-n", "sample"), exit_code=1
        )
        assert "Forbidden" in refused
        stranger = account.kubectl("--token", "k8s-aws-v1.bm8", "get", "pods", exit_code=1)
        assert "Unauthorized" in stranger or "must be logged in" in stranger

    def test_the_sample_service_runs_as_its_manifests_say(
        self, account: Emulated, config: EnvironmentConfig
    ) -> None:
        """Replicas are ready, each on the compute that it was meant for."""
        service = sample_service(config)
        replicas = {"web": service.web_replicas, "api": service.api_replicas}
        deployments = {
            one["metadata"]["name"]: one for one in account.objects("deployments", "sample")
        }
        assert {name: one["status"]["readyReplicas"] for name, one in deployments.items()} == (
            replicas
        )
        pods = account.objects("pods", "sample")
        on_fargate = {
            one["metadata"]["labels"]["app.kubernetes.io/component"]
            for one in pods
            if one["spec"]["nodeName"].startswith("fargate-")
        }
        assert on_fargate == {"api"}
        for kind in ("serviceaccounts", "services", "networkpolicies", "poddisruptionbudgets"):
            names = {one["metadata"]["name"] for one in account.objects(kind, "sample")}
            assert {"web", "api"} <= names, kind

    def test_the_load_balancer_is_what_the_service_asks_for(
        self, account: Emulated, config: EnvironmentConfig, deployed: str
    ) -> None:
        """In every zone, with its scheme, its clients and the pods as targets."""
        elb, ec2 = account.client("elbv2"), account.client("ec2")
        spec = sample_service(config)
        (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
        assert (balancer["Type"], balancer["Scheme"]) == ("network", spec.load_balancer_scheme)
        assert balancer["DNSName"] in deployed
        (service,) = [
            one for one in account.objects("services") if one["spec"]["type"] == "LoadBalancer"
        ]
        assert service["status"]["loadBalancer"]["ingress"] == [{"hostname": balancer["DNSName"]}]
        zones = {zone["ZoneName"] for zone in balancer["AvailabilityZones"]}
        assert zones == set(config.network.zones)
        groups = ec2.describe_security_groups(GroupIds=balancer["SecurityGroups"])
        ranges = {
            block["CidrIp"]
            for group in groups["SecurityGroups"]
            for rule in group["IpPermissions"]
            for block in rule["IpRanges"]
        }
        assert ranges == set(spec.load_balancer_source_ranges)
        (target_group,) = elb.describe_target_groups()["TargetGroups"]
        assert target_group["TargetType"] == "ip"
        health = elb.describe_target_health(TargetGroupArn=target_group["TargetGroupArn"])
        targets = {one["Target"]["Id"] for one in health["TargetHealthDescriptions"]}
        web = [
            one["status"]["podIP"]
            for one in account.objects("pods", "sample")
            if one["metadata"]["labels"]["app.kubernetes.io/component"] == "web"
        ]
        assert targets == set(web)

    def test_images_are_in_the_repository(self, account: Emulated, deployed: str) -> None:
        """The run says how each was made, and the repository has its tag."""
        ecr = account.client("ecr")
        (repository,) = [
            one["repositoryName"] for one in ecr.describe_repositories()["repositories"]
        ]
        found = ecr.describe_images(repositoryName=repository)["imageDetails"]
        tags = {tag for image in found for tag in image["imageTags"]}
        for pod in account.objects("pods", "sample"):
            (container,) = pod["spec"]["containers"]
            assert container["image"].rpartition(":")[2] in tags
        assert deployed.count(NOT_BUILT) >= 2

    def test_a_shell_goes_on_from_there(
        self, account: Emulated, config: EnvironmentConfig, deployed: str
    ) -> None:
        """The settings lead kubectl and every SDK to the account, and `status` shows it again."""
        if self.environment != "dev" and not THOROUGH:
            pytest.skip("as in dev")
        assert str(account.folder.shell_settings) in deployed
        script = f'. "{account.folder.shell_settings}" && kubectl get ns -o name && env'
        result = subprocess.run(  # noqa: S603  # what a person types
            ["/bin/sh", "-euc", script],
            env={"PATH": "/usr/bin:/bin", "HOME": str(account.root), "AWS_PROFILE": "real"},
            capture_output=True,
            text=True,
            check=True,
        )
        lines = result.stdout.splitlines()
        assert "namespace/sample" in lines
        assert f"AWS_ENDPOINT_URL={account.record.aws_endpoint}" in lines
        assert not [line for line in lines if line.startswith("AWS_PROFILE=")]
        assert f"Cluster {config.cluster.name}" in account.run("status")

    def test_nothing_is_left_to_deploy(self, account: Emulated) -> None:
        """The templates say what is there."""
        assert "There were no differences" in account.run("diff", "--fail", variant="as-it-is")

    def test_a_preflight_knows_what_is_its_own(
        self, account: Emulated, config: EnvironmentConfig
    ) -> None:
        """What a deploy made does not stop the next one; what the account can't tell is a warning."""
        if self.environment != "dev" and not THOROUGH:
            pytest.skip("as in dev")
        assembly = ("--assembly", str(account.assembly / "as-it-is"))
        result = subprocess.run(  # noqa: S603  # our own program
            [sys.executable, "-m", "commands.preflight", config.stage_id, "--json", *assembly],
            cwd=ROOT,
            env={**account_settings(account.record), "CDK_DOCKER": "/nowhere/docker"},
            capture_output=True,
            text=True,
            check=False,
        )
        rows = json.loads(result.stdout)["rows"]
        found = {(row["check"], row["result"], row["found"]) for row in rows}
        name = config.cluster.name
        for check, told in (
            ("region eu-west-1", "opt-in-not-required"),
            ("roles of a deploy", "all 3 can be assumed"),
            (f"stack {config.stage_id}-Cluster", "CREATE_COMPLETE"),
            ("cluster name", f"{name} belongs to this environment"),
        ):
            assert (check, "passes", told) in found
        # The emulated account lacks some policies of AWS; Service Quotas is not there at all.
        assert {row["check"] for row in rows if row["result"] == "fails"} == {"managed policies"}
        assert any("ListServiceQuotas" in row["found"] for row in rows)

    def test_a_protected_environment_refuses_to_be_destroyed(
        self, account: Emulated, config: EnvironmentConfig
    ) -> None:
        """CloudFormation keeps what the environment protects."""
        if config.termination_protection:
            printed = account.run("destroy", variant="as-it-is", exit_code=1)
            assert "TerminationProtection" in printed
        protected = {
            stack["StackName"].removeprefix(f"{config.stage_id}-")
            for stack in account.client("cloudformation").describe_stacks()["Stacks"]
            if stack["EnableTerminationProtection"] and stack["StackName"] != "CDKToolkit"
        }
        assert protected == ({"Network", "Cluster"} if config.termination_protection else set())

    # Updates

    @pytest.fixture(scope="class")
    @classmethod
    def rolled_back(cls, account: Emulated, deployed: str) -> tuple[Any, Any, str]:
        """Return what there was before a failed update and after it, and what that printed.

        One pod waits all the while.
        """
        assert deployed
        trust = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        }
        account.client("iam").create_role(
            RoleName=ON_CALL,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
        account.kubectl("run", "nowhere", "--image", "web", "--overrides", json.dumps(NOWHERE))
        before = inventory(account)
        printed = account.run("deploy", "--rollback", variant="broken", exit_code=1)
        assert "default/nowhere: 0/" in account.run("status")
        account.kubectl("delete", "pod", "nowhere", "--now")
        return before, inventory(account), printed

    def test_a_failed_update_rolls_back_to_exactly_what_was(
        self, account: Emulated, rolled_back: tuple[Any, Any, str]
    ) -> None:
        """The API server refuses an object; on request, whatever the update did before is undone."""
        before, after, printed = rolled_back
        assert 'unknown field "dato"' in printed
        assert "The deploy failed, as it would on AWS unless" in printed
        assert "Pod default/nowhere was still pending: 0/" in printed
        nothing = account.run("deploy", variant="no-such", exit_code=1)
        assert "The deploy failed, before it changed a stack." in nothing
        name = f"{account.config.stage_id}-Cluster"
        cloudformation = account.client("cloudformation")
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        assert {
            ("AWS::EKS::Nodegroup", "UPDATE_COMPLETE"),
            ("AWS::EKS::AccessEntry", "DELETE_COMPLETE"),
        } <= {(event["ResourceType"], event["ResourceStatus"]) for event in events}
        assert after == before
        eks = account.client("eks")
        assert ON_CALL not in _access(eks, account.config.cluster.name)

    @pytest.fixture(scope="class")
    @classmethod
    def updated(
        cls, account: Emulated, config: EnvironmentConfig, rolled_back: tuple[Any, Any, str]
    ) -> Pair:
        """Return the stacks before and after an update; prod's fails first and goes on when fixed."""
        assert rolled_back
        before = stacks(account)
        if config.production:
            assert "UPDATE_FAILED" in account.run("deploy", variant="broken", exit_code=1)
        # As an older chart has made it, which knew one version less.
        (found,) = (one for one in account.objects("crds") if one["metadata"]["name"] == CRD)
        older = json.dumps({"spec": {"versions": found["spec"]["versions"][1:]}})
        account.kubectl("patch", "crd", CRD, "--type", "merge", "--patch", older)
        printed = account.run("deploy", variant="larger")
        assert "Updating the running account" in printed
        return before, stacks(account)

    def test_an_update_is_in_place(
        self, account: Emulated, config: EnvironmentConfig, updated: Pair
    ) -> None:
        """An access entry and a Service more; every resource keeps its identity."""
        before, after = updated
        for stack, resources in before.items():
            assert after[stack].items() >= resources.items(), stack
        added = set(after[f"{config.stage_id}-Cluster"]) - set(before[f"{config.stage_id}-Cluster"])
        assert sorted(name.startswith("Loose") for name in added) == [False, True]
        eks, cluster = account.client("eks"), config.cluster.name
        (name, *_) = eks.list_nodegroups(clusterName=cluster)["nodegroups"]
        group = eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
        assert group["scalingConfig"]["maxSize"] == config.node_groups[0].max_size + 1
        assert _access(eks, cluster)[ON_CALL] == {"AmazonEKSViewPolicy"}
        service = sample_service(config)
        account.kubectl("rollout", "status", "deployment/web", "-n", "sample", "--timeout", "60s")
        pods = account.objects("pods", "sample")
        web = [
            one for one in pods if one["metadata"]["labels"]["app.kubernetes.io/component"] == "web"
        ]
        assert len(web) == service.web_replicas + 1

    def test_a_newer_chart_brings_its_crds(self, account: Emulated, updated: Pair) -> None:
        """Helm would leave them as an older chart has made them."""
        assert updated
        (found,) = (one for one in account.objects("crds") if one["metadata"]["name"] == CRD)
        assert [one["name"] for one in found["spec"]["versions"]] == ["v1alpha1", "v1beta1"]
        labels = account.objects("deployments", "kube-system")[0]["metadata"]["labels"]
        assert labels["app.kubernetes.io/version"] == NEWER

    def test_a_change_behind_cloudformation_s_back_is_seen(
        self, account: Emulated, config: EnvironmentConfig, updated: Pair
    ) -> None:
        """`cdk drift` names the resource and the property, and nothing else has drifted."""
        assert updated
        eks, cluster = account.client("eks"), config.cluster.name
        (name, *_) = eks.list_nodegroups(clusterName=cluster)["nodegroups"]
        group = {"clusterName": cluster, "nodegroupName": name}
        size = eks.describe_nodegroup(**group)["nodegroup"]["scalingConfig"]
        for maximum, exit_code in ((size["maxSize"] + 7, 1), (size["maxSize"], 0)):
            eks.update_nodegroup_config(**group, scalingConfig={**size, "maxSize": maximum})
            printed = account.run("drift", "--fail", variant="larger", exit_code=exit_code)
            assert ("MaxSize" in printed) is bool(exit_code)

    # The end

    def test_a_destroy_leaves_what_is_documented_and_nothing_else(
        self, account: Emulated, config: EnvironmentConfig, updated: Pair
    ) -> None:
        """Compared with docs/stateful-resources.md, "After a destroy".

        Load balancers go before their controller, that of the cluster's own stack, too.
        """
        assert updated
        assert len(account.client("elbv2").describe_load_balancers()["LoadBalancers"]) == 2
        account.run("destroy", variant="larger")
        assert set(stacks(account)) == {"CDKToolkit"}
        assert account.client("eks").list_clusters()["clusters"] == []
        assert remainders(account) == self.documented_remainders(config)

    def documented_remainders(self, config: EnvironmentConfig) -> dict[str, Any]:
        """Return what stays, by the documentation."""
        raise NotImplementedError


def remainders(account: Emulated) -> dict[str, Any]:
    """Return what the account holds besides the CDK's bootstrap stack and the default VPC."""
    ec2, elb = account.client("ec2"), account.client("elbv2")
    logs, kms, s3, iam = (account.client(name) for name in ("logs", "kms", "s3", "iam"))
    default = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["IsDefault"]}
    keys = (kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"])
    found = {
        "VPCs": [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"] if not one["IsDefault"]],
        "security groups": [
            one["GroupId"]
            for one in ec2.describe_security_groups()["SecurityGroups"]
            if one["VpcId"] not in default
        ],
        "network interfaces": [
            one["NetworkInterfaceId"]
            for one in ec2.describe_network_interfaces()["NetworkInterfaces"]
        ],
        "addresses": [one["PublicIp"] for one in ec2.describe_addresses()["Addresses"]],
        "NAT gateways": [
            one["NatGatewayId"]
            for one in ec2.describe_nat_gateways()["NatGateways"]
            if one["State"] != "deleted"
        ],
        "launch templates": ec2.describe_launch_templates()["LaunchTemplates"],
        "load balancers": elb.describe_load_balancers()["LoadBalancers"],
        "target groups": elb.describe_target_groups()["TargetGroups"],
        "keys": {key["Description"]: key["KeyState"] for key in keys if key["Description"]},
        "log groups": sorted(
            {_documented(one["logGroupName"]) for one in logs.describe_log_groups()["logGroups"]}
        ),
        "buckets": [
            _documented(one["Name"])
            for one in s3.list_buckets()["Buckets"]
            if not one["Name"].startswith("cdk-")
        ],
        "functions": account.client("lambda").list_functions()["Functions"],
        "roles": [
            one["RoleName"]
            for one in iam.list_roles()["Roles"]
            if not one["RoleName"].startswith("cdk-") and one["RoleName"] != ON_CALL
        ],
        "policies": iam.list_policies(Scope="Local")["Policies"],
    }
    return {kind: things for kind, things in found.items() if things}


def _documented(name: str) -> str:
    words = (words for words, pattern in DOCUMENTED.items() if re.fullmatch(pattern, name))
    return next(words, name)


def _access(eks: Client, cluster: str, *, of_nodes: bool = False) -> dict[str, set[str]]:
    """Return the access policies of people and programs, or of nodes, by their name's last part."""
    return {
        arn.rpartition("/")[2]: {
            policy["policyArn"].rpartition("/")[2]
            for policy in eks.list_associated_access_policies(
                clusterName=cluster, principalArn=arn
            )["associatedAccessPolicies"]
        }
        for arn in eks.list_access_entries(clusterName=cluster)["accessEntries"]
        if of_nodes
        is (
            eks.describe_access_entry(clusterName=cluster, principalArn=arn)["accessEntry"]["type"]
            != "STANDARD"
        )
    }
