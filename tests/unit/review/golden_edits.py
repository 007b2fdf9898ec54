"""Golden changes that need no synth of their own: a change the other way round, or an edit of templates.

What a plan is made of isn't in the templates: a change of that is one of heads.py, or where no configuration
allows it, it says what the plan would be made of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from review.model import Risk
from tests.unit.review.golden import Case
from tests.unit.review.templates import (
    CLUSTER,
    NODE_GROUP,
    edited,
    replaced_text,
    with_plan,
    with_property,
    with_resource,
    without,
)

Edit = Callable[[Environment], Environment]
PROFILE = "DataPlaneFargateProfilesSampleApi65784971"
TEMPLATE = "DataPlaneNodeGroupsGeneralLaunchTemplate3462D99E"
BATCH = "DataPlaneNodeGroupsBatchNodeGroup55C8B77C"
MIX = "MixedInstancesPolicy.InstancesDistribution"
CLOSE = "DataPlaneNodeGroupsCloseLaunchTemplate828C7E74"
CHART = "AddOnsLoadBalancerControllerChart38D1F43E"
PAYMENTS = "AccessPaymentsRole5AEF65F7"
FLOW_LOGS = (
    "NetworkFlowLogsKey91A8904C",
    "NetworkFlowLogsBucketA9BF4847",
    "NetworkFlowLogsBucketPolicy450858E2",
    "NetworkFlowLogsFlowLog1B5B8A3A",
)
ENDPOINTS = (
    "NetworkEndpointsEcrApi4281EA21",
    "NetworkEndpointsEcrDkrF7661A3F",
    "NetworkEndpointsStsC7B36572",
    "NetworkEndpointsSecurityGroup188E4053",
)
ADD_ONS = (
    "AddOnsAdditionalawsefscsidriver28279F03",
    "AddOnsAdditionalawsefscsidriverRole4DE5089B",
    "AddOnsAdditionalsnapshotcontroller11D7C9F3",
)
APPS = "DataPlaneFargateProfilesApps18D84A7C"
SPOT_NODES = "DataPlaneNodeGroupsSpotNodeGroup9B0EF817"
OTHER_KEY = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4444-8888-0123456789ab"
RESERVED = {
    "CapacityReservationPreference": "capacity-reservations-only",
    "CapacityReservationTarget": {"CapacityReservationId": "cr-0a1b2c3d4e5f67890"},
}


def drop(stack: str, *logical_ids: str) -> Edit:
    """Return an edit that removes resources."""
    return lambda environment: without(environment, stack, *logical_ids)


def put(stack: str, logical_id: str, path: str, value: object) -> Edit:
    """Return an edit that sets a property."""
    return lambda environment: with_property(environment, stack, logical_id, path, value)


def cut(stack: str, logical_id: str, *path: str) -> Edit:
    """Return an edit that removes a property."""

    def edit(template: dict[str, Any]) -> None:
        inside = template["Resources"][logical_id]["Properties"]
        for name in path[:-1]:
            inside = inside[name]
        del inside[path[-1]]

    return lambda environment: edited(environment, stack, edit)


def write(old: str, new: str) -> Edit:
    """Return an edit of a text, such as a tag."""
    return lambda environment: replaced_text(environment, old, new)


def apply(old: str, new: str) -> Edit:
    """Return an edit of a part of a manifest, which is JSON within JSON."""
    return write(json.dumps(old)[1:-1], json.dumps(new)[1:-1])


def both(*edits: Edit) -> Edit:
    """Return several edits as one."""

    def edit(environment: Environment) -> Environment:
        for each in edits:
            environment = each(environment)
        return environment

    return edit


def with_object(kind: str, **spec: object) -> Edit:
    """Return an edit that adds an object to the shop."""
    group = "autoscaling/v2" if kind.endswith("Autoscaler") else "v1"
    content = {"apiVersion": group, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}}
    values = {"Manifest": json.dumps([{**content, "spec": spec}])}
    return lambda environment: with_resource(environment, "Shop", "Object", MANIFEST, values)


def plan(name: str = "", /, **fields: object) -> Edit:
    """Return an edit of what the plan is made of: of a node group, or of the environment."""

    def edit(inputs: dict[str, Any]) -> None:
        groups = [each for each in inputs["groups"] if each["name"] == name]
        (inputs if not name else groups[0]).update(fields)

    return lambda environment: with_plan(environment, edit)


def without_add_ons(environment: Environment) -> Environment:
    """Return an environment without two add-ons; one of them has a DaemonSet."""

    def edit(inputs: dict[str, Any]) -> None:
        inputs["daemons"].remove("aws-efs-csi-driver")

    return with_plan(without(environment, "Cluster", *ADD_ONS), edit)


def without_nat(environment: Environment) -> Environment:
    """Return an environment whose private subnets have no way to the internet."""
    resources = environment.stacks[f"{environment.name}/Network"].template["Resources"]
    ways = {"AWS::EC2::NatGateway", "AWS::EC2::EIP"}
    gone = [
        name
        for name, each in resources.items()
        if each["Type"] in ways or "NatGatewayId" in each.get("Properties", {})
    ]
    return without(environment, "Network", *gone)


def reworded(environment: Environment) -> Environment:
    """Return an environment in which one finding is acknowledged for another reason."""
    metadata = {path: json.dumps(dict(x.metadata)) for path, x in environment.stacks.items()}
    old, new = "a copy would fall behind", "a copy falls behind"
    assert old in "".join(metadata.values())
    stacks = {
        path: replace(x, metadata=json.loads(metadata[path].replace(old, new)))
        for path, x in environment.stacks.items()
    }
    return replace(environment, stacks=stacks)


def _subnets(environment: Environment) -> list[object]:
    stack = environment.stacks[f"{environment.name}/Cluster"]
    found: list[object] = stack.template["Resources"][PROFILE]["Properties"]["Subnets"]
    return found


def limited(most: str, least: int = 3) -> Edit:
    """Return an edit that adds an autoscaler of the shop with so many pods at most."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    fields = {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": int(most)}
    return with_object("HorizontalPodAutoscaler", **fields)


DATA = '"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"web"}}]'


def claiming(size: str) -> Edit:
    """Return an edit that adds a claim of so much storage, which the shop mounts."""
    modes, asked = ["ReadWriteOnce"], {"requests": {"storage": size}}
    claim = with_object("PersistentVolumeClaim", accessModes=modes, resources=asked)
    mount = apply('"serviceAccountName":"web"', f'"serviceAccountName":"web",{DATA}')
    return lambda environment: mount(claim(environment))


def under(old: str, new: str) -> Edit:
    """Return an edit that gives a stack another name."""

    def edit(environment: Environment) -> Environment:
        path = f"{environment.name}/{new}"
        stacks = {
            **environment.stacks,
            path: replace(environment.stacks[f"{environment.name}/{old}"], path=path),
        }
        del stacks[f"{environment.name}/{old}"]
        return replace(environment, stacks=stacks)

    return edit


