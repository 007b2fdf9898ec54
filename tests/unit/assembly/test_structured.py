from __future__ import annotations

import pytest

from assembly.structured import structured
from kube.values import Unknown
from tests.unit.assembly.stacks import environment, resource, template, value_of

MANIFEST = "Custom::AWSCDK-EKS-KubernetesResource"


def test_unknown_values_stay_where_they_were() -> None:
    """Inside a text, as a whole text, in place of a number, and as a key."""
    vpc = {"Ref": "Vpc"}
    written = ['{"a":"', vpc, '","b":"x-', vpc, '-y","c":', vpc, ',"', vpc, '":"\\"","d":1}']
    found = structured(value_of({"Fn::Join": ["", written]}))
    assert found == {"a": "${Vpc}", "b": "x-${Vpc}-y", "c": "${Vpc}", "${Vpc}": '"', "d": 1}
    assert [isinstance(found[key], Unknown) for key in "abcd"] == [True, True, True, False]
    assert found["a"].node == ("Test/One", "Vpc")


def test_yaml_is_read_where_it_is_taken() -> None:
    text = value_of({"Fn::Sub": "a:\n  - ${Vpc.Cidr}\n"})
    assert structured(text, or_yaml=True) == {"a": ["${Vpc.Cidr}"]}
    with pytest.raises(ValueError, match="Expecting value"):
        structured(text)


@pytest.mark.parametrize("value", [None, 1, {"a": 1}, [], Unknown("${X}")], ids=str)
def test_a_value_that_is_no_text_stays(value: object) -> None:
    assert structured(value) is value


@pytest.mark.parametrize("text", ["", "{", "{a: [}", "\t"])
def test_a_text_that_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        structured(text, or_yaml=bool(text))


@pytest.mark.parametrize(
    ("manifest", "names"),
    [
        ('[{"kind":"A","metadata":{"name":"a"}}]', ["A/a"]),
        ('{"kind":"A","metadata":{"name":"a"}}', ["A/a"]),
        (
            (
                '[{"kind":"List","items":[{"kind":"A","metadata":{"name":"a"}},'
                '{"kind":"List","items":[{"kind":"B"}]},null]}]'
            ),
            ["A/a", "B/"],
        ),
        ('[null,1,"x",{"kind":["A"],"metadata":null}]', ["/"]),
        ("no JSON", []),
        (None, []),
        ({"Ref": "Somewhere"}, []),
        ([{"kind": "A"}], ["A/"]),
    ],
    ids=str,
)
def test_objects_of_every_shape_are_read(manifest: object, names: list[str]) -> None:
    """A List is as good as its items."""
    found = environment(One=template(It=resource(MANIFEST, Manifest=manifest)))
    assert [f"{each.kind}/{each.name}" for each in found.kubernetes_objects()] == names


def test_the_label_of_the_cdk_is_not_part_of_an_object() -> None:
    written = '[{"kind":"A","metadata":{"labels":{"aws.cdk.eks/prune-c8":"","app":"a"}}},'
    written += '{"kind":"B","metadata":{"name":"b","labels":{"aws.cdk.eks/prune-c8":""}}}]'
    found = environment(One=template(It=resource(MANIFEST, Manifest=written)))
    one, other = found.kubernetes_objects()
    assert one.labels == {"app": "a"}
    assert other.content == {"kind": "B", "metadata": {"name": "b"}}
    assert found.kubernetes_objects("B") == (other,)
