from __future__ import annotations

import pytest

from assembly.kinds import ADD_ON, CLUSTER, LAUNCH_TEMPLATE, MANIFEST, NODE_GROUP, ROLE
from assembly.links import beside, kubectl_handlers, policies_of, role_of, template_of
from tests.unit.assembly.stacks import environment, resource, stack, template

CLUSTERS = template(
    One=resource(CLUSTER, Name="one"),
    Two=resource(CLUSTER, Name="two"),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ({"Ref": "One"}, "One"),
        ({"Fn::GetAtt": ["Two", "Name"]}, "Two"),
        ("two", "Two"),
        ({"Fn::Sub": "${One}"}, "One"),
        ({"Fn::Select": [0, [{"Ref": "Two"}]]}, "Two"),
        ({"Fn::GetAtt": ["It", "Name"]}, None),
        ("three", None),
        ({"Ref": "Parameter"}, None),
        (None, None),
        ([], None),
        ({"a": 1}, None),
    ],
    ids=str,
)
def test_a_cluster_is_found_by_reference_and_by_name(name: object, expected: str | None) -> None:
    """With two clusters, a name that only a deploy knows is neither of them."""
    body = template(**CLUSTERS["Resources"], It=resource(ADD_ON, ClusterName=name))
    found = environment(Stack=body)
    cluster = found.by_node["Test/Stack", "It"].cluster
    assert (cluster.logical_id if cluster else None) == expected


@pytest.mark.parametrize(("name", "is_it"), [({"Ref": "Parameter"}, True), ("other", False)])
def test_the_only_cluster_is_meant_where_the_name_is_unknown(name: object, is_it: bool) -> None:  # noqa: FBT001
    body = template(One=resource(CLUSTER, Name="one"), It=resource(ADD_ON, ClusterName=name))
    found = environment(Stack=body)
    assert (found.by_node["Test/Stack", "It"].cluster is not None) is is_it


def test_what_stands_beside_a_resource_is_of_its_cluster() -> None:
    body = template(
        **CLUSTERS["Resources"],
        A=resource(ADD_ON, ClusterName={"Ref": "One"}),
        B=resource(ADD_ON, ClusterName="one"),
        C=resource(ADD_ON, ClusterName={"Ref": "Two"}),
        D=resource(ADD_ON, ClusterName="elsewhere"),
        E=resource(ADD_ON, ClusterName="elsewhere"),
    )
    found = environment(Stack=body)
    a, c, d, e = (found.by_node["Test/Stack", each] for each in "ACDE")
    assert [each.logical_id for each in beside(found, a, ADD_ON)] == ["A", "B"]
    assert [each.logical_id for each in beside(found, a, CLUSTER)] == ["One"]
    assert d.cluster_key == e.cluster_key
    assert a.cluster_key != c.cluster_key


ROLES = template(
    Role=resource(ROLE, RoleName="nodes"),
    Other=resource(ROLE),
    Key=resource("AWS::KMS::Key"),
    Policy=resource("AWS::IAM::Policy", Roles=[{"Ref": "Role"}, "elsewhere"]),
    Managed=resource("AWS::IAM::ManagedPolicy", Roles=["nodes"]),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Fn::GetAtt": ["Role", "Arn"]}, "Role"),
        ({"Ref": "Other"}, "Other"),
        ("nodes", "Role"),
        ("arn:aws:iam::111122223333:role/path/nodes", "Role"),
        ({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/nodes"}, "Role"),
        ("arn:aws:iam::111122223333:role/others", None),
        ({"Fn::GetAtt": ["Key", "Arn"]}, None),
        (None, None),
        ({}, None),
        ([], None),
    ],
    ids=str,
)
def test_a_role_is_found_by_reference_name_and_arn(value: object, expected: str | None) -> None:
    body = template(**ROLES["Resources"], It=resource(Value=value))
    found = environment(Stack=body)
    role = role_of(found, found.by_node["Test/Stack", "It"].properties.get("Value"))
    assert (role.logical_id if role else None) == expected


def test_a_role_of_another_account_is_another_one() -> None:
    """It may have the same name; whose account isn't known may be in any."""
    arn = "arn:aws:iam::444455556666:role/nodes"
    for account, expected in (("111122223333", False), ("444455556666", True), ("", True)):
        found = environment(Stack=stack("Stack", ROLES, account=account))
        assert (role_of(found, arn) is not None) is expected


def test_the_policies_of_a_role_name_it() -> None:
    found = environment(Stack=ROLES)
    role, other = (found.by_node["Test/Stack", each] for each in ("Role", "Other"))
    assert [each.logical_id for each in policies_of(found, role)] == ["Policy", "Managed"]
    assert policies_of(found, other) == ()
    assert policies_of(found, None) == ()


def test_the_kubectl_handler_stands_behind_the_provider() -> None:
    variables = {"Variables": {"USER_ON_EVENT_FUNCTION_ARN": {"Fn::GetAtt": ["Handler", "Arn"]}}}
    body = template(
        Handler=resource("AWS::Lambda::Function"),
        Provider=resource("AWS::Lambda::Function", Environment=variables),
        A=resource(MANIFEST, ServiceToken={"Fn::GetAtt": ["Provider", "Arn"]}),
        B=resource(MANIFEST, ServiceToken={"Fn::GetAtt": ["Provider", "Arn"]}),
        C=resource(MANIFEST, ServiceToken="arn:aws:lambda:eu-west-1:111122223333:function:x"),
        D=resource(MANIFEST, ServiceToken={"Ref": "A"}),
    )
    assert [each.logical_id for each in kubectl_handlers(environment(Stack=body))] == ["Handler"]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"Id": {"Ref": "Nodes"}}, "Nodes"),
        ({"Name": {"Ref": "Nodes"}}, "Nodes"),
        ({"Id": {"Ref": "One"}}, None),
        ({"Id": "lt-0123456789abcdef0"}, None),
        ([], None),
        (None, None),
    ],
    ids=str,
)
def test_a_launch_template_is_found_by_either_of_its_references(
    named: object, expected: str | None
) -> None:
    """What is made elsewhere, or is no launch template, is none."""
    body = template(
        One=resource(CLUSTER),
        Nodes=resource(LAUNCH_TEMPLATE),
        Group=resource(NODE_GROUP, LaunchTemplate=named),
    )
    found = environment(Stack=body)
    launch_template = template_of(found, found.by_node["Test/Stack", "Group"])
    assert (launch_template.logical_id if launch_template else None) == expected
