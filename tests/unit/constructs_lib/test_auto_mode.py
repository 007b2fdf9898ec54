from __future__ import annotations

from pathlib import Path

import pytest
from aws_cdk import App

from assembly.cloud_assembly import Assembly
from constructs_lib.specs.auto_mode import NodeClassSpec
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.proxy_settings import ProxySettings
from examples import auto_mode
from stacks.platform import PlatformStage
from tests.support import Template, resources_of
from tests.unit.configuration.mistakes import DEV, with_changes
from tests.unit.constructs_lib.templates import (
    add_on,
    depends_on,
    kubernetes_object,
    managed_policies,
    manifest,
    one,
    properties,
)
from tests.unit.constructs_lib.variants import APART, KEY, Variants

CLUSTER, ENTRY, ROLE = "AWS::EKS::Cluster", "AWS::EKS::AccessEntry", "AWS::IAM::Role"
CLASS_ROLE = "DataPlaneAutoModeNodeClasslargediskRole"


@pytest.fixture(scope="module")
def template(synthesized: Assembly) -> Template:
    """Return the cluster of the example: a built-in pool, two of its own, a class for them."""
    found: Template = synthesized.templates["AutoMode/Cluster"]
    return found


def test_the_three_parts_are_on_together(template: Template) -> None:
    """EKS takes them only so, and no add-on of its own beside them."""
    cluster = properties(template, one(template, CLUSTER, "ControlPlane"))
    role = one(template, ROLE, "ControlPlaneAutoModeNodeRole")

    assert cluster["BootstrapSelfManagedAddons"] is False
    assert cluster["ComputeConfig"] == {
        "Enabled": True,
        "NodePools": ["general-purpose"],
        "NodeRoleArn": {"Fn::GetAtt": [role, "Arn"]},
    }
    assert cluster["StorageConfig"] == {"BlockStorage": {"Enabled": True}}
    assert cluster["KubernetesNetworkConfig"]["ElasticLoadBalancing"] == {"Enabled": True}


def test_the_cluster_role_may_do_what_auto_mode_does(template: Template) -> None:
    """EKS tags its sessions, and the policies compare the tag."""
    role = one(template, ROLE, "ControlPlaneRole")

    assert managed_policies(template, role) == {
        "AmazonEKSClusterPolicy",
        "AmazonEKSComputePolicy",
        "AmazonEKSBlockStoragePolicy",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingPolicy",
    }
    (statement,) = properties(template, role)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]


@pytest.mark.parametrize("name", ["ControlPlaneAutoModeNodeRole", CLASS_ROLE])
def test_nodes_can_join_and_pull_images_only(template: Template, name: str) -> None:
    """The policies that AWS suggests, and no more."""
    assert managed_policies(template, one(template, ROLE, name)) == {
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEC2ContainerRegistryPullOnly",
    }


def test_only_a_class_of_ones_own_gets_an_access_entry(template: Template) -> None:
    """EKS makes the one of the built-in pools; a second one of the same role collides."""
    entries = {
        name: each["Properties"]
        for name, each in resources_of(template, ENTRY).items()
        if each["Properties"].get("Type") == "EC2"
    }

    ((name, entry),) = entries.items()
    role = one(template, ROLE, CLASS_ROLE)
    assert entry["PrincipalArn"] == {"Fn::GetAtt": [role, "Arn"]}
    (policy,) = entry["AccessPolicies"]
    assert policy["AccessScope"] == {"Type": "cluster"}
    assert policy["PolicyArn"]["Fn::Join"][1][-1].endswith("/AmazonEKSAutoNodePolicy")
    assert name in depends_on(template, manifest(template, "NodeClass", "large-disk"))


def test_a_class_has_the_private_subnets(template: Template) -> None:
    """By id: no tag that somebody changes decides where nodes are."""
    node_class = kubernetes_object(template, "NodeClass", "large-disk")
    written = str(properties(template, manifest(template, "NodeClass", "large-disk")))

    assert node_class["apiVersion"] == "eks.amazonaws.com/v1"
    assert len(node_class["spec"]["subnetSelectorTerms"]) == 3
    assert written.count("NetworkPrivate") == 3
    assert one(template, ROLE, CLASS_ROLE) in written
    assert node_class["spec"]["ephemeralStorage"]["size"] == "200Gi"


def test_a_class_has_the_proxy_a_key_and_subnets_for_pods(variants: Variants) -> None:
    """EKS may use the key through EC2 before it makes a node, and until none is left."""
    template = variants.platforms.templates["Apart/Cluster"]
    spec = kubernetes_object(template, "NodeClass", "apart")["spec"]

    nodes, pods = ({x["id"] for x in spec[f"{y}ubnetSelectorTerms"]} for y in ("s", "podS"))
    assert isinstance(APART.network, ExistingNetworkSpec)
    assert pods == {*APART.network.pod_subnets.values()}
    assert not pods & nodes
    assert spec["podSecurityGroupSelectorTerms"] == spec["securityGroupSelectorTerms"]
    assert spec["ephemeralStorage"]["kmsKeyID"] == KEY
    assert spec["advancedNetworking"]["httpsProxy"] == "http://proxy.example.com:3128"
    assert {".eks.amazonaws.com", "169.254.169.254"} <= {*spec["advancedNetworking"]["noProxy"]}
    assert not {"certificateBundles", "advancedSecurity"} & {*spec}

    policy = one(template, "AWS::IAM::Policy", "ControlPlaneAutoModeKeys")
    (statement,) = properties(template, policy)["PolicyDocument"]["Statement"]
    assert (statement["Resource"], "kms:CreateGrant" in statement["Action"]) == (KEY, True)
    assert "kms:ViaService" in statement["Condition"]["StringEquals"]
    assert policy in depends_on(template, one(template, CLUSTER, "ControlPlane"))


