"""EC2NodeClasses and NodePools: which nodes Karpenter makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.manifests import apply
from constructs_lib.nodes import BOTTLEROCKET_ROOT_GIB, TAKES_VOLUMES_OF, JoinedCluster
from constructs_lib.specs.cni import cni_of
from constructs_lib.specs.karpenter import Ec2NodeClassSpec, KarpenterSpec
from constructs_lib.specs.node_user_data import user_data

METADATA = {
    "httpEndpoint": "enabled",
    "httpProtocolIPv6": "disabled",
    "httpTokens": "required",
    # One hop: containers can't reach the node's credentials.
    "httpPutResponseHopLimit": 1,
}


class KarpenterNodes(Construct):
    """The objects that tell Karpenter what to make. On delete pools go first, then their classes.

    A class is gone only when the last of its nodes is (karpenter-provider-aws,
    pkg/controllers/nodeclass/controller.go, finalize), so its delete waits for them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        joined: JoinedCluster,
        spec: KarpenterSpec,
        instance_profile: iam.CfnInstanceProfile,
        tags: Mapping[str, str],
        after: Construct,
    ) -> None:
        """Make them once what they come `after` stands; `tags` are those of the environment."""
        super().__init__(scope, construct_id)
        self._joined, self._spec = joined, spec
        profile = instance_profile.ref
        classes = {
            each.name: self._apply(
                f"EC2NodeClass-{each.name}", self._node_class(each, profile, tags), after
            )
            for each in spec.node_classes
        }
        for pool in spec.node_pools:
            self._apply(f"NodePool-{pool.name}", pool.manifest(), classes[pool.node_class])

    def _apply(
        self, construct_id: str, content: dict[str, Any], after: Construct
    ) -> eks.KubernetesManifest:
        manifest = apply(self, construct_id, cluster=self._joined.cluster, objects=[content])
        manifest.node.add_dependency(after)
        return manifest

    def _node_class(
        self, spec: Ec2NodeClassSpec, profile: str, tags: Mapping[str, str]
    ) -> dict[str, Any]:
        pods = self._spec.max_pods(cni_of(self._joined.vpc_cni), spec.name)
        subnets = self._joined.network.private_subnets
        told = {
            "amiSelectorTerms": [{"alias": spec.ami}],
            "instanceProfile": profile,
            "subnetSelectorTerms": [{"id": subnets[zone].subnet_id} for zone in sorted(subnets)],
            "securityGroupSelectorTerms": [{"id": self._joined.cluster.cluster_security_group_id}],
            "blockDeviceMappings": _disks(spec),
            "metadataOptions": METADATA,
            "kubelet": None if pods is None else {"maxPods": pods},
            "userData": user_data(spec.system, None, self._joined.proxy),
            "tags": {TAKES_VOLUMES_OF: self._joined.spec.name, **tags, **spec.tags},
        }
        return {
            "apiVersion": "karpenter.k8s.aws/v1",
            "kind": "EC2NodeClass",
            "metadata": {"name": spec.name},
            "spec": {key: value for key, value in told.items() if value},
        }


def _disks(spec: Ec2NodeClassSpec) -> list[dict[str, Any]]:
    """Return the disks of an image: the last one is for images, logs and emptyDirs."""
    sizes = {"/dev/xvda": spec.disk_size_gib}
    if spec.system == "BOTTLEROCKET":
        sizes = {"/dev/xvda": BOTTLEROCKET_ROOT_GIB, "/dev/xvdb": spec.disk_size_gib}
    ebs = {"volumeType": "gp3", "encrypted": True, "deleteOnTermination": True}
    return [
        {"deviceName": device, "ebs": {"volumeSize": f"{size}Gi", **ebs}}
        for device, size in sizes.items()
    ]
