"""Changes of a real environment beside those of the mutations, which no rule may stop."""

from __future__ import annotations

import pytest

from assembly.environment import Environment
from tests.unit.guardrails.environments import findings
from tests.unit.guardrails.mutations import with_object
from tests.unit.guardrails.mutations.acknowledgements import (
    CONTROL_PLANE,
    OPEN,
    REASON,
    acknowledged,
)
from tests.unit.guardrails.mutations.kubernetes_objects import Edit, edit
from tests.unit.guardrails.mutations.services_and_names import CLUSTER_IP
from tests.unit.guardrails.mutations.surroundings import storage_class


def _dashboards(*, number: int, letter: str = "x") -> Edit:
    """Return a change that adds a ConfigMap of so many files of 30,000 characters."""
    return with_object(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "dashboards", "namespace": "sample"},
            "data": {f"{index}.json": letter * 30_000 for index in range(number)},
        }
    )


ANYWHERE = [{"ipBlock": {"cidr": "0.0.0.0/0"}}]
DNS = [{"port": 443}, {"port": 53}, {"port": 53, "protocol": "UDP"}]


def policy(labels: dict[str, str], **spec: object) -> Edit:
    """Return a change that adds a NetworkPolicy beside the platform."""
    return with_object(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "own", "namespace": "kube-system"},
            "spec": {"podSelector": {"matchLabels": labels}, **spec},
        }
    )


def api(fields: str) -> Edit:
    """Return a change that adds fields to the Service api."""
    return edit("Service", "api", CLUSTER_IP, f"{CLUSTER_IP},{fields}")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            storage_class('"type":"gp3"', '"type":"io2","iopsPerGB":"50"'), id="io2 with IOPS"
        ),
        pytest.param(api('"ipFamilyPolicy":"PreferDualStack"'), id="two families if there are"),
        pytest.param(api('"clusterIP":"172.20.4.4"'), id="an address of Services"),
        pytest.param(
            policy(
                {"app.kubernetes.io/name": "aws-load-balancer-controller"},
                policyTypes=["Ingress"],
                ingress=[{"from": ANYWHERE, "ports": [{"port": 9443}]}],
            ),
            id="the webhook is open",
        ),
        pytest.param(
            policy(
                {"k8s-app": "kube-dns"},
                policyTypes=["Egress"],
                egress=[{"to": ANYWHERE, "ports": DNS}],
            ),
            id="CoreDNS gets out",
        ),
        pytest.param(policy({"app": "own"}, policyTypes=["Egress"]), id="pods of one's own"),
        pytest.param(_dashboards(number=8), id="an object that an annotation holds"),
    ],
)
def test_a_near_miss_passes(change: Edit, real: dict[str, Environment]) -> None:
    """What differs in little from a breach, and is fine in AWS, is found by no rule."""
    assert [(rule.id, found.value) for rule, found in findings(change(real["Prod"]))] == []


@pytest.mark.parametrize(
    "written",
    [
        "Annotation::groundwork:capacity:pods",
        "Annotation::@aws-cdk/aws-eks:clusterKubectlVersion2",
        "AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:*:*:security-group/*]",
        "CloudFormation-Validate::W3010",
        "NIST.800.53.R5::NIST.800.53.R5-ALBWAFEnabled",
    ],
)
def test_the_ids_of_others_pass(written: str, real: dict[str, Environment]) -> None:
    """Those of cdk-nag and of the CDK, of other plugins, and of warnings, which have any form."""
    known = (CONTROL_PLANE, OPEN, REASON)
    changed = acknowledged(known, (CONTROL_PLANE, written, REASON))(real["Dev"])
    assert [(rule.id, found.value) for rule, found in findings(changed)] == []


@pytest.mark.parametrize(("number", "letter"), [(9, "x"), (3, "中")])
def test_kubectl_keeps_an_object_in_an_annotation(
    number: int, letter: str, real: dict[str, Environment]
) -> None:
    """It has at most 262,144 bytes, with all that is in the object."""
    found = findings(_dashboards(number=number, letter=letter)(real["Prod"]))
    assert [(rule.id, each.value) for rule, each in found] == [
        ("KUBE20", "ConfigMap/dashboards bytes")
    ]
