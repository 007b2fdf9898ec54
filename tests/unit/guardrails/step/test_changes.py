from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from guardrails.step.change import ALSO_UNIQUE, Change
from guardrails.step.changes import changes
from guardrails.step.replacement import losses
from tests.unit.guardrails.environments import of_templates

Json = dict[str, Any]


def template(**resources: Json) -> Json:
    """Return a template."""
    return {"Resources": resources}


def made(kind: str, *, policy: str | None = None, **properties: object) -> Json:
    """Return a resource."""
    body: Json = {"Type": kind, "Properties": properties}
    return body if policy is None else {**body, "DeletionPolicy": policy}


def between(before: Json, after: Json) -> list[Change]:
    """Return the changes between two versions of one stack."""
    return over({"Stack": before}, {"Stack": after})


def over(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Change]:
    """Return the changes between two versions of several stacks."""
    return changes(of_templates(**before), of_templates(**after))


def effects(before: Json, after: Json) -> dict[str, str]:
    """Return what becomes of each logical id."""
    return {change.resource.logical_id: change.effect for change in between(before, after)}


def kept(kind: str, path: str, value: object) -> Json:
    """Return a template of one resource with a property, its path dotted."""
    *above, last = path.split(".")
    inner: object = {} if value is None else {last: value}
    for name in reversed(above):
        inner = {name: [inner] if name == "Rules" else inner}
    return template(Data={"Type": kind, "Properties": inner})


@pytest.mark.parametrize(
    ("kind", "path", "before", "after", "lost"),
    [
        (
            "AWS::Logs::LogGroup",
            "RetentionInDays",
            365,
            30,
            "log entries for 30 days instead of 365",
        ),
        ("AWS::Logs::LogGroup", "RetentionInDays", None, 30, "for 30 days instead of forever"),
        ("Custom::LogGroup", "RetentionInDays", 365, 30, "for 30 days instead of 365"),
        ("AWS::Logs::LogGroup", "RetentionInDays", 30, None, None),
        ("AWS::Logs::LogGroup", "RetentionInDays", {"Ref": "Days"}, 30, None),
        ("AWS::Logs::LogGroup", "RetentionInDays", "a", [], None),
        (
            "AWS::S3::Bucket",
            "LifecycleConfiguration.Rules.ExpirationInDays",
            365,
            30,
            "objects for 30 days instead of 365",
        ),
        ("AWS::RDS::DBInstance", "BackupRetentionPeriod", None, 0, "for 0 days instead of 1"),
        ("AWS::RDS::DBInstance", "BackupRetentionPeriod", 7, 1, "backups for 1 day instead of 7"),
        ("AWS::SQS::Queue", "MessageRetentionPeriod", None, 60, "60 seconds instead of 345,600"),
    ],
)
def test_what_is_kept_for_less_time_is_lost(
    kind: str, path: str, before: object, after: object, lost: str | None
) -> None:
    """The resource stays, and what is older goes for good: that needs consent as well."""
    found = between(kept(kind, path, before), kept(kind, path, after))
    assert [lost in each.lost if lost else each.lost == "" for each in found] == [True]
    assert [each.lost != "" for each in losses(found)] == ([True] if lost else [])


@pytest.mark.parametrize(("versions", "lost"), [({}, False), ({"Status": "Enabled"}, True)])
def test_a_bucket_without_versions_loses_none(versions: Json, *, lost: bool) -> None:
    """What begins to keep versions for some days keeps more than before."""
    path = "LifecycleConfiguration.Rules.NoncurrentVersionExpiration"
    before, after = (
        kept("AWS::S3::Bucket", path, value) for value in (None, {"NoncurrentDays": 30})
    )
    if versions:
        before["Resources"]["Data"]["Properties"]["VersioningConfiguration"] = versions
    (found,) = between(before, after)
    assert bool(found.lost) is lost


GROUP = "AWS::EKS::Nodegroup"
ROLE = "AWS::IAM::Role"
VPC = "AWS::EC2::VPC"
SUBNET = "AWS::EC2::Subnet"
LOG = "AWS::Logs::LogGroup"


