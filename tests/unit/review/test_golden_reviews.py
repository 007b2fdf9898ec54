"""Reviews of realistic changes: each says what it should, nothing else, and reads well.

The whole review of each is a file in __snapshots__; `make reference` writes them anew. What must
never be missing or wrong stands in the table as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from assembly.cloud_assembly import Assembly, assembly_at
from assembly.environment import Environment
from assembly.kinds import ADD_ON, ENDPOINT, MANIFEST, NAT_GATEWAY, PROFILE
from assembly.kinds import NODE_GROUP as NODE_GROUPS
from assembly.nodes import node_groups
from assembly.snapshots import ASSET_HASH, MASK
from kube.values import text
from review.labels import group_name
from review.markdown import markdown
from review.model import Risk
from review.node_pools import pools
from review.same import in_account_of
from review.sides import Sides
from tests.unit.review import golden_edits
from tests.unit.review.golden import Case
from tests.unit.review.templates import (
    ADMINISTRATOR,
    CLUSTER,
    NODE_GROUP,
    TODAY,
    replaced_text,
    resource_of,
    reviewed,
    texts,
    with_property,
    with_resource,
    without,
)

MOST_LINES = 25
"""As many lines stand above the folds: nobody decides on more."""
API = ("Deployment", "api")
COST, FIT = "Unchanged: cost ($730 a month)", "fit (your pods' requests fit the desired nodes)"
EFS = "aws-efs-csi-driver"
LIMITS, RULES = "limits of pods and addresses", " (by the same rules)"
BY_POOLS = "fit (pods that find no room get nodes of NodePool `general`, within limits)"


class Markdown(SingleFileSnapshotExtension):
    """A review as a Markdown file."""

    _write_mode = WriteMode.TEXT
    file_extension = "md"


CASES = (
    Case(
        name="maximum-nodes",
        risk=Risk.INTERRUPTS,
        says=(
            (
                r"interrupts: Node group `General`: maximum 9 → 12 nodes\. Environment `Prod` can run at most "
                r"1,344 pods instead of 1,014, if CPU and memory suffice; subnet private eu-west-1a is "
                r"at worst 21% full instead of 19%, with all groups at their maximum and updating\."
            ),
        ),
        details=(
            r"^At the maximum, 3 nodes more than before cost about \$421 a month, if an autoscaler",
            r"^vCPUs that count against the quota `Running On-Demand .*`: 12 with the desired nodes \(before: 12\), 48 at the maximum \(before: 36\)\.$",
            r"^If `General` has grown, this sets it back to 3 nodes: the pods on the others are evicted",
        ),
        count=1,
    ),
    Case(
        name="desired-nodes-down",
        risk=Risk.WEAKENS,
        says=(
            (
                r"weakens: Node group `General`: desired 3 → 2 nodes and minimum 3 → 2 nodes\. The maximum stays 1,014 pods\."
            ),
            r"\$730 → \*\*\$590\*\* a month \(-\$140\)",
            r"safe: Your pods fit .* 1\.4 of 7\.8 vCPUs .*, 1\.9 of 28\.9 GiB of memory .* and 21 of 220 pods \(before: 26 of 330\)",
        ),
        details=(
            r"loses 1 of 3 nodes, or all but 2 if it has grown: the pods there are evicted and start elsewhere\. A node that isn't empty",
            r"At least 1 of its 3 zones has no node of this group then: pods with an EBS volume",
        ),
        never="first limit|room for",
        count=3,
    ),
    Case(
        name="instance-type",
        risk=Risk.REPLACES,
        says=(
            (
                r"replaces: Node group `General` \*\*is replaced\*\*, because `InstanceTypes` can't be "
                r"changed in place \(`m7g\.xlarge` → `m7g\.2xlarge`\)"
            ),
            r"costs: Estimated cost: \$730 → .* a month \(\+\$399\)",
            r"all old nodes are drained at once: pods are evicted, and what is left after 5 minutes is killed, whatever",
        ),
        details=(
            r"nodes of both count against the vCPU quota: 36 vCPUs of .* with the desired nodes \(12 before, 24 after\), up to 60 if the old group has grown",
        ),
        consents=1,
        count=4,
    ),
    Case(
        name="instance-type-accepted",
        risk=Risk.REPLACES,
        says=(r"replaces: Node group `General` \*\*is replaced\*\*",),
        consents=0,
        count=4,
    ),
    Case(
        name="disk-size",
        risk=Risk.INTERRUPTS,
        says=(
            (
                r"interrupts: Node group `General`: nodes are rolled batch by batch.*, because launch "
                r"template `General` has a new version \(volumes of 120 GiB instead of 80\)"
            ),
        ),
        details=(
            r"fails the deploy, and the stack stays `UPDATE_FAILED`, .*: fix the budget, and run the same command again",
        ),
        never="is replaced|asks first",
        count=2,
    ),
    Case(
        name="new-node-group",
        risk=Risk.COSTS,
        says=(
            r"safe: New IAM role `NodeGroups/Batch/Role`|safe: New IAM role `Batch/Role`",
            (
                r"safe: Node group `Batch` is added with 1 node \(0 to 3\) of m7g\.large\. Environment `Prod` can run at "
                r"most 1,344"
            ),
        ),
        details=(
            r"^Without taints, any pod can be scheduled on its nodes \(image `AL2023_ARM_64_STANDARD`\)\.$",
            r"`: 14 with the desired nodes \(before: 12\), 42 at the maximum \(before: 36\)\.$",
            r"Nodes of Batch: none → \$66 \(1 m7g\.large\), at most \$199 \(3\)",
        ),
        # The reason is the one of the other groups.
        never="replaced|interrupted|General|acknowledged",
        folded=("Added: launch template `Batch`",),
    ),
    Case(
        name="version-up-by-one",
        risk=Risk.INTERRUPTS,
        says=(
            r"interrupts: The Kubernetes version changes from 1\.35 to \*\*1\.36\*\*: the API may drop",
            r"interrupts: 6 add-ons: only the add-ons' own pods restart, because `AddonVersion` is changed",
            r"safe: \*\*The CLI asks first\*\*: .* takes the whole stack back, but not the Kubernetes version of the control plane \(",
            r"interrupts: Node group `General`: nodes are rolled .*, because `Version` is changed",
        ),
        details=(
            r"nodes, `kube-proxy` and add-ons that don't support that version must go back first",
            (
                r"^Guardrails check the objects of these stacks against 1\.36: 1\.36 accepts all 15; `aws eks "
                r"list-insights` shows what else uses APIs"
            ),
            (
                r"^Other pods keep running\. Meanwhile a node doesn't learn of new endpoints of Services "
                r"\(`kube-proxy`\), new pods on a node wait for an address \(`vpc-cni`\), single lookups may fail"
            ),
            r"Fargate pods keep the old kubelet",
            r"^Add-on `kube-proxy`, add-on `vpc-cni`, .*`",
            (
                r"^33% of its nodes, but at least one, at a time: up to about 47 minutes for 3 nodes\. EKS adds up to 6 nodes meanwhile: this group alone has 36 vCPUs of .* at the peak, up to 60 if it has grown\. PodDisruptionBudgets are respected: "
                r".* within 15 minutes fails the deploy; the CLI then rolls the stack back, as it does where something is replaced: .*, and a control plane keeps its new one\.$"
            ),
        ),
        never="refuses|is replaced",
    ),
    Case(
        name="version-up-by-two",
        risk=Risk.REFUSED,
        says=(
            r"cannot be deployed: \*\*EKS refuses this deploy\*\*: .* skip a minor version, from 1\.34",
            r"interrupts: The Kubernetes version changes from 1\.34 to \*\*1\.36\*\*",
        ),
    ),
    Case(
        name="cidr-changed",
        risk=Risk.REFUSED,
        says=(
            r"replaces: VPC \*\*is replaced\*\*, because `CidrBlock` can't be changed in place",
            r"EKS refuses this deploy\*\*: Cluster `groundwork-prod` can't move to another VPC",
            r"safe: NetworkPolicy `sample/web` now allows traffic from `10\.21\.0\.0/19`",
        ),
        details=(
            r"VPC is replaced: `CidrBlock` `10\.20\.0\.0/16` → `10\.21\.0\.0/16`",
            r"Set `network\.cidr` back to `10\.20\.0\.0/16`, or build a second environment with the new CIDR",
            (
                r"stack `Network` can't change or remove what stack `Cluster` imports from it: 6 subnets "
                r"and VPC\. The same fix as above applies\."
            ),
            r"Caused by the change of VPC above; the same fix applies\.",
        ),
        never="exposes|[Dd]estroy",
    ),
    Case(
        name="zone-added",
        risk=Risk.TAKES_DOWN,
        says=(
            r"replaces: Node group `General` \*\*is replaced\*\*, because `Subnets`",
            r"takes down: Fargate profile `SampleApi` \*\*is replaced\*\*, because `Subnets`",
            r"safe: Added: 2 route tables, 2 route table associations, 2 routes and subnet `PrivateC`",
            r"weakens: Pods of Service `sample/web` in eu-west-1c \*\*never become ready\*\*, from the first one that is scheduled there: its load balancer stays in the zones",
            r"safe: Subnet `PublicC` \(`10\.10\.160\.0/24`\) is new and \*\*public\*\*: what has a public address there",
        ),
        details=(
            r"keep eu-west-1c out of the `zones` .* in annotation `service\..*/aws-load-balancer-subnets`",
        ),
        never="refuses|removed|costs: |may be dropped|safe: The load balancer",
        consents=3,
        folded=("Added: 2 route tables",),
    ),
    Case(
        name="zone-added-to-the-cluster",
        risk=Risk.REFUSED,
        says=(r"EKS refuses this deploy.* can't change its zones after creation",),
        details=(r"Set `network\.control_plane_zones` to eu-west-1a, eu-west-1b: nodes and pods",),
    ),
    Case(
        name="zone-removed",
        risk=Risk.REFUSED,
        says=(
            r"removes: 3 subnets are \*\*removed\*\*: EC2 deletes a subnet only when no network interface is left in it",
            r"removes: Elastic IP `PublicC` is \*\*removed\*\*",
            r"weakens: Subnet private eu-west-1a .* room for 39 nodes instead of 81",
        ),
        details=(
            r"Put eu-west-1c back into `network\.zones`: .* set `node_groups\[\]\.zones`",
            r"imports from it: 2 subnets\. The same fix as above applies",
            r"^It no longer has nodes in eu-west-1c: .* unless something else runs nodes there\.$",
        ),
        # Nothing is left there to have traffic.
        never="crosses zones|cross-zone",
    ),
    Case(
        name="nat-single",
        risk=Risk.REMOVES,
        says=(
            r"weakens: 2 NAT gateways are \*\*removed\*\*",
            r"removes: 2 Elastic IPs are \*\*removed\*\*: released, and traffic leaves from the addresses that remain; partners should take",
            r"\$730 → .* \(-\$77\)",
        ),
        details=(
            r"Only NAT gateway `PublicA` remains: if its zone fails, nothing behind the NAT gateways",
            r"^All of it now leaves from Elastic IP `PublicA`",
            r"^Traffic from eu-west-1b and eu-west-1c to a NAT gateway crosses zones, which is charged\.$",
            r"^Rerouted: route `PrivateB/DefaultRoute`, .* and route `ControlPlaneC/DefaultRoute`\.$",
        ),
        never="interrupts",
        consents=2,
    ),
    Case(
        name="endpoint-opened",
        risk=Risk.EXPOSES,
        says=(r"exposes: The API server is now reachable from \*\*`203\.0\.113\.0/24`\*\*",),
        count=1,
    ),
    Case(
        name="endpoint-closed",
        risk=Risk.INTERRUPTS,
        says=(
            r"interrupts: The API server is no longer reachable from the internet",
            r"safe: `Groundwork::EKS1\[0\.0\.0\.0/0\]` is no longer acknowledged",
        ),
        never="exposes|locks",
        count=2,
    ),
    Case(
        name="access-entry-added",
        risk=Risk.EXPOSES,
        says=(
            (
                r"exposes: Role `Developers` .* may now change most objects \(including Secrets\) in namespace "
                r"`team-a` and read most objects \(except Secrets\) in the whole cluster"
            ),
            r"safe: New in the cluster: Namespace `team-a`\.",
        ),
        folded=("New in the cluster: ClusterRoleBinding",),
        count=3,
    ),
    Case(
        name="access-entry-removed",
        risk=Risk.LOSES_DATA,
        consents=1,
        says=(
            r"interrupts: Role `Developers` .* \*\*loses all access\*\* to the cluster\. .* `team-a`",
            r"loses data: Namespace `team-a` is \*\*deleted\*\*: with everything in it, including",
            r"safe: The cost of what the estimate leaves out \*\*can only fall, by an amount that is not known here\*\*\. All else stays at about \$730 a month\.$",
        ),
        details=(
            r"^A deleted namespace takes with it what it has, such as load balancers, and volumes that nothing retains\.$",
        ),
        never="exposes|may now|locks",
        folded=("Removed from the cluster: ClusterRoleBinding",),
    ),
    Case(
        name="administrator-trusts-one",
        risk=Risk.EXPOSES,
        says=(
            (
                r"exposes: Role `Operator` .* may now assume role `Administrator`, instead of any "
                r"principal in this account that IAM allows"
            ),
            r"interrupts: Everyone else who could assume role `Administrator` \*\*no longer can\*\*",
        ),
        details=(
            r"^Only \*\*with MFA\*\*, as before\.$",
            r"^Role `Administrator` may do everything in the whole cluster\.$",
            r"^To be named here is enough: if `111122223333` is this account, role `Operator` no longer needs an IAM permission for it\.$",
            r"has MFA only if .*\*\*any other session can't assume role `Administrator`\*\*",
        ),
        count=2,
    ),
    Case(
        name="last-administrator-removed",
        risk=Risk.LOCKS_OUT,
        says=(
            r"locks out: \*\*Cluster `groundwork-prod` has no administrator left\*\*",
            (
                r"interrupts: Role `Administrator` \*\*loses all access\*\* to the cluster\. Until now it could do "
                r"everything in the whole cluster"
            ),
        ),
        details=(
            r"To recover, someone with .*`eks:CreateAccessEntry`.*; or put the entry back and deploy",
        ),
        consents=1,
        count=2,
    ),
    Case(
        name="fargate-selector",
        risk=Risk.TAKES_DOWN,
        says=(
            (
                r"takes down: Fargate profile `SampleApi` \*\*is replaced\*\*, because `Selectors`.*: all pods "
                r"of `sample/api` \(3\) are deleted at once, not rolled: down until they start again\."
            ),
        ),
        details=(
            r"^To avoid this, leave Fargate profile `SampleApi` as it is, and add a second Fargate profile for what is new\.$",
            r"From now on new pods in namespace jobs run on Fargate, .* runs amd64 only and no DaemonSets, gives no AWS permissions by Pod Identity, and doesn't enforce NetworkPolicies; no stack here creates this namespace\.",
        ),
        count=2,
        consents=2,
    ),
    Case(
        name="replicas",
        risk=Risk.SAFE,
        says=(
            r"safe: Deployment `sample/web` runs 5 instead of 3 pods\.",
            r"Your pods fit .* 1\.8 of 11\.8 vCPUs",
        ),
        count=2,
    ),
    Case(
        name="image-rebuilt",
        risk=Risk.SAFE,
        says=(
            (
                r"safe: The pods of Deployment `sample/api` are rolled because their image was rebuilt; a "
                r"new pod is ready before an old one stops\."
            ),
        ),
        count=1,
    ),
    Case(
        name="cdk-bumped",
        risk=Risk.SAFE,
        says=(
            r"safe: Replaced without impact: Lambda layer",
            r"safe: Updated in place: 2 Lambda functions",
        ),
        never="exposes|interrupts|replaces",
        count=3,
    ),
    Case(
        name="warm-addresses",
        risk=Risk.WEAKENS,
        says=(
            r"interrupts: Add-on `vpc-cni`: .*because `ConfigurationValues.env.WARM_PREFIX_TARGET` changes from `1` to `2`",
            (
                r"weakens: Subnet private eu-west-1a is at worst 21% full instead of 19%, .* have room for 72 nodes "
                r"instead of 81 \(limit: /28 blocks of private eu-west-1a\)\."
            ),
        ),
        # Fewer nodes find room: no loss of it is safe.
        never="safe: Subnet",
        count=2,
    ),
    Case(
        name="load-balancer-opened",
        risk=Risk.TAKES_DOWN,
        never="no longer reachable|address changes",
        says=(
            r"takes down: The load balancer of Service `sample/web` \*\*is down\*\* .*its DNS name changes: clients",
            r"exposes: The load balancer of Service `sample/web` becomes \*\*internet-facing\*\*: it is reachable",
            # It stands in the public subnets, and its pods know it by their addresses.
            (
                r"interrupts: NetworkPolicy `sample/web` changes with the load balancer of Service `sample/web` "
                r"and adds \*\*no second outage\*\*: it now allows traffic from `10\.20\.32\.0/24`.* instead of `10\.20\.0\.0/19`"
            ),
        ),
        details=(
            (
                r"^Only what calls these pods directly from subnet `PrivateA`.*, past the load balancer, "
                r"no longer reaches them on port 8080"
            ),
            r"^Newly allowed: subnet `PublicA`, subnet `PublicB` and subnet `PublicC`\.$",
            r"resolves to public addresses: clients in the VPC .* need a way to the internet",
        ),
        count=5,
        consents=1,
        folded=("Guardrail finding `Groundwork::EXPOSE7",),
    ),
    Case(
        name="sample-service-gone",
        risk=Risk.REFUSED,
        says=(
            r"safe: Stack `SampleService` was removed from the code: it keeps running until you run `aws",
            (
                r"stack `SampleService` was removed from the code but is still deployed, and still imports "
                r"from stack `Cluster` what this change removes: 2 outputs of Lambda function .* and cluster `groundwork-prod`, while the resources themselves stay"
            ),
        ),
        details=(
            r"Put `SampleService` back, or delete it first: `aws cloudformation delete-stack",
            r"That deletes the load balancer of Service `sample/web` with its DNS name and Namespace `sample`",
            r"add to the end of a commit message: `Review-consent: Prod/SampleService: WHY`",
        ),
        never="pods stop|Namespace",
    ),
    Case(
        name="subnet-renamed",
        risk=Risk.REFUSED,
        says=(
            r"cannot be deployed: \*\*AWS refuses this deploy\*\*: Subnet `PublicA` .* same `VpcId`",
            r"safe: Subnet `PublicA` \(`10\.20\.32\.0/24`\) is new and \*\*public\*\*",
            r"removes: Subnet `PublicA` is \*\*removed\*\*: EC2 deletes a subnet only when no network interface is left in it; else .* leaves it",
        ),
        never="Added: subnet",
        details=(
            r"Caused by the change of subnet `PublicA` above; the same fix applies",
            r"restore the old id \(`NetworkPublicASubnet6F57B779`, not `NetworkOpenASubnet0{8}`\)",
        ),
    ),
    Case(
        name="cluster-role-changed",
        risk=Risk.REFUSED,
        says=(
            r"cannot be deployed: \*\*AWS refuses this deploy\*\*: Cluster `groundwork-prod` ",
            r"loses data: Cluster `groundwork-prod` \*\*is replaced\*\*, because `RoleArn`",
        ),
        details=(
            r"`RoleArn` IAM role `ControlPlane/Role` → `arn.*/Other`\. Put the old value back, or build a second cluster",
            r"^AWS refuses to delete cluster `groundwork-prod` while its deletion protection is on",
        ),
        never="the old cluster goes",
    ),
    Case(
        name="architecture-changed",
        risk=Risk.TAKES_DOWN,
        says=(
            r"replaces: Node group `General` \*\*is replaced\*\*.*`m7g\.xlarge` → `m7i\.xlarge`",
            (
                r"takes down: Deployment `sample/web` \*\*is down\*\* from the end of the deploy of stack `Cluster` "
                r"until stack `SampleService` is deployed and new pods are ready"
            ),
            r"costs: Estimated cost: \$730 → \*\*\$824\*\* a month \(\+\$94\)\.",
            r"interrupts: \*\*No new node is arm64\*\*, only amd64: .* whose images have no build for amd64, don't start",
        ),
        details=(
            r"To avoid this, add the new node group beside the old one, .*; or first deploy `SampleService` with .* an image for both architectures, and no `nodeSelector`",
        ),
        never=r"-\$|without nodes|restart",
        consents=2,
    ),
    Case(
        name="becomes-administrator",
        risk=Risk.EXPOSES,
        says=(
            r"exposes: Role `Developers` .* may now do everything in the whole cluster\.$",
            r"safe: Tag-only change of 70 resources: `Tags\.owner` none → `platform`\.",
            r"interrupts: Node group `General`.*, because tags of launch template `General` change",
        ),
        details=(
            r"^Until now: change most objects \(.*\) in namespace `team-a` and read most objects",
            r"^Tags: `owner` none → `platform`\.$",
        ),
        never="may no longer|and no longer|new version",
        count=4,
    ),
    Case(
        name="retention-shortened",
        risk=Risk.LOSES_DATA,
        says=(
            r"loses data: 4 log groups keep log entries for 30 days instead of 365: older ones are",
            r"loses data: Bucket `FlowLogs` keeps objects for 30 days instead of 365: older ones are",
            r"interrupts: Node group `General`.* \(volumes of 120 GiB instead of 80\)",
        ),
        details=(
            # Fewer logs are stored, besides what has a price.
            r"^The cost of what the estimate leaves out \*\*can only fall, by an amount that is not known here\*\*\.$",
            r"^S3 looks for them once a day, at midnight UTC, and may delete them later\. The bucket keeps earlier versions",
            r"^Log group `/aws/eks/groundwork-prod/cluster` \(control plane\), log group of Lambda ",
            r"CloudWatch Logs usually deletes them within 72 hours",
            r"what expires can be restored for 30 more days, then it is gone",
        ),
        consents=5,
    ),
    Case(
        name="opened-to-partners",
        risk=Risk.TAKES_DOWN,
        says=(
            r"takes down: The load balancer of Service `sample/web` \*\*is down\*\* until the new one answers",
            r"exposes: The load balancer of Service `sample/web` becomes \*\*internet-facing\*\*: it is reachable",
            r"weakens: Deployment `sample/web` runs 2 instead of 3 pods",
            r"interrupts: The load balancer .* is no longer reachable from `10\.20\.0\.0/16`",
        ),
        details=(
            r"clients in the VPC can't reach it, unless those ranges include the addresses of its NAT gateways",
            r"`SampleServiceUrl` still shows the old DNS name .*`kubectl get service web --namespace sample`",
        ),
        never="safe: Deployment",
        consents=1,
    ),
    Case(
        name="weakened",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: Deleting stack `Network` will also \*\*delete every object\*\* of bucket `FlowLogs`",
            r"weakens: Bucket policy `FlowLogs/Bucket/Policy` now allows",
            r"weakens: Prod is \*\*no longer a production environment\*\*: no later change is refused",
            r"weakens: \*\*Termination protection\*\* of stacks `Network` and `Cluster` is turned off",
            (
                r"weakens: 3 KMS keys, bucket `FlowLogs` and 5 log groups are \*\*no longer retained\*\*: from "
                r"now on deleted when their stack is deleted .* or when they are replaced"
            ),
            r"weakens: \*\*Deletion protection\*\* of cluster `groundwork-prod` is turned off",
        ),
        details=(
            r"encrypts the Secrets of cluster `groundwork-prod`: once it is gone",
            r"KMS key `.*` encrypts bucket `FlowLogs`: once it is gone, nobody can read what it encrypted",
            r"KMS key `.*` encrypts .*log groups?.*: once it is gone, nobody can read what it encrypted",
        ),
        never="safe: .*[Pp]rotection|exposes|Added: `Custom",
    ),
    Case(
        name="one-zone",
        risk=Risk.REPLACES,
        says=(
            r"weakens: \*\*All nodes are in eu-west-1a\*\*: if it fails, everything that runs on nodes is down",
            r"weakens: Subnet private eu-west-1a is at worst 26% full instead of 19%, .* room for 40 nodes instead of 81",
        ),
        details=(
            r"^It no longer has nodes in eu-west-1b and eu-west-1c: pods with an EBS volume .* unless something else runs nodes there\.$",
            r"^Traffic from eu-west-1b and eu-west-1c to its nodes crosses zones, which is charged\.$",
        ),
        consents=1,
    ),
    Case(
        name="group-renamed",
        risk=Risk.REMOVES,
        says=(
            (
                r"removes: Node group `General` is \*\*removed\*\*: all its nodes are drained at once: pods are evicted and "
                r"start elsewhere if a node takes them, and what is left after 5 minutes is killed"
            ),
            r"safe: Node group `Workers` is added with 3 nodes",
        ),
        details=(r"set its name back to `General`; else its pods move to the nodes of `Workers`",),
        never="costs|no node",
        consents=1,
    ),
    Case(
        name="dns-on-fargate",
        risk=Risk.INTERRUPTS,
        says=(
            r"interrupts: Add-on `coredns`: only the add-on's own pods restart",
            r"safe: Fargate profile `Platform` is new: .* namespace kube-system with k8s-app=kube-dns .* amd64 only .* Pod Identity, .* NetworkPolicies\.",
        ),
        details=(
            r"^Fargate pods of coredns: none → \$18 \(2 of 0\.25 vCPU and 0\.5 GB\)",
            r"^Add-on `coredns`: `ConfigurationValues\.computeType` none → `Fargate`,",
        ),
        never="removed|replaced|1,018|of 330 pods",
    ),
    Case(
        name="mfa-dropped",
        risk=Risk.EXPOSES,
        says=(
            r"exposes: Role `Operator` .* may now assume role `Administrator`, instead of any principal",
            r"interrupts: Everyone else who could assume role `Administrator`",
        ),
        details=(r"^\*\*Without MFA\*\*, which was needed before\.$",),
        count=2,
    ),
    Case(
        name="reads-less",
        risk=Risk.INTERRUPTS,
        says=(r"interrupts: Role `ReadOnly` may no longer read .* in the whole cluster\.$",),
        details=(r"^Still: read most objects \(except Secrets\) in namespace `sample`\.$",),
        count=1,
    ),
    Case(
        name="auto-mode-amd64",
        risk=Risk.TAKES_DOWN,
        says=(
            (
                r"costs: Estimated cost: .*, without nodes of NodePool general-purpose, whose price isn't known "
                r"here, and without nodes of NodePool spot, whose cost \*\*changes by an amount that is not known"
            ),
            (
                r"takes down: Deployment `shop/web` \*\*can't run\*\* after this deploy: no node takes the "
                r"pods, which stay pending\.$"
            ),
            (
                r"interrupts: Nodes of NodePool `spot` and NodePool `steady` that no longer match \*\*are "
                r"replaced\*\*, as the NodePool's disruption budgets allow: pods are evicted and start elsewhere if a node takes them; what PodDisruptionBudgets hold back is killed after"
            ),
            r"interrupts: \*\*No new node is arm64\*\*, only amd64",
        ),
        details=(
            r"^Nodes of NodePool spot: other instances than before, no price known",
            r"^They ask for `kubernetes\.io/arch=arm64`\. Until now nodes of NodePool `steady` took them\.$",
            r"^NodePool `steady`: `.*values` now has `m7i` and `c7i` and no longer has `m7g`",
            r"^Nodes of NodePool steady, without their volumes: \$\d+ to \$\d+ \(2 nodes, more only while one is replaced, with a fee of 5% to 12% .*\) → \$\d+ to \$",
        ),
        never="safe|find no node",
        folded=(r"added: Pending pods: no node takes them<br/>3 . shop/web",),
        consents=1,
        count=4,
    ),
    Case(
        name="auto-mode-own-pools",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: Environment `AutoMode` can run at most 2,090 pods \(1,760 of them only if they tolerate taints\) instead of 3,410.*; the 3,410 counts NodePool `general-purpose` with 24 vCPUs, which nothing enforces\.",
            r"interrupts: EKS removes the node pool `general-purpose` of cluster `auto-mode`: \*\*its nodes go\*\*, .* if a node takes them; what PodDisruptionBudgets hold back is killed after 24 hours",
            r"interrupts: \*\*No new node is amd64\*\*, only arm64",
            r"safe: The cost of nodes of NodePool general-purpose \*\*falls by an amount that is not known here",
        ),
        details=(
            r"^Whether pods that these stacks don't have fit there isn't known here\.$",
            r"^Pods without tolerations find a place only on NodePool `steady` \(2 nodes, however many pods wait\)\.$",
        ),
        # The pods of the workload are on another pool.
        never="no node|start \\*\\*is (no longer|not) certain|nodes of Auto Mode",
    ),
    Case(
        name="auto-mode-built-in-pool",
        risk=Risk.REFUSED,
        says=(
            r"stack `Network` can't change or remove what stack `Cluster` imports from it: 3 outputs of subnet `ControlPlaneA`, .* and subnet `ControlPlaneC`, while the resources themselves stay\.$",
            (
                r"weakens: Where new nodes of EKS's own NodePool `general-purpose` start \*\*is not "
                r"certain\*\*: they are in the subnets that cluster `auto-mode` was made with"
            ),
            r"Environment `AutoMode` can run 3,410 pods \(1,760 .*\) instead of 2,090.*; the 3,410 counts NodePool `general-purpose` with 24 vCPUs, which nothing enforces\.",
        ),
        details=(
            r"`cdk deploy --exclusively AutoMode/Cluster`, with the code of this change, from its branch and before it is merged\. Then deploy the rest\.$",
            r"^If they stay, they have only the addresses of the old subnets \(11 in each\), which must stay, too; .* The plan counts with private subnets\.",
            r"^When it is deployed, add to the end of a commit message: `Review-consent: AutoMode/Cluster: WHY`\.$",
            (
                r"^The cluster's subnets until now: subnet `ControlPlaneA` \(`10\.76\.48\.0/28`\), .*; from "
                r"now on: subnet `PrivateA` \(`10\.76\.0\.0/19`\)"
            ),
        ),
        never="nodes of Auto Mode|AutoMode can run at most",
        folded=(
            r"if deployed in that order</summary>",
            r"doesn't promise that they stay there or follow a change\. Takes effect: when stack `Cluster` is deployed\.",
        ),
    ),
    Case(
        name="auto-mode-off",
        risk=Risk.TAKES_DOWN,
        says=(
            r"interrupts: Nodes with .* \*\*can't join the cluster any more\*\* \(`EC2`\)",
            r"safe: New pods of ServiceAccount `kube-system/aws-node` .* of IAM role `VpcCni/Role`\.",
            (
                r"exposes: New IAM role `LoadBalancerController/Role`: .* it may call "
                r"`ec2:AuthorizeSecurityGroupIngress`"
            ),
            (
                r"takes down: EKS \*\*terminates every node of Auto Mode\*\* of cluster `auto-mode` and deletes the load "
                r"balancers that it made: .*, DNS included, \*\*is down\*\* until nodes of node group `General` are ready"
            ),
            r"takes down: \*\*Volumes of Auto Mode can't be mounted any more\*\*",
            r"interrupts: \*\*No new node is amd64\*\*, only arm64",
            r"costs: The cost of nodes of NodePool .* All else: \$172 to \$410 → \$253 a month \(-\$\d+ to \+\$\d+\), so in all it is at most \$81 more",
        ),
        details=(
            r"^It is the end of NodePool `general-purpose`, .*NodePool `steady`",
            r"^IAM role `ControlPlane/Role` loses permissions before that: whether EKS can still",
            r"with Auto Mode still on, move the pods",
        ),
        # The pods of the workload run on the new group.
        never="no node takes|[^y] nodes of Auto Mode|existing ones stay, |drained|go with|its nodes go",
        consents=2,
        folded=("In full: the permissions of IAM role `LoadBalancerController/Role`",),
    ),
    Case(
        name="karpenter-added",
        risk=Risk.EXPOSES,
        says=(
            r"safe: Pods that find no room get nodes of NodePool `general`",
            (
                r"exposes: New IAM role `Karpenter/Role`: `pods\.eks\.amazonaws\.com` may assume it, and it may "
                r"call `ec2:CreateFleet`, `ec2:RunInstances`, `iam:PassRole`, .* and 19 more actions"
            ),
            r"safe: Nodes with role `Karpenter/Nodes/Role` may now join the cluster",
            r"safe: 12 guardrail findings are acknowledged at `Cluster/Karpenter/NodeLifecycle`",
        ),
        details=(
            r"^Nodes of NodePool `general` may be \*\*Spot instances\*\*",
            r"^Karpenter itself runs on the desired nodes: each of its 2 pods asks for 1 vCPU and 1Gi of memory\. With add-ons and charts, .* of 3\.9 vCPUs \(before: .* The pools make nodes for what finds no room, but none that Karpenter's own pods run on\.$",
            r"^vCPUs that count against the quota `Running On-Demand .*: 4 with the desired nodes \(before: 4\), 38 at the maximum \(before: 6\)\.$",
            r"^Nodes of NodePool general: none → some nodes, at most 32 vCPUs or \$1,400 a month, without their volumes\.$",
            r"^2 Helm releases: what comes into the cluster with that, such as pods and rights there, isn't looked into here\.$",
        ),
        never="interrupts|`AWS::",
        folded=("In full: the permissions of IAM role `Karpenter/Role`",),
    ),
    Case(
        name="karpenter-amd64",
        risk=Risk.TAKES_DOWN,
        says=(
            r"costs: .* \(\+\$31\), without nodes of NodePool general, whose cost \*\*changes by an amount",
            r"replaces: Node group `System` \*\*is replaced\*\*",
            r"takes down: Deployment `shop/web`, as far as it runs on nodes of node group `System`, \*\*can't run\*\* after",
            r"interrupts: Nodes of NodePool `general` that no longer match \*\*are replaced\*\*, .*: pods are evicted and start elsewhere if a node takes them;",
            r"interrupts: \*\*No new node is arm64\*\*, only amd64",
        ),
        details=(
            r"^Nodes of NodePool general: .* at most 32 vCPUs or \$1,400 a month, without their volumes → .* or \$1,312 a month, without their volumes\.$",
            r"Until now nodes of node group `System` and NodePool `general` took them\.$",
            r"^NodePools that no stack here has aren't checked\.$",
            r"^Pods on nodes of NodePool `general` stay until somebody stops them or their node goes",
        ),
        never=r"New pods|safe: (?!\*\*The CLI asks)",
        consents=2,
    ),
    Case(
        name="karpenter-gone",
        risk=Risk.REMOVES,
        says=(
            r"removes: Queue `Karpenter/Interruptions` is \*\*removed\*\*",
            r"interrupts: NodePool `general` is \*\*deleted\*\*: the nodes are drained and go, .*; what PodDisruptionBudgets hold back is killed after 10 minutes",
            r"interrupts: EC2NodeClass `default` is \*\*deleted\*\*: .* tries it three times, .* says `UPDATE_COMPLETE` all the same: .*\*\*nobody ends the nodes that are left\*\*\.$",
            r"removes: Helm release `Karpenter/Definitions` and Helm release `Karpenter/Controller` are \*\*removed\*\*: .*also those that no stack has; \*\*nobody ends the instances\*\* of NodePools that are left by then: they run on",
            r"interrupts: Nodes with role `Karpenter/Nodes/Role` \*\*can't join the cluster any more",
        ),
        details=(
            r"^Before that, the deploy deletes NodePool `general` and ends the nodes\. NodePools that no stack has are left, and their instances run on\. Before the deploy: `kubectl delete nodepool --all`",
        ),
        # Those of the group take its pods.
        never="no node takes|go with it|safe: Removed from the cluster: .*NodePool|the deploy fails",
        consents=1,
    ),
    Case(
        name="karpenter-image",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: New nodes of NodePool `general` are \*\*no longer On-Demand\*\*: .* pods stay pending\. .* without role `AWSServiceRoleForEC2Spot`",
            (
                r"interrupts: Nodes of NodePool `general` and EC2NodeClass `default` that no longer match \*\*are "
                r"replaced\*\*, as the NodePool's disruption budgets allow: pods are evicted and start elsewhere if a node takes them; "
                r"what PodDisruptionBudgets hold back is killed after 10 minutes, by the `terminationGracePeriod`\."
            ),
            r"safe: The cost of nodes of NodePool general \*\*can only fall, by an amount that is not known here",
        ),
        details=(
            r"alias` `bottlerocket@v1\.50\.0` → `bottlerocket@v1\.51\.0`\.$",
            # Spot costs up to the On-Demand price.
            r"^Nodes of NodePool general: some nodes, at most 32 vCPUs or \$1,400 a month, without their volumes → some nodes, at most 32 vCPUs or \$\d+ to \$840 a month at usual Spot prices, without their volumes\.$",
        ),
        never="costs",
        count=3,
    ),
    Case(
        name="windows-more-nodes",
        risk=Risk.INTERRUPTS,
        says=(
            r"interrupts: Node group `Windows`: maximum 4 → 6 nodes and desired 2 → 3 nodes\.",
            (
                r"costs: The cost of nodes of Windows \*\*rises by an amount that is not known here\*\*\. All else: .* a month "
                r"\(\+\$9\), so in all it is at least \$173 more\.$"
            ),
        ),
        details=(
            r"^At the maximum, 2 nodes more than before cost more than \$346 a month, if",
            r"^Nodes of Windows: no price known \(2 m7i\.xlarge with a Windows licence, \$164 each without\) →",
        ),
        never="no node|fit .* pods \\(before",
    ),
    Case(
        name="windows-gone",
        risk=Risk.REMOVES,
        says=(
            r"safe: The cost of nodes of Windows \*\*falls by .*\*\*\. All else: \$270 → \$253 a month .* in all it is at least \$345 less",
            r"removes: Node group `Windows` is \*\*removed\*\*",
            r"takes down: Deployment `shop/web` \*\*can't run\*\* after this deploy",
            r"weakens: Environment `Windows` can run at most 116 pods instead of 172",
        ),
        details=(
            r"^They ask for `kubernetes\.io/os=windows`\. Until now nodes of node group `Windows` took them\.$",
        ),
        never="NodePool|have room for|amd64",
        folded=(r"added: Pending pods: no node takes them<br/>3 . shop/web",),
        consents=2,
    ),
    # The records of a year stay in the bucket, with a key, and without what denied HTTP.
    Case(
        name="flow-logs-moved",
        risk=Risk.REMOVES,
        says=(
            r"removes: Bucket `FlowLogs` is \*\*removed\*\*",
            r"replaces: Flow log \*\*is replaced\*\*",
            r"costs: Flow log writes to CloudWatch Logs instead of a bucket: each GB \*\*costs more\*\*",
            r"safe: Added: log group `FlowLogs`",
        ),
        details=(
            r"^It stays in the account, outside the stack, and is paid for\. There, objects are kept for 365 days and earlier versions of objects for 30 days\.$",
            r"^Log group `FlowLogs`: log entries are kept for 365 days\.$",
            r"^Its policy is deleted with it: what that denied, such as requests without TLS",
        ),
        never="loses data|exposes",
        consents=1,
    ),
    # Where it is deployed there, it is the same; nothing is wider for "this account" with a name.
    Case(
        name="account-named",
        risk=Risk.SAFE,
        says=(r"safe: \*\*The account is named now\*\*: `111122223333`",),
        never="exposes|interrupts|other resources",
        count=1,
    ),
    Case(name="nothing", risk=Risk.NOTHING, count=0),
    *golden_edits.CASES,
)


def two_behind(prod: Environment) -> Environment:
    """Return prod as it would have been two minor versions before 1.36."""
    older = with_property(prod, "Cluster", CLUSTER, "Version", "1.34")
    # None is newer than the API server.
    older = replaced_text(older, "v1.35.3-eksbuild.5", "v1.34.1-eksbuild.2")
    return with_property(older, "Cluster", NODE_GROUP, "Version", "1.34")


def rebuilt(prod: Environment) -> Environment:
    """Return prod after a new build of the API's image."""
    (api,) = (item for item in prod.kubernetes_objects() if (item.kind, item.name) == API)
    image = api.content["spec"]["template"]["spec"]["containers"][0]["image"]
    return replaced_text(prod, image.rpartition(":")[2], "0" * 64)


