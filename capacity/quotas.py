"""Limits of AWS and Kubernetes that a growing cluster meets, each with its source."""

from __future__ import annotations

RESERVED_ADDRESSES = 5
"""The first four and the last address of every subnet (VPC user guide, "Subnet sizing")."""

PODS_ON_SMALL_NODES = 110
PODS_ON_LARGE_NODES = 250
LARGE_NODE_VCPUS = 30
"""A managed node group without an AMI of its own allows at most 110 pods below 30 vCPUs and 250
from 30 on, whatever else is configured (EKS user guide, "How maxPods is determined")."""

NODES_PER_GROUP = 450
GROUPS_PER_CLUSTER = 30
"""By default; a request raises each (EKS user guide, "EKS and Fargate service quotas")."""

FARGATE_VCPUS = 6
SMALLEST_FARGATE_POD = 0.25
"""vCPUs of all Fargate pods in an account and region, by default; a request raises it (same page).
The smallest pod has a quarter of one."""

MOST_UNAVAILABLE = 100
"""Nodes that an update takes away at once, at most (EKS user guide, "Understand each phase of node
updates")."""

MOST_SPREAD = 7
"""Instances of a spread placement group in each zone (EC2 user guide, "Placement strategies")."""

MARGIN_PERCENT = 10
"""How far a group may exceed its maximum, by one instance at least, while it rebalances (EC2 Auto
Scaling user guide, "Capacity Rebalancing", "Availability Zone rebalancing"). Spot groups do: the
replacement starts before the instance at risk goes."""

CONTROL_PLANE_INTERFACES = 4
CONTROL_PLANE_UPGRADE = 5
"""EKS places 2 to 4 interfaces over the cluster's subnets, and an upgrade needs up to five free
addresses (EKS user guide, "VPC and subnet requirements", "Update the cluster version")."""

LOAD_BALANCER_ADDRESSES = 8
"""Free addresses that a load balancer wants in each of its subnets (Elastic Load Balancing user
guide, "Subnets for your load balancer"; the load balancer controller skips smaller ones)."""

NETWORK_ADDRESS_USAGE = 64_000
NETWORK_ADDRESS_USAGE_RAISED = 256_000
"""Units of network address usage in a VPC, by default and on request (VPC user guide, "Network
Address Usage for your VPC")."""

USAGE_OF_A_SERVICE = 6
"""Units that a load balancer or endpoint takes in each zone, and a NAT gateway or a Lambda
function in all (same page)."""

CLUSTER_NODES = 5_000
CLUSTER_PODS = 150_000
"""What Kubernetes is built for (Kubernetes documentation, "Considerations for large clusters").
EKS goes beyond with AWS's help; a second cluster needs none."""

CONCURRENT_CUSTOM_RESOURCES = 5
"""Custom resources that CloudFormation sends to the kubectl handler at once, as seen in a first deploy.
Each needs an execution of the framework function and one of the handler."""

NEAR_PERCENT = 85
"""Above this share of a limit there is a warning."""
