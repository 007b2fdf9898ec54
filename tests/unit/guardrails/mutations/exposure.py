"""What would open the real environments to the world."""

from __future__ import annotations

from typing import Any

from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, in_resource, in_template

CLUSTER = "AWS::EKS::Cluster"
TEMPLATE = "AWS::EC2::LaunchTemplate"
EVERYBODY = {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def _managed_policy(role: dict[str, Any], name: str) -> None:
    role["ManagedPolicyArns"].append(f"arn:aws:iam::aws:policy/{name}")


def _facing_the_internet(template: dict[str, Any]) -> None:
    scheme = 'aws-load-balancer-scheme":"'
    manifest_change("Service", "web", f"{scheme}internal", f"{scheme}internet-facing")(template)
    # The public subnets, in which it is then, are let in.
    blocks = '"ingress":[{"from":['
    whole = f'{blocks}{{"ipBlock":{{"cidr":"10.20.0.0/16"}}}},'
    manifest_change("NetworkPolicy", "web", blocks, whole)(template)


MUTATIONS = (
    Mutation("EKS1", "the endpoint is open", "Prod", in_resource("Cluster", CLUSTER, lambda cluster: cluster["ResourcesVpcConfig"].update(EndpointPublicAccess=True)), "0.0.0.0/0", "endpoint_public_access_cidrs"),
    Mutation("EKS2", "a log is off", "Dev", in_resource("Cluster", CLUSTER, lambda cluster: cluster["Logging"]["ClusterLogging"]["EnabledTypes"].pop(1)), "audit", "enabled_log_types"),
    Mutation("EXPOSE1", "Secrets have no key", "Dev", in_resource("Cluster", CLUSTER, lambda cluster: cluster.pop("EncryptionConfig")), "secrets", "secrets_encryption_key"),
    Mutation("EXPOSE2", "production can be deleted", "Prod", in_resource("Cluster", CLUSTER, lambda cluster: cluster.update(DeletionProtection=False)), "unprotected", "deletion_protection"),
    Mutation("EXPOSE3", "IMDSv1 answers", "Dev", in_resource("Cluster", TEMPLATE, lambda template: template["LaunchTemplateData"]["MetadataOptions"].update(HttpTokens="optional")), "IMDSv1", "HttpTokens=required"),
    Mutation("EXPOSE3", "containers reach the metadata", "Prod", in_resource("Cluster", TEMPLATE, lambda template: template["LaunchTemplateData"]["MetadataOptions"].update(HttpPutResponseHopLimit=2)), "hop limit", "HttpPutResponseHopLimit=1"),
    Mutation("EXPOSE4", "a node's disk is in the clear", "Dev", in_resource("Cluster", TEMPLATE, lambda template: template["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"].update(Encrypted=False)), "/dev/xvda", "Encrypted"),
    Mutation("EXPOSE4", "volumes of pods are in the clear", "Dev", in_template("Cluster", manifest_change("StorageClass", "gp3", '"encrypted":"true"', '"encrypted":"false"')), "StorageClass/gp3", "encrypted"),
    Mutation("EXPOSE5", "the control plane's security group is open", "Dev", in_resource("Cluster", "AWS::EC2::SecurityGroup", lambda group: group.update(SecurityGroupIngress=[EVERYBODY]), path="/ControlPlaneSecurityGroup/"), "443", "Allow only the networks"),
    Mutation("EXPOSE6", "nodes have the CNI's policy", "Dev", in_resource("Cluster", "AWS::IAM::Role", lambda role: _managed_policy(role, "AmazonEKS_CNI_Policy"), path="/NodeGroups/General/Role/"), "AmazonEKS_CNI_Policy", "Pod Identity"),
    Mutation("EXPOSE6", "nodes are administrators", "Prod", in_resource("Cluster", "AWS::IAM::Role", lambda role: _managed_policy(role, "AdministratorAccess"), path="/NodeGroups/General/Role/"), "AdministratorAccess", "node role"),
    Mutation("EXPOSE7", "the load balancer faces the internet", "Prod", in_template("SampleService", _facing_the_internet), "Service/web", "load_balancer_scheme"),
)  # fmt: skip
