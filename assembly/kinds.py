"""CloudFormation types that more than one reader uses."""

from __future__ import annotations

CLUSTER = "AWS::EKS::Cluster"
NODE_GROUP = "AWS::EKS::Nodegroup"
AUTO_SCALING_GROUP = "AWS::AutoScaling::AutoScalingGroup"
PROFILE = "AWS::EKS::FargateProfile"
ADD_ON = "AWS::EKS::Addon"
ACCESS_ENTRY = "AWS::EKS::AccessEntry"
ASSOCIATION = "AWS::EKS::PodIdentityAssociation"
FIRST_GENERATION = "Custom::AWSCDK-EKS-Cluster"
"""A cluster of the CDK's first EKS module, `aws_eks`."""
MANIFEST = "Custom::AWSCDK-EKS-KubernetesResource"
CHART = "Custom::AWSCDK-EKS-HelmChart"
OBJECT_VALUE = "Custom::AWSCDK-EKS-KubernetesObjectValue"
PATCH = "Custom::AWSCDK-EKS-KubernetesPatch"
KUBECTL = (MANIFEST, CHART, OBJECT_VALUE, PATCH)
"""What the CDK's kubectl handler does in the cluster."""
NESTED_STACK = "AWS::CloudFormation::Stack"

VPC = "AWS::EC2::VPC"
SUBNET = "AWS::EC2::Subnet"
ENDPOINT = "AWS::EC2::VPCEndpoint"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
INSTANCE_PROFILE = "AWS::IAM::InstanceProfile"
LAUNCH_TEMPLATE = "AWS::EC2::LaunchTemplate"
NAT_GATEWAY = "AWS::EC2::NatGateway"
FUNCTION = "AWS::Lambda::Function"
INTERNET_GATEWAY = "AWS::EC2::InternetGateway"
LOG_GROUP = "AWS::Logs::LogGroup"
ADOPTED_LOG_GROUP = "Custom::LogGroup"
LOG_GROUPS = (LOG_GROUP, ADOPTED_LOG_GROUP)
KEY = "AWS::KMS::Key"
ROLE = "AWS::IAM::Role"
POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
DEFAULT_TYPE = "t3.medium"
"""What EKS takes where a node group names no type (EKS API reference, CreateNodegroup)."""