OTHER_BUCKET = apply('"value":"shop-catalogue"', '"value":"shop-pictures"')
BACK: Mapping[str, str] = {
    "load-balancer-closed": "load-balancer-opened",
    "nat-per-zone": "nat-single",
    "protected": "weakened",
    "own-stack-added": "sample-service-gone",
    "node-group-removed": "new-node-group",
    "version-back": "version-up-by-one",
    "on-demand": "spot",
    "warm-pool": "warm-pool-gone",
    "nodes-become-self-managed": "nodes-become-managed",
}
"""Changes the other way round, each with the one that it undoes."""

EDITS: Mapping[str, tuple[str, Sequence[Edit]]] = {
    "extended-support": (
        "Prod",
        [put("Cluster", CLUSTER, "UpgradePolicy.SupportType", "EXTENDED")],
    ),
    "private-endpoint-opened": (
        "Prod",
        [
            put(
                "Cluster",
                "ControlPlaneClusterControlPlaneSecurityGroup7C88602B",
                "SecurityGroupIngress",
                [{"CidrIp": "10.99.0.0/16", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}],
            )
        ],
    ),
    "autoscaler-added": ("ManyTeams", [limited("10")]),
    "autoscaled-changed": ("ManyTeams", [limited("10"), both(limited("10"), OTHER_BUCKET)]),
    "autoscaler-takes-over": (
        "ManyTeams",
        [both(limited("10"), apply('"replicas":3,', ""))],
    ),
    "pod-role-wider": ("ManyTeams", [write('"s3:GetObject"', '"s3:*"')]),
    "workload-renamed": ("ManyTeams", [under("Shop", "Store")]),
    "listener-moved": ("Prod", [apply('"port":80,', '"port":443,')]),
    "pool-budgets-gone": (
        "AutoMode",
        [
            apply(
                ',"budgets":[{"nodes":"10%"},{"nodes":"1","schedule":"0 8 * * mon-fri","duration":"10h"}]',
                "",
            )
        ],
    ),
    "tags-and-an-image": (
        "Prod",
        [
            both(
                write("eks-groundwork", "eks-platform"),
                put("Cluster", NODE_GROUP, "ReleaseVersion", "1.50.0-4a1b2c3d"),
            )
        ],
    ),
    "self-managed-image": ("SelfManaged", [write("v20261015", "v20261105")]),
    "fargate-profile-gone": ("Prod", [both(drop("Cluster", PROFILE), plan(fargate=[]))]),
    "fargate-only-narrower": (
        "FargateOnly",
        [put("Cluster", APPS, "Selectors", [{"Labels": [], "Namespace": "app-web-*"}])],
    ),
    "add-on-back": ("Prod", [write("v1.21.1-eksbuild.8", "v1.20.4-eksbuild.2")]),
    "add-ons-gone": ("ManyTeams", [without_add_ons]),
    "add-ons-added": ("ManyTeams", [without_add_ons, lambda x: x]),
    "default-deny-gone": ("ManyTeams", [drop("Shop", "NamespaceDefaultDeny7073A6E2")]),
    "network-policy-gone": ("ManyTeams", [drop("Shop", "NetworkPolicywebB896BA25")]),
    "image-tag": ("Machines", [write("k8s-device-plugin:v0.18.2", "k8s-device-plugin:v0.19.0")]),
    "budget-gone": ("Prod", [drop("SampleService", "SampleServiceWebPodDisruptionBudget03DDBE61")]),
    "budget-blocks": (
        "ManyTeams",
        [apply('{"maxUnavailable":1,"selector"', '{"maxUnavailable":0,"selector"')],
    ),
    "autoscaler-more": ("ManyTeams", [limited("10"), limited("40")]),
    "chart-up": ("Prod", [put("Cluster", CHART, "Version", "3.6.0")]),
    "secrets-key-changed": (
        "Prod",
        [
            put(
                "Cluster",
                CLUSTER,
                "EncryptionConfig",
                [{"Provider": {"KeyArn": OTHER_KEY}, "Resources": ["secrets"]}],
            )
        ],
    ),
    "encryption-gone": ("Prod", [cut("Cluster", CLUSTER, "EncryptionConfig")]),
    "flow-logs-off": ("Prod", [drop("Network", *FLOW_LOGS)]),
    "fewer-logs": (
        "Prod",
        [put("Cluster", CLUSTER, "Logging.ClusterLogging.EnabledTypes", [{"Type": "api"}])],
    ),
    "nat-gone": ("Dev", [both(without_nat, plan(nat_zones=[]))]),
    "cluster-renamed": ("Prod", [write("groundwork-prod", "groundwork-live")]),
    "networks-moved": (
        "EveryKind",
        [
            put(
                "Cluster",
                CLUSTER,
                "ResourcesVpcConfig.PublicAccessCidrs",
                ["203.0.113.0/25", "198.51.100.0/24"],
            )
        ],
    ),
    "source-ranges-narrowed": (
        "Prod",
        [
            apply(
                '"loadBalancerSourceRanges":["10.20.0.0/16"]',
                '"loadBalancerSourceRanges":["10.20.0.0/17"]',
            )
        ],
    ),
    "capacity-reservation": (
        "Prod",
        [
            put(
                "Cluster",
                TEMPLATE,
                "LaunchTemplateData.CapacityReservationSpecification",
                RESERVED,
            )
        ],
    ),
    "taint-added": (
        "Prod",
        [
            both(
                put("Cluster", NODE_GROUP, "Taints", [{"Key": "team", "Effect": "NO_SCHEDULE"}]),
                plan("General", apart="nodes with the taint team"),
            )
        ],
    ),
    "tags-only": ("Prod", [write("eks-groundwork", "eks-platform")]),
    "own-image": ("EveryKind", [write("ami-0a1b2c3d4e5f67890", "ami-0fedcba9876543210")]),
    "placement-group-gone": (
        "Machines",
        [
            both(
                cut("Cluster", CLOSE, "LaunchTemplateData", "Placement"),
                drop("Cluster", "DataPlaneNodeGroupsClosePlacementGroup026DDAE8"),
            )
        ],
    ),
    "replicas-and-a-namespace": (
        "ManyTeams",
        [both(apply('"replicas":3', '"replicas":5'), drop("Cluster", "Namespacessearch6A95C1E0"))],
    ),
    "acknowledgements": ("Prod", [reworded]),
    "pod-identity-role": (
        "ManyTeams",
        [
            put(
                "Shop",
                "NamespacePodIdentityAssociationweb20ABCA59",
                "RoleArn",
                "arn:aws:iam::111122223333:role/Exporter",
            )
        ],
    ),
    "role-trusts-more": (
        "ManyTeams",
        [
            write(
                '"arn:aws:iam::111122223333:role/PaymentsTeam"',
                '["arn:aws:iam::111122223333:role/PaymentsTeam", "arn:aws:iam::444455556666:root"]',
            )
        ],
    ),
    "another-service-account": (
        "ManyTeams",
        [apply('"serviceAccountName":"web"', '"serviceAccountName":"default"')],
    ),
    "pods-over-quota": ("ManyTeams", [apply('"cpu":"100m"', '"cpu":"3"')]),
    "pods-insecure": ("ManyTeams", [apply('"runAsNonRoot":true,"runAsUser":10001,', "")]),
    "autoscaler-less": ("ManyTeams", [limited("10", 1), limited("2", 1)]),
    "quota-lower": ("ManyTeams", [apply('"pods":"20"', '"pods":"2"')]),
    "claim-smaller": ("ManyTeams", [claiming("20Gi"), claiming("10Gi")]),
    "claim-larger": ("ManyTeams", [claiming("10Gi"), claiming("20Gi")]),
}
"""By the name of the change: an environment and what is done to it, or what it was made from before."""