def bumped(prod: Environment) -> Environment:
    """Return prod as another CDK makes it: other code of its functions, on another runtime."""
    layer = resource_of(prod, "Cluster", "ControlPlaneClusterKubectlProviderAwsCliLayerAEB1CE24")
    function = resource_of(
        prod, "Cluster", "ControlPlaneClusterKubectlProviderframeworkonEvent303CDB4D"
    )
    after = replaced_text(prod, layer.properties["Content"]["S3Key"], f"{'1' * 64}.zip")
    after = replaced_text(after, function.properties["Code"]["S3Key"], f"{'2' * 64}.zip")
    return replaced_text(after, "nodejs24.x", "nodejs26.x")


def renamed(prod: Environment) -> Environment:
    """Return prod with another construct id of a subnet."""
    return replaced_text(prod, "NetworkPublicASubnet6F57B779", "NetworkOpenASubnet00000000")


UNDO = {
    "karpenter-added": "karpenter-gone",
    "auto-mode-built-in-pool": "auto-mode-own-pools",
    **golden_edits.BACK,
}
"""Changes that undo others."""


def sides(name: str, base: Mapping[str, Environment], heads: Path) -> tuple[Environment, ...]:
    """Return the environment before and after a change."""
    if name in golden_edits.EDITS:
        return golden_edits.sides(name, base)
    prod = base["Prod"]
    edits: dict[str, Callable[[Environment], Environment]] = {
        "image-rebuilt": rebuilt,
        "cdk-bumped": bumped,
        "subnet-renamed": renamed,
        "nothing": replace,
        "last-administrator-removed": lambda prod: without(prod, "Cluster", ADMINISTRATOR),
        "cluster-role-changed": lambda prod: with_property(
            prod, "Cluster", CLUSTER, "RoleArn", "arn:aws:iam::111122223333:role/Other"
        ),
    }
    if name in edits:
        return prod, edits[name](prod)
    if name == "becomes-administrator":
        (before,) = assembly_at(heads / "access-entry-added").environments().values()
        return before, assembly_at(heads / name).environments()["Prod"]
    if name == "access-entry-removed":
        return assembly_at(heads / "access-entry-added").environments()["Prod"], prod
    if name == "version-up-by-two":
        return two_behind(prod), assembly_at(heads / "version-up-by-one").environments()["Prod"]
    (after,) = assembly_at(heads / UNDO.get(name, name)).environments().values()
    before = base[after.name]
    return (after, before) if name in UNDO else (before, after)