@pytest.mark.parametrize(
    ("before", "after", "effect", "properties"),
    [
        pytest.param(made(GROUP, X=1), made(GROUP, X=1), None, (), id="the same"),
        pytest.param(
            made(GROUP, InstanceTypes=["m6i.large"]),
            made(GROUP, InstanceTypes=["m7i.large"]),
            "replaced",
            ("InstanceTypes",),
            id="create-only",
        ),
        pytest.param(
            made(GROUP), made(GROUP, DiskSize=40), "replaced", ("DiskSize",), id="newly set"
        ),
        pytest.param(
            made("AWS::EKS::Cluster", KubernetesNetworkConfig={"IpFamily": "ipv4"}),
            made("AWS::EKS::Cluster", KubernetesNetworkConfig={"IpFamily": "ipv6"}),
            "replaced",
            ("KubernetesNetworkConfig/IpFamily",),
            id="create-only, deeper",
        ),
        pytest.param(
            made("AWS::EKS::Cluster", KubernetesNetworkConfig={"IpFamily": "ipv4"}),
            made(
                "AWS::EKS::Cluster",
                KubernetesNetworkConfig={"IpFamily": "ipv4", "ElasticLoadBalancing": {}},
            ),
            "in place",
            ("KubernetesNetworkConfig",),
            id="beside a create-only one",
        ),
        pytest.param(
            made(VPC, InstanceTenancy="default"),
            made(VPC, InstanceTenancy="dedicated"),
            "replaced",
            ("InstanceTenancy",),
            id="create-only for some values",
        ),
        pytest.param(
            made(GROUP, Version="1.35"),
            made(GROUP, Version="1.36"),
            "interrupted",
            ("Version",),
            id="interrupted",
        ),
        pytest.param(
            made(GROUP, Labels={}),
            made(GROUP, Labels={"a": "b"}),
            "in place",
            ("Labels",),
            id="in place",
        ),
        pytest.param(
            made(LOG), made(LOG, policy="Retain"), "in place", ("DeletionPolicy",), id="a policy"
        ),
        pytest.param(
            made(LOG), made("AWS::SSM::Parameter"), "refused", ("Type",), id="another type"
        ),
        pytest.param(
            made(ROLE, RoleName="admin", Path="/a/"),
            made(ROLE, RoleName="admin", Path="/b/"),
            "replaced with a fixed name",
            ("Path",),
            id="a name that is still taken",
        ),
        pytest.param(
            made(ROLE, RoleName="admin", Path="/a/"),
            made(ROLE, RoleName="administrator", Path="/b/"),
            "replaced",
            ("Path", "RoleName"),
            id="another name",
        ),
        pytest.param(
            made(GROUP, InstanceTypes={"Fn::If": ["New", ["m7i.large"], {"Ref": "AWS::NoValue"}]}),
            made(GROUP, InstanceTypes={"Fn::If": ["New", ["m7g.large"], {"Ref": "AWS::NoValue"}]}),
            "replaced",
            ("InstanceTypes",),
            id="in a branch",
        ),
        pytest.param(
            made("AWS::EKS::Cluster", KubernetesNetworkConfig={"Fn::If": ["A", {}, {}]}),
            made(
                "AWS::EKS::Cluster",
                KubernetesNetworkConfig={"Fn::If": ["A", {"IpFamily": "ipv6"}, {}]},
            ),
            "replaced",
            ("KubernetesNetworkConfig/IpFamily",),
            id="deeper in a branch",
        ),
        pytest.param(
            made("AWS::EKS::Cluster"),
            made("AWS::EKS::Cluster", KubernetesNetworkConfig={"Fn::If": ["A", {"Other": 1}, {}]}),
            "in place",
            ("KubernetesNetworkConfig",),
            id="beside a create-only one in a branch",
        ),
        pytest.param(
            made(GROUP, DiskSize={"Ref": "AWS::NoValue"}),
            made(GROUP),
            "in place",
            ("DiskSize",),
            id="no value is none",
        ),
        pytest.param(
            made("Custom::Thing", A=1),
            made("Custom::Thing", A=2),
            "in place",
            ("A",),
            id="a custom resource",
        ),
    ],
)
def test_a_change_has_an_effect(
    before: Json, after: Json, effect: str | None, properties: tuple[str, ...]
) -> None:
    """By the properties that differ and what the schema says about them."""
    found = between(template(It=before), template(It=after))
    assert [(change.effect, change.properties) for change in found] == (
        [] if effect is None else [(effect, properties)]
    )


