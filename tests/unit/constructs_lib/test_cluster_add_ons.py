from __future__ import annotations

import json

import pytest

from tests.support import Assembly, Template, resources_of
from tests.unit.constructs_lib.templates import (
    add_on,
    depends_on,
    kubernetes_object,
    manifest,
    properties,
)
from tests.unit.constructs_lib.variants import Variants


def compute(template: Template) -> set[str]:
    """Return every node group and Fargate profile."""
    return {
        *resources_of(template, "AWS::EKS::Nodegroup"),
        *resources_of(template, "AWS::EKS::FargateProfile"),
    }


def names(template: Template) -> set[str]:
    """Return the names of the add-ons."""
    return {
        resource["Properties"]["AddonName"]
        for resource in resources_of(template, "AWS::EKS::Addon").values()
    }


@pytest.mark.parametrize("name", ["coredns", "metrics-server", "aws-ebs-csi-driver"])
@pytest.mark.parametrize("stack", ["Dev/Cluster", "Prod/Cluster"])
def test_add_ons_with_pods_wait_for_somewhere_to_run(
    stack: str, name: str, assembly: Assembly
) -> None:
    """They become healthy only on nodes or Fargate that stand."""
    template = assembly.templates[stack]
    assert compute(template) <= depends_on(template, add_on(template, name))


@pytest.mark.parametrize("name", ["metrics-server", "aws-ebs-csi-driver"])
def test_the_order_holds_with_several_groups_and_profiles(name: str, variants: Variants) -> None:
    """All of the data plane comes first, not only one part of it."""
    template = variants.platforms.templates["Closed/Cluster"]
    assert len(compute(template)) == 5
    assert compute(template) <= depends_on(template, add_on(template, name))


def test_coredns_is_told_to_run_on_fargate(variants: Variants, assembly: Assembly) -> None:
    """With the size that Fargate's smallest machine has room for; on nodes nothing is set."""
    for stack in ("Closed/Cluster", "FargateOnly/Cluster"):
        template = variants.platforms.templates[stack]
        values = properties(template, add_on(template, "coredns"))["ConfigurationValues"]
        size = {"cpu": "0.25", "memory": "256M"}
        assert json.loads(values) == {
            "computeType": "Fargate",
            "resources": {"requests": size, "limits": size},
        }
    dev = assembly.templates["Dev/Cluster"]
    assert "ConfigurationValues" not in properties(dev, add_on(dev, "coredns"))


def test_volumes_are_encrypted_by_default(variants: Variants) -> None:
    """The default StorageClass makes encrypted gp3 volumes, in the zone of the pod."""
    found = kubernetes_object(variants.platforms.templates["Closed/Cluster"], "StorageClass", "gp3")
    assert found["parameters"] == {"type": "gp3", "encrypted": "true"}
    assert found["metadata"]["annotations"] == {
        "storageclass.kubernetes.io/is-default-class": "true"
    }
    assert found["provisioner"] == "ebs.csi.aws.com"
    assert found["volumeBindingMode"] == "WaitForFirstConsumer"
    assert found["allowVolumeExpansion"] is True


def test_the_storage_class_comes_after_its_driver(variants: Variants) -> None:
    """And goes before it, while the driver can still delete volumes."""
    template = variants.platforms.templates["Closed/Cluster"]
    storage_class = manifest(template, "StorageClass", "gp3")
    assert add_on(template, "aws-ebs-csi-driver") in depends_on(template, storage_class)


def test_nodes_that_are_repaired_are_monitored(variants: Variants, assembly: Assembly) -> None:
    """By the agent, which is a DaemonSet: a cluster without nodes has none."""
    for stack in ("Dev/Cluster", "Prod/Cluster"):
        assert "eks-node-monitoring-agent" in names(assembly.templates[stack])
    serverless = variants.platforms.templates["FargateOnly/Cluster"]
    assert "eks-node-monitoring-agent" not in names(serverless)


def test_what_is_switched_off_is_not_there(variants: Variants) -> None:
    """Without driver no StorageClass, without controller neither chart nor role."""
    template = variants.platforms.templates["Bare/Cluster"]
    assert names(template) == {"vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns"}
    assert not resources_of(template, "Custom::AWSCDK-EKS-HelmChart")
    assert not resources_of(template, "Custom::AWSCDK-EKS-KubernetesResource")
    assert not [name for name in template["Resources"] if "LoadBalancerController" in name]


def test_a_cluster_without_nodes_has_no_volumes(variants: Variants) -> None:
    """Fargate mounts no EBS volume; metrics work there."""
    template = variants.platforms.templates["FargateOnly/Cluster"]
    assert "aws-ebs-csi-driver" not in names(template)
    assert "metrics-server" in names(template)