def test_a_class_trusts_authorities_and_starts_for_fips() -> None:
    """In the form that EKS documents."""
    proxy = ProxySettings(url="http://p:1", no_proxy=(), certificates=("one", "two"))
    made = NodeClassSpec(name="x", fips=True).manifest(
        role="r", subnets=(), pod_subnets=("s",), security_group="g", tags={}, proxy=proxy
    )["spec"]
    assert made["advancedSecurity"] == {"fips": True}
    assert made["certificateBundles"] == [
        {"name": "http-proxy-1", "data": "b25l"},
        {"name": "http-proxy-2", "data": "dHdv"},
    ]
    assert "podSubnetSelectorTerms" not in made


def test_nodes_of_a_class_have_the_tags_of_the_environment(template: Template) -> None:
    """EKS's own policies allow none but its own; the cluster comes after ours, and goes before it."""
    made = kubernetes_object(template, "NodeClass", "large-disk")
    assert made["spec"]["tags"] == {"owner": "platform"}

    policy = one(template, "AWS::IAM::Policy", "ControlPlaneAutoModeTags")
    assert policy in depends_on(template, one(template, CLUSTER, "ControlPlane"))
    found = properties(template, policy)
    assert found["Roles"] == [{"Ref": one(template, ROLE, "ControlPlaneRole")}]
    of_cluster = "${aws:PrincipalTag/eks:eks-cluster-name}"
    for statement, of in zip(
        found["PolicyDocument"]["Statement"], ("Request", "Resource"), strict=True
    ):
        asked = statement["Condition"]["StringEquals"]
        assert asked == {f"aws:{of}Tag/eks:eks-cluster-name": of_cluster}


def test_nodes_of_built_in_pools_have_room(template: Template) -> None:
    """They are in the subnets that the cluster was made with."""
    subnets = properties(template, one(template, CLUSTER))["ResourcesVpcConfig"]["SubnetIds"]

    assert ["NetworkPrivate" in str(each) for each in subnets] == [True] * 3


@pytest.mark.parametrize("name", ["spot", "steady"])
def test_a_pool_comes_after_its_class_and_before_the_add_ons(template: Template, name: str) -> None:
    """Deletion goes backwards: no class goes while a pool still needs it to end its nodes."""
    pool = manifest(template, "NodePool", name)

    assert manifest(template, "NodeClass", "large-disk") in depends_on(template, pool)
    assert pool in depends_on(template, add_on(template, "metrics-server"))


def test_what_auto_mode_replaces_is_left_out(template: Template) -> None:
    """Its nodes have network, DNS, Pod Identity and volumes without an add-on."""
    add_ons = resources_of(template, "AWS::EKS::Addon").values()

    assert [each["Properties"]["AddonName"] for each in add_ons] == ["metrics-server"]


def test_network_policies_are_enforced(template: Template) -> None:
    """The VPC CNI, which comes with node groups, takes the switch over: nothing of ours deletes it."""
    assert kubernetes_object(template, "ConfigMap", "amazon-vpc-cni")["data"] == {
        "enable-network-policy-controller": "true"
    }
    made = template["Resources"][manifest(template, "ConfigMap", "amazon-vpc-cni")]
    assert made["DeletionPolicy"] == "Retain"


def test_volumes_and_load_balancers_have_their_classes(template: Template) -> None:
    """EKS makes none, and no chart has a class of these names: Helm would not install it beside ours."""
    volumes = kubernetes_object(template, "StorageClass", "auto-ebs")
    parameters = kubernetes_object(template, "IngressClassParams", "auto-alb")
    ingresses = kubernetes_object(template, "IngressClass", "auto-alb")

    assert volumes["provisioner"] == "ebs.csi.eks.amazonaws.com"
    assert volumes["metadata"]["annotations"] == {
        "storageclass.kubernetes.io/is-default-class": "true"
    }
    assert volumes["parameters"] == {"type": "gp3", "encrypted": "true"}
    # Node groups may stand beside it, whose nodes have another driver.
    assert volumes["allowedTopologies"] == [
        {"matchLabelExpressions": [{"key": "eks.amazonaws.com/compute-type", "values": ["auto"]}]}
    ]
    assert parameters["spec"] == {"scheme": "internal"}
    assert ingresses["spec"]["controller"] == "eks.amazonaws.com/alb"
    assert ingresses["spec"]["parameters"]["kind"] == "IngressClassParams"


def test_one_class_of_volumes_is_the_default(tmp_path: Path) -> None:
    """That of the EBS CSI driver, where node groups stand beside Auto Mode."""
    beside = {"node_groups": DEV.node_groups, "add_ons.ebs_csi_driver": True}
    app = App(outdir=str(tmp_path))
    PlatformStage(app, with_changes(auto_mode.ENVIRONMENT, beside))
    app.synth()
    template = Assembly(tmp_path).templates["AutoMode/Cluster"]
    defaults = {
        name: kubernetes_object(template, "StorageClass", name)["metadata"]["annotations"]
        for name in ("gp3", "auto-ebs")
    }
    assert {name: [*each.values()] for name, each in defaults.items()} == {
        "gp3": ["true"],
        "auto-ebs": ["false"],
    }


def test_load_balancers_of_the_class_may_face_the_internet(variants: Variants) -> None:
    """The environment declares it, which is its acknowledgement; no variant breaks a rule."""
    template = variants.platforms.templates["Apart/Cluster"]
    parameters = kubernetes_object(template, "IngressClassParams", "auto-alb")

    assert parameters["spec"] == {"scheme": "internet-facing"}