def test_what_comes_and_goes_is_told() -> None:
    """A logical id that is gone is a deletion, whatever the new one holds."""
    assert effects(template(Old=made(VPC)), template(New=made(VPC))) == {
        "New": "created",
        "Old": "deleted",
    }


@pytest.mark.parametrize(("policy", "told"), [("Retain", "it stays"), (None, "no template has it")])
def test_a_deletion_tells_whether_the_resource_stays(policy: str | None, told: str) -> None:
    """A retained resource is an orphan."""
    (change,) = between(template(Log=made(LOG, policy=policy)), template())
    assert told in change.because


def test_a_renamed_resource_meets_its_own_name() -> None:
    """CloudFormation makes the new one first."""
    log = made(LOG, LogGroupName="/aws/eks/main/cluster")
    assert effects(template(Old=log), template(New=log)) == {
        "New": "replaced with a fixed name",
        "Old": "deleted",
    }


def test_a_name_moves_to_another_stack() -> None:
    """It is taken there as well."""
    log = made(LOG, LogGroupName="/aws/eks/main/cluster")
    found = over({"A": template(Log=log), "B": {}}, {"A": template(), "B": template(Log=log)})
    assert {change.node: change.effect for change in found} == {
        ("A", "Log"): "deleted",
        ("B", "Log"): "replaced with a fixed name",
    }


def test_one_name_by_reference_is_another_in_another_stack() -> None:
    """Each has a cluster of its own."""
    add_on = made("AWS::EKS::Addon", ClusterName={"Ref": "Cluster"}, AddonName="coredns")
    found = over({"A": template(It=add_on), "B": {}}, {"A": template(), "B": template(It=add_on)})
    assert {change.node: change.effect for change in found} == {
        ("A", "It"): "deleted",
        ("B", "It"): "created",
    }


def test_what_refers_to_a_replaced_resource_follows() -> None:
    """Over create-only properties, as far as they lead."""

    def network(cidr: str) -> Json:
        return template(
            Vpc=made(VPC, CidrBlock=cidr),
            Subnet=made(SUBNET, VpcId={"Ref": "Vpc"}, CidrBlock="10.0.0.0/24"),
            Group=made(GROUP, Subnets=[{"Fn::GetAtt": ["Subnet", "SubnetId"]}]),
            Log=made(LOG, Tags=[{"Key": "vpc", "Value": {"Ref": "Vpc"}}]),
        )

    found = between(network("10.0.0.0/16"), network("10.1.0.0/16"))

    assert [(change.resource.logical_id, change.effect, change.because) for change in found] == [
        ("Vpc", "replaced", "create-only"),
        ("Subnet", "replaced", "it refers to Vpc"),
        ("Group", "replaced", "it refers to Subnet"),
    ]


def test_what_imports_a_replaced_resource_follows() -> None:
    """Across stacks by the name of the export."""

    def stacks(cidr: str) -> dict[str, Json]:
        export = {"Value": {"Ref": "Vpc"}, "Export": {"Name": "Network:Vpc"}}
        group = made("AWS::EC2::SecurityGroup", VpcId={"Fn::ImportValue": "Network:Vpc"})
        return {
            "Network": {**template(Vpc=made(VPC, CidrBlock=cidr)), "Outputs": {"Vpc": export}},
            "Cluster": template(Group=group),
        }

    found = over(stacks("10.0.0.0/16"), stacks("10.1.0.0/16"))
    assert [(change.resource.stack, change.effect) for change in found] == [
        ("Network", "replaced"),
        ("Cluster", "replaced"),
    ]


def test_a_cluster_with_another_name_takes_its_add_ons_along() -> None:
    """Their names are free there."""

    def cluster(name: str) -> Json:
        add_on = made("AWS::EKS::Addon", ClusterName={"Ref": "Cluster"}, AddonName="coredns")
        return template(Cluster=made("AWS::EKS::Cluster", Name=name), AddOn=add_on)

    assert effects(cluster("blue"), cluster("green")) == {
        "Cluster": "replaced",
        "AddOn": "replaced",
    }