@pytest.fixture(scope="module")
def built(base: Mapping[str, Environment], synthesized: Assembly) -> Mapping[str, Environment]:
    """Return all that a change may begin with: the examples as well."""
    return {**synthesized.environments(today=TODAY), **base}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_review_of_a_change(
    case: Case, built: Mapping[str, Environment], heads: Path, snapshot: SnapshotAssertion
) -> None:
    """The verdict is right, the sentences are there, nothing false is, and it reads as committed."""
    before, after = sides(case.name, built, heads)
    review = reviewed(before, after)
    said = texts(review)
    timed = [
        x
        for each in review.environments
        for x in each.sentences
        if not review.environments[0].refused
    ]
    # In a new place all that is safe begins with the deploy.
    known = Risk.NOTHING if review.environments[0].before else Risk.COSTS
    assert all(x.when or x.aside or x.lasts == "told" or x.risk <= known for x in timed)

    assert review.risk is case.risk
    for pattern in case.says:
        assert any(re.search(pattern, text) for text in said), (pattern, said)
    assert not [text for text in said if re.search(case.never, text)]
    details = [x for each in review.environments for y in each.sentences for x in y.details]
    for pattern in case.details:
        assert any(re.search(pattern, text) for text in details), (pattern, details)
    assert len(review.missing_consents) == case.consents
    written = markdown(review)
    above = written.partition("<details>")[0].rstrip()
    assert not re.search(r"without impact</summary>\n\n(- (?!safe)|.*\n- (?!safe))", written)
    assert len(above.splitlines()) <= MOST_LINES
    # Nobody can decide without it: silence could as well mean that nobody looked.
    assert "cost" in above or case.risk in {Risk.NOTHING, Risk.REFUSED}
    for pattern in case.folded:
        assert not re.search(pattern, above)
        assert re.search(pattern, written)
    assert case.count in {None, len(said)}, said
    written_alike, _ = in_account_of(before, after)
    found = Sides(before=written_alike, after=after, today=TODAY).changes
    replaced = any(each.kind == "replaced" for each in found)
    asks = re.findall(r"CLI asks first.* deploys stack `(?:Cluster|Network)` with rollback", above)
    deployed = known is Risk.NOTHING and case.risk is not Risk.REFUSED
    assert len(asks) == (replaced and deployed), above
    assert ASSET_HASH.sub(MASK, written) == snapshot(extension_class=Markdown)