def sides(name: str, built: Mapping[str, Environment]) -> tuple[Environment, Environment]:
    """Return the environment before and after a change of templates."""
    of, edits = EDITS[name]
    *before, after = [each(built[of]) for each in edits]
    return next(iter(before), built[of]), after


CASES = (
    Case(
        name="fargate-only-narrower",
        risk=Risk.REPLACES,
        says=(
            r"Fargate profile `Apps` \*\*is replaced\*\*.*its pods are stopped, and those that it still selects start again",
            r"safe: The cost of what the estimate leaves out \*\*can only fall",
        ),
        details=(
            r"^Of the pods in namespace app-\*, those that it no longer selects stop with the old one, and nothing in these stacks can run them: new ones stay pending\.$",
        ),
        consents=1,
    ),
    Case(
        name="karpenter-on-fargate-less",
        risk=Risk.WEAKENS,
        says=(
            r"NodePool `general` makes fewer nodes than before \(`cpu 32 → 16`\)",
            r"weakens: Environment `KarpenterOnFargate` can run at most 232 pods instead of 464",
        ),
    ),
    Case(
        name="spot-types",
        risk=Risk.REPLACES,
        says=(r"Node group `Spot` \*\*is replaced\*\*",),
        details=(
            r"^A node may have 4 GiB of memory instead of 8: pods that ask for more find no room on it\.$",
        ),
        never="Node group `General`",
        consents=1,
    ),
    # Spot has a quota of its own, and EC2 may end all nodes; who pays less also has less.
    Case(
        name="spot",
        risk=Risk.REPLACES,
        says=(
            r"replaces: Node group `General` \*\*is replaced\*\*, because `CapacityType` \(`ON_DEMAND` → `SPOT`\) and `InstanceTypes` \(now also has `m6g\.xlarge`\) can't",
            r"weakens: Nodes of node group `General` become \*\*Spot instances\*\*: EC2 may take them back",
            r"safe: Estimated cost: \$730 → \*\*\$419 to \$571\*\* a month",
            r"safe: Other limits of addresses: first limit .* at 81 nodes → .* at 75 nodes\.$",
        ),
        details=(
            r"^vCPUs that count against the quota `All Standard .* Spot Instance Requests`: 12 with the desired nodes \(before: 0\)",
        ),
        never="both count against the vCPU quota|exposes",
        consents=1,
    ),
    Case(
        name="on-demand",
        risk=Risk.REPLACES,
        says=(
            r"replaces: Node group `General` \*\*is replaced\*\*",
            r"costs: Estimated cost: \$419 to \$571 → \*\*\$730\*\* a month",
            r"safe: Other limits of addresses: first limit .* at 75 nodes → .* at 81 nodes\.$",
        ),
        details=(
            r"^vCPUs .* `Running On-Demand Standard .*: 12 with the desired nodes \(before: 0\)",
        ),
        never="weakens|become|take them back",
        consents=1,
    ),
    # No pod here tolerates the taint of its nodes: they are no room for the others.
    Case(
        name="gpu-group",
        risk=Risk.COSTS,
        says=(
            r"costs: The cost of nodes of Gpu \*\*rises by an amount that is not known here\*\*\. All else: .*\(\+\$4\)",
            r"safe: Node group `Gpu` is added with 1 node \(0 to 2\) of g6\.xlarge",
            r"safe: New in the cluster: DaemonSet `kube-system/nvidia-device-plugin`",
            r"safe: 5 guardrail findings are acknowledged at `Cluster/DataPlane/NvidiaDevicePlugin/Manifest`",
        ),
        details=(
            r"^Only pods that tolerate taint `nvidia\.com/gpu` run on its nodes",
            r"`Running On-Demand G and VT instances`: 4 with the desired nodes \(before: 0\), 8 at",
            r"us-east-1; the price list of eu-west-1 of .* doesn't have g6\.xlarge: EC2 may not offer it there",
        ),
        never=r"of 15\.7 vCPUs|replaced|rolled",
    ),
    Case(
        name="self-managed-group",
        risk=Risk.COSTS,
        says=(
            r"safe: Nodes with role `Jobs/Role` may now join the cluster",
            r"costs: Estimated cost: \$730 → \*\*\$800\*\* a month \(\+\$70\)",
            r"safe: Node group `Jobs` is added with 1 node \(1 to 3\) of m7g\.large",
        ),
        details=(r"^Only pods that tolerate taint `jobs` run on its nodes",),
        never=r"of 13\.7 vCPUs|replaced",
    ),
    # CloudFormation replaces the instances by the UpdatePolicy of the group; nobody drains them.
    Case(
        name="self-managed-image",
        risk=Risk.INTERRUPTS,
        says=(
            (
                r"interrupts: Auto Scaling group `General`: instances are replaced batch by batch and nothing drains them: pods on them "
                r"are killed, whatever PodDisruptionBudgets say, .* because .*\(`ImageId` `amazon-eks-node-al2023-arm64-standard-1\.36-v20261015` → `amazon-eks-node-al2023-arm64-standard-1\.36-v20261105`\)"
            ),
        ),
        details=(
            r"^1 at a time, with at least 3 in service, and 3 minutes after each batch: at least 9 minutes for 3 nodes\.$",
        ),
        never="if its UpdatePolicy|drained",
    ),
    # The base was its only On-Demand node.
    Case(
        name="self-managed-spot",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: Auto Scaling group `Batch` has \*\*fewer On-Demand nodes\*\*: EC2",
            r"interrupts: Auto Scaling group `Batch`: instances are replaced",
        ),
        details=(
            (
                r"^Auto Scaling group `Batch`: On-Demand nodes are 1 of 1 desired \(as before\) and 2 of 6 at the maximum \(before: 3\)\. "
                r"vCPUs that count against the quota `All Standard .* Spot Instance Requests`: 0 with the desired nodes \(before: 0\), 16 at the maximum \(before: 12\)\.$"
            ),
        ),
        # A quarter of one instance is a whole one.
        never="if its UpdatePolicy|cost",
    ),
    Case(
        name="self-managed-all-spot",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: Auto Scaling group `Batch` has \*\*no On-Demand nodes\*\*: EC2 .* and where it has none, pods stay pending\.",
            r"safe: Estimated cost: \$490 → \*\*\$366 to \$428\*\* a month \(-\$124 to -\$62\)",
        ),
        details=(
            r"^On-Demand nodes of Batch: \$156 \(1 m6i\.xlarge\) → none\.$",
            r" Spot Instance Requests`: 4 with the desired nodes \(before: 0\), 24 at the maximum \(before: 12\)\.$",
            r"^Spot nodes of Batch: none → \$32 to \$94 \(1 m6i\.xlarge or .* Spot, whichever EC2 picks\)",
        ),
    ),
    # Fargate runs amd64, and these nodes are arm64.
    Case(
        name="fargate-profile-gone",
        risk=Risk.TAKES_DOWN,
        says=(
            (
                r"takes down: Fargate profile `SampleApi` is \*\*removed\*\*: all pods of `sample/api` \(3\) are deleted at "
                r"once, not rolled"
            ),
            r"weakens: Environment `Prod` can run at most 990 pods instead of 1,014",
            r"safe: Your pods fit on the desired nodes by their requests alone \(which of them can't run there is told above\): .* 29 of 330 pods \(before: 26 of 330\)",
            r"safe: Estimated cost: \$730 → \*\*\$703\*\*",
        ),
        details=(
            r"^Fargate runs amd64, and an image of Deployment `sample/api` is built for amd64 only: these pods \*\*can't run\*\* on .* all arm64\.$",
        ),
        folded=(
            r"added: Pods that never start: no node has the architecture of their image<br/>3 . sample/api",
        ),
        consents=2,
    ),
    Case(
        name="fargate-fewer-subnets",
        risk=Risk.TAKES_DOWN,
        says=(
            (
                r"takes down: Fargate profile `SampleApi` \*\*is replaced\*\*, because `Subnets` can't be changed in place "
                r"\(no longer has subnet `PrivateC`\): all pods of `sample/api` \(3\) are deleted at once"
            ),
            r"weakens: \*\*Fewer subnets\*\* for Fargate profile `SampleApi`",
        ),
        never="amd64",
        consents=2,
    ),
    # A DaemonSet stops a pod before it starts the next; pods that have a GPU keep it.
    Case(
        name="image-tag",
        risk=Risk.INTERRUPTS,
        says=(
            r"interrupts: The pods of DaemonSet `kube-system/nvidia-device-plugin` \*\*restart\*\* one by one: their image changes, `\S*k8s-device-plugin:v0\.18\.2` → `\S*v0\.19\.0`\.$",
        ),
        details=(
            r"^Pods that have a device, such as a GPU, keep it\. Meanwhile no new pod on that node gets one\.$",
        ),
        never="rebuilt|weakens",
    ),
    Case(
        name="add-on-back",
        risk=Risk.INTERRUPTS,
        says=(
            (
                r"interrupts: Add-on `vpc-cni`: only the add-on's own pods restart, because `AddonVersion` goes back from "
                r"`v1\.21\.1-eksbuild\.8` to `v1\.20\.4-eksbuild\.2`"
            ),
        ),
        details=(r"new pods on a node wait for an address",),
        count=1,
    ),
    Case(
        name="chart-up",
        risk=Risk.INTERRUPTS,
        says=(
            (
                r"interrupts: Helm release `LoadBalancerController/Chart`: .* because `Version` changes from `3\.5\.0` to "
                r"`3\.6\.0`"
            ),
        ),
        details=(
            r"^Other pods keep running\. Meanwhile load balancers and their targets stay as they are\.$",
            r"^Helm waits up to 10 minutes for its new pods: if they aren't ready by then, the deploy fails\.$",
            r"^Its IAM policy doesn't follow the chart: compare it with `docs/install/iam_policy\.json` of that release",
        ),
        never="goes back",
        count=1,
    ),
    Case(
        name="add-ons-gone",
        risk=Risk.WEAKENS,
        says=(
            r"interrupts: Add-on `aws-efs-csi-driver` is \*\*removed\*\*: file systems are no longer mounted",
            r"weakens: Add-on `snapshot-controller` is \*\*removed\*\*: volume snapshots are no longer made or deleted; EBS snapshots and their data stay for sure only where the `deletionPolicy` of their VolumeSnapshotContent is `Retain`, so set that before",
        ),
        details=(
            r"definitions of VolumeSnapshots, .*\. Whether EKS removes them with it, and so \*\*all objects of these kinds",
        ),
        never="loses data",
    ),
    Case(
        name="add-ons-added",
        risk=Risk.SAFE,
        says=(
            r"safe: New IAM role `Additional-aws-efs-csi-driver/Role`",
            r"safe: New pods of ServiceAccount `kube-system/efs-csi-controller-sa` .* of IAM role `Additional",
            r"safe: Added: add-on `aws-efs-csi-driver` and add-on `snapshot-controller`",
            r"safe: Your pods fit .* 29 of 330 pods \(before: 26 of 330\)",
        ),
        never="2 add-ons",
    ),
    # Policies add up: the web's own allows no DNS, which the default one did for all pods.
    Case(
        name="default-deny-gone",
        risk=Risk.TAKES_DOWN,
        consents=1,
        says=(
            r"exposes: NetworkPolicy `shop/default-deny` is \*\*removed\*\*",
            (
                r"takes down: NetworkPolicy `shop/default-deny` no longer allows traffic to .*kube-dns.* on port 53 of TCP and UDP, for pods "
                r"of NetworkPolicy `shop/web`: \*\*they can't look up names any more\*\*"
            ),
        ),
        details=(
            r"^No pods of these stacks are among them: other NetworkPolicies still restrict those of Deployment `shop/web`\.$",
        ),
        never="safe: Removed from the cluster",
    ),
    Case(
        name="network-policy-gone",
        risk=Risk.TAKES_DOWN,
        says=(
            r"takes down: \*\*Nothing reaches the pods of Deployment `shop/web` any more\*\*: they are selected by `shop/default-deny`",
            # They still ask CoreDNS.
            r"interrupts: NetworkPolicy `shop/web` is \*\*removed\*\*, and `shop/default-deny` remains: no traffic to anywhere on port 443 any more",
        ),
        details=(
            r"^So far allowed by `shop/web`, which is removed\.$",
            r"^It selects the pods of Deployment `shop/web`\.$",
        ),
        # What is all of it is more than a port.
        never="exposes|safe: Removed|on port 8080",
        consents=1,
        count=2,
    ),
    Case(
        name="budget-gone",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: PodDisruptionBudget `sample/web` is \*\*deleted\*\*: drains, such as those of node updates, may stop all of its pods at once; rollouts never depended on it\.",
        ),
        count=1,
    ),
    Case(
        name="budget-blocks",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: PodDisruptionBudget `shop/web` lets \*\*none of its pods\*\* be evicted: updates of nodes .* fail",
        ),
        count=1,
    ),
    Case(
        name="autoscaler-more",
        risk=Risk.SAFE,
        says=(
            r"safe: HorizontalPodAutoscaler `shop/web` makes at most 40 instead of 10 pods",
            r"safe: ResourceQuota `shop/quota` \*\*has no room for all pods that an autoscaler may make\*\* of Deployment `shop/web`",
        ),
        details=(
            r"^Of `pods`, at the maximum of autoscalers, the templates need 40, and it allows 20\.$",
        ),
        never=r"spec\.maxReplicas|weakens",
        count=2,
    ),
    Case(
        name="secrets-key-changed",
        risk=Risk.REFUSED,
        says=(
            r"cannot be deployed: .* Cluster `groundwork-prod` can't be created while the old one",
        ),
        details=(
            r"`EncryptionConfig\[0\]\.Provider\.KeyArn` KMS key `ControlPlane/SecretsKey` → `arn:aws:kms",
        ),
        never="the old cluster goes",
    ),
    Case(
        name="encryption-gone",
        risk=Risk.REFUSED,
        says=(
            r"cannot be deployed: .* Cluster `groundwork-prod` can't be created while the old one",
        ),
        details=(
            r"`EncryptionConfig` no longer has `Provider\.KeyArn=KMS key ControlPlane/SecretsKey",
            r"^AWS refuses to delete cluster `groundwork-prod` while its deletion protection is on",
        ),
        never="the old cluster goes|ControlPlaneSecretsKey72FED211",
    ),
    # What stays is still paid for, so nothing is saved.
    Case(
        name="flow-logs-off",
        risk=Risk.REMOVES,
        says=(
            r"removes: KMS key `FlowLogs/Key` is \*\*removed\*\*",
            r"removes: Bucket `FlowLogs` is \*\*removed\*\*",
            r"weakens: Flow log is \*\*removed\*\*: network traffic is no longer recorded",
            r"safe: The cost of what the estimate leaves out \*\*can only fall, by an amount that is not known here\*\*\. All else stays at about \$730 a month\.$",
        ),
        details=(
            r"^It stays in the account, outside the stack, and is paid for\. There, objects are kept for 365 days",
            r"^What it has encrypted, such as older log entries, can be read only as long as it exists\.$",
        ),
        never=r"loses data|Estimated cost|snapshot",
        consents=2,
    ),
    Case(
        name="fewer-logs",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: Cluster `groundwork-prod` \*\*no longer writes logs\*\* of `audit`, `authenticator`, `controllerManager` and `scheduler`",
            r"safe: The cost of what the estimate leaves out \*\*can only fall, by an amount that is not known here\*\*\. All else stays at about \$730 a month\.$",
        ),
        never="loses data",
        count=2,
    ),
    # NAT gateways take the traffic, and charge for it by the GB.
    Case(
        name="endpoints-gone",
        risk=Risk.WEAKENS,
        says=(
            (
                r"weakens: 3 VPC endpoints are \*\*removed\*\*: connections are dropped, and from then on .* through a "
                r"NAT gateway"
            ),
            r"safe: Estimated cost: \$730 → \*\*\$658\*\* a month \(-\$72\)",
        ),
        details=(
            r"^VPC endpoint `EcrApi`, VPC endpoint `EcrDkr` and VPC endpoint `Sts`\.$",
            r"^\*\*Their policies go with them\*\*: what those didn't allow, such as calls by principals of other accounts",
        ),
        never="Security group `Endpoints`|or not at all",
    ),
    Case(
        name="nat-gone",
        risk=Risk.REMOVES,
        says=(
            (
                r"removes: NAT gateway `PublicA` is \*\*removed\*\*: connections are dropped, and \*\*nothing behind it reaches the internet any "
                r"more\*\*, nor AWS where the VPC has no endpoint"
            ),
            r"removes: Elastic IP `PublicA` is \*\*removed\*\*",
            r"safe: Estimated cost: .* \(-\$39\)",
        ),
        details=(
            r"^What is behind it still reaches `s3`, through VPC endpoints\.$",
            r"^Without `ec2`, `ecr\.api` and `ecr\.dkr`, new nodes can't join, and no image is pulled\.$",
            r"^Without `logs`, no log of a pod on Fargate reaches CloudWatch Logs\.$",
            r"^Without `eks-auth`, no pod gets AWS credentials by Pod Identity, or new ones when its own expire\.$",
            r"^Without `ec2` and `elasticloadbalancing`, the load balancer controller fails: load balancers get no new pods",
            r"^Without `ec2`, no volume is made, attached or resized; nodes get no more addresses for pods\.$",
            r"^Without `eks` and `lambda`, the kubectl handler in the VPC fails: no later deploy changes Kubernetes objects",
        ),
        never="4 routes are",
        # Those of its subnets without a NAT gateway.
        folded=(r"changed: Public 10\.10\.32\.0/24<br/>4% of addresses used, 243 addresses free",),
        consents=1,
    ),
    Case(
        name="nat-per-zone",
        risk=Risk.INTERRUPTS,
        says=(
            r"interrupts: 4 routes: traffic is rerouted, and open connections are dropped",
            r"interrupts: 2 Elastic IPs are new: traffic to the internet \*\*also comes from there\*\*\. Partners with allow-lists \*\*refuse it until they have added them\*\*; to avoid that, make them in an earlier deploy than the routes\.",
            r"costs: Estimated cost: \$653 → \*\*\$730\*\* a month \(\+\$77\)",
        ),
        never="weakens|removed",
    ),
    # Nothing moves: what was there stays and is paid for, with all data.
    Case(
        name="region-changed",
        risk=Risk.REPLACES,
        says=(
            (
                r"replaces: Environment `Prod` \*\*is made anew\*\* in another place, eu-central-1; nothing moves: .* in eu-west-1 keep "
                r"running, and are paid for, until you run `make destroy ENV=Prod` .*`make teardown ENV=Prod` there says what to "
                r"do first, such as to turn protection off, and what stays and is paid for afterwards"
            ),
            r"costs: Estimated cost: \$730 → \*\*\$783\*\* a month \(\+\$53\)",
            r"safe: Pods of Deployment `sample/api` run on Fargate, which \*\*doesn't enforce NetworkPolicies\*\*: none of their traffic is restricted by `sample/default-deny` and `sample/api`\.",
        ),
        details=(
            r"^\*\*Before the deploy\*\*: `cdk bootstrap aws://ACCOUNT/eu-central-1`",
            r"^Until the old stacks are destroyed, both are paid for: \$1,513 a month\.$",
            r"^Its API server, load balancers and NAT gateways get other names and addresses, and .* IAM roles of people and pods, gets another ARN: .*policies that name those roles",
            r"^Nothing outside these stacks is connected to the new VPC: .* no network routes to both\.$",
        ),
        never=r"may assume|may now|eu-west-1[abc]|exposes",
    ),
    Case(
        name="cluster-renamed",
        risk=Risk.REFUSED,
        says=(
            r"cannot be deployed: .* stack `Cluster` can't change or remove what stack `SampleService` imports",
            r"loses data: Cluster `groundwork-prod` .*: its nodes go, and all that runs in it stops\.$",
        ),
        details=(
            r"Cluster `groundwork-prod` is replaced: `Name` `groundwork-prod` → `groundwork-live`",
            r"^AWS refuses to delete cluster `groundwork-prod` while its deletion protection is on: it stays in the account, .* paid for\.$",
        ),
        never="the old cluster goes",
    ),
    Case(
        name="networks-moved",
        risk=Risk.EXPOSES,
        says=(
            r"exposes: The API server is now reachable from \*\*`198\.51\.100\.0/24`\*\*, in addition to the VPC and `203\.0\.113\.0/25`\.",
            r"interrupts: The API server is no longer reachable from `203\.0\.113\.128/25`: people and CI jobs there need another way in",
        ),
        count=2,
    ),
    Case(
        name="source-ranges-narrowed",
        risk=Risk.INTERRUPTS,
        says=(
            r"interrupts: The load balancer of Service `sample/web` is no longer reachable from `10\.20\.128\.0/17`",
        ),
        details=(
            r"^What runs in subnet `PrivateC`, subnet `PublicC` and subnet `ControlPlaneC` no longer reaches it\.$",
        ),
        never="exposes|takes down",
        count=1,
    ),
    Case(
        name="load-balancer-closed",
        risk=Risk.TAKES_DOWN,
        says=(
            r"takes down: The load balancer of Service `sample/web` \*\*is down\*\* until the new one answers",
            r"interrupts: .* becomes \*\*internal\*\*: it is reachable from `10\.20\.0\.0/16` on port 80",
            r"interrupts: .* is no longer reachable from the internet",
            r"safe: Estimated cost: \$741 → \*\*\$730\*\*",
        ),
        details=(r"`SampleServiceUrl` still shows the old DNS name",),
        never="exposes|now reachable",
        consents=1,
    ),
    # EKS keeps a pool that an update doesn't mention, so that nobody can count on saving its volumes.
    Case(
        name="warm-pool-gone",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: Node group `General` \*\*may keep its warm pool\*\*: EKS removes none that an update doesn't mention",
        ),
        details=(
            r"^Node group `General`: to be sure, end the pool first: `aws eks update-nodegroup-config .* --warm-pool-config enabled=false`\.$",
        ),
        never="Updated in place|[Cc]ost",
    ),
    Case(
        name="warm-pool",
        risk=Risk.COSTS,
        says=(
            r"costs: Estimated cost: \$1,123 → \*\*\$1,130\*\* a month \(\+\$7\)",
            r"safe: Updated in place: node group `General`",
        ),
        details=(
            r"^Node group `General`: beside its desired nodes wait 2 more, 4 in all; they don't run, so only their volumes are paid for\.$",
        ),
        never="weakens|interrupts|rolled",
    ),
    # An update starts new nodes first, and the reservation must have room for those, too.
    Case(
        name="capacity-reservation",
        risk=Risk.WEAKENS,
        says=(
            (
                r"weakens: New instances of launch template `General` start \*\*only in capacity reservations\*\*, each of which "
                r"is for one zone and one instance type: launches elsewhere fail, .* There can be as many nodes as these have room for, which is not known here\."
            ),
            r"interrupts: Node group `General`: nodes are rolled batch by batch",
        ),
        details=(
            r"^33% of its nodes",
            (
                r"^Launch template `General`: all new nodes are in the zone of the one reservation that it names: if that zone fails, "
                r"everything on them is down\. Node group `General` needs room for 9 instances there "
                r"\(3 and up to 6 that the update adds\): with less, this deploy may fail\. "
                r"It is in 3 zones, .*: \*\*with room reserved in one zone only the update fails\*\*, .*, which replaces the group\.$"
            ),
        ),
    ),
    # NO_SCHEDULE moves nobody; the platform's own pods need a node, too.
    Case(
        name="taint-added",
        risk=Risk.WEAKENS,
        says=(
            (
                r"interrupts: Node group `General`: pods that run stay, and new ones that don't tolerate its taints find "
                r"no node, because `Taints` is changed"
            ),
            r"weakens: Environment `Prod` can run at most 1,014 pods \(990 of them only if they tolerate taints; before: 0\), if CPU",
            r"weakens: New pods of Deployment `sample/web` \*\*find no node\*\* that takes them",
            r"weakens: New pods of Deployment `kube-system/coredns`, .* \*\*find no node\*\* that takes them",
        ),
        never="evicted|fit|rolled",
    ),
    Case(
        name="tags-only",
        risk=Risk.INTERRUPTS,
        says=(
            r"interrupts: Node group `General`: nodes are rolled .* because tags of launch template `General` change",
        ),
        details=(r"^Tags: `project` `eks-groundwork` → `eks-platform`\.$",),
        folded=(r"Tag-only change of \d+ resources",),
        never="safe: Updated",
    ),
    Case(
        name="update-at-once",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: An update of node group `General` may take away \*\*100% of the nodes at once\*\* instead of 33%",
            r"weakens: Subnet private eu-west-1a is at worst 21% full instead of 19%, .*; the subnets have room for 54 nodes instead of 81",
        ),
        never="rolled",
        count=2,
    ),
    Case(
        name="own-image",
        risk=Risk.INTERRUPTS,
        says=(
            r"interrupts: Node group `Hardened`: nodes are rolled .*`ami-0a1b2c3d4e5f67890` → `ami-0fedcba9876543210`",
        ),
        count=1,
    ),
    # No node runs, so nothing is evicted unless it has grown.
    Case(
        name="placement-group-gone",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: New instances of launch template `Close` \*\*start anywhere in their zones\*\*, no longer by the rules of placement group `Close`: they have less bandwidth and more latency between them\.$",
            r"interrupts: Node group `Close`: 0 nodes are desired; if it has grown, nodes are rolled .* placement group `Close` → none",
            r"safe: Removed: placement group `Close`",
        ),
        details=(r"takes nodes away first",),
        never=r"AWS::EC2::PlacementGroup|What still uses|up to 0 nodes",
    ),
    Case(
        name="protected",
        risk=Risk.SAFE,
        details=(
            r"^That role loses it before `Custom::S3AutoDeleteObjects` is deleted: .*`UPDATE_COMPLETE` all the same, and \*\*no object is deleted",
        ),
        says=(
            r"safe: Termination protection of stacks `Network` and `Cluster` is turned on",
            r"safe: Prod is \*\*a production environment\*\* from now on: later changes .* are refused \(docs/compliance\.md\)\.",
            r"safe: 3 KMS keys, bucket `FlowLogs` and 5 log groups are now retained",
            r"safe: Bucket policy `FlowLogs/Bucket/Policy` no longer allows .*`s3:DeleteObject\*`",
        ),
        never="weakens|loses|interrupts",
    ),
    Case(
        name="own-stack-added",
        risk=Risk.COSTS,
        says=(
            r"costs: Estimated cost: \$685 → \*\*\$730\*\* a month \(\+\$45\)",
            r"safe: The load balancer of Service `sample/web` is new\. It is reachable from `10\.20\.0\.0/16` on port 80",
            r"safe: New in the cluster: Namespace `sample`, .*Service `sample/web`",
            r"safe: Your pods fit .* 26 of 330 pods \(before: 23 of 330\)",
            r"safe: Pods of Deployment `sample/api` run on Fargate, which \*\*doesn't enforce NetworkPolicies\*\*: none of their traffic is restricted by `sample/default-deny` and `sample/api`\.",
        ),
        never="exposes|interrupts",
    ),
    Case(
        name="node-group-removed",
        risk=Risk.REMOVES,
        says=(
            r"removes: Node group `Batch` is \*\*removed\*\*: all its nodes are drained at once",
            r"weakens: Environment `Prod` can run at most 1,014 pods instead of 1,344",
            r"safe: Your pods fit .* 26 of 330 pods \(before: 31 of 440\)",
            r"safe: Estimated cost: \$800 → \*\*\$730\*\*",
        ),
        consents=1,
    ),
    # Nodes must not be newer than the control plane, which this deploy takes back first.
    Case(
        name="version-back",
        risk=Risk.INTERRUPTS,
        says=(
            (
                r"interrupts: The Kubernetes version goes \*\*back\*\* from 1\.36 to \*\*1\.35\*\*, "
                r"unless \*\*EKS refuses that\*\*; the API may drop briefly\."
            ),
        ),
        details=(
            r"^EKS refuses it later than 7 days after the upgrade; for a cluster made with 1\.36; and while a check of its readiness fails, as with nodes that are newer or add-ons that don't support 1\.35\.$",
            r"^\*\*Before this deploy\*\*, each add-on whose version doesn't support 1\.35 must go back as well, and so must `kube-proxy`, which",
            r"^\*\*Before this deploy\*\*, nodes of node group `General` must go back, .* rolls none of these nodes",
        ),
        never="upgrade of|during the upgrade|nodes are rolled",
    ),
    Case(
        name="replicas-and-a-namespace",
        risk=Risk.LOSES_DATA,
        says=(
            r"loses data: Namespace `search` is \*\*deleted\*\*: with everything in it",
            r"safe: Deployment `shop/web` runs 5 instead of 3 pods",
            r"safe: The cost of what the estimate leaves out \*\*can only fall, by an amount that is not known here\*\*\. All else stays at about \$601 a month\.$",
        ),
        details=(
            r"^A deleted namespace takes with it what it has, such as load balancers, and volumes that nothing retains\.$",
        ),
        consents=1,
    ),
    Case(
        name="acknowledgements",
        risk=Risk.SAFE,
        details=(r"^Before: “EKS requires this .*; a copy would fall behind\.”$",),
        says=(r"safe: Guardrail finding .* is acknowledged for a different reason",),
        count=1,
    ),
    Case(
        name="pod-identity-role",
        risk=Risk.EXPOSES,
        says=(
            (
                r"exposes: .*[Pp]ods of ServiceAccount `shop/web` have the AWS permissions \*\*of another role\*\*: "
                r"`arn:aws:iam::111122223333:role/Exporter` instead of IAM role `Namespace/Role-web`; those that run keep the old ones until they renew their credentials"
            ),
        ),
        details=(
            (
                r"^ServiceAccount `shop/web`: until now they could call `s3:GetObject` on `arn:aws:s3:::shop-catalogue/\*`; "
                r"what `arn:aws:iam::111122223333:role/Exporter` allows isn't in these stacks, nor whether `pods\.eks\.amazonaws\.com` may assume it"
            ),
        ),
        never="Pod Identity association `",
        count=1,
    ),
    Case(
        name="role-trusts-more",
        risk=Risk.EXPOSES,
        says=(
            r"exposes: Any principal in account `444455556666` that IAM allows may now assume role `Payments`",
        ),
        details=(
            r"^Role `Payments` may change most objects \(including Secrets\) in namespace `payments`\.$",
        ),
        never="no longer",
        count=1,
    ),
    # The association of Pod Identity is about the account that the pods no longer have.
    Case(
        name="another-service-account",
        risk=Risk.INTERRUPTS,
        says=(
            (
                r"interrupts: Pods of Deployment `shop/web` \*\*lose the AWS permissions\*\* of IAM role `Namespace/Role-web`: "
                r"they run as ServiceAccount `default` instead of `web`"
            ),
            r"safe: The pods of Deployment `shop/web` are rolled",
        ),
        count=2,
    ),
    Case(
        name="quota-lower",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: ResourceQuota `shop/quota` \*\*has no room for all pods\*\* of Deployment `shop/web`",
        ),
        details=(
            r"^It allows less than before: `pods 20 → 2`\.$",
            r"^Of `pods`, the templates need 3 \(4 while a Deployment is updated\), and it allows 2\.$",
            r"^Pods that run stay; one that goes isn't replaced while the quota is full\.$",
        ),
        never="safe|interrupts",
        count=1,
    ),
    # Of three pods the quota lets in one more of the new ones: the rollout never ends.
    Case(
        name="pods-over-quota",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: ResourceQuota `shop/quota` \*\*has no room for all pods\*\* of Deployment `shop/web`: those beyond it are rejected",
            r"safe: Your pods fit on the desired nodes, as far as quotas let them in: .* 29 of 330 pods \(before: 29 of 330\)",
        ),
        details=(
            r"^Of `requests\.cpu`, the templates need 9 \(12 while a Deployment is updated\), and it allows 4\.$",
            r"^The rollout of Deployment `shop/web` stalls where the quota is full",
            # 1.6 + 1 x 2.9 in the new pod, and 2 x 2.9 more in those of the chart.
            r"^Counted of the pods of Deployment `shop/web`: 1 new and 2 old\.$",
        ),
        never="don't fit|rolled|ready before an old one",
    ),
    # Admission rejects each new pod: the old ones run on, until one of them goes.
    Case(
        name="pods-insecure",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: New pods of Deployment `shop/web` \*\*are rejected\*\*: the rollout stalls, those that run stay, and the old ReplicaSet replaces one that goes",
        ),
        details=(
            r"^The namespace enforces restricted: runAsNonRoot != true",
            r"^The deploy itself ends without an error",
        ),
        # Nothing runs as root that isn't let in.
        never="rolled|ready before an old one|as root",
    ),
    Case(
        name="autoscaler-less",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: HorizontalPodAutoscaler `shop/web` makes at most 2 instead of 10 pods of Deployment `web`",
            r"weakens: Deployment `shop/web` states 3 pods, \*\*more than the 2 that its HorizontalPodAutoscaler allows\*\*: the others are stopped",
        ),
        never="safe",
        count=2,
    ),
    Case(
        name="claim-smaller",
        risk=Risk.REFUSED,
        says=(
            r"cannot be deployed: .*`spec\.resources\.requests\.storage` of PersistentVolumeClaim `shop/web` can't",
        ),
        details=(r"`20Gi` → `10Gi`",),
    ),
    # Nothing makes a claim smaller again.
    Case(
        name="claim-larger",
        risk=Risk.COSTS,
        says=(
            r"costs: PersistentVolumeClaim `shop/web` grows from 10Gi to 20Gi: .* \*\*never shrinks\*\* again",
            r"costs: Estimated cost: \$602 → \*\*\$603\*\* a month \(\+\$1\)",
        ),
        details=(
            r"^Volumes of claims: \$1 \(10 GiB\) → \$2 \(20 GiB\)\.$",
            r"its file system grows while pods of Deployment `shop/web` run, without a restart\.",
        ),
        count=2,
    ),
    # When it costs more, and how much, or nobody can decide.
    Case(
        name="extended-support",
        risk=Risk.COSTS,
        says=(
            r"costs: The control plane of cluster `groundwork-prod` \*\*costs six times as much\*\* \(\$438 instead of \$73 a month\) when standard support ends; EKS then upgrades it by itself only when extended support ends\.$",
        ),
        details=(
            r"Standard support for 1\.35 ends on 2027-03-27, extended support on 2028-03-27\.$",
        ),
        never="safe",
        count=1,
    ),
    Case(
        name="private-endpoint-opened",
        risk=Risk.EXPOSES,
        says=(r"exposes: Security group .* now allows `10\.99\.0\.0/16` on port 443",),
        details=(
            r"^It is used by cluster `groundwork-prod`, for the private endpoint of its API server\.$",
        ),
        count=1,
    ),
    # `kubectl apply` writes what a manifest states.
    Case(
        name="autoscaler-added",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: \*\*Each later deploy that changes Deployment `shop/web` sets it back to 3 pods\*\*, .* up to 10",
            r"safe: New in the cluster: HorizontalPodAutoscaler `shop/web`",
        ),
        never="goes back|goes to",
        count=2,
    ),
    Case(
        name="autoscaled-changed",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: Deployment `shop/web` \*\*goes back to 3 pods\*\*, .* up to 10: the manifest states `replicas`",
            r"safe: The pods of Deployment `shop/web` are rolled",
        ),
        never="later deploy",
        count=2,
    ),
    Case(
        name="autoscaler-takes-over",
        risk=Risk.WEAKENS,
        says=(
            r"weakens: Deployment `shop/web` \*\*goes to 1 pod once\*\*: .* at least 3 again",
            r"safe: New in the cluster: HorizontalPodAutoscaler",
        ),
        never="runs 1 instead of 3|goes back|later deploy",
        count=2,
    ),
    # A role says nothing to whoever doesn't know the templates.
    Case(
        name="pod-role-wider",
        risk=Risk.EXPOSES,
        says=(r"exposes: IAM role `Namespace/Role-web` may now call `s3:\*`",),
        details=(
            r"^Until now it could call `s3:GetObject` on `arn:aws:s3:::shop-catalogue/\*`\.$",
            r"^A `\*` takes in every action of its service, those that write and delete included\.$",
            r"^It is used by the pods of ServiceAccount `shop/web`\.$",
        ),
    ),
    # The CDK deletes no stack, and the new one finds all objects in the cluster.
    Case(
        name="workload-renamed",
        risk=Risk.REFUSED,
        says=(
            r"cannot be deployed: \*\*This deploy fails\*\*: Namespace `shop`, .* and \d more are in the cluster already",
        ),
        details=(
            r"^Stack `Shop` was removed from the code, but still runs and has them: put it back .* delete it first: `.*delete-stack --stack-name ManyTeams-Shop",
            r"^When it is deleted, add to the end of a commit message: `Review-consent: ManyTeams/Shop: WHY`\.$",
            r"^That deletes Namespace `shop` with everything in it\.$",
        ),
        # Both stacks have the same objects: nothing runs twice.
        never="cannot be deployed: .*networking.k8s.io|pods fit",
    ),
    # Who gains a port is told as well as who loses one.
    Case(
        name="listener-moved",
        risk=Risk.INTERRUPTS,
        says=(
            r"interrupts: Service `sample/web` \*\*no longer answers\*\* on port `80`",
            r"safe: The load balancer of Service `sample/web` is now reachable from \*\*`10\.20\.0\.0/16` on port 443\*\*",
        ),
    ),
    Case(
        name="pool-budgets-gone",
        risk=Risk.WEAKENS,
        says=(
            (
                r"weakens: \*\*More nodes of NodePool `spot` may be replaced at once\*\* than before, .*: no longer held back by "
                r"`nodes: 1, schedule: 0 8 \* \* mon-fri, duration: 10h`\. What still holds back: `nodes: 10%`, Karpenter's default\.$"
            ),
        ),
        never="safe|back by `nodes: 10%",
        count=1,
    ),
    # EKS makes an access entry with a managed group, keeps it, and makes none where there is one.
    Case(
        name="nodes-become-self-managed",
        risk=Risk.REFUSED,
        says=(
            (
                r"cannot be deployed: \*\*EKS refuses this deploy\*\*: access entry `General` would be the second one for IAM role "
                r"`General/Role`; EKS made the first by itself, with node group `General`"
            ),
        ),
        details=(r"^Give the new nodes a role of their own",),
        never="exposes: Nodes",
    ),
    Case(
        name="nodes-become-managed",
        risk=Risk.TAKES_DOWN,
        says=(
            (
                r"takes down: \*\*Nodes of node group `General` become NotReady\*\*: the access entry \(`EC2_LINUX`\) of their "
                r"role `General/Role` goes, EKS makes none for a group whose role has one already, .* start elsewhere after about 5 minutes if other nodes take them"
            ),
            r"interrupts: Auto Scaling group `General` is \*\*removed\*\*: its instances are terminated; nothing drains them",
            r"safe: Node group `General` is added with 3 nodes \(2 to 4\) of m7g\.large\. The maximum stays 551 pods",
        ),
        # Those of the other groups are tainted.
        details=(
            r"^No other node takes the pods of .*coredns.*: they are down until these nodes may join\.$",
        ),
        # The nodes are as many and cost as much.
        never="costs: ",
        consents=1,
    ),
    # Both reasons of one roll.
    Case(
        name="tags-and-an-image",
        risk=Risk.INTERRUPTS,
        says=(
            r"interrupts: Node group `General`: nodes are rolled .*, because `ReleaseVersion` is changed \(none → `1\.50\.0-4a1b2c3d`\), and tags of launch template `General` change",
        ),
        details=(r"^Tags: `project` `eks-groundwork` → `eks-platform`\.$",),
    ),
)
