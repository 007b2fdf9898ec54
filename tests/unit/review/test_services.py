"""Services and their pods, settings and who reads them, charts and what they take over, names that stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from review.compose import Circumstances, compare
from review.model import Risk
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import TODAY, reviewed, texts

LABELS = {"app": "web"}
CHART = "Custom::AWSCDK-EKS-HelmChart"


def deployment(**container: Any) -> dict[str, Any]:  # noqa: ANN401  # fields of a container
    """Return a Deployment whose container has these fields; `volumes` are its pods'."""
    volumes = container.pop("volumes", [])
    held = {"name": "web", "image": "web:1", "ports": [{"name": "http", "containerPort": 8080}]}
    spec = {"containers": [{**held, **container}], "volumes": volumes}
    template = {"metadata": {"labels": LABELS}, "spec": spec}
    fields = {"replicas": 3, "selector": {"matchLabels": LABELS}, "template": template}
    return manifest(kubernetes("Deployment", "web", spec=fields))


def service(selector: Mapping[str, str] = LABELS, port: str = "http") -> dict[str, Any]:
    """Return a Service."""
    ports = [{"name": "http", "port": 80, "targetPort": port}]
    return manifest(kubernetes("Service", "web", spec={"selector": selector, "ports": ports}))


def said(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the sentences of a change."""
    return texts(reviewed(of_resources(before), of_resources(after)))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param({"S": service({"app": "other"})}, True, id="a selector of nobody"),
        pytest.param({"S": service(port="web")}, True, id="a port of nobody"),
        pytest.param(
            {"D": deployment(ports=[{"name": "web", "containerPort": 1}])}, True, id="pods"
        ),
        pytest.param({"D": deployment(image="web:2")}, False, id="pods with the port"),
    ],
)
def test_a_service_that_no_longer_reaches_its_pods(
    after: Mapping[str, Any], *, expected: bool
) -> None:
    """Its pods run on, and nobody gets an answer."""
    before = {"S": service(), "D": deployment()}
    found = said(before, {**before, **after})
    assert (
        any(x.startswith("takes down: Service `team/web` **no longer") for x in found) is expected
    )
    assert not any("to other pods" in x for x in found)


def test_a_probe_of_a_port_that_the_container_does_not_have() -> None:
    """New pods never become ready."""
    old, new = (deployment(readinessProbe={"httpGet": {"port": x}}) for x in ("http", "web"))
    found = said({"D": old}, {"D": new})
    assert any(
        re.match(r"interrupts: New pods of Deployment .* \*\*fail a probe", x) for x in found
    )


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"envFrom": [{"configMapRef": {"name": "web"}}]}, "keep the old values"),
        (
            {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "web", "key": "A"}}}]},
            "keep the old values",
        ),
        (
            {
                "volumeMounts": [{"name": "v", "mountPath": "/a"}],
                "volumes": [{"name": "v", "configMap": {"name": "web"}}],
            },
            "a minute or two",
        ),
        (
            {
                "volumeMounts": [{"name": "v", "mountPath": "/a", "subPath": "A"}],
                "volumes": [{"name": "v", "configMap": {"name": "web"}}],
            },
            "keep the old values",
        ),
        ({"envFrom": [{"configMapRef": {"name": "other"}}]}, ""),
    ],
)
def test_from_when_on_pods_read_other_settings(fields: dict[str, Any], read: str) -> None:
    """Unless they start anew, pods keep what they have read."""
    old, new = (manifest(kubernetes("ConfigMap", "web", data={"A": x})) for x in ("1", "2"))
    pods = deployment(**fields)
    (found,) = (x for x in said({"C": old, "D": pods}, {"C": new, "D": pods}) if "data.A" in x)
    assert read in found
    assert ("Deployment `team/web`" in found) is bool(read)
    # This deploy starts them anew.
    started = said({"C": old, "D": pods}, {"C": new, "D": deployment(**fields, image="web:2")})
    assert not any("keep the old" in x or "a minute or two" in x for x in started)


def test_a_chart_takes_over_no_service_account() -> None:
    """Helm refuses it, whichever of the two made it first."""
    account = kubernetes("ServiceAccount", "web")
    space = account["metadata"]["namespace"]

    def chart(*, create: bool) -> dict[str, Any]:
        makes = "true" if create else "false"
        values = f'{{"serviceAccount": {{"create": {makes}, "name": "web"}}}}'
        return resource(CHART, Release="web", Namespace=space, Values=values)

    mine = {"A": manifest(account), "C": chart(create=False)}
    its = {"C": chart(create=True)}
    for before, after in ((mine, its), (its, mine)):
        review = reviewed(of_resources(before), of_resources(after))
        assert review.risk is Risk.REFUSED
        assert any(
            "ServiceAccount `team/web` is in the cluster already" in x for x in texts(review)
        )


def test_an_environment_with_another_name_and_the_same_cluster(prod: Environment) -> None:
    """The old one runs on and has the name."""
    circumstances = Circumstances(today=TODAY, consents={}, raw=lambda _, __: ())
    other = replace(prod, name="Other")
    names = ("main", "change")
    moved = compare({"Other": other}, {"Prod": prod}, circumstances, names=names)
    assert moved.risk is Risk.REFUSED
    assert any("stands already, in environment `Other`" in x for x in texts(moved))
    second = compare({"Other": other}, {"Prod": prod, "Other": other}, circumstances, names=names)
    assert second.risk is not Risk.REFUSED


@pytest.mark.parametrize(
    ("place", "name", "stands"),
    [
        ({"region": "eu-west-1", "account": "111122223333"}, "prod", True),
        ({}, "prod", True),
        ({"region": "eu-central-1"}, "prod", False),
        ({"account": "444455556666"}, "prod", False),
        ({}, None, False),
        ({}, {"Ref": "Name"}, False),
    ],
)
def test_only_a_cluster_of_one_name_and_place_stands_in_the_way(
    place: dict[str, Any], name: object, *, stands: bool
) -> None:
    """Elsewhere each may have the name, and without one a deploy makes another."""
    named = {} if name is None else {"Name": name}
    made = of_resources({"C": resource("AWS::EKS::Cluster", **named)})
    here: dict[str, Any] = {"region": "eu-west-1", "account": "111122223333"}
    new, old = (
        replace(made, name=x, stacks={k: replace(v, **at) for k, v in made.stacks.items()})
        for x, at in (("New", here), ("Old", place))
    )
    given = Circumstances(today=TODAY, consents={}, raw=lambda _, __: ())
    review = compare({"Old": old}, {"New": new}, given, names=("main", "change"))
    assert any("stands already" in x for x in texts(review)) is stands


def test_volumes_stay_when_their_class_goes() -> None:
    """What is bound is paid for until somebody deletes it."""
    claim = {"storageClassName": "gp3", "resources": {"requests": {"storage": "100Gi"}}}
    fields = {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}}
    before = {
        "P": manifest(kubernetes("PersistentVolumeClaim", "web", spec=claim)),
        "S": manifest(
            {
                "apiVersion": "storage.k8s.io/v1",
                "kind": "StorageClass",
                "metadata": {"name": "gp3"},
                **fields,
            }
        ),
    }
    assert not any("Estimated cost" in x for x in said(before, {"P": before["P"]}))


def test_the_load_balancer_that_kubernetes_itself_makes() -> None:
    """Without a class or a type it is a classic one, with another price."""
    ports = [{"name": "http", "port": 80, "targetPort": "http"}]
    fields = {"selector": LABELS, "ports": ports, "type": "LoadBalancer"}
    balanced = manifest(kubernetes("Service", "web", spec=fields))
    found = said({"D": deployment()}, {"D": deployment(), "S": balanced})
    assert any("cost of Classic Load Balancer **rises" in x for x in found)
    network = manifest(kubernetes("Service", "web", spec={**fields, "loadBalancerClass": "x/nlb"}))
    found = said({"D": deployment()}, {"D": deployment(), "S": network})
    assert not any("Classic" in x for x in found)