@pytest.mark.parametrize("name", golden_edits.EDITS)
def test_an_edit_of_templates_has_the_plan_that_they_have(
    name: str, built: Mapping[str, Environment]
) -> None:
    """What a configuration can't say must still be true: a review compares the plans as well."""
    for side in golden_edits.sides(name, built):
        inputs, groups = side.inputs, side.resources(NODE_GROUPS)
        endpoints = (text(x.properties, "VpcEndpointType") for x in side.resources(ENDPOINT))
        assert inputs is not None
        planned = {x.name: x for x in inputs.groups if x.managed}
        assert inputs.interface_endpoints == [*endpoints].count("Interface")
        assert len(inputs.nat_zones) == len(side.resources(NAT_GATEWAY))
        assert len(inputs.fargate) == len(side.resources(PROFILE))
        add_ons = {text(x.properties, "AddonName") for x in side.resources(ADD_ON)}
        assert (EFS in inputs.daemons) is (EFS in add_ons)
        assert {*map(group_name, groups)} == {*planned}
        made = {*map(group_name, node_groups(side)), *(x.name for x in pools(side))}
        assert made == {x.name for x in inputs.groups}
        assert all(
            bool(planned[group_name(x)].apart)
            is ("Taints" in x.properties or planned[group_name(x)].windows)
            for x in groups
        )


