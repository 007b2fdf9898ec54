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
    Mutation(
        rule="EKS1",
        name="the endpoint is open",
        environment="Prod",
        change=in_resource(
            "Cluster",
            CLUSTER,
            lambda cluster: cluster["ResourcesVpcConfig"].update(EndpointPublicAccess=True),
        ),
        value="0.0.0.0/0",
        fix="endpoint_public_access_cidrs",
    ),
    Mutation(
        rule="EKS2",
        name="a log is off",
        environment="Dev",
        change=in_resource(
            "Cluster",
            CLUSTER,
            lambda cluster: cluster["Logging"]["ClusterLogging"]["EnabledTypes"].pop(1),
        ),
        value="audit",
        fix="enabled_log_types",
    ),
    Mutation(
        rule="EXPOSE1",
        name="Secrets have no key",
        environment="Dev",
        change=in_resource("Cluster", CLUSTER, lambda cluster: cluster.pop("EncryptionConfig")),
        value="secrets",
        fix="secrets_encryption_key",
    ),
    Mutation(
        rule="EXPOSE2",
        name="production can be deleted",
        environment="Prod",
        change=in_resource(
            "Cluster", CLUSTER, lambda cluster: cluster.update(DeletionProtection=False)
        ),
        value="unprotected",
        fix="deletion_protection",
    ),
    Mutation(
        rule="EXPOSE3",
        name="IMDSv1 answers",
        environment="Dev",
        change=in_resource(
            "Cluster",
            TEMPLATE,
            lambda template: template["LaunchTemplateData"]["MetadataOptions"].update(
                HttpTokens="optional"
            ),
        ),
        value="IMDSv1",
        fix="HttpTokens=required",
    ),
    Mutation(
        rule="EXPOSE3",
        name="containers reach the metadata",
        environment="Prod",
        change=in_resource(
            "Cluster",
            TEMPLATE,
            lambda template: template["LaunchTemplateData"]["MetadataOptions"].update(
                HttpPutResponseHopLimit=2
            ),
        ),
        value="hop limit",
        fix="HttpPutResponseHopLimit=1",
    ),
    Mutation(
        rule="EXPOSE4",
        name="a node's disk is in the clear",
        environment="Dev",
        change=in_resource(
            "Cluster",
            TEMPLATE,
            lambda template: template["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"].update(
                Encrypted=False
            ),
        ),
        value="/dev/xvda",
        fix="Encrypted",
    ),
    Mutation(
        rule="EXPOSE4",
        name="volumes of pods are in the clear",
        environment="Dev",
        change=in_template(
            "Cluster",
            manifest_change("StorageClass", "gp3", '"encrypted":"true"', '"encrypted":"false"'),
        ),
        value="StorageClass/gp3",
        fix="encrypted",
    ),
    Mutation(
        rule="EXPOSE5",
        name="the control plane's security group is open",
        environment="Dev",
        change=in_resource(
            "Cluster",
            "AWS::EC2::SecurityGroup",
            lambda group: group.update(SecurityGroupIngress=[EVERYBODY]),
            path="/ControlPlaneSecurityGroup/",
        ),
        value="443",
        fix="Allow only the networks",
    ),
    Mutation(
        rule="EXPOSE6",
        name="nodes have the CNI's policy",
        environment="Dev",
        change=in_resource(
            "Cluster",
            "AWS::IAM::Role",
            lambda role: _managed_policy(role, "AmazonEKS_CNI_Policy"),
            path="/NodeGroups/General/Role/",
        ),
        value="AmazonEKS_CNI_Policy",
        fix="Pod Identity",
    ),
    Mutation(
        rule="EXPOSE6",
        name="nodes are administrators",
        environment="Prod",
        change=in_resource(
            "Cluster",
            "AWS::IAM::Role",
            lambda role: _managed_policy(role, "AdministratorAccess"),
            path="/NodeGroups/General/Role/",
        ),
        value="AdministratorAccess",
        fix="node role",
    ),
    Mutation(
        rule="EXPOSE7",
        name="the load balancer faces the internet",
        environment="Prod",
        change=in_template("SampleService", _facing_the_internet),
        value="Service/web",
        fix="load_balancer_scheme",
    ),
)
