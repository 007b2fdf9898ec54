from __future__ import annotations

import pytest

from guardrails.environment import Environment
from guardrails.teardown import sheet
from tests.unit.guardrails.environments import of_resources


@pytest.mark.parametrize(
    "line",
    [
        "Prod/Cluster: termination protection of the stack (termination_protection=False)",
        "groundwork-prod: deletion protection (cluster.deletion_protection=False)",
        "aws eks update-kubeconfig --name groundwork-prod",
        "kubectl delete ingresses --all-namespaces --field-selector metadata.namespace!=sample",
        "--field-selector spec.type=LoadBalancer,metadata.namespace!=sample",
        "kubectl delete persistentvolumeclaims --all-namespaces --field-selector",
        "Key=elbv2.k8s.aws/cluster,Values=groundwork-prod",
        "Name=tag:kubernetes.io/cluster/groundwork-prod,Values=owned",
        "Service sample/web: its load balancer",
        "security group eks-cluster-sg-groundwork-prod-*",
        "Prod/Network/Network/FlowLogs/Bucket/Resource (AWS::S3::Bucket): retained",
        "CustomResourceProvider/Handler: log group /aws/lambda/*, which Lambda made",
    ],
)
def test_the_sheet_tells_it_for_prod(line: str, real: dict[str, Environment]) -> None:
    """What to switch off, what to run, what goes and what stays."""
    assert line in sheet(real["Prod"])


def test_a_log_group_of_the_stack_is_not_left_behind(real: dict[str, Environment]) -> None:
    """The kubectl handler's is in the template, and dev deletes it."""
    assert "KubectlProvider/Handler/Resource: log group" not in sheet(real["Dev"])


def test_a_key_waits_for_its_deletion(real: dict[str, Environment]) -> None:
    """Dev destroys its key, which KMS does after 30 days."""
    assert "SecretsKey/Resource (AWS::KMS::Key): waits 30 days" in sheet(real["Dev"])


def test_without_objects_of_the_stacks_everything_is_deleted() -> None:
    """No namespace is left out, and a cluster without a name has its logical id."""
    told = sheet(of_resources(Cluster={"Type": "AWS::EKS::Cluster"}))

    assert "kubectl delete ingresses --all-namespaces --all" in told
    assert "--field-selector spec.type=LoadBalancer\n" in told
    assert told.endswith("- nothing")