@pytest.mark.parametrize(
    ("name", "unchanged"),
    [
        ("replicas", f"{COST}, {LIMITS}, access, network exposure, permissions of IAM roles."),
        (
            "dns-on-fargate",
            f"Unchanged: {FIT}, access, network exposure, permissions of IAM roles.",
        ),
        ("endpoint-opened", f"{COST}, {FIT}, {LIMITS}, access, permissions of IAM roles."),
        # Its nodes have a role of their own, and the group another name.
        ("group-renamed", f"{COST}, {FIT}, access, network exposure."),
        (
            "load-balancer-opened",
            f"Unchanged: {FIT}, {LIMITS}, access, permissions of IAM roles.",
        ),
        (
            "zone-added",
            f"Unchanged: cost ($188 to $243 a month), {FIT}, access, permissions of IAM roles.",
        ),
        # Logs cost by the GB, which no estimate knows.
        *(
            (
                name,
                f"Unchanged: {FIT}, {LIMITS}, access, network exposure, permissions of IAM roles.",
            )
            for name in ("fewer-logs", "flow-logs-off")
        ),
        # How many nodes there are is not known, but each costs another sum.
        (
            "karpenter-image",
            f"Unchanged: {BY_POOLS}, {LIMITS}, access, network exposure, permissions of IAM roles.",
        ),
        # It is refused only in the order of a whole deploy.
        ("auto-mode-built-in-pool", "Unchanged: access, network exposure."),
        # Those of the other pool are for pods that tolerate its taint.
        (
            "auto-mode-own-pools",
            f"Unchanged: {FIT[:-1]}, from now on the only ones for pods without tolerations), access, network exposure.",
        ),
        # Only nodes join no more, and only load balancers go.
        ("auto-mode-off", "Unchanged: access of people, reach of the API server."),
        # A node that is NotReady takes no pod.
        (
            "nodes-become-managed",
            "Unchanged: cost ($490 a month), network exposure, permissions of IAM roles, access of people.",
        ),
        # Another network and other roles, by the same rules.
        (
            "region-changed",
            f"Unchanged: {FIT}, {LIMITS}, access{RULES}, network exposure{RULES}, permissions of IAM roles{RULES}.",
        ),
        # EKS keeps what an update doesn't mention.
        (
            "warm-pool-gone",
            f"Unchanged: cost ($1,130 a month; $1,123 if the warm pool goes), {FIT}, access, network exposure, permissions of IAM roles.",
        ),
        # It is as large as the reservation.
        (
            "capacity-reservation",
            f"{COST}, {FIT}, access, network exposure, permissions of IAM roles.",
        ),
        # Another role is no way in, but other permissions.
        (
            "pod-identity-role",
            f"Unchanged: cost ($601 a month), {FIT}, {LIMITS}, access, network exposure.",
        ),
        # Who adds an autoscaler asks whether all that it may make has room.
        *(
            (
                name,
                f"Unchanged: cost ($601 a month), {FIT[:-1]}; at the autoscalers' maximum they fit, too: with {pods}), {LIMITS}, access, network exposure, permissions of IAM roles.",
            )
            for name, pods in (
                (
                    "autoscaler-added",
                    "10 pods of Deployment `shop/web`, they take 2.3 of 11.8 vCPUs, 2.9 of 45.1 GiB of memory and 36 of 330 pods",
                ),
                (
                    "autoscaler-more",
                    "20 pods of Deployment `shop/web`, as far as quotas let them in, they take 3.3 of 11.8 vCPUs, 4.1 of 45.1 GiB of memory and 46 of 330 pods",
                ),
            )
        ),
        # Some pods find no node.
        ("windows-gone", "Unchanged: access, network exposure."),
    ],
)
def test_what_was_compared_and_stays(
    name: str, unchanged: str, built: Mapping[str, Environment], heads: Path
) -> None:
    """Silence of a subject could as well mean that nobody looked."""
    above = markdown(reviewed(*sides(name, built, heads))).partition("<details>")[0]
    assert unchanged in above.splitlines()