def test_nodes_take_the_newest_version_of_their_launch_template() -> None:
    """The node group itself reads the same."""

    def nodes(size: int) -> Json:
        version = {"Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]}}
        return template(
            Template=made("AWS::EC2::LaunchTemplate", LaunchTemplateData={"Size": size}),
            Group=made(GROUP, LaunchTemplate=version),
            Fixed=made(GROUP, LaunchTemplate={"Version": "1"}),
        )

    assert effects(nodes(1), nodes(2)) == {"Template": "in place", "Group": "interrupted"}


def test_a_group_that_changes_in_place_is_disturbed_all_the_same() -> None:
    """By the new version of its launch template."""

    def nodes(size: int) -> Json:
        version = {
            "Id": {"Ref": "Template"},
            "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]},
        }
        return template(
            Template=made("AWS::EC2::LaunchTemplate", LaunchTemplateData={"Size": size}),
            Group=made(GROUP, LaunchTemplate=version, Labels={"size": str(size)}),
        )

    (group,) = (each for each in between(nodes(1), nodes(2)) if each.resource.logical_id == "Group")
    assert (group.effect, group.properties) == ("interrupted", ("Labels", "LaunchTemplate"))
    assert group.leaders == (("Stack", "Template"),)


def test_what_follows_is_certain() -> None:
    """Even where its own change only may replace it."""

    def network(locale: str, tenancy: str) -> Json:
        return template(
            Pool=made("AWS::EC2::IPAMPool", Locale=locale),
            Vpc=made(VPC, Ipv4IpamPoolId={"Ref": "Pool"}, InstanceTenancy=tenancy),
        )

    def vpc(locale: str) -> Change:
        found = between(network("eu-west-1", "default"), network(locale, "dedicated"))
        return next(each for each in found if each.resource.logical_id == "Vpc")

    assert not vpc("eu-west-1").certain
    assert vpc("eu-west-2").certain
    assert vpc("eu-west-2").properties == ("InstanceTenancy", "Ipv4IpamPoolId")


def test_what_follows_the_uncertain_is_uncertain() -> None:
    """A VPC that only may be replaced takes its subnets only then."""

    def network(tenancy: str) -> Json:
        subnet = made(SUBNET, VpcId={"Ref": "Vpc"}, CidrBlock="10.0.0.0/24")
        return template(Vpc=made(VPC, InstanceTenancy=tenancy), Subnet=subnet)

    found = between(network("default"), network("dedicated"))
    assert [(each.effect, each.certain) for each in found] == [("replaced", False)] * 2


def test_another_type_is_refused_whatever_it_refers_to() -> None:
    """Else a replaced VPC would hide that the deploy can't be made."""

    def network(cidr: str, kind: str) -> Json:
        return template(Vpc=made(VPC, CidrBlock=cidr), It=made(kind, VpcId={"Ref": "Vpc"}))

    before = network("10.0.0.0/16", "AWS::EC2::SecurityGroup")
    assert effects(before, network("10.1.0.0/16", SUBNET)) == {"Vpc": "replaced", "It": "refused"}


@pytest.mark.parametrize("kind", ALSO_UNIQUE)
def test_what_can_exist_once_does_not_move(kind: str) -> None:
    """Under another logical id it is made before the old one goes, whatever a replacement does."""
    it = made(kind, **dict.fromkeys(ALSO_UNIQUE[kind], "x"))
    assert effects(template(Old=it), template(New=it)) == {
        "Old": "deleted",
        "New": "replaced with a fixed name",
    }
    other = made(kind, **dict.fromkeys(ALSO_UNIQUE[kind], "y"))
    assert effects(template(Old=it), template(New=other)) == {"Old": "deleted", "New": "created"}


def test_what_is_deleted_first_may_be_replaced() -> None:
    """The subnet gets another route table under the same logical id."""
    kind = "AWS::EC2::SubnetRouteTableAssociation"
    before, after = (made(kind, SubnetId="x", RouteTableId=each) for each in ("a", "b"))
    assert effects(template(It=before), template(It=after)) == {"It": "replaced"}