def test_a_new_stack_has_the_objects_of_one_that_is_deleted(
    built: Mapping[str, Environment], heads: Path
) -> None:
    """The trailer says that the old stack is gone, and with it what was in the way."""
    before, after = sides("workload-renamed", built, heads)
    said = texts(reviewed(before, after, consents={"ManyTeams/Shop": "Nobody used it."}))
    assert any(
        "`Shop` was removed from the code, and a commit says that it is" in x for x in said
    ), said
    assert not [x for x in said if x.startswith("cannot be deployed")], said


def test_what_opens_a_way_in_is_no_unchanged_exposure(prod: Environment) -> None:
    """A comment that says "exposes" and "Unchanged: exposure" contradicts itself."""
    hops = "LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit"
    (template,) = prod.resources("AWS::EC2::LaunchTemplate")
    review = reviewed(prod, with_property(prod, "Cluster", template.logical_id, hops, 2))

    (environment,) = review.environments
    assert environment.risk is Risk.EXPOSES
    assert "access" in environment.unchanged
    assert "network exposure" not in environment.unchanged
    assert "reach of the API server" not in environment.unchanged


def test_who_enters_by_a_config_map_is_no_unchanged_access(
    built: Mapping[str, Environment], heads: Path
) -> None:
    """That some nodes no longer join says nothing of people."""

    def mapped(environment: Environment, people: str) -> Environment:
        item = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"mapUsers": people}}
        item["metadata"] = {"name": "aws-auth", "namespace": "kube-system"}
        values = {"Manifest": json.dumps([item]), "ClusterName": {"Ref": CLUSTER}}
        return with_resource(environment, "Cluster", "Map", MANIFEST, values)

    before, after = sides("karpenter-gone", built, heads)
    (environment,) = reviewed(mapped(before, "[]"), mapped(after, "[{}]")).environments
    assert not [x for x in environment.unchanged if x.startswith("access")]
    (environment,) = reviewed(mapped(before, "[]"), mapped(after, "[]")).environments
    assert "access of people" in environment.unchanged


def test_where_load_balancers_go_exposure_is_not_unchanged(
    built: Mapping[str, Environment], heads: Path
) -> None:
    """What they served is reachable no more."""
    (environment,) = reviewed(*sides("auto-mode-off", built, heads)).environments
    assert "network exposure" not in environment.unchanged


def test_a_change_of_nothing_is_one_line(prod: Environment, dev: Environment) -> None:
    """Nobody should have to read a review of nothing."""
    review = reviewed(prod, prod)
    assert markdown(review) == "Verdict: **nothing to deploy**. No change from `main`: Prod.\n"
    assert dev != prod
